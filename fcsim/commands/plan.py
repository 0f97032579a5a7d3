"""``fcsim plan``: the cheapest setting that meets the objectives."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fcsim.commands.study_output import (
    command_line,
    keeping,
    page_option,
    print_json,
    work_options,
    write_page,
)

if TYPE_CHECKING:
    from fcsim.study.plan.report import Plan

__all__ = ["plan"]

_CODES = {"met": 0, "missed": 1, "inconclusive": 4}


@click.command()
@click.argument("scenario")
@click.option("--vary", multiple=True, required=True, metavar="PATH=VALUES",
              help="0..50, or a,b,c, or low..high..step unit; variant=base,slim.")  # fmt: skip
@click.option("--objective", "objectives", multiple=True, metavar="TEXT",
              help="'latency.p99 <= 1 s', beside those of the scenario.")  # fmt: skip
@click.option("--minimise", default="cost.per_month", show_default=True, metavar="KPI")
@click.option("--confidence", default="95 %", show_default=True, metavar="SHARE",
              help="Of the verdict on each setting.")  # fmt: skip
@click.option("--reps", default=20, show_default=True, type=click.IntRange(min=2),
              help="Most runs of one setting.")  # fmt: skip
@click.option("--budget", metavar="N", help="Most runs in all.")
@click.option("--band/--no-band", default=False,
              help="Move assumptions: does the choice flip? [default: no]")  # fmt: skip
@click.option("--search", default="auto", show_default=True, metavar="NAME",
              help="bisection, cheapest-first, optuna, exhaustive.")  # fmt: skip
@click.option("--variant", metavar="NAME", help="Apply this variant first.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--seed", type=click.IntRange(min=0), help="Replace the scenario's seed.")
@page_option
@work_options
def plan(scenario: str, vary: tuple[str, ...], form: str, quiet: bool, **options: Any) -> int:
    """Find the cheapest setting of SCENARIO that meets its objectives.

    Exit code 0 when there is one, 1 when none meets them, 4 when that is not clear. Finished runs
    are kept in the result folder: the same command goes on where it was cut off.
    """
    from fcsim.report.plan_progress import PlanProgress
    from fcsim.study.plan import plan as search

    folder = Path(options["out"] or Path("results") / f"{Path(scenario).stem}-plan")
    shown = False if quiet else None
    with PlanProgress(shown) as progress, keeping(folder, options, progress) as work:
        found = search(
            scenario,
            vary,
            objectives=options["objectives"],
            minimise=options["minimise"],
            confidence=options["confidence"],
            reps=options["reps"],
            budget=_budget(options["budget"]),
            band=options["band"],
            search=options["search"],
            variant=options["variant"],
            overrides=options["changes"],
            seed=options["seed"],
            work=work,
            progress=progress,
        )
    paths = found.save(folder, figures=options["figures"], table=options["table"])
    _show(found, folder, paths, form, quiet)
    if options["page"]:
        from fcsim.report.study_pages.plan import plan_page

        write_page(folder, plan_page(found, command_line()), told=form != "json")
    return _CODES[str(found.verdict)]


def _budget(text: str | None) -> int | None:
    """Read ``200`` or ``200 runs``."""
    if text is None:
        return None
    found = re.fullmatch(r"\s*([\d,_]*\d)\s*(?:runs?)?\s*", text)
    if found is None:
        raise click.BadParameter(f"expected a number of runs, like 200; got {text!r}",
                                 param_hint="--budget")  # fmt: skip
    return int(found[1].replace(",", "").replace("_", ""))


def _show(found: Plan, folder: Path, paths: list[Path], form: str, quiet: bool) -> None:
    from fcsim.report.console import show
    from fcsim.report.plan_tables import plan_json, tables

    if form == "json":
        print_json(plan_json(found))
        return
    if not quiet:
        show(tables(found))
        click.echo()
    click.echo(f"Results: {folder}")
    for path in paths:
        if path.name == "slide.png":
            click.echo(f"Slide: {path}")
