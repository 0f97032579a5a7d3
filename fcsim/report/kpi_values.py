"""KPIs as people read them: of one run, over several with an interval, on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, isnan, log10
from typing import TYPE_CHECKING

from fcsim.report.values import count, money, share
from fcsim.results.price_book import price_book
from fcsim.results.vocabulary import BY_NAME, Kpi
from fcsim.study.estimates import own_name
from fcsim.units import format_bytes, format_duration, format_number

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = ["Units", "digits", "relative_change"]

_SCALES = {
    "s": ((86_400.0, "d"), (3600.0, "h"), (120.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "bytes": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "share": ((0.01, "%"),),
}
_MEASURED = {"s": format_duration, "bytes": format_bytes, "share": share, "count": count}
_APART = 30
"""Ratio of two ends from which each is written with its own unit and digits."""
_FACTORS = {"min": 60.0}
"""Units that are used from more than one of them on."""


class Units:
    """Writes the KPIs of one scenario."""

    def __init__(self, scenario: Scenario) -> None:
        """Take the currency from *scenario*."""
        self._currency = price_book(scenario).currency

    def kpi(self, name: str) -> Kpi:
        """Return what is known of the KPI *name*, which exists."""
        return BY_NAME[own_name(name)]

    def scale(self, name: str, values: Sequence[float]) -> tuple[float, str]:
        """Return the unit that suits all *values* of a KPI, as its size and its sign."""
        unit = self.kpi(name).unit
        if unit == "money":
            return 1.0, self._currency
        known = [abs(value) for value in values if isfinite(value)]
        most = max(known, default=0.0)
        scales = _SCALES.get(unit, ((1.0, ""),))
        size, sign = next((pair for pair in scales if most >= pair[0]), scales[-1])
        if not most:
            size, sign = next((pair for pair in scales if pair[0] == 1.0), scales[-1])
        return _FACTORS.get(sign, size), sign

    def write(self, name: str, *values: float) -> list[str]:
        """Write *values* of one KPI with one unit, its sign last, and as many decimals each."""
        size, sign = self.scale(name, values)
        scaled = [value / size for value in values]
        places = digits(max((abs(v) for v in scaled if isfinite(v)), default=0.0))
        if self.kpi(name).unit == "money":
            places = max(places, 2)
        return [*(_number(value, places) for value in scaled), sign]

    def measured(self, name: str, value: float) -> str:
        """Write what one run measured: ``1.31 s``, and numbers of things as whole numbers."""
        unit = self.kpi(name).unit
        if isnan(value):
            return "–"
        if unit in _MEASURED:
            return _MEASURED[unit](value)
        return money(value, self._currency) if unit == "money" else format_number(value)

    def between(self, name: str, low: float, high: float) -> str:
        """Write two ends of a range: ``1.12 to 1.50 s``, with digits that tell them apart."""
        if isnan(low) or isnan(high):
            return ""
        if not isfinite(high):
            return f"{self.single(name, low)} or more"
        size, sign = self.scale(name, [low, high])
        if low == high:
            return self.single(name, low)
        least, most = sorted((abs(low), abs(high)))
        if low * high > 0 and most >= _APART * least:
            return f"{self.single(name, low)} to {self.single(name, high)}"
        told = [high - low, least] if low * high > 0 else [high - low]
        places = max(max(digits(part / size) for part in told) - 1, 0)
        ends = dict.fromkeys(f"{value / size:,.{places}f}" for value in (low, high))
        return f"{' to '.join(ends)} {sign}".strip()

    def single(self, name: str, value: float) -> str:
        """Write an estimate, with as many digits for every KPI: ``1.31 s``."""
        if isnan(value):
            return "–"
        return " ".join(filter(None, self.write(name, value)))

    def brief(self, name: str, value: float) -> str:
        """Write one value with three digits, or whole: ``1.31 s``, ``47,466 CNY``."""
        if not isfinite(value):
            return "–" if isnan(value) else "∞"
        size, sign = self.scale(name, [value])
        return f"{value / size:,.{digits(abs(value) / size)}f} {sign}".strip()

    def spread(self, name: str, value: float, half: float) -> str:
        """Write a value with half the width of its interval: ``1.31 ± 0.02 s``.

        The width has two digits, and the value as many decimals.
        """
        if not (isfinite(value) and isfinite(half)):
            return self.brief(name, value)
        size, sign = self.scale(name, [value, half])
        places = max(digits(half / size) - 1, 0) if half else digits(abs(value) / size)
        if places > 4:
            return f"{self.brief(name, value)} ± {self.brief(name, half)}"
        return f"{value / size:,.{places}f} ± {half / size:,.{places}f} {sign}".strip()


def _number(value: float, places: int) -> str:
    if isnan(value):
        return "–"
    return f"{value:,.{places}f}" if isfinite(value) else "∞"


def digits(most: float) -> int:
    """Return the decimals that give a number of this size three digits, at most six."""
    return 0 if most <= 0 else min(6, max(0, 2 - floor(log10(most))))


def relative_change(before: float, after: float) -> str:
    """Write the change from *before* to *after*: ``+12 %``, ``× 3.4``; nothing without one."""
    if isnan(before) or isnan(after) or before == after or not before:
        return ""
    ratio = after / before
    if ratio >= 2:
        return f"× {ratio:,.3g}"
    change = (ratio - 1) * 100
    return f"{change:+.0f} %" if abs(change) >= 10 else f"{change:+.2g} %"
