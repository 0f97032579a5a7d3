"""Whether the choice changes within the band of the assumptions it rests on.

The choice and the runner-up are simulated with each assumption at its ends, the others as they
are, and with all of them at the ends that alone lower or raise a figure
(:mod:`fcsim.study.band`). The choice *flips* where its mean misses an objective, or where the
runner-up meets all of them and is cheaper by at least 1 %, for certain: the interval of the paired
difference leaves zero out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from fcsim.study.band import band
from fcsim.study.bands import Band, Case
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
    spent = sum(len(case.runs) for one in (own, other) if one for case in _cases(one))
    return Shaken(own, flips, runner, spent, unjudged)


def _cases(found: Band) -> list[Case]:
    corners = {case.ends: case for case in found.corners.values() if len(case.ends) > 1}
    return [*found.cases, *corners.values()]


def _flips(rules: Rules, own: Band, other: Band | None) -> Iterator[Flip]:
    known = {} if other is None else {case.ends: case for case in _cases(other)}
    for case in _cases(own):
        if not case.runs:
            continue
        missed = tuple(one for one in _judged(rules, case.runs) if one.shortfall > 0)
        against = known.get(case.ends)
        saving = 0.0 if against is None else _saving(rules, case, against)
        if missed or saving > 0:
            yield Flip(case.ends, missed, saving)


def _judged(rules: Rules, runs: Sequence[Mapping[str, float]]) -> list[Judgement]:
    return [judge(o, runs, rules.confidence) for o in rules.objectives if o.every is None]


def _saving(rules: Rules, case: Case, against: Case) -> float:
    pairs = list(zip(case.runs, against.runs, strict=False))
    if not pairs or any(one.shortfall > 0 for one in _judged(rules, against.runs)):
        return 0.0
    name = rules.minimise
    found = mean_of([own[name] - other[name] for own, other in pairs], rules.confidence)
    cost = sum(own[name] for own, _ in pairs) / len(pairs)
    return found.value if found.low > 0 and found.value >= _WORTH * abs(cost) else 0.0
