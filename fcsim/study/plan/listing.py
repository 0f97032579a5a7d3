"""Few settings: from the cheapest on, until one meets the objectives.

Each setting is run once, which ranks them by cost: under common random numbers one run ranks
well. Then the cheapest is judged, and the next, until two meet the objectives, and on while the
next costs at most 2 % more than the best. A setting is skipped when it is *dominated*: a cheaper
one missed an objective clearly, and this one, in the same run, does no better at it.
"""

from __future__ import annotations

from collections.abc import Sequence

from fcsim.study.judgement import Verdict, figure
from fcsim.study.objectives import Objective
from fcsim.study.plan.space import Setting
from fcsim.study.plan.trials import Trial, Trials

__all__ = ["FEW", "cheapest_first"]

FEW = 64
"""Most settings that are searched one by one."""
_RUNNERS = 1
"""Settings that meet the objectives beside the first, before the search may end."""
_CLOSE = 0.02
"""Part of the cost by which one run may rank two settings wrongly."""


def cheapest_first(trials: Trials, settings: Sequence[Setting]) -> list[str]:
    """Search *settings*; return nothing that the reader should know."""
    ranked = [trial for trial in trials.look(settings, 1) if not trial.error]
    ranked.sort(key=lambda trial: trial.runs[0][trials.rules.minimise])
    missed: list[Trial] = []
    met = 0
    for trial in ranked:
        best = trials.cheapest()
        if met > _RUNNERS and best is not None and not _rivals(trial, best):
            break
        dominated = any(_dominates(one, trial) for one in missed)
        if dominated and trial.verdict is Verdict.INCONCLUSIVE:
            trial.skipped = "dominated"
            continue
        verdict = trials.decide(trial.setting).verdict
        if verdict is Verdict.MISSED:
            missed.append(trial)
        met += verdict is Verdict.MET
    return []


def _rivals(trial: Trial, best: Trial) -> bool:
    """Tell whether *trial* costs so little more that more runs might reverse the order."""
    return trial.dearer_than(best) <= _CLOSE * abs(best.cost.value)


def _dominates(missed: Trial, trial: Trial) -> bool:
    """Tell whether *trial* fails wherever the cheaper *missed* does, in replication 0."""
    return any(
        judgement.verdict is Verdict.MISSED
        and _excess(judgement.objective, trial) >= _excess(judgement.objective, missed)
        for judgement in missed.judgements
    )


def _excess(objective: Objective, trial: Trial) -> float:
    return objective.excess(figure(objective, trial.runs[0]))
