"""The frontier of a plan: what is minimised against latency, a point for each setting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.kpi_values import Units
from fcsim.report.plan_tables import answer
from fcsim.report.values import cut
from fcsim.study.judgement import Verdict

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.estimates import Estimate
    from fcsim.study.plan.report import Plan
    from fcsim.study.plan.trials import Trial

__all__ = ["draw_frontier", "frontier_figure"]

_LOOKS = {
    Verdict.MET: ("met", "blue", "o"),
    Verdict.MISSED: ("missed", "vermilion", "X"),
    Verdict.INCONCLUSIVE: ("not judged, or open", "grey", "s"),
}
_DASHES = (0, (4, 2))
_NAME = 48
"""Characters of a KPI or an objective for which there is room."""


def frontier_figure(plan: Plan) -> Figure:
    """Draw every setting with its intervals, the limit, and the best that can be had."""
    with style.sheet(plan, (10.0, 5.6)) as (figure, axes):
        style.headline(figure, answer(plan))
        draw_frontier(axes, plan)
        style.legend_above(axes)
    return figure


def draw_frontier(axes: Axes, plan: Plan) -> None:
    """Draw the settings of *plan* into *axes*."""
    canvas = _canvas(axes, plan)
    spots = [(trial, *canvas.spot(trial)) for trial in plan.ranked]
    spots = [spot for spot in spots if np.isfinite(spot[1]) and np.isfinite(spot[2])]
    for verdict in _LOOKS:
        canvas.draw([trial for trial, _, _ in spots if trial.verdict is verdict], verdict)
    steps = list(_frontier((x, y) for _, x, y in spots))
    axes.plot(
        [x for x, _ in steps], [y for _, y in steps], color=style.INK, linewidth=1, alpha=0.5,
        label="frontier", zorder=1,
    )  # fmt: skip
    canvas.limits()
    if plan.choice is not None:
        canvas.mark(plan.choice)
    axes.set_title("Each point a setting, with its intervals")
    axes.set_ylim(bottom=0)


def _frontier(points: Iterable[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """Yield the points that no other beats in both, by cost, as the steps of a line."""
    lowest = np.inf
    for x, y in sorted(points):
        if y < lowest:
            if np.isfinite(lowest):
                yield x, lowest
            yield x, y
            lowest = y


def _canvas(axes: Axes, plan: Plan) -> _Canvas:
    units, across, up = Units(plan.space.plain), plan.rules.minimise, plan.latency
    costs = [trial.cost.value for trial in plan.ranked]
    times = [trial.estimate(up).value for trial in plan.ranked]
    (wide, x_sign), (high, y_sign) = units.scale(across, costs), units.scale(up, times)
    axes.set_xlabel(" ".join(filter(None, [cut(across, _NAME), x_sign and f"({x_sign})"])))
    axes.set_ylabel(" ".join(filter(None, [cut(up, _NAME), y_sign and f"({y_sign})"])))
    axes.xaxis.set_major_formatter(style.NUMBERS)
    return _Canvas(axes, plan, wide, high)


def _reaches(found: list[Estimate], size: float) -> np.ndarray:
    """Return how far each interval reaches below and above its figure; 0 where it has no end."""
    ends = [(one.value - one.low, one.high - one.value) for one in found]
    return np.nan_to_num(np.array(ends).T / size, posinf=0.0)


@dataclass(frozen=True)
class _Canvas:
    """Axes whose units are *wide* and *high*."""

    axes: Axes
    plan: Plan
    wide: float
    high: float

    def spot(self, trial: Trial) -> tuple[float, float]:
        latency = trial.estimate(self.plan.latency)
        return trial.cost.value / self.wide, latency.value / self.high

    def draw(self, trials: list[Trial], verdict: Verdict) -> None:
        """Draw settings of one verdict, with their intervals."""
        if not trials:
            return
        label, colour, marker = _LOOKS[verdict]
        x, y = zip(*map(self.spot, trials), strict=True)
        across = _reaches([trial.cost for trial in trials], self.wide)
        up = _reaches([trial.estimate(self.plan.latency) for trial in trials], self.high)
        self.axes.errorbar(
            x, y, xerr=across, yerr=up, fmt=marker, markersize=5,
            color=style.COLOURS[colour], elinewidth=1, label=f"{label} ({len(trials)})", zorder=3,
        )  # fmt: skip

    def limits(self) -> None:
        """Draw the limits of objectives on either axis."""
        for objective in self.plan.rules.objectives:
            if objective.every is not None:
                continue
            if objective.name == self.plan.latency:
                self.axes.axhline(
                    objective.limit / self.high, color=style.COLOURS["green"], linewidth=1,
                    linestyle=_DASHES, label=cut(objective.text, _NAME),
                )  # fmt: skip
            elif objective.name == self.plan.rules.minimise:
                self.axes.axvline(
                    objective.limit / self.wide, color=style.COLOURS["brown"], linewidth=1,
                    linestyle=_DASHES, label=cut(objective.text, _NAME),
                )  # fmt: skip

    def mark(self, choice: Trial) -> None:
        """Ring the choice, name it, and draw what assumptions do to it."""
        x, y = self.spot(choice)
        if self.plan.shaken is not None:
            band = self.plan.shaken.band
            across, up = band[self.plan.rules.minimise], band[self.plan.latency]
            self._smear(
                [x, x], [up.low / self.high, up.high / self.high], "assumptions at their ends"
            )
            self._smear([across.low / self.wide, across.high / self.wide], [y, y], "")
        self.axes.plot([x], [y], "o", markersize=13, markerfacecolor="none", color=style.INK)
        self.axes.annotate(
            choice.label, (x, y), xytext=(8, -18), textcoords="offset points", fontweight="bold"
        )

    def _smear(self, x: list[float], y: list[float], label: str) -> None:
        self.axes.plot(
            x, y, color=style.COLOURS["sky"], linewidth=6, alpha=0.45, solid_capstyle="butt",
            label=label or None, zorder=2,
        )  # fmt: skip
