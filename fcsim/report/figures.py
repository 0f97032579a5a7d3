"""All figures of a result, the overview of four panels, and their files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fcsim.report import style
from fcsim.report.activity import activity_figure, draw_instances
from fcsim.report.callers import caller_figures
from fcsim.report.cost import cost_figure, draw_cost
from fcsim.report.latency import draw_slowest, latency_figure, none_completed
from fcsim.report.phases import draw_phases, phases_figure, start_rows
from fcsim.report.sheet import content
from fcsim.report.values import money, share
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fcsim.results.result import Result

__all__ = ["all_figures", "overview", "render", "save_figures", "write_figures"]


def all_figures(result: Result) -> dict[str, Figure]:
    """Return every figure of *result* by file name, the overview first."""
    return {
        "overview": overview(result),
        "latency": latency_figure(result),
        "cold-starts": phases_figure(result),
        "activity": activity_figure(result),
        "cost": cost_figure(result),
        **caller_figures(result),
    }


def overview(result: Result) -> Figure:
    """Draw latency, start phases, instances over time and cost on one sheet."""
    with style.sheet(result, (12.0, 8.0), nrows=2, ncols=2) as (figure, axes):
        style.headline(figure, _overview_headline(result))
        (latency, phases), (instances, cost) = axes
        draw_slowest(latency, result)
        style.legend_above(latency)
        draw_phases(phases, start_rows(result))
        style.legend_above(phases)
        draw_instances(instances, result)
        style.legend_above(instances)
        draw_cost(cost, result)
    return figure


def _overview_headline(result: Result) -> str:
    kpis = result.kpis
    if not kpis["requests"]["completed"]:
        return none_completed(result)
    ratio = kpis["cold_start"]["ratio"]
    cold = f"{share(ratio)} of the requests start cold" if ratio else "no request starts cold"
    return (
        f"p50 {format_duration(kpis['latency']['p50'])}, "
        f"p99 {format_duration(kpis['latency']['p99'])}; "
        f"{share(kpis['requests']['success_ratio'])} succeed; {cold}; "
        f"{money(kpis['cost']['per_month'], result.bill.currency)} in 30 days"
    )


def render(result: Result, formats: Sequence[str] = ("png", "svg")) -> dict[str, bytes]:
    """Return the content of every figure file by file name, the overview first.

    The same result gives the same bytes: SVG identifiers are fixed and files carry no date.
    """
    return {
        f"{name}.{form}": content(figure, form)
        for name, figure in all_figures(result).items()
        for form in formats
    }


def write_figures(rendered: Mapping[str, bytes], folder: str | Path) -> list[Path]:
    """Write what :func:`render` returned into *folder* and return the paths."""
    target = Path(folder)
    if rendered:
        target.mkdir(parents=True, exist_ok=True)
    for name, drawn in rendered.items():
        (target / name).write_bytes(drawn)
    return [target / name for name in rendered]


def save_figures(
    result: Result, folder: str | Path, formats: Sequence[str] = ("png", "svg")
) -> list[Path]:
    """Draw every figure of *result*, write them into *folder*, and return the paths."""
    return write_figures(render(result, formats), folder)
