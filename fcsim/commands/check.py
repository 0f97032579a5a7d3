"""``fcsim check``: scenarios as regression tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from fcsim.commands.check_outputs import check_targets, output_options, publish

if TYPE_CHECKING:
    from fcsim.study.check.outcomes import Report

__all__ = ["check"]


@click.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO…")
@click.option("--variant", metavar="NAME", help="Apply this variant; it has a baseline of its own.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--reps", type=click.IntRange(min=2),
              help="Most runs of a scenario [default: 20; 12 for a new baseline].")  # fmt: skip
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
@click.option("--no-run", is_flag=True,
              help="Only load scenarios, objectives, traces and baselines.")  # fmt: skip
@output_options
def check(scenarios: tuple[str, ...], **options: Any) -> int:
    """Check each SCENARIO by its objectives and its stored baseline.

    Exit code 0: all passed; 1: an objective is missed or a figure is worse than the baseline; 2: a
    file could not be checked; 4: none of these, but something is not clear.
    """
    check_targets(options)
    report = _check(scenarios, options)
    publish(report, options)
    return report.exit_code(options["inconclusive"])


def _check(scenarios: tuple[str, ...], options: dict[str, Any]) -> Report:
    from fcsim.report.plan_progress import PlanProgress
    from fcsim.study.check import check as run_checks
    from fcsim.study.workers import Work

    with PlanProgress(False if options["quiet"] else None) as progress:
        return run_checks(
            scenarios,
            variant=options["variant"],
            overrides=options["changes"],
            reps=options["reps"],
            budget=options["budget"],
            tolerance=options["tolerances"],
            baselines=options["baselines"],
            update_baseline=options["update_baseline"],
            simulate=not options["no_run"],
            work=Work(options["workers"], options["cluster"], notice=progress.tell),
            progress=progress,
        )
