"""What a comparison says, in words."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.choice_words import reach, verdict
from fcsim.report.estimates import brief
from fcsim.report.kpi_values import Units, digits

if TYPE_CHECKING:
    from fcsim.study.choice import DifferenceBand
    from fcsim.study.compare import Comparison
    from fcsim.study.differences import Difference

__all__ = ["change_text", "percent", "sentence"]


def sentence(comparison: Comparison, name: str, *, sampling_only: bool = False) -> str:
    """Return one sentence about *name*: the tail of its latency, its cost, its success.

    ``slim is 1.31 s faster at p99 (95 % CI 1.12 to 1.50) and 18 % cheaper``. With a band it says
    how far assumptions reach and whether the choice flips, unless *sampling_only*.
    """
    units = Units(comparison.scenario)
    level = f"{comparison.confidence * 100:g} % CI"
    band = None if sampling_only else comparison.bands.get(name)
    parts = [
        _speed(units, comparison.difference(name, "latency.p99"), level, band),
        _price(units, comparison.difference(name, "cost.per_month"), level, band),
    ]
    success = comparison.difference(name, "requests.success_ratio")
    if success.sign or (comparison.reps == 1 and abs(success.change.value) > 0):
        parts.append(_success(success))
    *first, last = parts
    joined = f"{', '.join(first)} and {last}"
    one = ", in one run, which tells no interval" if comparison.reps == 1 else ""
    told = f"{name} is {joined}{one}"
    return f"{told}; {verdict(band)}" if band else told


def _speed(units: Units, found: Difference, level: str, band: DifferenceBand | None) -> str:
    change = found.change
    if isnan(change.value):
        return "not comparable at p99 (no request completed)"
    if change.value == change.low == change.high == 0:
        return "as fast at p99 (the same in all runs)"
    if isnan(change.low) or found.sign:
        faster = change.value < 0
        ends = (-change.value, -change.high, -change.low) if faster else _ends(found)
        value, low, high, sign = units.write(found.kpi, *ends)
        interval = [] if isnan(change.low) else [f"{level} {low} to {high}"]
        told = interval + reach(units, band, found.kpi, ("faster", "slower"), found.sign)
        return f"{value} {sign} {'faster' if faster else 'slower'} at p99{_aside(told)}"
    _, low, high, sign = units.write(found.kpi, *_ends(found))
    told = [f"{level} of the change {low} to {high} {sign}"]
    told += reach(units, band, found.kpi, ("faster", "slower"), 0)
    return f"neither faster nor slower at p99{_aside(told)}"


def _aside(told: list[str]) -> str:
    return f" ({'; '.join(told)})" if told else ""


def _ends(found: Difference) -> tuple[float, float, float]:
    return found.change.value, found.change.low, found.change.high


def _price(units: Units, found: Difference, level: str, band: DifferenceBand | None) -> str:
    relative = found.relative
    if found.change.value == found.change.low == found.change.high == 0:
        return "as expensive"
    if isnan(relative.value):
        return "not comparable in cost"
    if isnan(relative.low) or found.sign:
        word = "cheaper" if relative.value < 0 else "dearer"
        amount = [brief(units, found.kpi, abs(found.change.value))] if band else []
        told = amount + reach(units, band, found.kpi, ("cheaper", "dearer"), found.sign)
        return f"{percent(abs(relative.value))} {word}{_aside(told)}"
    low, high = percent(relative.low), percent(relative.high)
    told = [f"{level} of the change {low} to {high}"]
    told += reach(units, band, found.kpi, ("cheaper", "dearer"), 0)
    return f"neither cheaper nor dearer{_aside(told)}"


def _success(found: Difference) -> str:
    more = "more" if found.change.value > 0 else "less"
    places = digits(abs(found.change.value) * 100)
    return f"{abs(found.change.value) * 100:.{places}f} points {more} successful"


def percent(part: float) -> str:
    """Write a change as a percentage with two digits: ``18 %``, ``-0.25 %``."""
    size = abs(part) * 100
    places = max(0, digits(size) - 1)
    return f"{part * 100:.{min(places, 3)}f} %"


def change_text(units: Units, found: Difference) -> str:
    """Write a change with its interval: ``-1.31 s (-1.50 to -1.12)``."""
    change = found.change
    if isnan(change.value):
        return "–"
    value, low, high, sign = units.write(found.kpi, *_ends(found))
    interval = "" if isnan(change.low) else f" ({low} to {high})"
    sign = "points" if sign == "%" else sign  # a change of a share is no share of it
    return f"{value} {sign}".strip() + interval
