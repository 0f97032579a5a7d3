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
_FEW = 10
"""Events from which their spread over runs says enough."""
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
    (Clopper and Pearson): 3.7 in n for 95 %. Of a few events the interval holds theirs as well,
    so that one failure never promises more than none.
    """
    found = mean_of([run[name] for run in runs], confidence)
    own = own_name(name)
    cut = within_reach(found, BY_NAME[own])
    if own not in TRIALS or found.runs < 2:
        return cut
    trials = sum(run[name.removesuffix(own) + TRIALS[own]] for run in runs)
    if found.value in (0.0, 1.0):
        return without_event(found, trials, confidence)
    return cut if found.low == found.high else _of_few_events(cut, trials, confidence)


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


def _of_few_events(found: Estimate, trials: float, confidence: float) -> Estimate:
    """Widen the interval of *found*, a share of *trials*, to that of few events among so many."""
    from scipy.special import betaincinv

    rare = min(found.value, 1 - found.value)
    events, chance = round(rare * trials), (1 - confidence) / 2
    if not 0 < events < _FEW:
        return found
    low = float(betaincinv(events, trials - events + 1, chance))
    high = float(betaincinv(events + 1, trials - events, 1 - chance))
    if rare != found.value:
        low, high = 1 - high, 1 - low
    return Estimate(found.value, min(found.low, low), max(found.high, high), found.runs)


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
