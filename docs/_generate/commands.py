"""The page of commands: arguments and options as click knows them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click

from _generate.markdown import code, page, table
from fcsim.cli import cli

__all__ = ["commands_page"]

_HEAD = """\
# Commands

What `fcsim COMMAND --help` shows, on one page. Exit codes:

| code | meaning |
|---|---|
| 0 | fine |
| 1 | `check`: an objective is missed or a figure got worse; `plan`: no setting meets all |
| 2 | wrong usage, or a scenario with mistakes: one line each, with file, line, column and path |
| 3 | an internal error, or a run that contradicts itself |
| 4 | inconclusive: the runs do not suffice for a verdict |
| 130 | interrupted |

Tables go to a terminal with colour and to a pipe without. `--format json` prints one JSON
document and nothing else on standard output."""


def commands_page() -> str:
    """Return the page: the options of the program, then each command."""
    whole = click.Context(cli, info_name="fcsim")
    sections = [part for command in _below(cli, "fcsim") for part in _section(*command)]
    return page(_HEAD, "## fcsim", _help(cli), _options(cli, whole), *sections)


def _below(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group, info_name=path)
    for name in sorted(group.list_commands(context)):
        command = group.get_command(context, name)
        if command is not None and not command.hidden:
            yield f"{path} {name}", command
            if isinstance(command, click.Group):
                yield from _below(command, f"{path} {name}")


def _section(path: str, command: click.Command) -> Iterator[str]:
    yield f"{'#' * (path.count(' ') + 1)} {path}"
    yield _help(command)
    for shown in (command, *_unnamed(command)):
        context = click.Context(shown, info_name=path)
        yield f"```text\n{path} {' '.join(shown.collect_usage_pieces(context))}\n```"
        yield _help(shown) if shown is not command else ""
        yield _options(shown, context)


def _unnamed(command: click.Command) -> Iterator[click.Command]:
    """Yield what a group does without the name of a subcommand."""
    if isinstance(command, click.Group):
        listed = command.list_commands(click.Context(command))
        yield from (one for name, one in command.commands.items() if name not in listed)


def _help(command: click.Command) -> str:
    """Return the help text; paragraphs that click does not wrap become blocks."""
    text = (command.help or "").split("\f")[0].strip()
    return "\n\n".join(map(_paragraph, text.split("\n\n")))


def _paragraph(text: str) -> str:
    if text.startswith("\b"):
        return f"```text\n{text.removeprefix(chr(8)).strip(chr(10))}\n```"
    return re.sub(r"(?<![\w`-])(--[a-z][\w-]*)", r"`\1`", " ".join(text.split()))


def _options(command: click.Command, context: click.Context) -> str:
    options = [one for one in command.params if isinstance(one, click.Option) and not one.hidden]
    rows = [(_written(one, context), _default(one, context), one.help or "") for one in options]
    return table(("option", "default", "meaning"), rows)


def _written(option: click.Option, context: click.Context) -> str:
    names = ", ".join(option.opts)
    if option.secondary_opts:
        names = " / ".join([names, *option.secondary_opts])
    value = "" if option.is_flag or option.count else f" {_value(option, context)}"
    return code(f"{names}{value}") + (", repeatable" if option.multiple else "")


def _value(option: click.Option, context: click.Context) -> str:
    if option.metavar is None and isinstance(option.type, click.Choice):
        return "|".join(map(str, option.type.choices))
    return "N" if isinstance(option.type, click.IntRange) else option.make_metavar(context)


def _default(option: click.Option, context: click.Context) -> str:
    default = option.get_default(context, call=False)
    if option.is_flag or not option.show_default or default in (None, (), ""):
        return ""
    return code(str(default))
