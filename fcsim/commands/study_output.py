"""What commands of studies share: options, where runs happen and are kept, what they leave."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fcsim.errors import UsageError

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

    from fcsim.report.bar import Bar
    from fcsim.study.workers import Work

__all__ = [
    "command_line",
    "exit_code",
    "format_option",
    "keeping",
    "page_option",
    "print_json",
    "tell",
    "work_options",
    "working",
    "write_figures",
    "write_page",
]

format_option = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)
_OPTIONS = (
    click.option("--out", metavar="FOLDER", help="Result folder."),
    click.option("--merge", metavar="FOLDER", multiple=True,
                 help="Take finished runs of this result folder as well."),
    click.option("--workers", type=click.IntRange(min=1), metavar="N",
                 help="Local processes [default: one a core]."),
    click.option("--cluster", metavar="ADDRESS", help="Dask scheduler, like tcp://host:8786."),
    click.option("--table", type=click.Choice(["csv", "parquet"]), default="csv",
                 show_default=True, help="Files of tables."),
    format_option,
    click.option("--figures/--no-figures", default=True, help="Draw figures [default: yes]."),
    click.option("--quiet", is_flag=True, help="No progress bar and no table."),
)  # fmt: skip
_NO_MATTER = (
    "out", "merge", "workers", "cluster", "table", "form", "figures", "quiet", "page", "timeline",
    "records", "request_log", "series", "engine",
)  # fmt: skip
"""Parameters of commands that no figure depends on."""
_PAGE, _SIGN = "report.html", "<!DOCTYPE html>"
page_option = click.option(
    "--report", "page", is_flag=True, help="Write report.html: one file, offline."
)


def work_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options about where runs happen and what is written."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def working(folder: Path, options: Mapping[str, Any]) -> Iterator[Work]:
    """Yield where runs happen and are kept, with a progress bar unless it is to be quiet.

    When it is interrupted, it says how to go on.
    """
    from fcsim.report.point_progress import PointProgress

    shown = False if options["quiet"] else None
    with PointProgress(shown) as bar, keeping(folder, options, bar) as work:
        work.progress = bar
        yield work


@contextmanager
def keeping(folder: Path, options: Mapping[str, Any], bar: Bar) -> Iterator[Work]:
    """Yield the same; *bar*, which shows something else, tells what makes the user wait."""
    from fcsim.report.text_files import check_replaceable
    from fcsim.results.saving import POINTS
    from fcsim.study.store import Store
    from fcsim.study.workers import Work

    if options.get("page"):
        check_replaceable(folder / _PAGE, _SIGN)  # before any run
    others = [_existing(Path(other)) / POINTS for other in options.get("merge", ())]
    store = Store(folder / POINTS, others)
    try:
        with Work(options["workers"], options.get("cluster"), store, notice=bar.tell) as work:
            yield work
    except KeyboardInterrupt:
        bar.remove()
        kept = f"{bar.reached} are kept in {store.folder}"
        click.echo(f"{kept}; the same command goes on from there", err=True)
        raise


def _existing(folder: Path) -> Path:
    """Return *folder* whose runs are to be taken; a misspelt one would mean running all again."""
    if not folder.is_dir():
        raise UsageError(f"--merge: {folder} is no folder")
    return folder


def write_figures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write *figures* as PNG and SVG into *folder* and return the paths of the PNG."""
    from fcsim.report.sheet import content

    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        for form in ("png", "svg"):
            (folder / f"{name}.{form}").write_bytes(content(figure, form))
    return [folder / f"{name}.png" for name in figures]


def write_page(folder: Path, text: str, *, told: bool = True) -> None:
    """Write *text* as the report in *folder*, and say so if that is to be *told*."""
    from fcsim.report.text_files import check_replaceable, write_text

    check_replaceable(folder / _PAGE, _SIGN)
    path = write_text(folder / _PAGE, [text])
    if told:
        click.echo(f"Report: {path}")


def command_line() -> str:
    """Return what was typed, without the options that no figure depends on."""
    context = click.get_current_context()
    words = ["fcsim", context.info_name or ""]
    for parameter in context.command.params:
        name = parameter.name or ""
        source = context.get_parameter_source(name)
        if name not in _NO_MATTER and source is click.core.ParameterSource.COMMANDLINE:
            words += _words(parameter, context.params[name])
    return shlex.join(words)


def _words(parameter: click.Parameter, value: Any) -> list[str]:
    """Return how *value* is given to *parameter*."""
    several = parameter.nargs == -1 or getattr(parameter, "multiple", False)
    values = [str(one) for one in (value if several else [value])]
    if isinstance(parameter, click.Argument):
        return values
    if getattr(parameter, "is_flag", False):
        return [(parameter.opts if value else parameter.secondary_opts)[0]]
    return [word for one in values for word in (parameter.opts[0], one)]


def tell(table: RenderableType, folder: Path, figures: Iterable[Path], quiet: bool) -> None:
    """Print *table* unless it is to be *quiet*, then where results and *figures* are."""
    from fcsim.report.console import show

    if not quiet:
        show(table)
        click.echo()
    click.echo(f"Results: {folder}")
    for path in figures:
        click.echo(f"Figure: {path}")


def print_json(document: Any) -> None:
    """Print *document*, in which figures that are not defined are NaN, as JSON with null."""
    from fcsim.report.values import plain

    click.echo(json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False))


def exit_code(errors: Iterable[str]) -> int:
    """Return 0 without *errors*, 2 when all of them are of the scenario, and 3 otherwise."""
    kinds = {error.partition(":")[0] for error in errors}
    if not kinds:
        return 0
    return 2 if kinds <= {"ScenarioError", "UsageError"} else 3
