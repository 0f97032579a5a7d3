"""KPIs as people read them: with their unit, with an interval, on an axis."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor, isfinite, isnan, log10
from typing import TYPE_CHECKING

from fcsim.results.price_book import price_book
from fcsim.results.vocabulary import BY_NAME, Kpi
from fcsim.study.estimates import own_name

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = ["Units", "digits"]

_SCALES = {
    "s": ((86_400.0, "d"), (3600.0, "h"), (120.0, "min"), (1.0, "s"), (1e-3, "ms"), (1e-6, "µs")),
    "bytes": ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB"), (1.0, "B")),
    "share": ((0.01, "%"),),
}
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

    def single(self, name: str, value: float) -> str:
        """Write one value: ``1.31 s``."""
        if isnan(value):
            return "–"
        return " ".join(filter(None, self.write(name, value)))

    def spread(self, name: str, value: float, half: float) -> str:
        """Write a value with half the width of its interval: ``1.31 ± 0.19 s``."""
        if not isfinite(half):
            return self.single(name, value)
        first, second, sign = self.write(name, value, half)
        return f"{first} ± {second} {sign}".strip()


def _number(value: float, places: int) -> str:
    if isnan(value):
        return "–"
    return f"{value:,.{places}f}" if isfinite(value) else "∞"


def digits(most: float) -> int:
    """Return the decimals that give a number of this size three digits, at most six."""
    return 0 if most <= 0 else min(6, max(0, 2 - floor(log10(most))))
