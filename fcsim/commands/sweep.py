"""``fcsim sweep``: a scenario under many settings."""

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

__all__ = ["sweep"]


@click.command()
@click.argument("scenario")
@click.option("--vary", multiple=True, required=True, metavar="PATH=A,B,C",
              help="Values of one path: a,b,c or low..high or low..high..step unit.")  # fmt: skip
@click.option("--sample", type=click.IntRange(min=1), metavar="N",
              help="N settings of a Sobol' sequence instead of all combinations.")  # fmt: skip
@click.option("--reps", type=click.IntRange(min=1), default=1, show_default=True,
              help="Runs of each setting.")  # fmt: skip
@click.option("--kpi", "kpis", multiple=True, metavar="NAME", help="Show this KPI.")
@click.option("--variant", metavar="NAME", help="Apply this variant first.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--seed", type=click.IntRange(min=0), help="Replace the scenario's seed.")
@click.option("--shard", metavar="I/N", help="Only every N-th run, from the I-th on.")
@page_option
@work_options
def sweep(scenario: str, vary: tuple[str, ...], form: str, **options: Any) -> int:
    """Run SCENARIO under every combination of values.

    Finished runs are kept in the result folder: the same command goes on where it was cut off.
    The path variant chooses variants, base being none. Exit code 2 or 3 when a setting failed.
    """
    from fcsim.study.design import shard_of
    from fcsim.study.sweep import sweep as run_sweep

    folder = Path(options["out"] or Path("results") / f"{Path(scenario).stem}-sweep")
    with working(folder, options) as work:
        found = run_sweep(
            scenario,
            vary,
            size=options["sample"],
            reps=options["reps"],
            kpis=options["kpis"],
            variant=options["variant"],
            overrides=options["changes"],
            seed=options["seed"],
            shard=shard_of(options["shard"] or "1/1"),
            work=work,
        )
    found.save(folder, options["table"])
    drawn = write_figures(found.figures(), folder / "figures") if options["figures"] else []
    if form == "json":
        from fcsim.study.sweep_tables import sweep_json

        print_json(sweep_json(found))
    else:
        from fcsim.report.sweep_tables import sweep_text

        tell(sweep_text(found), folder, _main(drawn), options["quiet"])
    if options["page"]:
        from fcsim.report.study_pages.sweep import sweep_page

        write_page(folder, sweep_page(found, command_line()), told=form != "json")
    return exit_code(run.outcome.error for run in found.failures)


def _main(figures: list[Path]) -> list[Path]:
    """Return the figure to be named."""
    return [path for path in figures if path.stem == "latency-p99"] or figures[:1]
