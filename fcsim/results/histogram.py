"""Counts of times in bins of equal ratio: quantiles within 0.1 % in little memory.

A bin reaches from RATIO**k to RATIO**(k + 1); whatever lies in it is told as the value whose
relative distance to both ends is the same, (RATIO - 1) / (RATIO + 1) < 0.1 %. Zero has its own
bin. The idea is that of DDSketch (Masson, Rim and Lee, 2019): counts of bins add up, so
histograms merge without loss and in any order.
"""

from __future__ import annotations

from math import log
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["ERROR", "RATIO", "Histogram", "Tally"]

RATIO = 1.002
"""Upper end of a bin over its lower end."""
ERROR = (RATIO - 1) / (RATIO + 1)
"""Largest relative error of a value told by its bin."""

_WIDTH = log(RATIO)
_ZERO = 400_000
"""Bin of the value 1; every positive double has a bin between 1 and _SPAN."""
_SPAN = 1 << 20
_DENSE = 1 << 16
"""Span of numbers below which each gets a counter for the time of one call."""
_BUFFER = 1 << 18
"""Numbers that wait before they are put among those in order."""


class Tally:
    """How often each whole number was seen; only numbers that were seen take memory."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._keys = np.empty(0, np.int64)
        self._counts = np.empty(0, np.int64)
        self._new: list[tuple[Ints, Ints]] = []
        self._buffered = 0

    def add(self, keys: Ints) -> None:
        """Count *keys*, once each."""
        if not len(keys):
            return
        least = int(keys.min())
        if int(keys.max()) - least < _DENSE:  # counting is several times as fast as sorting
            counts = np.bincount(keys - least)
            seen = np.flatnonzero(counts)
            self._take(seen + least, counts[seen])
        else:
            self._take(*np.unique(keys, return_counts=True))

    def merge(self, other: Self) -> None:
        """Count what *other* has counted."""
        self._take(*other.items())

    def items(self) -> tuple[Ints, Ints]:
        """Return the numbers seen, in order, and how often."""
        if self._new:
            every, each = (np.concatenate(parts) for parts in zip(*self._new, strict=True))
            self._new, self._buffered = [], 0
            keys, place = np.unique(every, return_inverse=True)
            # bincount would give floats, exact only up to 2**53
            counts = np.zeros(len(keys), np.int64)
            np.add.at(counts, place, each)
            self._insert(keys, counts)
        return self._keys, self._counts

    def _insert(self, keys: Ints, counts: Ints) -> None:
        """Add *counts* of different *keys*, given in order."""
        at = np.searchsorted(self._keys, keys)
        known = np.zeros(len(keys), np.bool_)
        inner = at < len(self._keys)
        known[inner] = self._keys[at[inner]] == keys[inner]
        self._counts[at[known]] += counts[known]
        self._keys = np.insert(self._keys, at[~known], keys[~known])
        self._counts = np.insert(self._counts, at[~known], counts[~known])

    def _take(self, keys: Ints, counts: Ints) -> None:
        self._new.append((keys, counts))
        self._buffered += len(keys)
        if self._buffered > _BUFFER:
            self.items()


class Histogram:
    """Values at least 0 of many groups, each counted in its bin."""

    def __init__(self) -> None:
        """Start empty."""
        self._tally = Tally()

    def add(self, groups: NDArray[np.integer], values: Floats) -> None:
        """Add *values*, each with its group (0 or more)."""
        positive = values > 0
        logarithm = np.log(values, out=np.zeros(len(values)), where=positive)
        bins = np.floor(logarithm / _WIDTH).astype(np.int64) + _ZERO
        self._tally.add(np.where(positive, bins, 0) + groups.astype(np.int64) * _SPAN)

    def merge(self, other: Self) -> None:
        """Add what *other* has counted."""
        self._tally.merge(other._tally)

    def __len__(self) -> int:
        """Count the bins that hold something."""
        return len(self._tally.items()[0])

    def bins(self) -> tuple[Ints, Floats, Ints]:
        """Return group, value and count of each bin, by group and value."""
        keys, counts = self._tally.items()
        group, place = np.divmod(keys, _SPAN)
        middle = np.exp((place - _ZERO) * _WIDTH) * (2 * RATIO / (RATIO + 1))
        return group, np.where(place > 0, middle, 0.0), counts
