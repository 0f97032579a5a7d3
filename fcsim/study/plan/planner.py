"""Finds the cheapest setting that meets the objectives, with the stated confidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from fcsim import units
from fcsim.errors import UsageError, nearest
from fcsim.scenario.model import Scenario
from fcsim.study.design import Base
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.judgement import Verdict
from fcsim.study.knobs import VARIANT
from fcsim.study.names import find_in
from fcsim.study.objectives import Objective, read_objectives
from fcsim.study.plan.axes import axes
from fcsim.study.plan.bisection import bisection
from fcsim.study.plan.flips import Shaken, shaken
from fcsim.study.plan.listing import FEW, cheapest_first
from fcsim.study.plan.report import Plan
from fcsim.study.plan.sampling import sampling
from fcsim.study.plan.space import Space
from fcsim.study.plan.trials import BudgetSpent, Rules, Trial, Trials, by_cost
from fcsim.study.workers import Work

__all__ = ["MOST", "SEARCHES", "plan"]

MOST = 20
"""Most runs of one setting, unless another number is asked for."""

_FIRM = 12
"""Runs that confirm the choice, if one setting may have that many."""

_Search = Callable[[Trials], list[str]]


def _each(trials: Trials) -> list[str]:
    for setting in trials.space.settings():
        trials.decide(setting)
    return []


SEARCHES: dict[str, _Search] = {
    "bisection": bisection,
    "cheapest-first": lambda trials: cheapest_first(trials, list(trials.space.settings())),
    "optuna": sampling,
    "exhaustive": _each,
}
"""Searches by name; ``auto`` chooses one of the first three."""


def plan(
    source: str | Path | Mapping[str, Any],
    vary: Mapping[str, Iterable[Any]] | str | Iterable[str],
    *,
    objectives: Iterable[str] | str = (),
    minimise: str = "cost.per_month",
    confidence: float | str = CONFIDENCE,
    reps: int = MOST,
    budget: int | None = None,
    band: bool = False,
    search: str = "auto",
    variant: str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
    work: Work | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> Plan:
    """Return the cheapest setting of *vary* that meets all objectives of *source*.

    *vary* is texts ``path=0..50``, ``path=a,b,c``, ``variant=slim,fat``, or values by path.
    *objectives* come on top of those in the file (:mod:`fcsim.study.objectives`). *minimise* is
    any KPI. A setting meets an objective when the interval of *confidence* over its runs, at most
    *reps* of them, is within the limit. *budget* is the most runs in all. *band* also tries the
    choice and the runner-up at the ends of the assumptions that they rest on.

    *search* is one of SEARCHES, or ``auto``: bisection for one ordered knob, from the cheapest
    on for up to 64 settings, optuna for more. *variant*, *overrides* and *seed* go to
    :func:`fcsim.load`; *work* says where runs are simulated and kept. *progress* is told the
    setting that is tried next, and the runs spent so far.

    Raises ScenarioError and UsageError for what cannot be planned, before any run if possible.
    """
    if isinstance(source, Scenario):
        raise UsageError("a plan changes the scenario's text: give its file or mapping")
    space = _space(Base(source, variant, overrides, seed), vary)
    wanted = [objectives] if isinstance(objectives, str) else objectives
    rules = _rules(
        read_objectives(source, space.plain, wanted),
        space.plain,
        minimise,
        confidence,
        reps,
        budget,
    )
    chosen = _search(search, space)
    with work or Work() as own:
        trials = Trials(space, rules, own.outcomes, progress)
        remarks = _searched(trials, SEARCHES[chosen])
        trials.refuse_if_nothing_ran()
        answer = Plan(space, rules, chosen, tuple(trials), trials.spent, remarks)
        if band and answer.choice is not None:
            answer.shaken = _shaken(answer, own, progress)
    return answer


def _space(base: Base, vary: Mapping[str, Iterable[Any]] | str | Iterable[str]) -> Space:
    space = Space(base, axes(vary))
    if base.variant is not None and any(axis.path == VARIANT for axis in space.axes):
        raise UsageError("the variant varies already; it cannot be given as well")
    space.check()
    return space


def _rules(
    objectives: tuple[Objective, ...],
    scenario: Scenario,
    minimise: str,
    confidence: float | str,
    reps: int,
    budget: int | None,
) -> Rules:
    if not objectives:
        raise UsageError(
            "no objectives: give --objective 'latency.p99 <= 1 s', or objectives: in the scenario"
        )
    find_in(scenario, minimise)
    try:
        sure = units.parse(confidence, "share")
    except ValueError as error:
        raise UsageError(f"confidence: {error}") from None
    if not 0.5 <= sure < 1:
        raise UsageError(f"confidence: expected from 50 % to below 100 %; got {confidence}")
    rules = Rules(objectives, minimise, sure, reps, math.inf if budget is None else budget)
    if reps < 2:
        raise UsageError(f"reps: an interval needs 2 runs of a setting or more; got {reps}")
    if rules.budget < 2 * rules.looks[0]:
        raise UsageError(f"budget: expected {2 * rules.looks[0]} runs or more; got {budget}")
    return rules


def _search(name: str, space: Space) -> str:
    if name != "auto":
        if name not in SEARCHES:
            raise UsageError(f"unknown search {name!r}{nearest(name, [*SEARCHES, 'auto'])}")
        if name == "bisection" and not _is_line(space):
            raise UsageError("bisection needs one knob with numbers or quantities")
        return name
    if _is_line(space):
        return "bisection"
    return "cheapest-first" if space.size <= FEW else "optuna"


def _is_line(space: Space) -> bool:
    return len(space.axes) == 1 and space.axes[0].ordered and space.size > 1


def _searched(trials: Trials, search: _Search) -> list[str]:
    try:
        remarks = search(trials)
        _conclude(trials)
    except BudgetSpent:
        remarks = [
            f"the budget of {trials.rules.budget:,.0f} runs did not suffice for the whole search: "
            "a cheaper setting may meet the objectives"
        ]
    return [*remarks, *_ties(trials), *_open(trials), *_impossible(trials)]


def _conclude(trials: Trials) -> None:
    """Decide what is open and looks cheaper than the choice; run choice and rival often enough.

    The rival is a runner-up that may be as cheap. More runs may open a verdict again, or show
    that something else is cheaper; then that is next.
    """
    enough = next((look for look in trials.rules.looks if look >= _FIRM), trials.rules.most)
    while True:
        if rivals := _undecided(trials):
            trials.decide(min(rivals, key=by_cost).setting)
        elif short := [trial for trial in _leaders(trials) if len(trial.runs) < enough]:
            trials.look([short[0].setting], enough)
            trials.decide(short[0].setting)
        else:
            return


def _undecided(trials: Trials) -> list[Trial]:
    """Return settings that look cheaper than the choice and that more runs may decide."""
    choice, most = trials.cheapest(), trials.rules.most
    return [
        trial
        for trial in trials
        if choice is not None and trial.runs and trial.verdict is Verdict.INCONCLUSIVE
        if not trial.skipped and not trial.is_hopeless and len(trial.runs) < most
        if trial.dearer_than(choice) < 0
    ]


def _leaders(trials: Trials) -> list[Trial]:
    """Return the choice, and the runner-up unless it is dearer for certain."""
    best = trials.best(2)
    return best if _tied(best) else best[:1]


def _tied(best: Sequence[Trial]) -> bool:
    return len(best) == 2 and not best[1].premium(best[0]).low > 0


def _ties(trials: Trials) -> list[str]:
    """Name a runner-up that costs the same as the choice, as far as can be told."""
    best = trials.best(2)
    if not _tied(best):
        return []
    return [f"{best[1].label} costs the same as {best[0].label}, as far as these runs can tell"]


def _open(trials: Trials) -> list[str]:
    """Name cheaper settings whose verdict is not clear."""
    choice = trials.cheapest()
    return [
        f"{trial.label} is inconclusive after {len(trial.runs)} runs"
        + (f" and cheaper than {choice.label}" if choice else "")
        + (f"; about {needed:,.0f} would settle it" if _is_more(needed, trial) else "")
        for trial in trials
        if trial.runs and not trial.skipped and trial.verdict is Verdict.INCONCLUSIVE
        if len(trial.runs) > 1 and (choice is None or trial.dearer_than(choice) < 0)
        for needed in [trial.runs_needed]
    ]


def _is_more(needed: float, trial: Trial) -> bool:
    return len(trial.runs) < needed < math.inf


def _impossible(trials: Trials) -> list[str]:
    return [f"{trial.label} cannot be simulated: {trial.error}" for trial in trials if trial.error]


def _shaken(answer: Plan, work: Work, progress: Callable[[str, int], None] | None) -> Shaken | None:
    choice, runners = answer.choice, answer.runners
    if choice is None:
        return None
    if progress:
        progress("assumptions", answer.spent)
    other = runners[0] if runners else None
    return shaken(answer.space, answer.rules, choice, other, work)
