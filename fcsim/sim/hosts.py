"""Hosts and pools: where instances live, and what they take from a host."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from simpy.events import Event

from fcsim.sim.cache import LayerCache
from fcsim.sim.network import Link
from fcsim.sim.placement import POLICIES

__all__ = ["Host", "HostSettings", "Pool", "Shape"]


CARD = 720_720
"""Parts of a card: can be divided evenly by 1 to 16."""


def _whole(number: float) -> float:
    return number if number == math.inf else float(round(number))


@dataclass(frozen=True)
class Shape:
    """What one instance takes: vCPU, bytes of memory, bytes of disk, whole cards."""

    cpu: float
    memory: float
    disk: float
    cards: float = 0.0

    def vector(self) -> NDArray[np.float64]:
        """Return the shape in the order and the units in which pools count resources.

        All are whole numbers, so that sums are exact: thousandths of a vCPU, bytes, and parts
        of a card.
        """
        return np.array(
            [_whole(self.cpu * 1000), _whole(self.memory), _whole(self.disk), self._card_parts()]
        )

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
        self.capacity = settings.shape.vector()
        self.free = np.tile(self.capacity, (count, 1))
        self.load = np.zeros(count)
        """Largest part taken of any finite resource, by host."""
        self.instances = [0] * count
        self._finite = [
            (k, capacity)
            for k, capacity in enumerate(self.capacity.tolist())
            if 0 < capacity < np.inf
        ]
        self._policy = POLICIES[policy]()

    def place(
        self, function: int, need: NDArray[np.float64], keys: Sequence[Hashable]
    ) -> int | None:
        """Take *need* on the host that the policy chooses; None when no host has room.

        *keys* name the image's pieces, for policies that look for them.
        """
        scores = self._policy.scores(self, function, keys)
        index = int(scores.argmin())
        left = self._left(index, need)
        if min(left) < 0.0:  # the best is full: look at those with room
            fits: NDArray[np.bool_] = np.all(self.free >= need, axis=1)
            index = int(np.where(fits, scores, np.inf).argmin())
            if not fits[index]:
                return None
            left = self._left(index, need)
        self.instances[index] += 1
        self._policy.moved(self, function, index, 1)
        self._set(index, left)
        return index

    def release(self, function: int, need: NDArray[np.float64], index: int) -> None:
        """Give back what *place* took."""
        self.instances[index] -= 1
        self._policy.moved(self, function, index, -1)
        if self.instances[index] == 0:
            self._set(index, self.capacity.tolist())  # sums of floats need not return to the start
        else:
            self._set(index, (self.free[index] + need).tolist())

    def _left(self, index: int, need: NDArray[np.float64]) -> list[float]:
        left: list[float] = (self.free[index] - need).tolist()
        return left

    def _set(self, index: int, free: list[float]) -> None:
        self.free[index] = free
        load = 0.0
        for k, capacity in self._finite:
            part = 1.0 - free[k] / capacity
            if part > load:
                load = part
        self.load[index] = load
