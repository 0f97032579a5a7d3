"""Means and quantiles of values that belong to groups (functions, intervals of time).

Quantiles are exact while the values fit in memory, and within 0.1 % beyond; counts, means and
extremes are exact always.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Self

import numpy as np

from fcsim.results import loops as numpy_loops
from fcsim.results.histogram import Histogram
from fcsim.results.intervals import order_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["EXACT", "Ranked", "Sample", "rank"]

EXACT = 2_000_000
"""Values that a sample keeps for exact quantiles; with more it counts them in bins."""


@dataclass(frozen=True)
class Ranked:
    """Values sorted inside each group; figures are arrays with one item a group."""

    values: Floats
    ends: Ints
    """Where each group ends: values so far."""
    upto: Ints | None = None
    """Values up to and with each item, where an item stands for several; None: for one."""

    @property
    def count(self) -> Ints:
        """Number of values."""
        return np.diff(self.ends, prepend=0)

    def mean(self) -> Floats:
        """Arithmetic mean; NaN for a group without values."""
        result = np.full(len(self.ends), np.nan)
        filled = self.count > 0
        if filled.any():
            begins = (self.ends - self.count)[filled]
            result[filled] = np.add.reduceat(self.values, begins) / self.count[filled]
        return result

    def quantile(self, q: float) -> Floats:
        """Quantile *q*: the order statistic at rank q (n - 1), linear between neighbours.

        It is NumPy's and pandas' default (Hyndman and Fan, type 7), to the last bit; NaN for a
        group without values.
        """
        result = np.full(len(self.ends), np.nan)
        filled = self.count > 0
        begins, place = (self.ends - self.count)[filled], q * (self.count[filled] - 1)
        low = np.floor(place).astype(np.int64)
        weight = place - low
        below = self._item(begins + low)
        above = self._item(np.minimum(begins + low + 1, self.ends[filled] - 1))
        step = above - below
        result[filled] = np.where(weight < 0.5, below + step * weight, above - step * (1 - weight))
        return result

    def max(self) -> Floats:
        """Largest value; NaN for a group without values."""
        return self.quantile(1.0)

    def at(self, group: int, ranks: Ints) -> Floats:
        """Return the values at *ranks* (from 0) inside one group."""
        return self._item(ranks + (self.ends[group] - self.count[group]))

    def least(self, group: int) -> float:
        """Return the smallest value above 0 of one group; infinity when there is none."""
        end = self.ends[group]
        bounds = np.array([end - self.count[group], end])
        if self.upto is not None:
            bounds = np.searchsorted(self.upto, bounds, side="right")
        own = self.values[slice(*bounds)]
        return float(own[own > 0].min(initial=np.inf))

    def _item(self, ranks: Ints) -> Floats:
        if self.upto is not None:
            ranks = np.searchsorted(self.upto, ranks, side="right")
        return self.values[ranks]


class Sample:
    """Collects values (at least 0) of groups in blocks."""

    def __init__(self, groups: int, exact: int = EXACT, loops: Loops = numpy_loops) -> None:
        """Collect for *groups*, keeping up to *exact* values."""
        self._loops = loops
        self.groups = groups
        self.exact = exact
        self._count = np.zeros(groups, np.int64)
        self._total = np.zeros(groups)
        self._least = np.full(groups, np.inf)
        self._most = np.full(groups, -np.inf)
        self._kept: list[tuple[NDArray[np.integer], Floats]] = []
        self._bins: Histogram | None = None

    @property
    def approximate(self) -> bool:
        """Whether there were too many values for exact quantiles."""
        return self._bins is not None

    def add(self, groups: NDArray[np.integer], values: Floats) -> None:
        """Add *values*, each with its group."""
        if not len(values):
            return
        tables = self._count, self._total, self._least, self._most
        self._loops.collect(groups, values, *tables)
        if self._bins is not None:
            self._bins.add(groups, values)
        else:
            self._kept.append((groups, values))
            self._limit()

    def merge(self, other: Self) -> None:
        """Add what *other* has collected."""
        self._count += other._count
        self._total += other._total
        np.minimum(self._least, other._least, out=self._least)
        np.maximum(self._most, other._most, out=self._most)
        self._kept += other._kept
        if other._bins is not None:
            self._bins = self._bins or Histogram(self._loops)
            self._bins.merge(other._bins)
        self._limit()

    def _limit(self) -> None:
        if self._bins is None and self._count.sum() <= self.exact:
            return
        self._bins = self._bins or Histogram(self._loops)
        for groups, values in self._kept:
            self._bins.add(groups, values)
        self._kept = []

    def rank(self, of: NDArray[np.integer], targets: int) -> Ranked:
        """Return the values by target; ``of[g]`` is the target of group g, -1 for none."""
        if self._bins is not None:
            return self._rank_bins(self._bins, of, targets)
        groups, values = [np.empty(0, np.int32)], [np.empty(0)]
        for group, times in self._kept:
            target = of[group]
            chosen = target >= 0
            groups.append(target[chosen].astype(np.int32))
            values.append(times[chosen])
        return rank(np.concatenate(groups), np.concatenate(values), targets)

    def _rank_bins(self, bins: Histogram, of: NDArray[np.integer], targets: int) -> Ranked:
        group, values, counts = bins.bins()
        values = np.clip(values, self._least[group], self._most[group])
        target = of[group]
        chosen = target >= 0
        target, values, counts = target[chosen], values[chosen], counts[chosen]
        order = order_by(target, values, targets)
        upto = np.cumsum(counts[order])
        last = np.searchsorted(target[order], np.arange(targets), side="right")
        return Ranked(values[order], np.append(0, upto)[last], upto)

    def mean(self, of: NDArray[np.integer], targets: int) -> Floats:
        """Return exact means by target; NaN for one without values."""
        chosen = of >= 0
        count, total = (
            np.bincount(of[chosen], weights=sums[chosen], minlength=targets)
            for sums in (self._count, self._total)
        )
        mean = np.full(targets, np.nan)
        np.divide(total, count, out=mean, where=count > 0)
        return mean

    def max(self, of: NDArray[np.integer], targets: int) -> Floats:
        """Return the largest values by target; NaN for one without values."""
        chosen = of >= 0
        most = np.full(targets, -np.inf)
        np.maximum.at(most, of[chosen], self._most[chosen])
        return np.where(np.isinf(most), np.nan, most)


def rank(groups: NDArray[np.integer], values: Floats, count: int) -> Ranked:
    """Sort *values* inside *count* groups."""
    ends = np.cumsum(np.bincount(groups, minlength=count)[:count])
    # NumPy orders small whole numbers by radix; sorting parts in place is several times faster
    # than finding an order of all.
    small = groups.astype(np.min_scalar_type(max(count - 1, 0)))
    ordered = values[np.argsort(small, kind="stable")]
    for begin, end in pairwise([0, *ends.tolist()]):
        ordered[begin:end].sort()
    return Ranked(ordered, ends)
