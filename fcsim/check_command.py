"""``fcsim check``: scenarios as regression tests."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from fcsim.study_output import print_json

if TYPE_CHECKING:
    from fcsim.study.check.outcomes import Report

__all__ = ["check"]


@click.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO…")
@click.option("--variant", metavar="NAME", help="Apply this variant; it has a baseline of its own.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--reps", type=click.IntRange(min=2),
              help="Most runs of a scenario [default: 20; 5 for a new baseline].")  # fmt: skip
@click.option("--budget", metavar="TIME", help="Wall time for all of it, like '60s'.")
@click.option("--tolerance", "tolerances", metavar="[KPI=]SHARE", multiple=True,
              help="How much worse than the baseline: 10%, latency.p99=20%, cost=1%.")  # fmt: skip
@click.option("--baselines", metavar="FOLDER", help="Baselines [default: baselines/ beside each].")
@click.option("--update-baseline", is_flag=True, help="Store figures instead of comparing.")
@click.option("--inconclusive", type=click.Choice(["pass", "fail"]),
              help="What that counts as [default: exit code 4].")  # fmt: skip
@click.option("--workers", type=click.IntRange(min=1), metavar="N",
              help="Local processes [default: one a core].")  # fmt: skip
@click.option("--cluster", metavar="ADDRESS", help="Dask scheduler, like tcp://host:8786.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table",
              show_default=True)  # fmt: skip
@click.option("--quiet", is_flag=True, help="The closing line only.")
def check(scenarios: tuple[str, ...], form: str, quiet: bool, **options: Any) -> int:
    """Check each SCENARIO by its objectives and its stored baseline.

    Exit code 0: all passed; 1: an objective is missed or a figure is worse than the baseline; 2: a
    file could not be checked; 4: none of these, but something is not clear.
    """
    report = _check(scenarios, False if quiet else None, options)
    if form == "json":
        print_json(_document(report, options["inconclusive"]))
    else:
        _show(report, quiet)
    return report.exit_code(options["inconclusive"])


def _check(scenarios: tuple[str, ...], shown: bool | None, options: dict[str, Any]) -> Report:
    from fcsim.report.plan_progress import PlanProgress
    from fcsim.study.check import check as run_checks
    from fcsim.study.workers import Work

    with PlanProgress(shown) as progress:
        return run_checks(
            scenarios,
            variant=options["variant"],
            overrides=options["changes"],
            reps=options["reps"],
            budget=options["budget"],
            tolerance=options["tolerances"],
            baselines=options["baselines"],
            update_baseline=options["update_baseline"],
            work=Work(options["workers"], options["cluster"]),
            progress=progress,
        )


def _document(report: Report, inconclusive: str | None) -> dict[str, Any]:
    from fcsim.study.check.outcomes import document

    return {**document(report), "exit_code": report.exit_code(inconclusive)}


def _show(report: Report, quiet: bool) -> None:
    from fcsim.report.check_lines import check_lines, closing

    for file in report.broken:
        click.echo(file.error, err=True)
    for line in [closing(report)] if quiet else check_lines(report):
        click.echo(line)
    sys.stdout.flush()
