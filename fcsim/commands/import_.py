"""``fcsim import``: from a team's own platform to a scenario.

``fcsim import FILE`` recognises a Serverless Devs file or Terraform's JSON by its content; other
sources have a subcommand each. Commands that live elsewhere are loaded when they are called.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fcsim.commands.study_output import print_json
from fcsim.errors import ScenarioError, UsageError, nearest

if TYPE_CHECKING:
    from fcsim.importers.imported import Imported
    from fcsim.importers.wishes import Wishes

__all__ = ["conclude", "import_", "output_options"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_DEFAULT = "configuration"
_TRAFFIC = "fcsim.commands.import_traffic"
_ELSEWHERE = {
    "cloudmonitor": (_TRAFFIC, "Traffic from exported CloudMonitor metrics."),
    "sls": (_TRAFFIC, "Traffic and times from request logs."),
    "trace": (_TRAFFIC, "Arrivals from a trace, published or your own."),
}
"""Commands of other modules: module, and the line that the help shows without loading it."""


class _Sources(click.Group):
    """Takes what is no subcommand as the file to import, and loads other modules late."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the name of the default command before its arguments."""
        known = {*self.list_commands(ctx), "-h", "--help"}
        if args and args[0] not in known:
            args = [_DEFAULT, *args]
        return super().parse_args(ctx, args)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the subcommands."""
        return sorted({*super().list_commands(ctx), *_ELSEWHERE} - {_DEFAULT})

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return the command *name*, from its module if need be."""
        if name in _ELSEWHERE:
            command: click.Command = getattr(import_module(_ELSEWHERE[name][0]), name)
            return command
        return super().get_command(ctx, name)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the subcommands without loading their modules."""
        own = {name: command.get_short_help_str(80) for name, command in self.commands.items()}
        lines = {**own, **{name: line for name, (_, line) in _ELSEWHERE.items()}}
        with formatter.section("Commands"):
            formatter.write_dl([(name, lines[name]) for name in self.list_commands(ctx)])


def output_options(command: _Command) -> _Command:
    """Add the options that every import has: where to write, and how to tell what was done."""
    for option in (
        click.option(
            "--format", "form", type=click.Choice(["table", "json"]), default="table",
            show_default=True, help="How remarks are printed.",
        ),
        click.option("--force", is_flag=True, help="Overwrite files that are there."),
        click.option("--out", metavar="FILE", help="Scenario [default: NAME.fcsim.yaml here]."),
    ):  # fmt: skip
        command = option(command)
    return command


def conclude(imported: Imported, out: str | None, force: bool, form: str) -> int:
    """Write the scenario, and print what was taken, the remarks and the command to run next."""
    from fcsim.importers.saving import save
    from fcsim.report import imports
    from fcsim.report.console import show

    target = Path(out or f"{imported.document['name']}.fcsim.yaml")
    paths = [str(path) for path in save(imported, target, force=force)]
    following = f"fcsim run {quote(str(target))}"
    if form == "json":
        print_json(imports.imported_json(imported, paths, following))
        return 0
    show(imports.imported_text(imported))
    click.echo(f"\nWritten: {', '.join(paths)}\nNext: {following}")
    return 0


# ── commands ──────────────────────────────────────────────────────────────────────────────────


@click.group(
    name="import",
    cls=_Sources,
    subcommand_metavar="FILE [OPTIONS] | COMMAND …",
    context_settings={"help_option_names": ["-h", "--help"]},
)
def import_() -> None:
    """Make a scenario from your own platform's files.

    FILE is a Serverless Devs file (s.yaml) or the output of terraform show -json; its options
    are shown by: fcsim import configuration --help
    """


def _wish_options(command: _Command) -> _Command:
    """Add what a person says beside the file."""
    for option in (
        click.option(
            "--assume", "assumptions", metavar="NAME=VALUE", multiple=True,
            help="Replace a value of the preset, like 'limits.pre_stop=300 s'.",
        ),
        click.option("--preset", metavar="NAME", help="Preset [default: first that accepts all]."),
        click.option("--region", metavar="REGION", help="Replace the region of the file."),
        click.option("--function", "functions", metavar="NAME", multiple=True, help="Only this."),
        click.option("--initializer", metavar="TIME", help="How long initializers take."),
        click.option(
            "--image", "images", metavar="NAME=SIZE|FILE", multiple=True,
            help="Compressed size of an image, or a file that lists its layers. NAME is a "
            "function, a resource or the image's address.",
        ),
        click.option(
            "--service", "services", metavar="[NAME=]TIME", multiple=True,
            help="Service time, like '120 ms' or '{exponential: 120 ms}'.",
        ),
        click.option(
            "--rate", "rates", metavar="[NAME=]RATE", multiple=True,
            help="Arrivals of each function, or of function NAME, like 5/s.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


@import_.command(_DEFAULT)
@click.argument("file")
@click.option(
    "--var", "variables", metavar="NAME=VALUE", multiple=True, help="Value of a template."
)
@click.option("--env", is_flag=True, help="Let templates read environment variables.")
@_wish_options
@output_options
def configuration(
    file: str, variables: tuple[str, ...], env: bool, out: str | None, force: bool, form: str,
    **wishes: Any,
) -> int:  # fmt: skip
    """Functions from an s.yaml or from terraform show -json, whichever FILE is."""
    from fcsim.importers.configuration_files import import_configuration

    if not Path(file).exists():
        raise UsageError(f"{file}: no such file, and no source{nearest(file, import_.commands)}")
    values = _pairs("--var", variables)
    imported = import_configuration(
        Path(file), _wishes(**wishes), variables=values, environment=env
    )
    return conclude(imported, out, force, form)


@import_.command()
@click.argument("file")
@_wish_options
@output_options
def terraform(file: str, out: str | None, force: bool, form: str, **wishes: Any) -> int:
    """Functions from terraform show -json.

    FILE is its output for a state or a plan.
    """
    from fcsim.importers.configuration_files import import_terraform

    return conclude(import_terraform(Path(file), _wishes(**wishes)), out, force, form)


@import_.command()
@click.argument("files", metavar="[NAME=]FILE…", nargs=-1, required=True)
@click.option("--out", metavar="FILE", help="Write the images: block here [default: print it].")
@click.option("--force", is_flag=True, help="Overwrite a file that is there.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table")
def images(files: tuple[str, ...], out: str | None, force: bool, form: str) -> int:
    """Sizes and layers of images, and what they share.

    The result is an images: block for a scenario.

    FILE is printed by docker manifest inspect (with or without -v), docker image inspect, crane
    manifest or skopeo inspect (with or without --raw), or is a folder in the OCI image layout.
    """
    from fcsim.importers.image_sharing import image_block, named_images, sharing
    from fcsim.importers.saving import save_text, yaml_text

    found = named_images(files)
    block, remarks = image_block(found)
    if out is not None:
        save_text(yaml_text(block), Path(out), force=force)
    _show_images(sharing(found), block, remarks, form)
    if form == "table":
        click.echo(f"\nWritten: {out}" if out else f"\n{yaml_text(block)}", nl=bool(out))
    return 0


def _show_images(rows: Any, block: dict[str, Any], remarks: Any, form: str) -> None:
    from fcsim.importers.imported import Imported
    from fcsim.report import imports
    from fcsim.report.console import show

    if form == "json":
        print_json(imports.images_json(rows, block, remarks))
        return
    show(imports.image_table(rows))
    show(imports.remarks_text(Imported({}, remarks)))


# ── options ───────────────────────────────────────────────────────────────────────────────────


def _pairs(option: str, given: Iterable[str]) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts as a mapping."""
    pairs = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals or not name:
            raise UsageError(f"{option} {one!r}: expected NAME=VALUE")
        pairs[name] = value
    return pairs


