"""``fcsim run``: simulate one scenario, once or as a study."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import fcsim
from fcsim.commands.report import Extras
from fcsim.commands.run_study import RunStudy, study_options
from fcsim.commands.study_output import (
    command_line,
    format_option,
    page_option,
    print_json,
    tell,
)

if TYPE_CHECKING:
    from fcsim.report.run_answers import Answer
    from fcsim.results.result import Result
    from fcsim.results.rows import RowsFile
    from fcsim.scenario.model import Scenario

__all__ = ["run"]


@click.command()
@click.argument("scenario")
@click.option("--variant", metavar="NAME", help="Apply this variant of the scenario.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--seed", type=click.IntRange(min=0), help="Replace the scenario's seed.")
@click.option("--out", metavar="FOLDER", help="Result folder [default: results/NAME].")
@format_option
@click.option("--engine", default="auto", show_default=True, help="auto, compiled or reference.")
@click.option(
    "--records", type=click.Choice(["csv", "parquet", "npz"]), help="Write every request."
)
@click.option(
    "--trace", is_flag=True, help="Write what happened to caches and links (and records)."
)
@click.option("--request-log", metavar="FILE", help="Write requests as the platform logs them.")
@click.option(
    "--series",
    type=click.Choice(["auto", "functions", "region"]),
    default="auto",
    show_default=True,
    help="Time series of every function, or of the region only.",
)
@click.option("--figures/--no-figures", default=True, help="Draw figures [default: yes].")
@page_option
@click.option("--timeline", is_flag=True, help="Write timeline.json for the Perfetto viewer.")
@click.option("--quiet", is_flag=True, help="No progress bar and no table.")
@study_options
def run(scenario: str, form: str, quiet: bool, **options: Any) -> int:
    """Simulate SCENARIO, print a summary and write a result folder."""
    from fcsim.report.progress import Progress
    from fcsim.report.run_page.objectives import sliced_figures
    from fcsim.results.saving import check_target, folder_name

    changes, seed, variant = options["changes"], options["seed"], options["variant"]
    study = RunStudy({**options, "quiet": quiet})
    loaded = fcsim.load(scenario, variant=variant, overrides=changes, seed=seed)
    name = folder_name("-".join(filter(None, (loaded.name, variant))))
    folder = Path(options["out"] or Path("results") / name)
    records = options["records"] or ("csv" if options["trace"] else None)
    check_target(folder, records)
    extras = Extras(options["page"], options["timeline"])
    extras.check(loaded, True if options["request_log"] else None)
    loaded = study.prepared(loaded)
    notice = None if quiet else _notice
    with _rows(loaded, folder, records) as rows:
        with Progress(loaded.horizon, enabled=False if quiet else None) as update:
            result = fcsim.run(
                loaded,
                engine=options["engine"],
                progress=update,
                notice=notice,
                series=options["series"],
                rows=rows,
                keep=True if options["request_log"] or options["batches"] else None,
                trace=options["trace"],
            )
        result.command = command_line()
        result.sliced = sliced_figures(result)
        answer = study.answer(result, folder)
        paths = _write(result, folder, records, options["figures"], answer)
    lines = list(extras.write(result, folder, answer))
    if options["request_log"]:
        from fcsim.results.request_log import write as write_log

        write_log(result, options["request_log"])
    _print_result(result, form, quiet, paths, answer)
    if form != "json":
        click.echo("\n".join(lines), nl=bool(lines))
    return 0


def _notice(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(text, err=True)


def _rows(
    scenario: Scenario, folder: Path, records: str | None
) -> AbstractContextManager[RowsFile | None]:
    """Return a file for the rows of a run that is too large to keep them, if they are wanted."""
    from fcsim.results.rows import rows_beside
    from fcsim.runner import keeps_rows

    if records is None or keeps_rows(scenario):
        return nullcontext()
    return rows_beside(folder, records)


def _write(
    result: Result, folder: Path, records: str | None, figures: bool, answer: Answer | None
) -> list[Path]:
    """Write the result folder; return its path and that of the main figure.

    Figures are drawn before anything is written, so that an interrupt leaves nothing half done.
    """
    from fcsim.report.figures import render, write_figures

    drawn = render(result) if figures else {}
    result.save(folder, records)
    written = write_figures(drawn, folder / "figures")
    if answer is not None:
        written = [*answer.write(folder, figures), *written]
    return [folder, *written[:1]]


def _print_result(
    result: Result, form: str, quiet: bool, paths: Sequence[Path], answer: Answer | None
) -> None:
    from fcsim.report import document, tables

    if form == "json":
        print_json(answer.document() if answer else document.summary_json(result))
        return
    folder, *figures = paths
    tell(answer.table() if answer else tables.summary(result), folder, figures, quiet)
