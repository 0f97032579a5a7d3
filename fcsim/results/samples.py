"""Exact means and quantiles of values that belong to groups (functions, intervals of time)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

import numpy as np

from fcsim.results.intervals import order_by

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Ranked", "Sample", "rank"]


@dataclass(frozen=True)
class Ranked:
    """Values sorted inside each group; figures are arrays with one item a group."""

    values: Floats
    ends: NDArray[np.int64]
    """Where each group ends in ``values``."""

    @property
    def count(self) -> NDArray[np.int64]:
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
        below = self.values[begins + low]
        above = self.values[np.minimum(begins + low + 1, self.ends[filled] - 1)]
        step = above - below
        result[filled] = np.where(weight < 0.5, below + step * weight, above - step * (1 - weight))
        return result

    def max(self) -> Floats:
        """Largest value; NaN for a group without values."""
        return self.quantile(1.0)


@dataclass
class Sample:
    """Collects values of *groups* in blocks; 8 bytes a value and a few for its group."""

    groups: int
    _groups: list[NDArray[np.integer]] = field(default_factory=list)
    _values: list[Floats] = field(default_factory=list)

    def add(self, groups: NDArray[np.integer], values: Floats) -> None:
        """Add *values*, each with its group."""
        self._groups.append(groups)
        self._values.append(values)

    def merge(self, other: Self) -> None:
        """Add what *other* has collected."""
        self._groups += other._groups
        self._values += other._values

    def rank(self) -> tuple[Ranked, Ranked]:
        """Return the values sorted by group, and all of them as one group."""
        groups = np.concatenate([np.empty(0, dtype=np.int32), *self._groups])
        values = np.concatenate([np.empty(0), *self._values])
        whole = Ranked(np.sort(values), np.array([len(values)]))
        return rank(groups, values, self.groups), whole


def rank(groups: NDArray[np.integer], values: Floats, count: int) -> Ranked:
    """Sort *values* inside *count* groups."""
    ends = np.cumsum(np.bincount(groups, minlength=count)[:count])
    return Ranked(values[order_by(groups, values, count)], ends)