def _perhaps_named(given: Iterable[str]) -> dict[str, str]:
    """Return ``NAME=VALUE`` texts, and a ``VALUE`` for all under ""."""
    matches = [re.match(r"(?:([A-Za-z0-9_-]+)=)?(.*)", one, re.DOTALL) for one in given]
    return {one[1] or "": one[2] for one in matches if one is not None}


def _wishes(
    *,
    rates: tuple[str, ...],
    services: tuple[str, ...],
    images: tuple[str, ...],
    assumptions: tuple[str, ...],
    functions: tuple[str, ...],
    **more: Any,
) -> Wishes:
    from fcsim.importers.wishes import Given, Wishes

    return Wishes(
        rates=Given("--rate", _perhaps_named(rates)),
        services=Given("--service", _in_yaml("--service", _perhaps_named(services))),
        images=Given("--image", _pairs("--image", images)),
        assumptions=_in_yaml("--assume", _pairs("--assume", assumptions)),
        functions=functions,
        **more,
    )


def _in_yaml(option: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the values that *texts* are in YAML."""
    from fcsim.scenario.yaml12 import parse_value

    values = {}
    for name, text in texts.items():
        try:
            values[name] = parse_value(text)
        except ScenarioError as error:
            raise UsageError(f"{option} {text!r}: {error}") from None
    return values
