"""One knob that is ordered: bisection between the cheapest setting and the dearest.

It rests on an assumption: along the knob, what costs more serves better. So the settings around
the answer are verified, and when one contradicts the assumption, the plan says so and goes on
with a search that does not need it (:mod:`fcsim.study.plan.listing`).
"""

from __future__ import annotations

from collections.abc import Sequence

from fcsim.study.judgement import Verdict
from fcsim.study.plan.listing import cheapest_first
from fcsim.study.plan.space import Setting
from fcsim.study.plan.trials import Trial, Trials

__all__ = ["bisection", "boundary", "from_cheap_to_dear"]


def bisection(trials: Trials) -> list[str]:
    """Search the only knob of the space; return what the reader should know."""
    line = from_cheap_to_dear(trials, list(trials.space.settings()))
    at = boundary(trials, line)
    if at is None:
        _verify(trials, line, (len(line) // 2, len(line) - 2))
    else:
        _verify(trials, line, (at - 1, at + 1))
        if at + 1 < len(line) and trials[line[at + 1]].dearer_than(trials[line[at]]) < 0:
            _descend(trials, line[at:])
    contradictions = _contradictions(trials, line)
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


def boundary(trials: Trials, line: Sequence[Setting]) -> int | None:
    """Return the first position of *line* that meets the objectives, if its end does.

    Every setting before that is taken to miss them, every one after it to meet them.
    """
    if not line:
        return None
    if _met(trials, line[0]):
        return 0
    if len(line) == 1 or not _met(trials, line[-1]):
        return None
    low, high = 0, len(line) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _met(trials, line[middle]):
            high = middle
        else:
            low = middle
    return high


def _met(trials: Trials, setting: Setting) -> bool:
    return trials.decide(setting).verdict is Verdict.MET


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


def _contradictions(trials: Trials, line: Sequence[Setting]) -> list[str]:
    """Name a setting that meets the objectives although a later one of *line* misses them."""
    tried = [trials[one] for one in line if trials[one].runs]
    found: list[str] = []
    met: Trial | None = None
    for trial in tried:
        if trial.verdict is Verdict.MET:
            met = met or trial
        elif trial.verdict is Verdict.MISSED and met is not None:
            found.append(
                f"the knob is not monotone: {met.label} meets the objectives and {trial.label} "
                "misses them; the settings were searched from the cheapest on"
            )
            break
    return found
