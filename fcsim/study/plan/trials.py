"""Settings that were tried: their runs, and the verdict on each.

Replication k of every setting has the same random streams (common random numbers), so settings
differ by what they are and not by luck. A setting is looked at after 3, 5, 8, 12 … runs until its
verdict is clear. Each look uses an interval so much wider that all looks together keep the
stated confidence (Bonferroni): looking often does not make a wrong verdict likelier. A setting so
close to a limit that even four times the most runs would not settle it is left after 8 runs.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cmp_to_key

from fcsim.errors import ScenarioError, UsageError
from fcsim.study.estimates import Estimate, mean_of
from fcsim.study.judgement import Judgement, Verdict, judge
from fcsim.study.looks import is_hopeless, looks, of_one_look
from fcsim.study.objectives import Objective
from fcsim.study.outcome import Outcome
from fcsim.study.plan.space import Setting, Space
from fcsim.study.point import Point
from fcsim.study.quantiles import estimate_of

__all__ = ["BudgetSpent", "Evaluate", "Rules", "Trial", "Trials", "by_cost"]

Evaluate = Callable[[Iterable[Point]], Iterator[tuple[Point, Outcome]]]


class BudgetSpent(Exception):
    """The next runs would exceed the budget."""


@dataclass(frozen=True)
class Rules:
    """What a plan looks for, and how sure it must be."""

    objectives: tuple[Objective, ...]
    minimise: str = "cost.per_month"
    confidence: float = 0.95
    most: int = 20
    """Most runs of one setting."""
    budget: float = math.inf
    """Most runs in all."""

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of runs after which a setting is judged."""
        return looks(self.most)

    @property
    def narrow(self) -> float:
        """The confidence of one look, so that all looks together keep the stated one."""
        return of_one_look(self.confidence, self.most)


@dataclass(eq=False, repr=False)
class Trial:
    """One setting and what is known of it."""

    setting: Setting
    label: str
    rules: Rules
    outcomes: list[Outcome] = field(default_factory=list)
    """What each replication came to, from 0 on."""
    error: str = ""
    """Why the setting cannot be simulated; empty when it can."""
    skipped: str = ""
    """Why it was not judged further: ``dearer`` than the best, or ``dominated``."""
    judgements: tuple[Judgement, ...] = ()
    """One for each objective, by the runs so far."""

    @property
    def runs(self) -> list[dict[str, float]]:
        """Flat KPIs of each replication, from 0 on."""
        return [outcome.kpis for outcome in self.outcomes]

    @property
    def verdict(self) -> Verdict:
        """Met if all objectives are; missed if one is; else inconclusive."""
        verdicts = {judgement.verdict for judgement in self.judgements}
        if self.error or Verdict.MISSED in verdicts:
            return Verdict.MISSED
        if not self.runs or Verdict.INCONCLUSIVE in verdicts:
            return Verdict.INCONCLUSIVE
        return Verdict.MET

    @property
    def shortfall(self) -> float:
        """How far the worst objective is from its limit, as a part of it; 0 when none is."""
        if self.error or not self.runs:
            return math.inf
        return max((judgement.shortfall for judgement in self.judgements), default=0.0)

    @property
    def runs_needed(self) -> float:
        """About how many runs would make the verdict clear, by those made so far."""
        return max(
            (one.runs_needed for one in self.judgements if one.verdict is Verdict.INCONCLUSIVE),
            default=0.0,
        )

    @property
    def is_hopeless(self) -> bool:
        """Whether the verdict stays open: four times the most runs would not make it clear."""
        return is_hopeless(len(self.runs), self.runs_needed, self.rules.most)

    def __repr__(self) -> str:
        """Name the setting and what is known of it."""
        return f"<Trial {self.label}: {self.verdict} after {len(self.runs)} runs>"

    def estimate(self, kpi: str) -> Estimate:
        """Return a KPI with its interval."""
        return estimate_of(kpi, self.outcomes, self.rules.narrow)

    @property
    def cost(self) -> Estimate:
        """What the plan minimises, with its interval."""
        return self.estimate(self.rules.minimise)

    def premium(self, other: Trial) -> Estimate:
        """Return how much dearer this is than *other*, paired over the replications of both."""
        name, both = self.rules.minimise, zip(self.runs, other.runs, strict=False)
        differences = [_difference(mine[name], yours[name]) for mine, yours in both]
        return mean_of(differences, self.rules.narrow)

    def dearer_than(self, other: Trial) -> float:
        """Return the mean of :meth:`premium`; 0 when nothing can be compared."""
        pairs = min(len(self.runs), len(other.runs))
        return self.premium(other).value if pairs else 0.0


