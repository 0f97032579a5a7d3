"""Where many transfers come from, and how it is slowed down."""

from __future__ import annotations

import math

from fcsim.sim.network import Link, Network

__all__ = ["Outlet"]


class Outlet:
    """A link whose bandwidth can be cut, several times over; 0 stops its transfers."""

    def __init__(self, network: Network, link: Link) -> None:
        """Deliver with all of the link's bandwidth."""
        self._network, self.link = network, link
        self._bandwidth = link.capacity
        self._factors: list[float] = []

    def slow_down(self, factor: float) -> None:
        """Deliver with *factor* of the bandwidth, on top of other slow-downs."""
        self._factors.append(factor)
        self._set_capacity()

    def speed_up(self, factor: float) -> None:
        """Undo one slow-down by *factor*."""
        self._factors.remove(factor)
        self._set_capacity()

    def _set_capacity(self) -> None:
        stands_still = 0.0 in self._factors  # without a limit, too
        capacity = 0.0 if stands_still else self._bandwidth * math.prod(self._factors)
        self._network.set_capacity(self.link, capacity)
