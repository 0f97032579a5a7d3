"""How often whole numbers were seen, in memory that grows with the different ones only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["Tally"]

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
