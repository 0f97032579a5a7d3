"""Placement policies: which of the hosts with room gets an instance.

How the platform places instances is not documented: the policy is an assumption
(``placement.policy``). A policy is a class with one decision, ``scores``: of the hosts with
room that of least score gets the instance, the first of them among equals.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fcsim.sim.hosts import Pool

__all__ = ["POLICIES"]

Scores = NDArray[Any]


class Policy:
    """Scores the hosts of a pool; the least score with room is chosen."""

    def scores(self, pool: Pool, function: int, keys: Sequence[Hashable]) -> Scores:
        """Return one finite score for each host of *pool*."""
        raise NotImplementedError

    def moved(self, pool: Pool, function: int, index: int, by: int) -> None:
        """Take note of *by* more instances of *function* on the host at *index*."""


class Spread(Policy):
    """The host with the fewest instances of the same function."""

    def __init__(self) -> None:
        """Start with empty hosts."""
        self._counts: dict[int, NDArray[np.int64]] = {}

    def scores(self, pool: Pool, function: int, keys: Sequence[Hashable]) -> Scores:
        """Count the function's instances."""
        return self._of(pool, function)

    def moved(self, pool: Pool, function: int, index: int, by: int) -> None:
        """Count the instance."""
        self._of(pool, function)[index] += by

    def _of(self, pool: Pool, function: int) -> NDArray[np.int64]:
        counts = self._counts.get(function)
        if counts is None:
            counts = self._counts[function] = np.zeros(len(pool.hosts), dtype=np.int64)
        return counts


class LeastLoaded(Policy):
    """The host with the smallest part of its vCPU, memory or cards taken."""

    def scores(self, pool: Pool, function: int, keys: Sequence[Hashable]) -> Scores:
        """Return the largest part taken of any resource."""
        return pool.load


class Pack(Policy):
    """The fullest host that still has room."""

    def scores(self, pool: Pool, function: int, keys: Sequence[Hashable]) -> Scores:
        """Return the negative of the largest part taken."""
        return -pool.load


class ImageLocality(Policy):
    """The host that has most pieces of the image; among equals the first with room."""

    def scores(self, pool: Pool, function: int, keys: Sequence[Hashable]) -> Scores:
        """Return the negative number of pieces there or on their way."""
        return np.array([-sum(h.cache.has(k) or k in h.fetching for k in keys) for h in pool.hosts])


POLICIES: dict[str, type[Policy]] = {
    "spread": Spread,
    "pack": Pack,
    "least_loaded": LeastLoaded,
    "image_locality": ImageLocality,
}
