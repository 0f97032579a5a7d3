"""One knob that is ordered: bisection between the cheapest setting and the dearest.

It rests on an assumption: along the knob, what costs more serves better. An objective that the
dearest setting misses and the cheapest does not, like one on cost, is a *ceiling*: what misses it
is too far along. The settings around the answer are verified, and when one contradicts the
assumption, the plan says so and goes on with a search that does not need it
(:mod:`fcsim.study.plan.listing`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from fcsim.study.judgement import Verdict
from fcsim.study.objectives import Objective
from fcsim.study.plan.listing import cheapest_first
from fcsim.study.plan.space import Setting
from fcsim.study.plan.trials import Trial, Trials

__all__ = ["bisection", "boundary", "ceilings_of", "from_cheap_to_dear"]


def bisection(trials: Trials) -> list[str]:
    """Search the only knob of the space; return what the reader should know."""
    line = from_cheap_to_dear(trials, list(trials.space.settings()))
    ceilings = ceilings_of(trials, line)
    at = boundary(trials, line, ceilings)
    if at is None:
        _verify(trials, line, (len(line) // 2, len(line) - 2))
    else:
        _verify(trials, line, (at - 1, at + 1))
        if at + 1 < len(line) and trials[line[at + 1]].dearer_than(trials[line[at]]) < 0:
            _descend(trials, line[at:])
    contradictions = _contradictions(trials, line, ceilings)
    if contradictions:
        cheapest_first(trials, line)
    return contradictions


def from_cheap_to_dear(trials: Trials, line: list[Setting]) -> list[Setting]:
    """Return *line*, or its reverse when its first setting is dearer than its last.

    Settings at its ends that cannot be simulated are left out.
    """
    first, last = trials.look([line[0], line[-1]], 1)
    if first.error or last.error:
        line = [one for one in line if not trials[one].error]
        return from_cheap_to_dear(trials, line) if line else []
    return line[::-1] if first.dearer_than(last) > 0 else line


def ceilings_of(trials: Trials, line: Sequence[Setting]) -> set[Objective]:
    """Return the objectives that the last setting of *line* misses and the first does not.

    None when the first meets them all, as nothing further along is needed then.
    """
    if not line or trials.decide(line[0]).verdict is Verdict.MET:
        return set()
    return _missed(trials.decide(line[-1])) - _missed(trials[line[0]])


def _missed(trial: Trial) -> set[Objective]:
    return {one.objective for one in trial.judgements if one.verdict is Verdict.MISSED}


def boundary(
    trials: Trials, line: Sequence[Setting], ceilings: Collection[Objective] = ()
) -> int | None:
    """Return the first position of *line* that meets the objectives, if its end does.

    Every setting before that is taken to miss them, every one after it to meet them, or to miss
    *ceilings* only. So what misses one of these counts as an end; when it is returned, nothing
    meets all.
    """
    if not line:
        return None
    if _is_far(trials, line[0], ceilings):
        return 0
    if len(line) == 1 or not _is_far(trials, line[-1], ceilings):
        return None
    low, high = 0, len(line) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _is_far(trials, line[middle], ceilings):
            high = middle
        else:
            low = middle
    return high


def _is_far(trials: Trials, setting: Setting, ceilings: Collection[Objective]) -> bool:
    trial = trials.decide(setting)
    return trial.verdict is Verdict.MET or not _missed(trial).isdisjoint(ceilings)


def _verify(trials: Trials, line: Sequence[Setting], positions: Sequence[int]) -> None:
    for position in positions:
        if 0 <= position < len(line):
            trials.decide(line[position])


def _descend(trials: Trials, line: Sequence[Setting]) -> None:
    """Find the cheapest of *line*, which all meet the objectives, if it has one valley."""
    few = trials.rules.looks[0]
    low, high = 0, len(line) - 1
    while low < high:
        middle = (low + high) // 2
        here, next_ = trials.look(line[middle : middle + 2], few)
        if next_.dearer_than(here) < 0:
            low = middle + 1
        else:
            high = middle
    trials.decide(line[low])


def _contradictions(
    trials: Trials, line: Sequence[Setting], ceilings: Collection[Objective]
) -> list[str]:
    """Name a setting that meets the objectives although a later one of *line* misses them.

    A later one may miss *ceilings*.
    """
    tried = [trials[one] for one in line if trials[one].runs]
    found: list[str] = []
    met: Trial | None = None
    for trial in tried:
        if trial.verdict is Verdict.MET:
            met = met or trial
        elif met is not None and not _missed(trial) <= set(ceilings):
            found.append(
                f"the knob is not monotone: {met.label} meets the objectives and {trial.label} "
                "misses them; the settings were searched from the cheapest on"
            )
            break
    return found
