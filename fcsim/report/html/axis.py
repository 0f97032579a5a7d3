"""Axes of charts: where ticks stand, how they are labelled, where a value lies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from fcsim.report.time_axes import short_duration
from fcsim.results.times import round_step

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = [
    "Axis",
    "clock_axis",
    "duration_axis",
    "linear_axis",
    "log_axis",
    "names_axis",
    "rarity_axis",
    "share_axis",
    "span_axis",
]

_CLOCK_FROM = 6 * 3600.0
"""From this length on, time axes show the wall clock."""
_POWERS = ("1", "10", "100", "1 k", "10 k", "100 k", "1 M", "10 M", "100 M", "1 G")
_STEPS = (1, 2, 2.5, 5, 10)
_UNITS = (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3))


@dataclass(frozen=True)
class Axis:
    """An axis from *low* to *high*, with labelled *ticks*."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    label: str = ""
    log: bool = False

    def at(self, value: float) -> float:
        """Return where *value* lies, 0 to 1; what is beyond an end lies on it."""
        low, high = self._scaled(self.low), self._scaled(self.high)
        return min(max((self._scaled(value) - low) / (high - low), 0.0), 1.0)

    def _scaled(self, value: float) -> float:
        return log10(max(value, 1e-12)) if self.log else value


def linear_axis(
    high: float,
    label: str = "",
    write: Callable[[float], str] = "{:,g}".format,
    *,
    whole: bool = False,
) -> Axis:
    """Return an axis from 0 to a round number not below *high*; *whole*: of whole steps."""
    high = high or 1.0
    rough = max(high / 4, 1.0) if whole else high / 4
    size = 10.0 ** floor(log10(rough))
    step = next(size * s for s in _STEPS if size * s >= rough * 0.999)
    number = ceil(high / step - 1e-9)
    return Axis(0.0, number * step, [(k * step, write(k * step)) for k in range(number + 1)], label)


def span_axis(
    low: float, high: float, label: str = "", write: Callable[[float], str] = "{:,.6g}".format
) -> Axis:
    """Return an axis between round numbers around *low* and *high*, wherever zero is."""
    if not high > low:
        reach = abs(low) / 2 or 1.0
        low, high = low - reach, high + reach
    rough = (high - low) / 4
    size = 10.0 ** floor(log10(rough))
    step = next(size * s for s in _STEPS if size * s >= rough * 0.999)
    first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
    ticks = [(k * step, write(k * step)) for k in range(first, last + 1)]
    return Axis(first * step, last * step, ticks, label)


def log_axis(
    low: float, high: float, label: str = "", write: Callable[[float], str] = "{:,.6g}".format
) -> Axis:
    """Return a logarithmic axis that covers *low* to *high*, both above 0, with round ticks."""
    first, last = floor(log10(low / 1.2)), ceil(log10(high * 1.2))
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        places = [m * 10.0**p for p in range(first, last + 1) for m in multiples]
        ticks = [(x, write(x)) for x in places if low / 1.2 <= x <= high * 1.2]
        if len(ticks) <= 7:
            break
    return Axis(low / 1.2, high * 1.2, ticks, label, log=True)


def names_axis(names: Sequence[str], label: str = "") -> Axis:
    """Return an axis on which the k-th of *names* lies at k."""
    return Axis(-0.5, len(names) - 0.5, list(enumerate(names)), label)


def share_axis(label: str = "") -> Axis:
    """Return an axis of shares, 0 to 100 %."""
    return Axis(0.0, 1.0, [(k / 4, f"{25 * k} %") for k in range(5)], label)


def rarity_axis(number: int) -> Axis:
    """Return a logarithmic axis of shares from one in *number* to all."""
    powers = range(max(ceil(log10(max(number, 10)) - 1e-9), 1) + 1)[: len(_POWERS)]
    ticks = [(10.0**-p, f"1 in {_POWERS[p]}" if p else "all") for p in powers]
    return Axis(10.0 ** -powers[-1], 1.0, ticks, log=True)


def duration_axis(low: float, high: float, label: str = "") -> Axis:
    """Return a logarithmic axis of durations in seconds that covers *low* to *high*."""
    low = max(low, 1e-6)
    if high < 4 * low:
        middle = (low * max(high, low)) ** 0.5
        low, high = middle / 2, middle * 2
    low, high = low / 1.1, high * 1.1
    for multiples in ((1, 2, 5), (1, 3), (1,)):
        ticks = [(x, short_duration(x)) for x in _round_durations(multiples) if low <= x <= high]
        if len(ticks) <= 7:
            break
    return Axis(low, high, ticks, label, log=True)


def _round_durations(multiples: Sequence[int]) -> list[float]:
    short = [m * 10.0**p for p in range(-6, 2) for m in multiples if m * 10.0**p < 40]
    return [*short, 60.0, 300.0, 1800.0, 3600.0, 18_000.0, 86_400.0]


def clock_axis(scenario: Scenario) -> Axis:
    """Return the time axis of a window: since the start or, from six hours on, the clock's."""
    begin, end = scenario.warm_up, scenario.horizon
    step = round_step(end - begin, 6)
    long = end - begin >= _CLOCK_FROM
    midnight = scenario.start.replace(hour=0, minute=0, second=0, microsecond=0)
    shift = (scenario.start - midnight).total_seconds() % step if long else 0.0
    first = ceil((begin + shift) / step - 1e-9)
    places = [(first + k) * step - shift for k in range(8)]
    unit, factor = next((pair for pair in _UNITS if step >= pair[1] * 0.9999), _UNITS[-1])
    ticks = [
        (x, _wall(scenario, x, step) if long else f"{x / factor:g}") for x in places if x <= end
    ]
    offset = scenario.start.isoformat()[-6:]
    label = f"time of day (UTC{offset})" if long else f"time since the start ({unit})"
    return Axis(begin, end, ticks, label)


def _wall(scenario: Scenario, seconds: float, step: float) -> str:
    at = scenario.start + timedelta(seconds=seconds)
    if step >= 86_400 or (at.hour, at.minute) == (0, 0):
        return f"{at:%a} {at.day} {at:%b}"
    return f"{at:%H:%M}"
