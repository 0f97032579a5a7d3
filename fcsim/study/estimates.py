"""Means of independent runs with their confidence intervals.

A KPI of one run is one observation; its interval over several runs is Student's t. That holds for
quantiles too, as every run gives its own: requests of one run depend on each other, so an interval
from their number alone would be far too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from fcsim.results.vocabulary import BY_NAME, Kpi

__all__ = [
    "CONFIDENCE",
    "TRIALS",
    "Estimate",
    "apart",
    "estimate",
    "half_width",
    "mean_of",
    "own_name",
    "table_of",
    "within_reach",
    "without_event",
]

CONFIDENCE = 0.95
"""Chance that an interval covers what it estimates, unless another is asked for."""

_ROUNDING = 1e-12
"""Relative deviation below which values are equal."""
TRIALS = {
    "requests.success_ratio": "requests.arrived",
    "cold_start.ratio": "requests.completed",
    "cold_start.affected_ratio": "requests.completed",
    "queue.ratio": "requests.completed",
}
"""What shares are shares of."""


@dataclass(frozen=True)
class Estimate:
    """A figure and its confidence interval; NaN where there is none."""

    value: float
    low: float
    high: float
    runs: int
    """Runs, or batches, in which the figure is defined."""

    @property
    def half(self) -> float:
        """Half the width of the interval."""
        return (self.high - self.low) / 2


def half_width(deviation: float, count: int, confidence: float = CONFIDENCE) -> float:
    """Return Student's half width for *count* observations of this standard *deviation*."""
    if count < 2:
        return math.nan
    from scipy.special import stdtrit

    factor = stdtrit(count - 1, 0.5 + confidence / 2)
    return float(factor * deviation / math.sqrt(count))


def apart(value: float, other: float) -> float:
    """Return how much *value* exceeds *other*; 0 where they differ by rounding alone."""
    return 0.0 if math.isclose(value, other, rel_tol=1e-9, abs_tol=0.0) else value - other


def mean_of(values: Sequence[float], confidence: float = CONFIDENCE) -> Estimate:
    """Return the mean of independent *values* with its interval; NaN values are left out."""
    known = np.array([value for value in values if not math.isnan(value)])
    if not len(known):
        return Estimate(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    deviation = float(known.std(ddof=1)) if len(known) > 1 else math.nan
    if deviation < _ROUNDING * abs(mean):
        deviation = 0.0
    half = half_width(deviation, len(known), confidence)
    return Estimate(mean, mean - half, mean + half, len(known))


def estimate(
    name: str, runs: Sequence[Mapping[str, float]], confidence: float = CONFIDENCE
) -> Estimate:
    """Return the KPI *name* over *runs*, each a flat table of KPIs.

    The interval is cut at what the KPI cannot pass: 0 and, for shares, 1. Where a share was 0 or
    1 in every run, and so shows no spread, the interval is that of n trials without the event
    (Clopper and Pearson): 3.7 in n for 95 %.
    """
    found = mean_of([run[name] for run in runs], confidence)
    own = own_name(name)
    if own in TRIALS and found.runs > 1 and found.value in (0.0, 1.0):
        of = name.removesuffix(own) + TRIALS[own]
        return without_event(found, sum(run[of] for run in runs), confidence)
    return within_reach(found, BY_NAME[own])


def own_name(name: str) -> str:
    """Return the KPI's name without the function it may belong to."""
    parts = name.split(".")
    rests = (".".join(parts[k:]) for k in range(len(parts)))
    return next(rest for rest in rests if rest in BY_NAME)


def without_event(found: Estimate, trials: float, confidence: float) -> Estimate:
    """Return *found*, a share of 0 or 1, with the interval of so many *trials*."""
    bound = 1 - ((1 - confidence) / 2) ** (1 / trials) if trials else 1.0
    if found.value == 0:
        return Estimate(0.0, 0.0, bound, found.runs)
    return Estimate(1.0, 1 - bound, 1.0, found.runs)


def within_reach(found: Estimate, kpi: Kpi) -> Estimate:
    """Cut the interval of *found* at what *kpi* cannot pass: 0 and, for shares, 1."""
    low, high = max(found.low, min(found.value, 0.0)), found.high
    if kpi.unit == "share":
        high = min(high, 1.0)
    return found if math.isnan(found.low) else Estimate(found.value, low, high, found.runs)


def table_of(
    runs: Sequence[Mapping[str, float]], confidence: float = CONFIDENCE
) -> dict[str, Estimate]:
    """Return every KPI of *runs* with its interval, by dotted name."""
    return {name: estimate(name, runs, confidence) for name in runs[0]}
