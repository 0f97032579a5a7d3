"""How far assumptions move an answer: each at its ends, all under the same random streams.

1. Every assumption that the run rests on goes to its low and its high end (or to each of its other
   choices), the others as they are. The runs share their arrivals and their work with the runs of
   the scenario itself, so the difference is the assumption's alone (common random numbers).
2. For each KPI, all assumptions together go to the end that alone lowers it, and to the end that
   alone raises it. The band of the KPI reaches from the least to the greatest figure seen.

An end that changes no KPI in the first two runs is taken to change none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fcsim.results.result import HEADLINES
from fcsim.results.vocabulary import find
from fcsim.scenario.model import Scenario
from fcsim.study.bands import Band, Subject, clear_shift
from fcsim.study.cases import Bench, Case
from fcsim.study.ends import End, certain, chosen, ends_of
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.replications import Replications, replicate
from fcsim.study.workers import Work

__all__ = ["BANDED", "REPS", "Together", "band", "corner_cases"]

BANDED = tuple(name for name in HEADLINES if name != "requests.arrived")
"""KPIs that get a band unless others are asked for."""
REPS = 5
"""Runs of each alternative unless another number is asked for."""

Together = Callable[[Iterable[tuple[End, ...]]], Mapping[tuple[End, ...], Case]]


def band(
    scenario: Scenario | str | Path | Mapping[str, Any],
    *,
    kpis: Iterable[str] = BANDED,
    reps: int | None = None,
    only: Iterable[str] | None = None,
    confidence: float = CONFIDENCE,
    work: Work | None = None,
    base: Replications | None = None,
) -> Band:
    """Return how far the assumptions that *scenario* rests on move its *kpis*.

    *reps* runs (5 by default) are made of the scenario and of each alternative; *base* are those
    of the scenario, when they exist already. *only* names assumptions. Raises UsageError for an
    unknown KPI or assumption.
    """
    with work or Work() as own:
        if base is None:
            base = replicate(scenario, reps=reps or REPS, confidence=confidence, work=own)
        names = list(kpis)
        for name in names:
            find(name, base.first.kpis["functions"])
        rested = base.first.assumptions
        parameters = chosen(rested, only)
        bench = Bench(base.scenario, base.outcomes, own)
        cases = bench.alone(end for parameter in parameters for end in ends_of(parameter))
        corners = corner_cases(base, names, cases, bench.together)
    return Band(base, tuple(names), tuple(parameters), tuple(certain(rested)), cases, corners)


def corner_cases(
    base: Subject, names: Iterable[str], cases: Sequence[Case], together: Together
) -> dict[tuple[str, str], Case]:
    """Return for each KPI the cases ``low`` and ``high`` with all assumptions at an end.

    *together* simulates settings: tuples of ends, which it gives back with their cases.
    """
    wanted = {
        (name, side): _corner(base, name, cases, sign)
        for name in names
        for side, sign in (("low", -1), ("high", 1))
    }
    known = together(wanted.values())
    return {key: known[ends] for key, ends in wanted.items()}


def _corner(base: Subject, name: str, cases: Sequence[Case], sign: int) -> tuple[End, ...]:
    """Return the end of each assumption that alone moves *name* furthest in the *sign* given."""
    furthest: dict[str, tuple[float, End]] = {}
    for case in cases:
        shift = clear_shift(base, case, name) * sign
        end = case.ends[0]
        if shift > 0 and shift > furthest.get(end.name, (0.0, end))[0]:
            furthest[end.name] = (shift, end)
    return tuple(end for _, end in furthest.values())
