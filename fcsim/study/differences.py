"""Paired differences: what two scenarios differ by when both face the same random numbers.

Runs of one replication share arrivals and work, so their difference varies less than that of
independent runs. Its interval is Student's t over the differences (Law, Simulation Modeling and
Analysis, section 10.2: the paired-t approach).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.study.estimates import CONFIDENCE, Estimate, mean_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Difference", "difference"]


@dataclass(frozen=True)
class Difference:
    """One KPI of two scenarios, over the runs in which both have it."""

    kpi: str
    base: Estimate
    other: Estimate
    change: Estimate
    """Other less base, pair by pair."""
    variance_ratio: float
    """Variance of the paired difference over that of a difference of independent runs."""

    @property
    def relative(self) -> Estimate:
        """The change as a share of the base's mean, which is taken as known."""
        scale = self.base.value or float("nan")
        found = self.change
        return Estimate(found.value / scale, found.low / scale, found.high / scale, found.runs)

    @property
    def sign(self) -> int:
        """1 or -1 when the interval is all above or all below zero; 0 when it is not."""
        return int(self.change.low > 0) - int(self.change.high < 0)


def difference(
    kpi: str, base: Sequence[float], other: Sequence[float], confidence: float = CONFIDENCE
) -> Difference:
    """Return the paired difference of *other* and *base*, by replication.

    Pairs in which either is not defined are left out.
    """
    pairs = np.array([base, other], dtype=np.float64)
    pairs = pairs[:, ~np.isnan(pairs).any(axis=0)]
    first, second = pairs
    before, after, change = (
        mean_of(row.tolist(), confidence) for row in (first, second, second - first)
    )
    return Difference(kpi, before, after, change, _ratio(first, second))


def _ratio(first: Floats, second: Floats) -> float:
    if len(first) < 2:
        return float("nan")
    apart = float(first.var(ddof=1) + second.var(ddof=1))
    return float((second - first).var(ddof=1)) / apart if apart > 0 else float("nan")
