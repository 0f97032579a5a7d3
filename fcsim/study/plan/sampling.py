"""Several knobs: optuna proposes settings, and the best one is refined knob by knob.

The proposals are those of the tree-structured Parzen estimator with the objectives as
constraints, seeded by the scenario, so that equal plans make equal proposals. A proposal that
misses an objective clearly, or is dearer than the best so far, costs few runs. Of small spaces
optuna proposes the same settings again and again: those cost none.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from fcsim.errors import UsageError
from fcsim.streams import Streams
from fcsim.study.plan.bisection import boundary, from_cheap_to_dear
from fcsim.study.plan.space import Setting, Space
from fcsim.study.plan.trials import Trial, Trials

if TYPE_CHECKING:
    import optuna

__all__ = ["sampling"]

_PROPOSALS = 40
"""Most proposals, repetitions included."""
_STALE = 10
"""Proposals in a row without a new setting after which optuna is left."""


def sampling(trials: Trials) -> list[str]:
    """Search the space; return nothing that the reader should know."""
    study = _study(trials)
    stale = 0
    for _ in range(_PROPOSALS):
        asked = study.ask()
        setting = _setting(asked, trials.space)
        before = trials.spent
        trial = trials.decide(setting, unless_dearer=trials.cheapest())
        _tell(study, asked, trial)
        stale = stale + 1 if trials.spent == before else 0
        if stale == _STALE:
            break
    while _refined(trials):
        pass
    return []


def _study(trials: Trials) -> optuna.Study:
    try:
        import optuna
    except ImportError:
        raise UsageError(
            f"{trials.space.size:,} settings of several knobs are searched with optuna, which is "
            "not installed: pip install 'fcsim[plan]'; or vary one knob, or fewer values"
        ) from None
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    random = Streams(trials.space.plain.seed).generator("plan", "proposals")
    sampler = optuna.samplers.TPESampler(seed=int(random.integers(2**31)), multivariate=True)
    study = optuna.create_study(sampler=sampler)
    for corner in _corners(trials.space):
        study.enqueue_trial(corner)
    return study


def _corners(space: Space) -> Iterator[dict[str, int]]:
    """Yield the settings in which every knob is at its first value, and at its last."""
    for end in (0, -1):
        yield {axis.path: range(len(axis.values))[end] for axis in space.axes}


def _setting(asked: optuna.Trial, space: Space) -> Setting:
    chosen = []
    for axis in space.axes:
        last = len(axis.values) - 1
        if axis.ordered:
            chosen.append(asked.suggest_int(axis.path, 0, last))
        else:
            chosen.append(int(asked.suggest_categorical(axis.path, range(last + 1))))
    return tuple(chosen)


def _tell(study: optuna.Study, asked: optuna.Trial, trial: Trial) -> None:
    import optuna

    if trial.error:
        study.tell(asked, state=optuna.trial.TrialState.FAIL)
        return
    for judgement in trial.judgements:
        far: Any = judgement.shortfall or judgement.objective.excess(judgement.estimate.value)
        asked.set_constraint(judgement.objective.text, min(_number(far), 1e6))
    study.tell(asked, trial.cost.value)


def _number(value: float) -> float:
    """Return *value*, or 0 for NaN: nothing to measure meets its objective."""
    return value if value == value else 0.0


def _refined(trials: Trials) -> bool:
    """Turn each knob of the best setting, the others fixed; tell whether a better one came out."""
    best = trials.cheapest()
    if best is None:
        return False
    for position, axis in enumerate(trials.space.axes):
        line = [
            (*best.setting[:position], value, *best.setting[position + 1 :])
            for value in range(len(axis.values))
        ]
        if axis.ordered and len(line) > 2:
            boundary(trials, _cheaper_part(trials, line, best))
        else:
            for setting in line:
                trials.decide(setting, unless_dearer=best)
    return trials.cheapest() is not best


def _cheaper_part(trials: Trials, line: list[Setting], best: Trial) -> list[Setting]:
    """Return *line* from its cheap end up to the *best* setting."""
    ordered = from_cheap_to_dear(trials, line)
    return ordered[: ordered.index(best.setting) + 1]
