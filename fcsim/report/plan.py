"""The frontier of a plan: what is minimised against latency, a point for each setting."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.kpi_values import Units
from fcsim.report.plan_tables import answer
from fcsim.study.judgement import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.plan.report import Plan
    from fcsim.study.plan.trials import Trial

__all__ = ["draw_frontier", "frontier_figure"]

_LOOKS = {"met": ("blue", "o"), "missed": ("vermilion", "X"), "open": ("grey", "s")}


def frontier_figure(plan: Plan) -> Figure:
    """Draw every setting with its intervals, the limit, and the best that can be had."""
    with style.sheet(plan, (10.0, 5.6)) as (figure, axes):
        style.headline(figure, answer(plan))
        draw_frontier(axes, plan)
        style.legend_above(axes)
    return figure


def draw_frontier(axes: Axes, plan: Plan) -> None:
    """Draw the settings of *plan* into *axes*."""
    x, y = plan.rules.minimise, plan.latency
    units = Units(plan.space.plain)
    points = [(t, t.cost.value, t.estimate(y).value) for t in plan.ranked]
    points = [point for point in points if np.isfinite(point[1:]).all()]
    (wide, x_sign), (high, y_sign) = (
        units.scale(name, [point[place] for point in points]) for place, name in ((1, x), (2, y))
    )
    for kind, (colour, marker) in _LOOKS.items():
        own = [trial for trial, _, _ in points if _kind(trial) == kind]
        if own:
            _draw(axes, plan, own, (wide, high), style.COLOURS[colour], marker, kind)
    best = list(_frontier([(a / wide, b / high) for _, a, b in points]))
    axes.plot(
        *zip(*best, strict=True), color=style.INK, linewidth=1, alpha=0.5, label="frontier", zorder=1
    )
    _limits(axes, plan, wide, high)
    if plan.choice is not None:
        _mark(axes, plan, plan.choice, wide, high)
    axes.set(xlabel=f"{x} ({x_sign})", ylabel=f"{y} ({y_sign})" if y_sign else y)
    axes.set_title("Each point a setting, with its intervals")
    axes.set_ylim(bottom=0)


def _kind(trial: Trial) -> str:
    if trial.skipped or trial.verdict is Verdict.INCONCLUSIVE:
        return "open"
    return str(trial.verdict)


def _draw(
    axes: Axes, plan: Plan, own: list[Trial], scales: tuple[float, float], colour: str,
    marker: str, kind: str,
) -> None:  # fmt: skip
    found = [(trial.cost, trial.estimate(plan.latency)) for trial in own]
    values, halves = (
        [np.array([getattr(pair[place], field) for pair in found]) / scale
         for place, scale in enumerate(scales)]
        for field in ("value", "half")
    )  # fmt: skip
    names = {"open": "not judged, or open"}
    axes.errorbar(
        *values, xerr=np.nan_to_num(halves[0]), yerr=np.nan_to_num(halves[1]), fmt=marker,
        color=colour, markersize=5, elinewidth=1, alpha=0.9,
        label=f"{names.get(kind, kind)} ({len(own)})", zorder=3,
    )  # fmt: skip


def _frontier(points: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the points that no other beats in both, by cost, as the steps of a line."""
    lowest = np.inf
    for x, y in sorted(points):
        if y < lowest:
            if np.isfinite(lowest):
                yield x, lowest
            yield x, y
            lowest = y


def _limits(axes: Axes, plan: Plan, wide: float, high: float) -> None:
    """Draw the limits of objectives on either axis, if they are near what is shown."""
    for objective in plan.rules.objectives:
        if objective.every is None and objective.name == plan.latency:
            axes.axhline(objective.limit / high, color=style.COLOURS["green"], linewidth=1,
                         linestyle=(0, (4, 2)), label=objective.text)  # fmt: skip
        elif objective.every is None and objective.name == plan.rules.minimise:
            axes.axvline(objective.limit / wide, color=style.COLOURS["brown"], linewidth=1,
                         linestyle=(0, (4, 2)), label=objective.text)  # fmt: skip


def _mark(axes: Axes, plan: Plan, choice: Trial, wide: float, high: float) -> None:
    """Ring the choice, name it, and draw what assumptions do to it."""
    x, y = choice.cost.value / wide, choice.estimate(plan.latency).value / high
    if plan.shaken is not None:
        across, up = (plan.shaken.band[name] for name in (plan.rules.minimise, plan.latency))
        green = style.COLOURS["sky"]
        axes.plot([x, x], [up.low / high, up.high / high], color=green, linewidth=6, alpha=0.45,
                  solid_capstyle="butt", label="assumptions at their ends", zorder=2)  # fmt: skip
        axes.plot([across.low / wide, across.high / wide], [y, y], color=green, linewidth=6,
                  alpha=0.45, solid_capstyle="butt", zorder=2)  # fmt: skip
    axes.plot([x], [y], "o", markersize=13, markerfacecolor="none", color=style.INK, zorder=4)
    axes.annotate(
        choice.label, (x, y), xytext=(8, -18), textcoords="offset points", fontweight="bold"
    )
