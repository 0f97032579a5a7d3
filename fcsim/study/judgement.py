"""Whether an objective is met: its figure in each run, and a verdict by the interval over runs.

- *met*: all of the interval is within the limit; *missed*: none of it is; *inconclusive*: the
  limit lies inside the interval, and more runs are needed.
- With slices of time (``in every 5 min``) the figure of a run is that of its worst slice, the one
  furthest beyond the limit. Slices without requests have no figure.
- A figure that is not defined because there was nothing to measure (no cold start, nothing
  queued) meets its objective. One that is not defined because requests arrived and *none*
  completed misses it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from fcsim.errors import UsageError, nearest
from fcsim.results.result import Result
from fcsim.results.vocabulary import flatten
from fcsim.study.interval import Interval, interval
from fcsim.study.slices import slices

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
    estimate: Interval
    """Mean and interval of the figure; NaN when no run had anything to measure."""
    verdict: Verdict


def judge(
    objective: Objective, figures: Sequence[float], confidence: float = 0.95
) -> Judgement:
    """Judge *objective* by its *figures*, one a run (see :func:`figure`).

    One run alone is inconclusive unless its figure is undefined or infinite.
    """
    estimate = interval(figures, confidence)
    return Judgement(objective, estimate, _verdict(objective, estimate))


def _verdict(objective: Objective, estimate: Interval) -> Verdict:
    if not estimate.runs or objective.contains(estimate.low, estimate.high):
        return Verdict.MET
    if objective.excludes(estimate.low, estimate.high):
        return Verdict.MISSED
    return Verdict.INCONCLUSIVE


def figure(objective: Objective, run: Result | Mapping[str, float]) -> float:
    """Return the figure of *objective* in one run: a result, or its flat KPIs.

    NaN when there was nothing to measure, infinite when nothing completed. Flat KPIs serve
    unless the objective asks for slices of time; a result needs its rows for those. UsageError
    otherwise.
    """
    if objective.every is None:
        kpis = flatten(run.kpis) if isinstance(run, Result) else run
        scope = f"functions.{objective.function}." if objective.function else ""
        return _measured(objective, kpis, scope)
    if not isinstance(run, Result):
        raise UsageError(f"{objective.text!r} needs the rows of requests, not KPIs alone")
    parts = slices(run, objective.every, objective.function)
    figures = [_measured(objective, part, "") for part in parts]
    known = [value for value in figures if not math.isnan(value)]
    return max(known, key=objective.excess, default=math.nan)


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
