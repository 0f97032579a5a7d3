"""The interval of a mean over independent runs (Student's t)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Interval", "interval"]


@dataclass(frozen=True)
class Interval:
    """A mean over runs and the ends between which the true mean lies with some confidence."""

    mean: float
    low: float
    high: float
    runs: int

    @property
    def half(self) -> float:
        """Half the width, for ``1.8 s ± 0.05``."""
        return (self.high - self.low) / 2


def interval(values: Sequence[float], confidence: float = 0.95) -> Interval:
    """Return the mean of *values*, one a run, with its two-sided interval.

    NaN (a run that has no such figure) is left out. One value alone has an unbounded interval:
    a single run says nothing about spread.
    """
    known = np.array([value for value in values if not math.isnan(value)], dtype=np.float64)
    if not len(known):
        return Interval(math.nan, math.nan, math.nan, 0)
    mean = float(known.mean())
    if not math.isfinite(mean):
        return Interval(mean, mean, mean, len(known))
    if len(known) == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    from scipy.special import stdtrit

    spread = float(known.std(ddof=1)) / math.sqrt(len(known))
    half = float(stdtrit(len(known) - 1, (1 + confidence) / 2)) * spread
    return Interval(mean, mean - half, mean + half, len(known))
