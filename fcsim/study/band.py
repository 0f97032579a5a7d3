"""How far assumptions move an answer: each at its ends, all under the same random streams.

1. Every assumption that the run rests on goes to its low and its high end (or to each of its other
   choices), the others as they are. The runs share their arrivals and their work with the runs of
   the scenario itself, so the difference is the assumption's alone (common random numbers).
2. For each KPI, all assumptions together go to the end that alone lowers it, and to the end that
   alone raises it. The band of the KPI reaches from the least to the greatest figure seen.

An end that changes no KPI in the first two runs is taken to change none.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from fcsim.results.result import HEADLINES
from fcsim.results.vocabulary import find
from fcsim.scenario.model import Scenario
from fcsim.study.bands import Band, Case, clear_shift
from fcsim.study.ends import End, apply_ends, certain, chosen, ends_of
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.point import Point
from fcsim.study.replications import Replications, replicate
from fcsim.study.workers import Work

__all__ = ["BANDED", "band"]

BANDED = tuple(name for name in HEADLINES if name != "requests.arrived")
"""KPIs that get a band unless others are asked for."""
_REPS = 5
_SCREEN = 2
"""Runs that decide whether an end changes anything."""


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
    work = work or Work()
    if base is None:
        base = replicate(scenario, reps=reps or _REPS, confidence=confidence, work=work)
    names = list(kpis)
    for name in names:
        find(name, base.first.kpis["functions"])
    rested = base.first.assumptions
    parameters = chosen(rested, only)
    ends = [end for parameter in parameters for end in ends_of(parameter)]
    cases = _one_at_a_time(base, ends, work)
    corners = _together(base, names, cases, work)
    return Band(base, tuple(names), tuple(parameters), tuple(certain(rested)), cases, corners)


def _one_at_a_time(base: Replications, ends: Sequence[End], work: Work) -> tuple[Case, ...]:
    """Return one case an end; those that change nothing have only the runs that showed it."""
    reps = len(base.runs)
    screened = _cases(base, [(end,) for end in ends], range(min(_SCREEN, reps)), work)
    moving = [case.ends for case in screened if not case.problem and not _same(case, base)]
    more = {case.ends: case for case in _cases(base, moving, range(_SCREEN, reps), work)}
    return tuple(
        _joined(case, more[case.ends])
        if case.ends in more
        else replace(case, moves=bool(case.problem))
        for case in screened
    )


def _joined(first: Case, then: Case) -> Case:
    return Case(first.ends, () if then.problem else (*first.runs, *then.runs), then.problem)


def _same(case: Case, base: Replications) -> bool:
    return all(_equal(run, known) for run, known in zip(case.runs, base.runs, strict=False))


def _equal(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(
        one[key] == other[key] or (math.isnan(one[key]) and math.isnan(other[key])) for key in one
    )


def _cases(
    base: Replications, settings: Iterable[tuple[End, ...]], replications: range, work: Work
) -> list[Case]:
    """Simulate *replications* of each of *settings*; one that breaks a limit or fails says why."""
    built = {ends: apply_ends(base.scenario, ends) for ends in settings}
    fine = {ends: scenario for ends, (scenario, problems) in built.items() if not problems}
    points = [Point(scenario, k) for scenario in fine.values() for k in replications]
    outcomes = [outcome for _, outcome in work.outcomes(points)]
    found, reps = {}, len(replications)
    for number, ends in enumerate(fine):
        own = outcomes[number * reps : (number + 1) * reps]
        errors = [outcome.error for outcome in own if outcome.error]
        runs = () if errors else tuple(outcome.kpis for outcome in own)
        found[ends] = Case(ends, runs, errors[0] if errors else "")
    return [
        found.get(ends) or Case(ends, (), "; ".join(map(str, problems)))
        for ends, (_, problems) in built.items()
    ]


def _together(
    base: Replications, names: Iterable[str], cases: Sequence[Case], work: Work
) -> dict[tuple[str, str], Case]:
    """Return for each KPI the cases ``low`` and ``high`` with all assumptions at an end."""
    wanted = {
        (name, side): _corner(base, name, cases, sign)
        for name in names
        for side, sign in (("low", -1), ("high", 1))
    }
    known = {case.ends: case for case in cases}
    settings = {ends for ends in wanted.values() if ends and ends not in known}
    order = sorted(settings, key=lambda ends: [(end.name, str(end.value)) for end in ends])
    known |= {case.ends: case for case in _cases(base, order, range(len(base.runs)), work)}
    known[()] = Case((), tuple(base.runs), "")
    return {key: known[ends] for key, ends in wanted.items()}


def _corner(base: Replications, name: str, cases: Sequence[Case], sign: int) -> tuple[End, ...]:
    """Return the end of each assumption that alone moves *name* furthest in the *sign* given."""
    furthest: dict[str, tuple[float, End]] = {}
    for case in cases:
        shift = clear_shift(base, case, name) * sign
        end = case.ends[0]
        if shift > 0 and shift > furthest.get(end.name, (0.0, end))[0]:
            furthest[end.name] = (shift, end)
    return tuple(end for _, end in furthest.values())
