"""The frontier of a plan: every setting by what it costs and how long it takes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fcsim.report.estimates import plus_minus
from fcsim.report.html.axis import linear_axis, log_axis, span_axis
from fcsim.report.html.chart import Dots, Hover, Series, chart
from fcsim.report.html.markup import Html, element
from fcsim.report.kpi_values import Units
from fcsim.report.values import count, cut
from fcsim.study.judgement import Verdict

if TYPE_CHECKING:
    from fcsim.report.html.axis import Axis
    from fcsim.study.plan.report import Plan
    from fcsim.study.plan.trials import Trial

__all__ = ["frontier", "standing"]

_LOOKS = {
    Verdict.MET: ("met", "blue"),
    Verdict.MISSED: ("missed", "vermilion"),
    Verdict.INCONCLUSIVE: ("not judged, or open", "grey"),
}
_FAR = 6
"""Ratio of greatest to least value from which an axis is logarithmic."""


def standing(trial: Trial) -> str:
    """Say what is known of a setting: its verdict, or why it was not judged."""
    if len(trial.runs) < 2 and trial.verdict is Verdict.INCONCLUSIVE:
        return f"not judged: {trial.skipped}" if trial.skipped else "not judged"
    return str(trial.verdict)


def frontier(plan: Plan) -> Html:
    """Draw every setting with its intervals, the limits, and the best that can be had."""
    canvas = _Canvas.of(plan)
    if not canvas.spots:
        return element("p", "No setting has both a cost and a latency.")
    x, y = canvas.axes()
    series: list[Series | Dots] = [
        *canvas.limits(x, y),
        Series("frontier", *_steps(canvas.spots.values()), "ink", thin=True),
        *canvas.rings(),
        *canvas.shaken(),
        *canvas.settings(),
    ]
    xs, ys = zip(*canvas.spots.values(), strict=True)
    hover = Hover(xs, [_told(plan, trial) for trial in canvas.spots], ys)
    title = "Each setting by what it costs and how long it takes"
    note = "Each dot is a setting, with its intervals; those of few runs are wide."
    return chart(title, series, x, y, hover=hover, note=note)


@dataclass(frozen=True)
class _Canvas:
    """A plan with the units of both axes and the place of each setting that has one."""

    plan: Plan
    wide: float
    high: float
    signs: tuple[str, str]
    spots: dict[Trial, tuple[float, float]]

    @classmethod
    def of(cls, plan: Plan) -> _Canvas:
        units, kpis = Units(plan.space.plain), (plan.rules.minimise, plan.latency)
        values = {trial: [trial.estimate(kpi).value for kpi in kpis] for trial in plan.ranked}
        known = {trial: pair for trial, pair in values.items() if all(map(math.isfinite, pair))}
        (wide, across), (high, up) = (
            units.scale(kpi, [pair[place] for pair in known.values()])
            for place, kpi in enumerate(kpis)
        )
        spots = {trial: (cost / wide, time / high) for trial, (cost, time) in known.items()}
        return cls(plan, wide, high, (across, up), spots)

    def axes(self) -> tuple[Axis, Axis]:
        """Return axes of all places, with room for the limit of latency."""
        xs, ys = zip(*self.spots.values(), strict=True)
        limits = [
            one.limit / self.high
            for one in self.plan.rules.objectives
            if one.name == self.plan.latency and one.every is None
        ]
        names = (self.plan.rules.minimise, self.plan.latency)
        across, up = (
            f"{kpi} ({sign})" if sign else kpi for kpi, sign in zip(names, self.signs, strict=True)
        )
        return _axis(xs, across), _axis([*ys, *limits], up)

    def settings(self) -> Iterator[Dots]:
        """Yield the settings of each verdict, with their intervals."""
        for verdict, (label, colour) in _LOOKS.items():
            of = [trial for trial in self.spots if trial.verdict is verdict]
            if not of:
                continue
            xs, ys = zip(*(self.spots[trial] for trial in of), strict=True)
            costs = [trial.cost for trial in of]
            times = [trial.estimate(self.plan.latency) for trial in of]
            yield Dots(
                f"{label} ({len(of)})", xs, ys, colour,
                across=([c.low / self.wide for c in costs], [c.high / self.wide for c in costs]),
                up=([t.low / self.high for t in times], [t.high / self.high for t in times]),
                square=verdict is Verdict.MISSED,
            )  # fmt: skip

    def limits(self, x: Axis, y: Axis) -> Iterator[Series]:
        """Yield the limits of objectives on either axis."""
        for objective in self.plan.rules.objectives:
            if objective.every is not None:
                continue
            if objective.name == self.plan.latency:
                at = objective.limit / self.high
                yield Series(objective.text, [x.low, x.high], [at, at], "green", dashed=True)
            elif objective.name == self.plan.rules.minimise:
                at = objective.limit / self.wide
                yield Series(objective.text, [at, at], [y.low, y.high], "brown", dashed=True)

    def rings(self) -> Iterator[Dots]:
        """Yield rings around the runners-up and the choice."""
        choice = [self.plan.choice] if self.plan.choice else []
        for label, colour, of in (
            ("runners-up", "grey", self.plan.runners), ("chosen", "ink", choice),
        ):  # fmt: skip
            seen = [self.spots[trial] for trial in of if trial in self.spots]
            if seen:
                told = f"{label}: {cut(of[0].label, 60)}" if len(seen) == 1 else label
                xs, ys = zip(*seen, strict=True)
                yield Dots(told, xs, ys, colour, ring=True)

    def shaken(self) -> Iterator[Dots]:
        """Yield what assumptions do to the choice."""
        choice = self.plan.choice
        if self.plan.shaken is None or choice is None or choice not in self.spots:
            return
        band, (x, y) = self.plan.shaken.band, self.spots[choice]
        across, up = band[self.plan.rules.minimise], band[self.plan.latency]
        yield Dots(
            "assumptions at their ends", [x], [y], "orange",
            across=([across.low / self.wide], [across.high / self.wide]),
            up=([up.low / self.high], [up.high / self.high]),
        )  # fmt: skip


def _axis(values: Sequence[float], label: str) -> Axis:
    """Return an axis of *values*, logarithmic where a few would squeeze the others together."""
    low, high = min(values), max(values)
    if low > 0 and high > _FAR * low:
        return log_axis(low, high, f"{label}, log scale")
    if low >= 0 and low < high / 2:
        return linear_axis(high * 1.05, label)
    room = (high - low) * 0.08
    return span_axis(low - room, high + room, label)


def _steps(spots: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the points that no other beats in both, by cost, as the steps of a line."""
    xs: list[float] = []
    ys: list[float] = []
    for x, y in sorted(spots):
        if not ys or y < ys[-1]:
            if ys:
                xs.append(x)
                ys.append(ys[-1])
            xs.append(x)
            ys.append(y)
    return xs, ys


def _told(plan: Plan, trial: Trial) -> str:
    units = Units(plan.space.plain)
    lines = [cut(trial.label, 80), f"{standing(trial)}, {count(len(trial.runs))} runs"]
    for kpi in dict.fromkeys([plan.rules.minimise, plan.latency]):
        found = trial.estimate(kpi)
        lines.append(f"{kpi}: {plus_minus(units, kpi, found)}")
    return "\n".join(lines)
