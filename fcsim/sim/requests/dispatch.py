"""Dispatch policies: which of several instances with room gets the request.

The platform fills existing instances first and minimum instances before on-demand ones. Which
one among equals is not documented, so the policy is an assumption (``dispatch.policy``); it
decides how many instances stay alive.

A policy is a class with one decision, ``rank``: the instance of least rank gets the request.
``random`` cannot be a rank and has a container of its own.
"""

from __future__ import annotations

from heapq import heapify, heappop, heappush
from typing import Protocol

from fcsim.streams import hash_uniform

__all__ = ["RANKED", "Ranked", "Room", "Slots", "Unordered", "room"]


class Slots(Protocol):
    """What a policy may look at in an instance."""

    id: int
    minimum: bool
    in_flight: int
    last_used: int
    stamp: int
    place: int


class Policy(Protocol):
    """Ranks an instance; the least rank is served first, equal ranks by order of creation."""

    moves: bool
    """Whether handing over a request changes the instance's rank."""

    def rank(self, instance: Slots) -> int:
        """Return the rank of *instance*."""


class NewestCreated:
    """The instance created last."""

    moves = False

    def rank(self, instance: Slots) -> int:
        """Rank later creation first."""
        return -instance.id


class MostRecentlyUsed:
    """The instance that was handed or finished a request last."""

    moves = True

    def rank(self, instance: Slots) -> int:
        """Rank later use first."""
        return -instance.last_used


class LeastRecentlyUsed:
    """The instance that has not been used for longest."""

    moves = True

    def rank(self, instance: Slots) -> int:
        """Rank earlier use first."""
        return instance.last_used


class LeastLoaded:
    """The instance with the fewest requests in flight."""

    moves = True

    def rank(self, instance: Slots) -> int:
        """Rank fewer requests first."""
        return instance.in_flight


RANKED: dict[str, type[Policy]] = {
    "newest_created": NewestCreated,
    "most_recently_used": MostRecentlyUsed,
    "least_recently_used": LeastRecentlyUsed,
    "least_loaded": LeastLoaded,
}


class Room(Protocol):
    """The instances of one function that have room."""

    def add(self, instance: Slots) -> None:
        """Note that *instance* has room, or that its rank may have changed."""

    def remove(self, instance: Slots) -> None:
        """Note that *instance* has no room any more."""

    def pick(self, k: int) -> Slots | None:
        """Return the instance for the function's *k*-th request, None when all are full."""


class Ranked:
    """Room ordered by a policy's rank, minimum instances first.

    A heap with lazy deletion: ``stamp`` tells an instance's valid entry from outdated ones.
    """

    def __init__(self, policy: Policy) -> None:
        """Order by *policy*."""
        self.moves = policy.moves
        self._rank = policy.rank
        self._heap: list[tuple[bool, int, int, int, Slots]] = []
        self._compact_at = 64

    def add(self, instance: Slots) -> None:
        """Enter *instance* with its present rank."""
        instance.stamp += 1
        entry = (not instance.minimum, self._rank(instance), instance.id, instance.stamp, instance)
        heappush(self._heap, entry)
        if len(self._heap) > self._compact_at:
            self._compact()

    def _compact(self) -> None:
        """Drop outdated entries: those below the top would otherwise stay for ever."""
        self._heap = [entry for entry in self._heap if entry[3] == entry[4].stamp]
        heapify(self._heap)
        self._compact_at = 64 + 2 * len(self._heap)

    def remove(self, instance: Slots) -> None:
        """Outdate the entry of *instance*."""
        instance.stamp += 1

    def pick(self, k: int) -> Slots | None:
        """Return the instance of least rank; it keeps its entry."""
        heap = self._heap
        while heap:
            entry = heap[0]
            if entry[3] == entry[4].stamp:
                return entry[4]
            heappop(heap)
        return None


class Unordered:
    """Room without order; the k-th request takes a random instance, by hash of (key, k)."""

    moves = False

    def __init__(self, key: int) -> None:
        """Draw from the hash stream *key*."""
        self._key = key
        self._tiers: tuple[list[Slots], list[Slots]] = ([], [])

    def add(self, instance: Slots) -> None:
        """Append *instance* unless it is there."""
        if instance.place < 0:
            tier = self._tiers[not instance.minimum]
            instance.place = len(tier)
            tier.append(instance)

    def remove(self, instance: Slots) -> None:
        """Move the last instance into the place of *instance*."""
        if instance.place >= 0:
            tier = self._tiers[not instance.minimum]
            last = tier.pop()
            if last is not instance:
                tier[instance.place] = last
                last.place = instance.place
            instance.place = -1

    def pick(self, k: int) -> Slots | None:
        """Return a uniformly drawn instance of the first tier that has room."""
        tier = self._tiers[0] or self._tiers[1]
        return tier[int(hash_uniform(self._key, k) * len(tier))] if tier else None


def room(policy: str, key: int) -> Ranked | Unordered:
    """Return an empty room ordered by the policy called *policy*."""
    return Unordered(key) if policy == "random" else Ranked(RANKED[policy]())