class Trials:
    """Tries settings of a space and remembers them."""

    def __init__(
        self,
        space: Space,
        rules: Rules,
        evaluate: Evaluate,
        progress: Callable[[str, int], None] | None = None,
    ) -> None:
        """Try settings of *space* by *rules*, simulating with *evaluate*.

        *progress* is told which setting is being tried, and how many runs are spent.
        """
        self.space = space
        self.rules = rules
        self.spent = 0
        self._evaluate = evaluate
        self._progress = progress
        self._known: dict[Setting, Trial] = {}
        self._sliced = tuple(o for o in rules.objectives if o.every is not None)

    def __iter__(self) -> Iterator[Trial]:
        """Yield all settings tried so far, in the order of trying."""
        return iter(self._known.values())

    def __getitem__(self, setting: Setting) -> Trial:
        """Return the trial of *setting*, without any new run."""
        if setting not in self._known:
            self._known[setting] = Trial(setting, self.space.label(setting), self.rules)
        return self._known[setting]

    def look(self, settings: Sequence[Setting], runs: int) -> list[Trial]:
        """Have at least *runs* replications of each of *settings* and judge by them.

        Raises BudgetSpent, and simulates nothing, when that takes more than is left.
        """
        trials = [self[setting] for setting in settings]
        points = [pair for trial in dict.fromkeys(trials) for pair in self._points(trial, runs)]
        if self.spent + len(points) > self.rules.budget:
            raise BudgetSpent
        self.spent += len(points)
        if points and self._progress:
            self._progress(trials[0].label if len(trials) == 1 else "several", self.spent)
        owners = [trial for trial, _ in points]
        outcomes = self._evaluate([point for _, point in points])
        for trial, (_, outcome) in zip(owners, outcomes, strict=True):
            if outcome.error:
                trial.error = trial.error or outcome.error
            else:
                trial.outcomes.append(outcome)
        for trial in dict.fromkeys(owners):
            if not trial.error:
                trial.judgements = tuple(
                    judge(objective, trial.outcomes, self.rules.narrow)
                    for objective in self.rules.objectives
                )
        return trials

    def _points(self, trial: Trial, runs: int) -> list[tuple[Trial, Point]]:
        wanted = range(len(trial.runs), runs)
        if trial.error or not wanted:
            return []
        try:
            scenario = self.space.scenario(trial.setting)
        except ScenarioError as error:
            trial.error = error.problems[0].message
            return []
        return [(trial, Point(scenario, k, self._sliced)) for k in wanted]

    def decide(self, setting: Setting, unless_dearer: Trial | None = None) -> Trial:
        """Look at *setting* until its verdict is clear or the most runs are reached.

        It is given up, inconclusive, after one run that is dearer than that of the trial
        *unless_dearer*.
        """
        trial = self[setting]
        if unless_dearer is not None and trial.verdict is Verdict.INCONCLUSIVE:
            self.look([setting], 1)
            if trial.runs and trial.dearer_than(unless_dearer) > 0:
                trial.skipped = "dearer"
                return trial
        trial.skipped = ""
        for runs in self.rules.looks:
            if trial.verdict is Verdict.INCONCLUSIVE and not trial.is_hopeless:
                self.look([setting], runs)
        return trial

    def best(self, number: int) -> list[Trial]:
        """Return the cheapest settings that meet every objective, *number* of them at most."""
        met = [trial for trial in self if trial.verdict is Verdict.MET]
        return sorted(met, key=by_cost)[:number]

    def cheapest(self) -> Trial | None:
        """Return the cheapest setting that meets every objective, if there is one."""
        return next(iter(self.best(1)), None)

    def refuse_if_nothing_ran(self) -> None:
        """Raise UsageError when no setting was simulated: all failed, or the budget is tiny."""
        if any(trial.runs for trial in self):
            return
        failed = [trial for trial in self if trial.error]
        if not failed:
            raise UsageError(
                f"budget: {self.rules.budget:,.0f} runs do not suffice to begin with "
                f"{self.space.size:,} settings"
            )
        raise UsageError(f"no setting can be simulated; {failed[0].label}: {failed[0].error}")


def _difference(mine: float, yours: float) -> float:
    """Return the excess of *mine*; a figure that is not defined is dearer than any other."""
    if math.isnan(mine) or math.isnan(yours):
        return float(math.isnan(mine)) - float(math.isnan(yours))
    return mine - yours


def _compared(one: Trial, other: Trial) -> int:
    difference = one.dearer_than(other)
    return (difference > 0) - (difference < 0)


by_cost = cmp_to_key(_compared)
"""Sorts trials by what is minimised, over the replications that two of them share."""
