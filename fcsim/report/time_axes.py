"""Time on axes: logarithmic durations, and the course of a run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from math import log
from typing import TYPE_CHECKING

from fcsim.results.times import round_step

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fcsim.scenario.model import Scenario

__all__ = ["clock_axis", "duration_axis", "short_duration", "span_axis"]

_MINUTES = (60.0, 120.0, 300.0, 600.0, 1800.0)
_HOURS = (3600.0, 7200.0, 18_000.0, 36_000.0, 86_400.0, 2 * 86_400.0, 5 * 86_400.0)
_TICKS = (
    [*(m * 10.0**p for p in range(-6, 1) for m in (1, 1.5, 2, 3, 5, 7)), 10.0, 15.0, 20.0, 30.0],
    [*(m * 10.0**p for p in range(-6, 1) for m in (1, 2, 5)), 10.0, 20.0],
    [*(10.0**p for p in range(-6, 2))],
)
"""Round durations below a minute for axes, from dense to sparse."""
_UNITS = (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))

_LONG = 6 * 3600.0
"""From this horizon on, time axes show the wall clock."""


def duration_axis(axes: Axes, low: float, high: float) -> None:
    """Make x a logarithmic axis of durations in human units that covers *low* to *high*."""
    from matplotlib.ticker import FixedLocator, NullLocator

    if high < 4 * low:
        low, high = (low * high) ** 0.5 / 2, (low * high) ** 0.5 * 2
    axes.set_xscale("log")
    axes.set_xlim(low / 1.15, high * 1.15)
    longer = ((*_MINUTES, *_HOURS), (*_MINUTES, *_HOURS), (60.0, 600.0, 3600.0, 36_000.0))
    choices = ((*short, *long) for short, long in zip(_TICKS, longer, strict=True))
    inside = [[x for x in ticks if low / 1.1 <= x <= high * 1.1] for ticks in choices]
    places = next((ticks for ticks in inside if _fits(ticks, low, high)), inside[-1])
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(places, [short_duration(x) for x in places])


def _fits(ticks: Sequence[float], low: float, high: float) -> bool:
    """Tell whether labels at *ticks* stay apart on a logarithmic axis."""
    room = log(high * 1.3 / low) / 10
    return all(log(b / a) >= room for a, b in pairwise(ticks))


def short_duration(seconds: float) -> str:
    """Write a round duration as an axis does: ``200 ms``, ``5 s``, ``10 min``, ``2 h``."""
    for unit, factor in _UNITS:
        if seconds >= factor * 0.9999:
            return f"{seconds / factor:g} {unit}"
    return "0"


def clock_axis(axes: Axes, scenario: Scenario) -> None:
    """Make x the time since the start or, for long windows, the scenario's wall clock."""
    begin, end = scenario.warm_up, scenario.horizon
    step = round_step(end - begin, 9)
    long = end - begin >= _LONG
    midnight = scenario.start.replace(hour=0, minute=0, second=0, microsecond=0)
    shift = (scenario.start - midnight).total_seconds() % step if long else 0.0
    first = -(-(begin + shift) // step)
    places = [(first + k) * step - shift for k in range(10)]
    places = [x for x in places if x <= end]
    axes.set_xlim(begin, end)
    unit, factor = next((u, f) for u, f in _UNITS if step >= f * 0.9999)
    labels = [_wall(scenario, x, step) if long else f"{x / factor:g}" for x in places]
    axes.set_xticks(places, labels)
    offset = scenario.start.isoformat()[-6:]
    axes.set_xlabel(f"time of day (UTC{offset})" if long else f"time since the start ({unit})")


def span_axis(axes: Axes, begin: float, end: float) -> None:
    """Make x the time since the start of the run, from *begin* to *end*, however short."""
    step = round_step(end - begin, 10)
    seconds = 1.0 if end > 2.0 else 0.0  # 1328.1 s, not 1328100 ms
    unit, factor = next((u, f) for u, f in _UNITS[1:] if max(step, seconds) >= f * 0.9999)
    first = int(-(-begin // step))
    places = [k * step for k in range(first, first + 11) if k * step <= end]
    axes.set_xlim(begin, end)
    axes.set_xticks(places, [f"{round(x / factor, 9):.9g}" for x in places])
    axes.set_xlabel(f"time since the start ({unit})")


def _wall(scenario: Scenario, seconds: float, step: float) -> str:
    at = scenario.start + timedelta(seconds=seconds)
    day = f"{at:%a} {at.day} {at:%b}"
    if step >= 86_400:
        return day
    return f"{at:%H:%M}\n{day}" if (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"
