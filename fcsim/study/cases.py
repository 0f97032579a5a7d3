"""A scenario with assumptions at other values: cases, and the bench on which they are simulated."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from fcsim.scenario.model import Scenario
from fcsim.study.ends import End, apply_ends
from fcsim.study.outcome import Outcome
from fcsim.study.point import Point
from fcsim.study.workers import Work

__all__ = ["Bench", "Case", "case_of"]

_SCREEN = 2
"""Runs that decide whether an end changes anything."""


@dataclass(frozen=True)
class Case:
    """Some assumptions at other values, and the runs there."""

    ends: tuple[End, ...]
    runs: tuple[Mapping[str, float], ...]
    """KPIs of each replication; of two scenarios, their differences."""
    problem: str = ""
    """Why there are no runs."""
    moves: bool = True
    """Whether any KPI changes."""
    outcomes: tuple[Outcome, ...] = ()
    """What the runs came to, where they are of one scenario."""


class Bench:
    """One scenario and its runs; it remembers every case that it simulated."""

    def __init__(self, scenario: Scenario, outcomes: Sequence[Outcome], work: Work) -> None:
        """Take *scenario* with its *outcomes*: all cases have as many replications."""
        self.scenario = scenario
        self.plain = case_of((), outcomes)
        self._reps = len(outcomes)
        self._work = work
        self._known: dict[tuple[End, ...], Case] = {(): self.plain}

    def alone(self, ends: Iterable[End]) -> tuple[Case, ...]:
        """Return one case an end; those that change nothing have only the runs that showed it."""
        screened = self._cases([(end,) for end in ends], range(min(_SCREEN, self._reps)))
        moving = [c.ends for c in screened if not c.problem and not _same(c, self.plain)]
        rest = self._cases(moving, range(_SCREEN, self._reps))
        for first, then in zip((c for c in screened if c.ends in moving), rest, strict=True):
            whole = case_of(first.ends, (*first.outcomes, *then.outcomes))
            self._known[first.ends] = then if then.problem else whole
        return tuple(
            self._known.get(case.ends) or replace(case, moves=bool(case.problem))
            for case in screened
        )

    def together(self, settings: Iterable[tuple[End, ...]]) -> dict[tuple[End, ...], Case]:
        """Return the case of each of *settings*, with all replications."""
        wanted = sorted(set(settings), key=_order)
        new = [ends for ends in wanted if ends not in self._known]
        self._known |= {case.ends: case for case in self._cases(new, range(self._reps))}
        return {ends: self._known[ends] for ends in wanted}

    def _cases(self, settings: Sequence[tuple[End, ...]], replications: range) -> list[Case]:
        """Simulate *settings*; one that breaks a limit or fails says why."""
        built = {ends: apply_ends(self.scenario, ends) for ends in settings}
        fine = {ends: scenario for ends, (scenario, problems) in built.items() if not problems}
        points = [Point(scenario, k) for scenario in fine.values() for k in replications]
        outcomes = [outcome for _, outcome in self._work.outcomes(points)]
        found, reps = {}, len(replications)
        for number, ends in enumerate(fine):
            found[ends] = case_of(ends, outcomes[number * reps : (number + 1) * reps])
        return [
            found.get(ends) or Case(ends, (), "; ".join(map(str, problems)))
            for ends, (_, problems) in built.items()
        ]


def case_of(ends: tuple[End, ...], outcomes: Sequence[Outcome]) -> Case:
    """Return the case of *ends* whose runs came to *outcomes*; an error is its problem."""
    errors = [outcome.error for outcome in outcomes if outcome.error]
    if errors:
        return Case(ends, (), errors[0])
    return Case(ends, tuple(outcome.kpis for outcome in outcomes), outcomes=tuple(outcomes))


def _order(ends: tuple[End, ...]) -> list[tuple[str, str]]:
    return [(end.name, str(end.value)) for end in ends]


def _same(case: Case, plain: Case) -> bool:
    return all(_equal(run, known) for run, known in zip(case.runs, plain.runs, strict=False))


def _equal(one: Mapping[str, float], other: Mapping[str, float]) -> bool:
    return one.keys() == other.keys() and all(
        one[key] == other[key] or (math.isnan(one[key]) and math.isnan(other[key])) for key in one
    )
