"""Placement policies: which of the hosts with room gets an instance.

How the platform places instances is not documented: the policy is an assumption
(``placement.policy``). A policy is a class with one decision, ``choose``: of the hosts it is
asked about that of least score gets the instance, the first of them among equals.

Sets of hosts are whole numbers whose bit *k* stands for host *k*: a choice among ten thousand
hosts takes a microsecond.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fcsim.sim.hosts import Host, Pool

__all__ = ["POLICIES", "Policy"]

LOADS = 4096
"""Loads that are remembered: hosts with the same left are many."""


class Policy(Protocol):
    """Chooses hosts of one pool."""

    def __init__(self, pool: Pool) -> None:
        """Choose hosts of *pool*, all of them empty."""

    def choose(self, function: int, among: int, keys: Sequence[Hashable]) -> int:
        """Return one host *among* those given, at least one."""

    def moved(self, function: int, index: int, by: int) -> None:
        """Take note of *by* more instances of *function* on the host at *index*."""


class Ranking:
    """Hosts by score."""

    def __init__(self, hosts: int) -> None:
        """Give all hosts the score 0."""
        self._most = 16
        self._scores: dict[int, float] = {}
        self._sets: dict[float, int] = {0.0: (1 << hosts) - 1}  # some may be empty
        self._order = [0.0]

    def score(self, index: int) -> float:
        """Return the score of the host at *index*."""
        return self._scores.get(index, 0.0)

    def move(self, index: int, score: float) -> None:
        """Change the score of the host at *index*."""
        before = self._scores.get(index, 0.0)
        if score == before:
            return
        sets, bit = self._sets, 1 << index
        sets[before] ^= bit
        self._scores[index] = score
        if score in sets:
            sets[score] |= bit
            return
        sets[score] = bit
        insort(self._order, score)
        if len(sets) > self._most:
            self._forget_empty()

    def first(self, among: int) -> int:
        """Return the host of least score *among* those given."""
        for score in self._order:
            found = self._sets[score] & among
            if found:
                return (found & -found).bit_length() - 1
        raise ValueError("no host to choose from")

    def _forget_empty(self) -> None:
        self._sets = {score: hosts for score, hosts in self._sets.items() if hosts}
        self._order = sorted(self._sets)
        self._most = 2 * len(self._order) + 16


class Spread:
    """The host with the fewest instances of the same function."""

    def __init__(self, pool: Pool) -> None:
        """Start with empty hosts."""
        self._hosts = len(pool.hosts)
        self._rankings: dict[int, Ranking] = {}

    def choose(self, function: int, among: int, keys: Sequence[Hashable]) -> int:
        """Compare the numbers of the function's instances."""
        return self._of(function).first(among)

    def moved(self, function: int, index: int, by: int) -> None:
        """Count the instance."""
        ranking = self._of(function)
        ranking.move(index, ranking.score(index) + by)

    def _of(self, function: int) -> Ranking:
        ranking = self._rankings.get(function)
        if ranking is None:
            ranking = self._rankings[function] = Ranking(self._hosts)
        return ranking


class LeastLoaded:
    """The host with the smallest part of its vCPU, memory or cards taken."""

    sign = 1.0

    def __init__(self, pool: Pool) -> None:
        """Start with empty hosts."""
        self._free, self._load = pool.free, lru_cache(LOADS)(pool.load)
        self._ranking = Ranking(len(pool.hosts))
        self._changed: set[int] = set()

    def choose(self, function: int, among: int, keys: Sequence[Hashable]) -> int:
        """Compare the largest part taken of any resource."""
        while self._changed:
            index = self._changed.pop()
            self._ranking.move(index, self.sign * self._load(self._free[index]))
        return self._ranking.first(among)

    def moved(self, function: int, index: int, by: int) -> None:
        """Look at the host's load before the next choice."""
        self._changed.add(index)


class Pack(LeastLoaded):
    """The fullest host that still has room."""

    sign = -1.0


class ImageLocality:
    """The host that has most pieces of the image; among equals the first with room."""

    def __init__(self, pool: Pool) -> None:
        """Look into the caches of *pool*."""
        self._hosts = pool.hosts

    def choose(self, function: int, among: int, keys: Sequence[Hashable]) -> int:
        """Compare the numbers of pieces there or on their way."""
        best, most = -1, -1
        for index in _members(among):
            here = _pieces(self._hosts[index], keys)
            if here > most:
                best, most = index, here
                if most == len(keys):
                    break
        return best

    def moved(self, function: int, index: int, by: int) -> None:
        """Caches count, not instances."""


def _pieces(host: Host, keys: Sequence[Hashable]) -> int:
    """Count the pieces that *host* has or will have soon."""
    return sum(host.cache.has(key) or key in host.fetching for key in keys)


def _members(hosts: int) -> Iterator[int]:
    """Return the members of a set of hosts, in order."""
    return (k for k, bit in enumerate(reversed(bin(hosts))) if bit == "1")


POLICIES: dict[str, type[Policy]] = {
    "spread": Spread,
    "pack": Pack,
    "least_loaded": LeastLoaded,
    "image_locality": ImageLocality,
}
