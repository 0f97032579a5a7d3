"""What commands of studies share: options, where runs happen and are kept, what they leave."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fcsim.report.bar import Bar
    from fcsim.study.workers import Work

__all__ = ["exit_code", "keeping", "print_json", "work_options", "working", "write_figures"]

_OPTIONS = (
    click.option("--out", metavar="FOLDER", help="Result folder."),
    click.option("--merge", metavar="FOLDER", multiple=True,
                 help="Take finished runs of this result folder as well."),
    click.option("--workers", type=click.IntRange(min=1), metavar="N",
                 help="Local processes [default: one a core]."),
    click.option("--cluster", metavar="ADDRESS", help="Dask scheduler, like tcp://host:8786."),
    click.option("--table", type=click.Choice(["csv", "parquet"]), default="csv",
                 show_default=True, help="Files of tables."),
    click.option("--format", "form", type=click.Choice(["table", "json"]), default="table",
                 show_default=True),
    click.option("--figures/--no-figures", default=True, help="Draw figures [default: yes]."),
    click.option("--quiet", is_flag=True, help="No progress bar and no table."),
)  # fmt: skip


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
    from fcsim.results.saving import POINTS
    from fcsim.study.store import Store
    from fcsim.study.workers import Work

    others = [Path(other) / POINTS for other in options.get("merge", ())]
    store = Store(folder / POINTS, others)
    try:
        with Work(options["workers"], options.get("cluster"), store, notice=bar.tell) as work:
            yield work
    except KeyboardInterrupt:
        bar.remove()
        kept = f"{bar.reached} are kept in {store.folder}"
        click.echo(f"{kept}; the same command goes on from there", err=True)
        raise


def write_figures(figures: Mapping[str, Figure], folder: Path) -> list[Path]:
    """Write *figures* as PNG and SVG into *folder* and return the paths of the PNG."""
    from fcsim.report.sheet import content

    folder.mkdir(parents=True, exist_ok=True)
    for name, figure in figures.items():
        for form in ("png", "svg"):
            (folder / f"{name}.{form}").write_bytes(content(figure, form))
    return [folder / f"{name}.png" for name in figures]


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
