"""Whether an objective is met: its figure in each run, and a verdict by the interval over runs.

- *met*: all of the interval is within the limit; *missed*: none of it is; *inconclusive*: the
  limit lies inside the interval, and more runs are needed.
- With slices of time (``in every 5 min``) the figure of a run is that of its worst slice, the one
  furthest beyond the limit. Slices without requests have no figure.
- A figure that is not defined because there was nothing to measure (no cold start, nothing
  queued) meets its objective. One that is not defined because requests arrived and *none*
  completed misses it.

The figure of a latency quantile is that of the requests of all runs together, as everywhere in
fcsim (:mod:`fcsim.study.quantiles`), and not the mean of the runs' own. That mean hangs on the
length of the runs, and more runs make it only surer of its bias: with 600 requests a run whose
p99 is made by a few cold starts, 99 % intervals around it ended below the truth in 7 % of the
cases after 3 runs and in 13 % after 12, and a limit in between would have been called met. Those
of pooled quantiles did so in none, and in 3 %. KPIs by themselves, without the curve that an
Outcome or a Result has, leave only the mean.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fcsim.errors import UsageError, nearest
from fcsim.results.result import Result
from fcsim.results.slices import slices
from fcsim.results.vocabulary import flatten
from fcsim.study.estimates import CONFIDENCE, TRIALS, Estimate, mean_of
from fcsim.study.outcome import Outcome, outcome_of
from fcsim.study.quantiles import estimate_of

if TYPE_CHECKING:
    from fcsim.study.objectives import Objective

__all__ = ["Judgement", "Verdict", "figure", "judge"]


class Verdict(StrEnum):
    """What can be said of an objective."""

    MET = "met"
    MISSED = "missed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class Judgement:
    """An objective, its figure over all runs, and the verdict."""

    objective: Objective
    estimate: Estimate
    """Mean and interval of the figure; NaN when no run had anything to measure."""
    verdict: Verdict

    @property
    def shortfall(self) -> float:
        """How far the mean is beyond the limit, as a part of it; 0 when it is within."""
        beyond = self.objective.excess(self.estimate.value)
        limit = abs(self.objective.limit)
        return max(beyond / limit if limit else beyond, 0.0) if self.estimate.runs else 0.0

    @property
    def runs_needed(self) -> float:
        """About how many runs would clear the limit of the interval, by those made so far.

        By the end of the interval on the limit's side. A share without exception nears 0 or 1 as
        requests grow in number, any other estimate as their root does.
        """
        found, distance = self.estimate, abs(self.objective.excess(self.estimate.value))
        if math.isinf(self._reach):  # few requests: nobody knows how the interval will end
            return 2.0 * found.runs
        power = 1 if self.objective.kpi.name in TRIALS and found.value in (0.0, 1.0) else 2
        return found.runs * (self._reach / distance) ** power if distance > 0 else math.inf

    @property
    def _reach(self) -> float:
        """How far the interval goes from the figure towards the nearest limit."""
        found, objective = self.estimate, self.objective
        upwards = found.value - objective.high >= objective.low - found.value
        return found.high - found.value if upwards else found.value - found.low


Run = Result | Outcome | Mapping[str, float]
"""A result, what a study keeps of it, or its flat KPIs alone."""


def judge(objective: Objective, runs: Sequence[Run], confidence: float = CONFIDENCE) -> Judgement:
    """Judge *objective* by independent *runs*, see :func:`figure`.

    One run alone is inconclusive: it says nothing about spread.
    """
    figures = [figure(objective, run) for run in runs]
    if math.inf in map(abs, figures):
        worst = math.inf if math.inf in figures else -math.inf
        return Judgement(objective, Estimate(worst, worst, worst, len(runs)), Verdict.MISSED)
    if objective.every is None:
        found = estimate_of(objective.name, [_outcome(run) for run in runs], confidence)
    else:
        found = mean_of(figures, confidence)
    enough = len(runs) > 1
    return Judgement(
        objective, found, _verdict(objective, found) if enough else Verdict.INCONCLUSIVE
    )


def _verdict(objective: Objective, found: Estimate) -> Verdict:
    if not found.runs:
        return Verdict.MET
    if math.isnan(found.low):
        return Verdict.INCONCLUSIVE
    if objective.contains(found.low, found.high):
        return Verdict.MET
    if objective.excludes(found.low, found.high):
        return Verdict.MISSED
    return Verdict.INCONCLUSIVE


def figure(objective: Objective, run: Run) -> float:
    """Return the figure of *objective* in one run.

    NaN when there was nothing to measure, infinite when nothing completed. For slices of time a
    result needs its rows, and flat KPIs must hold the figure under the objective's own text (see
    :class:`fcsim.study.point.Point`). UsageError otherwise.
    """
    if objective.every is None:
        return _measured(objective, _flat(run), objective.scope)
    if isinstance(run, Result):
        parts = slices(run, objective.every, objective.function)
        figures = [_measured(objective, part, "") for part in parts]
        known = [value for value in figures if not math.isnan(value)]
        return max(known, key=objective.excess, default=math.nan)
    kpis = _flat(run)
    if objective.text not in kpis:
        raise UsageError(f"{objective.text!r} needs the rows of requests, not KPIs alone")
    return kpis[objective.text]


def _outcome(run: Run) -> Outcome:
    if isinstance(run, Outcome):
        return run
    return outcome_of(run) if isinstance(run, Result) else Outcome("", dict(run), 0.0)


def _flat(run: Run) -> Mapping[str, float]:
    if isinstance(run, Outcome):
        return run.kpis
    return flatten(run.kpis) if isinstance(run, Result) else run


def _measured(objective: Objective, kpis: Mapping[str, float], scope: str) -> float:
    name = scope + objective.kpi.name
    if name not in kpis:
        raise UsageError(f"{objective.text!r}: the run has no {name!r}{nearest(name, kpis)}")
    value = float(kpis[name])
    if not math.isnan(value):
        return value
    none = kpis[f"{scope}requests.arrived"] > 0 and not kpis[f"{scope}requests.completed"]
    worst = math.inf if math.isfinite(objective.high) else -math.inf
    return worst if none else math.nan
