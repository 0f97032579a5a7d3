"""``fcsim calibrate``: fit a scenario to request logs, and predict what was held out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fcsim.commands.study_output import format_option, print_json
from fcsim.errors import UsageError

if TYPE_CHECKING:
    from fcsim.importers.mapped_log import Column
    from fcsim.study.calibrate.report import Calibration

__all__ = ["calibrate"]


@click.command()
@click.argument("scenario")
@click.argument("more", nargs=-1, metavar="")
@click.option("--logs", metavar="FILE…", multiple=True, help="Request logs: CSV, JSON lines, …")
@click.option("--columns", metavar="NAME|FILE", help="Columns of another log: lambda2020, or YAML.")
@click.option("--column", "pairs", metavar="TARGET=NAME[:UNIT]", multiple=True,
              help="One column of another log.")  # fmt: skip
@click.option("--function", "functions", metavar="SCENARIO=LOG", multiple=True,
              help="A function that the log calls otherwise.")  # fmt: skip
@click.option("--holdout", default="30 %", show_default=True, metavar="TIME|SHARE",
              help="Last part of the log, predicted and not fitted; 0: none.")  # fmt: skip
@click.option("--reps", default=10, show_default=True, type=click.IntRange(min=1),
              help="Runs of the prediction.")  # fmt: skip
@click.option("--out", metavar="FILE", help="Calibrated scenario [default: NAME-calibrated.yaml].")
@click.option("--write", is_flag=True, help="Replace SCENARIO; keep the old one as .bak.")
@click.option("--figures", metavar="FOLDER", help="Draw a figure of each fit.")
@format_option
def calibrate(scenario: str, more: tuple[str, ...], form: str, **options: Any) -> int:
    """Fit SCENARIO to request logs and predict the hours held out.

    The calibrated scenario is a new file unless --write is given. Comments and order of the file
    stay; only a comment inside a value that is replaced goes.
    """
    from fcsim.study.calibrate import calibrate as fit

    target = _target(Path(scenario), options["out"], options["write"])
    report = fit(
        scenario,
        [*options["logs"], *more],
        columns=_columns(options["columns"], options["pairs"]),
        functions=_pairs(options["functions"]),
        holdout=options["holdout"],
        replications=options["reps"],
    )
    written = _write(report, target)
    _show(report, form)
    if options["figures"]:
        from fcsim.report.calibration import save_calibration_figures

        save_calibration_figures(report, options["figures"])
        written.append(f"Figures: {options['figures']}")
    for line in written:
        click.echo(line, err=form == "json")
    return 0


def _target(scenario: Path, out: str | None, write: bool) -> Path | None:
    """Return the new file, None to replace the scenario; UsageError before any work is done."""
    if write and out:
        raise UsageError("--write replaces the scenario; --out writes another file: give one")
    if write:
        return None
    target = Path(out) if out else scenario.with_name(f"{scenario.stem}-calibrated.yaml")
    if target.exists():
        raise UsageError(f"{target} exists; choose another name with --out")
    return target


def _columns(name: str | None, pairs: tuple[str, ...]) -> dict[str, Column] | None:
    from fcsim.importers.mapped_log import read_mapping

    return read_mapping(name, pairs) if name or pairs else None


def _pairs(texts: tuple[str, ...]) -> dict[str, str]:
    pairs = {}
    for text in texts:
        function, equals, name = text.partition("=")
        if not equals:
            raise UsageError(f"--function: expected SCENARIO=LOG; got {text!r}")
        pairs[function] = name
    return pairs


def _write(report: Calibration, target: Path | None) -> list[str]:
    from fcsim.study.calibrate.writing import replace_with_backup

    if not report.changes:
        return ["Nothing could be fitted, so no scenario was written"]
    if target is not None:
        return [f"Scenario: {report.write(target)}"]
    path, backup = replace_with_backup(report)
    return [f"Scenario: {path} (before: {backup})"]


def _show(report: Calibration, form: str) -> None:
    from fcsim.report import console
    from fcsim.report.calibration_tables import calibration_json, tables

    if form == "json":
        print_json(calibration_json(report))
        return
    console.show(tables(report))
    click.echo()
