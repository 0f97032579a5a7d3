"""Placement policies: which of the hosts with room gets an instance.

How the platform places instances is not documented: the policy is an assumption
(``placement.policy``). A policy is a class with one decision, ``scores``: of the hosts with
room that of least score gets the instance, the first of them among equals.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from fcsim.sim.hosts import Pool

__all__ = ["POLICIES"]

Scores = NDArray[Any]


class Policy(Protocol):
    """Scores the hosts of a pool; the least score with room is chosen."""

    def scores(self, pool: Pool, function: int, keys: list[Hashable]) -> Scores:
        """Return one finite score for each host of *pool*."""


class Spread:
    """The host with the fewest instances of the same function."""

    def scores(self, pool: Pool, function: int, keys: list[Hashable]) -> Scores:
        """Count the function's instances."""
        counts = pool.of_function.get(function)
        return np.zeros(len(pool.hosts)) if counts is None else counts


class LeastLoaded:
    """The host with the smallest part of its vCPU, memory or cards taken."""

    def scores(self, pool: Pool, function: int, keys: list[Hashable]) -> Scores:
        """Return the largest part taken of any resource."""
        return pool.load


class Pack:
    """The fullest host that still has room."""

    def scores(self, pool: Pool, function: int, keys: list[Hashable]) -> Scores:
        """Return the negative of the largest part taken."""
        return -pool.load


class ImageLocality:
    """The host that has most pieces of the image; among equals the first with room."""

    def scores(self, pool: Pool, function: int, keys: list[Hashable]) -> Scores:
        """Return the negative number of pieces there or on their way."""
        return np.array([-sum(h.cache.has(k) or k in h.fetching for k in keys) for h in pool.hosts])


POLICIES: dict[str, type[Policy]] = {
    "spread": Spread,
    "pack": Pack,
    "least_loaded": LeastLoaded,
    "image_locality": ImageLocality,
}
