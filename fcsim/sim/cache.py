"""Caches of layers: what is kept, for how long, and what goes when there is no room.

An entry is a layer, or the part of a layer that accelerated loading reads. It is kept for a
lifetime counted from its last use (the platform: "images are cached for a period of time"), or
from its insertion under the policy ``ttl``. What live or starting instances need is pinned: it
neither expires nor goes, even beyond the capacity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Hashable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from fcsim.sim.pieces import Piece

__all__ = ["POLICIES", "Entry", "Group", "LayerCache"]


class Entry:
    """One cached layer."""

    __slots__ = ("credit", "inserted", "size", "used")

    def __init__(self, size: float, now: float, credit: float) -> None:
        """Hold *size* bytes from *now* on."""
        self.size = size
        self.inserted = self.used = now
        self.credit = credit


class Group:
    """The layers of one image, which instances hold together.

    A start and an end of an instance touch one group and not each layer: the layers learn of it
    when somebody asks (:meth:`LayerCache._settle`).
    """

    __slots__ = ("absent", "inflation", "keys", "pins", "used", "version")

    def __init__(self, keys: tuple[Hashable, ...]) -> None:
        """Hold nothing yet."""
        self.keys = keys
        self.pins = 0
        """Instances that need the layers."""
        self.used = -math.inf
        """When an instance that needed them ended last."""
        self.inflation = 0.0
        """The cache's inflation at that time."""
        self.absent: frozenset[Hashable] = frozenset()
        """Layers that were not there at ``version`` of the cache."""
        self.version = -1


class Policy(Protocol):
    """Chooses what goes: the entry of least value."""

    keeps: bool
    """Whether anything stays that no live instance needs."""
    renews: bool
    """Whether a use begins the lifetime anew."""

    def value(self, entry: Entry) -> float:
        """Return how much *entry* is worth keeping."""

    def expires_from(self, entry: Entry) -> float:
        """Return the instant from which the lifetime of *entry* counts."""


class Lru:
    """The least recently used goes first."""

    keeps = True
    renews = True

    def value(self, entry: Entry) -> float:
        """Value recent use."""
        return entry.used

    def expires_from(self, entry: Entry) -> float:
        """Count from the last use."""
        return entry.used


class Ttl(Lru):
    """The oldest goes first; the lifetime counts from insertion."""

    renews = False

    def value(self, entry: Entry) -> float:
        """Value recent insertion."""
        return entry.inserted

    def expires_from(self, entry: Entry) -> float:
        """Count from insertion."""
        return entry.inserted


class GreedyDualSize(Lru):
    """Small and recently used entries stay (Cao and Irani, USITS 1997, cost 1 an entry)."""

    def value(self, entry: Entry) -> float:
        """Value the credit, renewed at each use."""
        return entry.credit


class KeepNothing(Lru):
    """Nothing stays once no live instance needs it."""

    keeps = False


POLICIES: dict[str, type[Policy]] = {
    "lru": Lru,
    "ttl": Ttl,
    "gds": GreedyDualSize,
    "none": KeepNothing,
}


class LayerCache:
    """A cache of layers with a capacity in bytes and a lifetime in seconds."""

    def __init__(
        self, capacity: float, lifetime: float, policy: str, now: Callable[[], float]
    ) -> None:
        """Start empty; *now* tells the simulated time."""
        self._capacity = capacity
        self._lifetime = lifetime
        self._policy = POLICIES[policy]()
        self._now = now
        self._entries: dict[Hashable, Entry] = {}
        self._groups: dict[tuple[Hashable, ...], Group] = {}
        self._groups_of: dict[Hashable, list[Group]] = {}
        self._version = 0  # changes with the set of entries
        self._inflation = 0.0  # greedy-dual-size: value of what went last
        self.used = 0.0
        self.on_drop: Callable[[Hashable], None] = lambda key: None

    def has(self, key: Hashable) -> bool:
        """Tell whether *key* is there and has not expired."""
        entry = self._entries.get(key)
        if entry is None:
            return False
        if self._is_pinned(key):
            return True
        self._settle(key, entry)
        if self._now() <= self._policy.expires_from(entry) + self._lifetime:
            return True
        self._drop(key)
        return False

    def touch(self, key: Hashable) -> None:
        """Note a use of *key*, which must be there."""
        entry = self._entries[key]
        entry.used = self._now()
        entry.credit = self._credit(entry.size, self._inflation)

    def looked(self, pieces: Sequence[Piece], absent: Collection[Piece]) -> None:
        """Hear which of the *pieces* that somebody needs were not there; a traced cache tells."""

    def add(self, key: Hashable, size: float) -> None:
        """Keep *size* bytes under *key*, and let others go if there is no room."""
        if key in self._entries:
            self.touch(key)
            return
        self._entries[key] = Entry(size, self._now(), self._credit(size, self._inflation))
        self._version += 1
        self.used += size
        self._make_room()

    def pin(self, keys: tuple[Hashable, ...]) -> Group:
        """Hold *keys*, there or still to come, until the group is unpinned as often."""
        group = self._groups.get(keys) or self._new_group(keys)
        if not group.pins and not (
            self._policy.renews and self._now() <= group.used + self._lifetime
        ):
            for key in keys:
                self.has(key)  # what has expired is not held
        group.pins += 1
        return group

    def absent(self, group: Group) -> frozenset[Hashable]:
        """Return which layers of a pinned *group* are not there."""
        if group.version != self._version:
            group.version = self._version
            group.absent = frozenset(key for key in group.keys if key not in self._entries)
        return group.absent

    def unpin(self, group: Group) -> None:
        """Undo one pin of *group*; an instance's end counts as a use."""
        group.pins -= 1
        group.used = self._now()
        group.inflation = self._inflation
        if self.used > self._capacity or not self._policy.keeps:
            self._make_room()

    def clear(self) -> None:
        """Lose everything, pinned or not."""
        for key in list(self._entries):
            self._drop(key)

    def _new_group(self, keys: tuple[Hashable, ...]) -> Group:
        group = self._groups[keys] = Group(keys)
        for key in keys:
            self._groups_of.setdefault(key, []).append(group)
        return group

    def _is_pinned(self, key: Hashable) -> bool:
        return any(group.pins for group in self._groups_of.get(key, ()))

    def _settle(self, key: Hashable, entry: Entry) -> None:
        """Note the last use of *entry* by any group."""
        for group in self._groups_of.get(key, ()):
            if group.used >= entry.used:
                entry.used = group.used
                entry.credit = max(entry.credit, self._credit(entry.size, group.inflation))

    @staticmethod
    def _credit(size: float, inflation: float) -> float:
        return inflation + 1.0 / max(size, 1.0)

    def _make_room(self) -> None:
        if self.used <= self._capacity and self._policy.keeps:
            return
        for key in self._loose():
            self.has(key)  # what has expired goes first
        loose = self._loose()
        while loose and (self.used > self._capacity or not self._policy.keeps):
            key = min(loose, key=lambda key: self._policy.value(self._entries[key]))
            self._inflation = max(self._inflation, self._entries[key].credit)
            loose.remove(key)
            self._drop(key)

    def _loose(self) -> list[Hashable]:
        return [key for key in self._entries if not self._is_pinned(key)]

    def _drop(self, key: Hashable) -> None:
        self.used -= self._entries.pop(key).size
        self._version += 1
        self.on_drop(key)
