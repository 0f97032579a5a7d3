"""``fcsim compare``: variants of one scenario, or several scenarios, side by side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fcsim.commands.study_output import (
    command_line,
    exit_code,
    page_option,
    print_json,
    tell,
    work_options,
    working,
    write_figures,
    write_page,
)

__all__ = ["compare"]


@click.command()
@click.argument("scenarios", nargs=-1, required=True, metavar="SCENARIO [SCENARIO…]")
@click.option("--variant", "variants", multiple=True, metavar="NAME",
              help="Only this variant of the one scenario.")  # fmt: skip
@click.option("--reps", type=click.IntRange(min=1),
              help="Runs of each [default: 10, with --band 5].")  # fmt: skip
@click.option("--band", is_flag=True, help="Move assumptions: does the choice flip?")
@click.option("--kpi", "kpis", multiple=True, metavar="NAME", help="Show this KPI.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True,
              help="Change one value in all of them.")  # fmt: skip
@click.option("--seed", type=click.IntRange(min=0), help="Seed of all [default: the first's].")
@page_option
@work_options
def compare(scenarios: tuple[str, ...], form: str, **options: Any) -> int:
    """Compare the variants of one SCENARIO with it as it is, or other scenarios with the first.

    All face the same random numbers, so that differences are those of the scenarios.
    """
    from fcsim.study.compare import compare as run_compare

    name = "-".join(dict.fromkeys(Path(scenario).stem for scenario in scenarios))
    folder = Path(options["out"] or Path("results") / f"{name}-compare")
    with working(folder, options) as work:
        found = run_compare(
            *scenarios,
            variants=options["variants"] or None,
            reps=options["reps"],
            kpis=options["kpis"],
            band=options["band"],
            overrides=options["changes"],
            seed=options["seed"],
            work=work,
        )
    found.save(folder, options["table"])
    drawn = write_figures(found.figures(), folder / "figures") if options["figures"] else []
    if form == "json":
        from fcsim.study.compare_tables import comparison_json

        print_json(comparison_json(found))
    else:
        from fcsim.report.compare_tables import comparison_text

        tell(comparison_text(found), folder, drawn[:1], options["quiet"])
    if options["page"]:
        from fcsim.report.study_pages.compare import compare_page

        write_page(folder, compare_page(found, command_line()), told=form != "json")
    return exit_code(error for _, _, error in found.failures)
