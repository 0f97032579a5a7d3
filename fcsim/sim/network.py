"""Fair-shared links: how fast many transfers at once progress.

Rates are max-min fair (Bertsekas and Gallager, Data Networks, section 6.5): no transfer can be
faster without making one that is not faster slower. Transfers with the same links and the same
cap always have the same rate and form one route; rates are computed per route, once an instant,
after that instant's other control events.

Each route keeps a virtual clock of bytes that each of its transfers has received, so a change
of rate touches no transfer.
"""

from __future__ import annotations

import math
from heapq import heappop, heappush
from itertools import count

from simpy.events import Event

from fcsim.sim.clock import LAST, Clock
from fcsim.sim.fairness import max_min_rates

__all__ = ["Link", "Network", "Route"]

NEVER = float("inf")
SAME_INSTANT = 1e-9
"""Transfers that would end within this many seconds of each other end together."""


class Link:
    """Something with a capacity in bytes/s that transfers share."""

    __slots__ = ("capacity", "name")

    def __init__(self, name: str, capacity: float) -> None:
        """Name the link and give its capacity in bytes/s (infinite: never a bottleneck)."""
        self.name = name
        self.capacity = capacity


class Route:
    """Transfers over the same links with the same cap of one transfer, in bytes/s."""

    __slots__ = ("cap", "links", "rate", "received", "transfers")

    def __init__(self, links: tuple[Link, ...], cap: float) -> None:
        """Start without transfers."""
        self.links = links
        self.cap = cap
        self.rate = 0.0
        self.received = 0.0  # bytes each transfer has received on the virtual clock
        self.transfers: list[tuple[float, int, Event, float]] = []

    def time_left(self) -> float:
        """Return the seconds until the first transfer ends at the present rate."""
        if self.rate <= 0:
            return NEVER
        return max(0.0, (self.transfers[0][0] - self.received) / self.rate)


class Network:
    """All links of a run and the transfers on them."""

    def __init__(self, clock: Clock) -> None:
        """Start idle."""
        self._clock = clock
        self._routes: dict[tuple[tuple[Link, ...], float], Route] = {}
        self._order = count()
        self._updated = 0.0
        self._due = False
        self._version = 0
        self.asked = 0.0
        self.delivered = 0.0

    @property
    def transfers(self) -> int:
        """Number of transfers under way."""
        return sum(len(route.transfers) for route in self._routes.values())

    def transfer(self, links: tuple[Link, ...], size: float, cap: float = NEVER) -> Event:
        """Move *size* bytes over *links* at no more than *cap* bytes/s; return its end."""
        done = Event(self._clock)
        self.asked += size
        if size <= 0:
            return done.succeed()
        self._progress()
        route = self._routes.get((links, cap))
        if route is None:
            route = self._routes[links, cap] = Route(links, cap)
        heappush(route.transfers, (route.received + size, next(self._order), done, size))
        self._reschedule()
        return done

    def set_capacity(self, link: Link, capacity: float) -> None:
        """Change the capacity of *link*, in bytes/s, from now on; 0 stops its transfers."""
        self._progress()
        link.capacity = capacity
        self._reschedule()

    def _progress(self) -> None:
        elapsed = self._clock.now - self._updated
        if elapsed > 0:
            for route in self._routes.values():
                route.received += route.rate * elapsed
            self._updated = self._clock.now

    def _reschedule(self) -> None:
        """Recompute all rates after this instant's other control events."""
        if not self._due:
            self._due = True
            self._clock.call_at(self._clock.now, self._recompute, LAST)

    def _recompute(self) -> None:
        self._due = False
        self._version += 1
        routes = list(self._routes.values())
        for route, rate in zip(routes, max_min_rates(routes), strict=True):
            route.rate = rate
        left = min((route.time_left() for route in routes), default=NEVER)
        if left < NEVER:
            version = self._version
            self._clock.call_at(self._clock.now + left, lambda: self._complete(version))

    def _complete(self, version: int) -> None:
        if version != self._version:
            return
        self._progress()
        # late in a long run the clock itself is coarser than a nanosecond
        slack = max(SAME_INSTANT, 4 * math.ulp(self._clock.now))
        for key in [key for key, route in self._routes.items() if route.rate > 0]:
            route = self._routes[key]
            while route.transfers and route.time_left() <= slack:
                _, _, done, size = heappop(route.transfers)
                self.delivered += size
                done.succeed()
            if not route.transfers:
                del self._routes[key]
        self._reschedule()
