"""Whether the choice changes within the band of the assumptions it rests on.

The choice and the runner-up are simulated with each assumption at its ends, the others as they
are, and with all of them at the ends that alone lower or raise a figure
(:mod:`fcsim.study.band`). The choice *flips* where its mean misses an objective, or where the
runner-up meets all of them and is cheaper by at least 1 %, for certain: the interval of the paired
difference leaves zero out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fcsim.study.band import band
from fcsim.study.bands import Band
from fcsim.study.cases import Case, case_of
from fcsim.study.ends import End
from fcsim.study.estimates import mean_of
from fcsim.study.judgement import Judgement, judge
from fcsim.study.plan.space import Space
from fcsim.study.plan.trials import Rules, Trial
from fcsim.study.workers import Work

__all__ = ["Flip", "Shaken", "shaken"]

_REPS = 5
_WORTH = 0.01
"""Part of the cost that makes a runner-up worth another choice."""


@dataclass(frozen=True)
class Flip:
    """Values of assumptions at which another setting should be chosen, and why."""

    ends: tuple[End, ...]
    missed: tuple[Judgement, ...] = ()
    """Objectives that the choice misses there, by its mean."""
    saving: float = 0.0
    """By how much the runner-up is cheaper there while it meets the objectives; 0: it is not."""


@dataclass(frozen=True)
class Shaken:
    """The band of the choice, and where the choice flips."""

    band: Band
    flips: tuple[Flip, ...]
    runner: Trial | None
    spent: int
    """Runs it took, those that no assumption changes counted once."""
    unjudged: tuple[str, ...] = ()
    """Objectives in slices of time, which are left out here."""


def shaken(space: Space, rules: Rules, choice: Trial, runner: Trial | None, work: Work) -> Shaken:
    """Move the assumptions of *choice* and of the *runner* up."""
    kpis = dict.fromkeys([*(o.name for o in rules.objectives), rules.minimise, "latency.p99"])
    own = band(space.scenario(choice.setting), kpis=kpis, reps=_REPS, work=work)
    other = None
    if runner is not None:
        other = band(space.scenario(runner.setting), kpis=kpis, reps=_REPS, work=work)
    flips = tuple(_flips(rules, own, other))
    unjudged = tuple(o.text for o in rules.objectives if o.every is not None)
    spent = sum(len(case.runs) for one in (own, other) if one for case in _simulated(one))
    return Shaken(own, flips, runner, spent, unjudged)


def _simulated(found: Band) -> Iterator[Case]:
    yield from found.every_case
    yield from (case for case in found.cases if not case.moves)


def _flips(rules: Rules, own: Band, other: Band | None) -> Iterator[Flip]:
    bands = (own,) if other is None else (own, other)
    for ends in dict.fromkeys(case.ends for one in bands for case in one.every_case):
        case = _at(own, ends)
        against = None if other is None else _at(other, ends)
        if case is None:
            continue
        judged = _judged(rules, case) if case.ends else []
        missed = tuple(one for one in judged if one.shortfall > 0)
        saving = 0.0 if against is None else _saving(rules, case, against)
        if missed or saving > 0:
            yield Flip(ends, missed, saving)


def _at(found: Band, ends: tuple[End, ...]) -> Case | None:
    """Return the case of *ends*, or that without any where they change nothing.

    None where they cannot be simulated, or several of them were not.
    """
    known = {case.ends: case for case in (*found.cases, *found.corners.values())}
    case, plain = known.get(ends), case_of((), found.base.outcomes)
    if case is None:
        return plain if len(ends) == 1 else None
    if case.problem:
        return None
    return case if case.moves else plain


def _judged(rules: Rules, case: Case) -> list[Judgement]:
    return [judge(o, case.outcomes, rules.confidence) for o in rules.objectives if o.every is None]


def _saving(rules: Rules, case: Case, against: Case) -> float:
    pairs = list(zip(case.runs, against.runs, strict=False))
    if not pairs or any(one.shortfall > 0 for one in _judged(rules, against)):
        return 0.0
    name = rules.minimise
    found = mean_of([own[name] - other[name] for own, other in pairs], rules.confidence)
    cost = sum(own[name] for own, _ in pairs) / len(pairs)
    return found.value if found.low > 0 and found.value >= _WORTH * abs(cost) else 0.0
