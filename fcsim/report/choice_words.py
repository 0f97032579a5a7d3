"""What assumptions do to a choice between two scenarios, in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from fcsim.report.estimates import brief
from fcsim.report.kpi_values import Units
from fcsim.study.bands import named

if TYPE_CHECKING:
    from fcsim.study.cases import Case
    from fcsim.study.choice import DifferenceBand

__all__ = ["change", "places", "reach", "turn", "verdict"]

_WORDS = {
    "latency.p99": ("p99", "faster", "slower"),
    "cost.per_month": ("the cost", "cheaper", "dearer"),
}
"""What the sentences call a KPI, and less and more of it."""


def change(units: Units, kpi: str, value: float) -> str:
    """Write a difference: that of a share is in points, as it is no share of it."""
    text = brief(units, kpi, value)
    return f"{text[:-1]}points" if text.endswith("%") else text


def reach(
    units: Units, band: DifferenceBand | None, kpi: str, words: tuple[str, str], sign: int
) -> list[str]:
    """Return ``assumptions 0.4 s to 3.9 s``; nothing without a band.

    It is in *words* for less and more where both occur, or where the difference has no *sign*
    of which something was said before.
    """
    if band is None:
        return []
    found = band[kpi]
    if found.low == found.high:
        return ["no assumption moves it"]
    if found.low * found.high >= 0:
        low, high = sorted((abs(found.low), abs(found.high)))
        word = "" if sign else f" {words[found.low + found.high > 0]}"
        return [f"assumptions {brief(units, kpi, low)} to {brief(units, kpi, high)}{word}"]
    less, more = (brief(units, kpi, abs(end)) for end in (found.low, found.high))
    return [f"assumptions from {less} {words[0]} to {more} {words[1]}"]


def verdict(band: DifferenceBand) -> str:
    """Say whether the choice by the KPIs of the sentence flips inside the assumptions."""
    told = [text for kpi in _WORDS for text in _turns_of(band, kpi)]
    if told:
        return "; ".join(told)
    if any(band.choice(kpi).sign for kpi in _WORDS):
        return "the choice does not flip inside the assumptions"
    return "no assumption makes a difference"


def _turns_of(band: DifferenceBand, kpi: str) -> Iterator[str]:
    name, less, more = _WORDS[kpi]
    choice, units = band.choice(kpi), Units(band.scenario)
    if choice.flips:
        case = choice.flips[0]
        value = band.difference_at(case, kpi)
        size = f"{brief(units, kpi, abs(value))} {less if value < 0 else more}"
        yield f"{name} {'flips' if choice.sign else 'differs'} at {_where(case)} ({size})"
    elif choice.opens:
        yield f"{name} does not flip, but is open at {_where(choice.opens[0])}"


def _where(case: Case) -> str:
    """Name the end of *case*, or how many there are."""
    number = len(case.ends)
    return named(case) if number == 1 else f"{number} assumptions at an end together"


def turn(band: DifferenceBand, kpi: str) -> str:
    """Say where the choice by *kpi* turns, if it does: ``flips at cache.lifetime = 10 min``."""
    choice = band.choice(kpi)
    cases = choice.flips or choice.opens
    if not cases:
        return ""
    what = "is open" if not choice.flips else "flips" if choice.sign else "differs"
    more = f", and at {len(cases) - 1} more" if len(cases) > 1 else ""
    return f"{what} at {_where(cases[0])}{more}"


def places(cases: Sequence[Case]) -> list[str]:
    """Return all ends of each of *cases*, in words."""
    return [named(case) for case in cases]
