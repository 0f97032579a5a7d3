"""Hosts and pools: where instances live, and what they take from a host."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from simpy.events import Event

from fcsim.sim.cache import LayerCache
from fcsim.sim.network import Link
from fcsim.sim.placement import POLICIES

__all__ = ["CARD", "NOBODY", "Amounts", "Host", "HostSettings", "Pool", "Shape"]


CARD = 720_720
"""Parts of a card: can be divided evenly by 1 to 16."""

NOBODY = -1
"""Number of no function."""

Amounts = tuple[float, float, float, float]
"""Thousandths of a vCPU, bytes of memory, bytes of disk, parts of cards."""


def _whole(number: float) -> float:
    return number if number == math.inf else float(round(number))


@dataclass(frozen=True)
class Shape:
    """What one instance takes: vCPU, bytes of memory, bytes of disk, whole cards."""

    cpu: float
    memory: float
    disk: float
    cards: float = 0.0

    def amounts(self) -> Amounts:
        """Return the shape in the order and the units in which pools count resources.

        All are whole numbers, so that sums are exact: thousandths of a vCPU, bytes, and parts
        of a card.
        """
        cpu = _whole(self.cpu * 1000)
        return cpu, _whole(self.memory), _whole(self.disk), self._card_parts()

    def _card_parts(self) -> float:
        """Return the parts of cards; a slice takes what as many of its size leave of a card."""
        if 0 < self.cards < 1:
            return float(CARD // math.floor(1 / self.cards))
        return _whole(self.cards * CARD)


@dataclass(frozen=True)
class HostSettings:
    """One host of a pool: its resources, NIC (bytes/s) and layer cache."""

    shape: Shape
    nic: float
    new_cache: Callable[[], LayerCache]


class Host:
    """A host: its NIC, its layers, and the transfers under way to it."""

    def __init__(self, number: int, settings: HostSettings) -> None:
        """Start empty."""
        self.number = number
        self.nic = Link(f"nic {number}", settings.nic)
        self.cache = settings.new_cache()
        self.fetching: dict[Hashable, Event] = {}
        """Pieces on their way; the event's value is an ErrorCode."""


class Pool:
    """Equal hosts, and the policy that chooses one for an instance."""

    def __init__(self, count: int, settings: HostSettings, policy: str, first: int = 0) -> None:
        """Make *count* hosts numbered from *first*; *policy* names the placement policy."""
        self.hosts = [Host(first + k, settings) for k in range(count)]
        self.capacity = settings.shape.amounts()
        self.free = [self.capacity] * count
        """What is left of each host."""
        self.instances = [0] * count
        self._all = (1 << count) - 1
        self._open: dict[Amounts, int] = {}  # hosts not known to be too full, by need
        self._down: dict[int, int] = {}  # hosts that are closed, and how often
        self._full: dict[int, list[Amounts]] = {}  # needs that a host is known to be too full for
        self._policy = POLICIES[policy](self)

    def place(self, function: int, need: Amounts, keys: Sequence[Hashable]) -> int | None:
        """Take *need* on the host that the policy chooses; None when no host has room.

        *keys* name the image's pieces, for policies that look for them.
        """
        hosts = self._open.get(need, self._all) if self._open else self._all
        while hosts:
            index = self._policy.choose(function, hosts, keys)
            cpu, memory, disk, cards = self.free[index]
            left = cpu - need[0], memory - need[1], disk - need[2], cards - need[3]
            if min(left) >= 0.0:
                self.free[index] = left
                self.instances[index] += 1
                self._policy.moved(function, index, 1)
                return index
            hosts ^= 1 << index
            self._open[need] = hosts
            self._full.setdefault(index, []).append(need)
        return None

    def release(self, function: int, need: Amounts, index: int) -> None:
        """Give back what *place* took."""
        self.instances[index] -= 1
        cpu, memory, disk, cards = self.free[index]
        self.free[index] = cpu + need[0], memory + need[1], disk + need[2], cards + need[3]
        if index in self._full and index not in self._down:
            for other in self._full.pop(index):
                self._open[other] |= 1 << index
        self._policy.moved(function, index, -1)

    def close(self, index: int) -> None:
        """Let no instance onto the host at *index* until it is opened as often."""
        self._down[index] = self._down.get(index, 0) + 1
        self._all &= ~(1 << index)
        for need in self._open:
            self._open[need] &= ~(1 << index)

    def open(self, index: int) -> bool:
        """Undo one closing; tell whether instances may live there again."""
        self._down[index] -= 1
        if self._down[index]:
            return False
        del self._down[index]
        self._full.pop(index, None)
        self._all |= 1 << index
        for need in self._open:
            self._open[need] |= 1 << index
        return True

    def take(self, index: int, need: Amounts) -> None:
        """Take *need* on the host at *index* for nobody; what is left may fall below nothing."""
        cpu, memory, disk, cards = self.free[index]
        self.free[index] = cpu - need[0], memory - need[1], disk - need[2], cards - need[3]
        self.instances[index] += 1
        self._policy.moved(NOBODY, index, 1)

    def load(self, free: Amounts) -> float:
        """Return the largest part taken of any finite resource of a host that has *free* left."""
        parts = [
            1.0 - left / capacity
            for left, capacity in zip(free, self.capacity, strict=True)
            if 0 < capacity < math.inf
        ]
        return max([0.0, *parts])
