"""``fcsim sensitivity``: which parameters an answer hangs on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from fcsim.commands.study_output import (
    command_line,
    format_option,
    page_option,
    print_json,
    tell,
    working,
    write_page,
)

__all__ = ["sensitivity"]


@click.command()
@click.argument("scenario")
@click.option("--kpi", "kpis", multiple=True, default=["latency.p99"], show_default=True,
              help="What to explain; several give several answers.")  # fmt: skip
@click.option("--over", multiple=True, metavar="NAME",
              help="Only these assumptions [default: all the answer rests on].")  # fmt: skip
@click.option("--vary", multiple=True, metavar="PATH=LOW..HIGH UNIT",
              help="A path of the scenario, too.")  # fmt: skip
@click.option("--method", type=click.Choice(["both", "morris", "sobol"]), default="both",
              show_default=True, help="Screening, shares of variance, or both.")  # fmt: skip
@click.option("--samples", default=64, show_default=True, type=click.IntRange(min=8),
              help="Base sample of Sobol' indices: a power of two.")  # fmt: skip
@click.option("--trajectories", default=8, show_default=True, type=click.IntRange(min=2),
              help="Walks of Morris.")  # fmt: skip
@click.option("--reps", default=1, show_default=True, type=click.IntRange(min=1),
              help="Runs at each point.")  # fmt: skip
@click.option("--variant", metavar="NAME", help="Apply this variant of the scenario.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--seed", type=click.IntRange(min=0), help="Replace the scenario's seed.")
@click.option("--workers", type=click.IntRange(min=1), help="Processes [default: by load].")
@click.option("--cluster", metavar="ADDRESS", help="A Dask scheduler, tcp://…, instead.")
@click.option("--out", metavar="FOLDER", help="Folder [default: results/NAME-sensitivity].")
@format_option
@click.option("--figures/--no-figures", default=True, help="Draw figures [default: yes].")
@page_option
@click.option("--quiet", is_flag=True, help="No progress bar and no table.")
def sensitivity(scenario: str, form: str, **options: Any) -> int:
    """Say which parameters the KPIs of SCENARIO hang on, assumptions first.

    Finished runs are kept in the result folder: the same command goes on where it was cut off.
    """
    from fcsim.report.sensitivity_tables import sensitivity_json, sensitivity_summary
    from fcsim.report.study_files import write_sensitivity
    from fcsim.study.design import Base
    from fcsim.study.sensitivity import sensitivity as analyse

    base = Base(scenario, options["variant"], options["changes"], options["seed"])
    folder = Path(options["out"] or Path("results") / f"{base.load().name}-sensitivity")
    with working(folder, options) as work:
        found = analyse(
            base,
            options["kpis"],
            method=options["method"],
            over=options["over"] or None,
            vary=options["vary"],
            samples=options["samples"],
            trajectories=options["trajectories"],
            reps=options["reps"],
            work=work,
        )
    figures = write_sensitivity(found, folder, options["figures"])
    if form == "json":
        print_json(sensitivity_json(found))
    else:
        tell(sensitivity_summary(found), folder, figures[:1], options["quiet"])
    if options["page"]:
        from fcsim.report.study_pages.sensitivity import sensitivity_page

        write_page(folder, sensitivity_page(found, command_line()), told=form != "json")
    return 0
