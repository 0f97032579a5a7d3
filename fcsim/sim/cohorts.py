"""Cohorts: NICs that look alike, taken together.

NICs of one capacity with as many transfers from each source are interchangeable, so max-min
fairness gives them the same rates. A cohort computes them once for all its NICs. When the
transfers of a NIC change, it moves to the cohort that it then looks like.

Clocks count bytes, so a change of rate touches no transfer: a *lane* counts what each transfer
of its kind has received since the cohort began, whichever NIC it goes to.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import count

from simpy.events import Event

from fcsim.sim.fairness import Bundle, Link, max_min_rates

__all__ = ["Cohorts", "Port"]

NEVER = float("inf")


class Route:
    """Transfers from one source to one NIC with the same cap of one transfer, in bytes/s."""

    __slots__ = ("before", "cap", "lane", "port", "source", "ticket", "transfers")

    def __init__(self, port: Port, source: Link, cap: float) -> None:
        """Start without transfers."""
        self.port = port
        self.source = source
        self.cap = cap
        self.transfers: list[tuple[float, int, Event, float]] = []
        self.lane: Lane | None = None
        self.ticket = -1
        self.before = 0.0

    @property
    def received(self) -> float:
        """Bytes that a transfer as old as the route has received."""
        return self.before if self.lane is None else self.before + self.lane.received

    def enter(self, lane: Lane | None, ticket: int) -> None:
        """Go on in *lane*, with the number *ticket* there."""
        received = self.received
        self.lane, self.ticket, self.before = lane, ticket, received
        if lane is not None:
            self.before -= lane.received
            heappush(lane.ends, (self.transfers[0][0] - self.before, ticket, self))


class Port:
    """A NIC with transfers."""

    __slots__ = ("cohort", "nic", "routes")

    def __init__(self, nic: Link) -> None:
        """Start without transfers and in no cohort."""
        self.nic = nic
        self.routes: dict[tuple[Link, float], Route] = {}
        self.cohort: Cohort | None = None

    def begin(self, source: Link, cap: float, size: float, order: int, done: Event) -> None:
        """Add a transfer; rates follow when the port moves."""
        route = self.routes.get((source, cap))
        if route is None:
            route = self.routes[source, cap] = Route(self, source, cap)
        heappush(route.transfers, (route.received + size, order, done, size))

    def end(self, route: Route, slack: float) -> Iterator[tuple[int, Event, float]]:
        """Take out the first transfer of *route* and those that end *slack* bytes later."""
        until = max(route.received, route.transfers[0][0]) + slack
        while route.transfers and route.transfers[0][0] <= until:
            _, order, done, size = heappop(route.transfers)
            yield order, done, size
        if not route.transfers:
            del self.routes[route.source, route.cap]

    def looks(self) -> tuple[float, frozenset[tuple[Link, float, int]]]:
        """Return what the NICs of one cohort have in common."""
        routes = self.routes.values()
        return self.nic.capacity, frozenset((r.source, r.cap, len(r.transfers)) for r in routes)


class Lane:
    """The routes of a cohort's NICs from one source with one cap."""

    __slots__ = ("cap", "each", "ends", "rate", "received", "source")

    def __init__(self, route: Route) -> None:
        """Start without routes; *route* shows what all will be like."""
        self.source = route.source
        self.cap = route.cap
        self.each = len(route.transfers)  # transfers of each NIC
        self.rate = 0.0
        self.received = 0.0
        self.ends: list[tuple[float, int, Route]] = []  # what is received at a route's next end

    def time_left(self) -> float:
        """Return the seconds until the next transfer ends at the present rate."""
        ends = self.ends
        while ends and ends[0][2].ticket != ends[0][1]:  # has moved
            heappop(ends)
        if not ends or self.rate <= 0:
            return NEVER
        return max(0.0, (ends[0][0] - self.received) / self.rate)


class Cohort:
    """NICs that look alike."""

    __slots__ = ("lanes", "looks", "nic", "ports")

    def __init__(self, port: Port, looks: object) -> None:
        """Start without ports; *port* shows what all will look like."""
        self.looks = looks
        self.nic = Link("alike", port.nic.capacity)
        self.ports = 0
        self.lanes = {key: Lane(route) for key, route in port.routes.items()}


class Cohorts:
    """All cohorts of a network and the rates of their transfers."""

    def __init__(self) -> None:
        """Start empty at time 0."""
        self._cohorts: dict[object, Cohort] = {}
        self._tickets = count()
        self._updated = 0.0

    def progress(self, now: float) -> None:
        """Bring what was received up to *now*."""
        elapsed = now - self._updated
        if elapsed > 0:
            for lane in self._lanes():
                lane.received += lane.rate * elapsed
            self._updated = now

    def move(self, port: Port) -> None:
        """Move *port*, whose transfers have changed, to the cohort that it looks like now."""
        cohort = port.cohort
        if cohort is not None:
            for route in port.routes.values():
                route.enter(None, -1)
            cohort.ports -= 1
            if not cohort.ports:
                del self._cohorts[cohort.looks]
        if not port.routes:
            return
        looks = port.looks()
        cohort = self._cohorts.get(looks)
        if cohort is None:
            cohort = self._cohorts[looks] = Cohort(port, looks)
        cohort.ports += 1
        port.cohort = cohort
        for key, route in port.routes.items():
            route.enter(cohort.lanes[key], next(self._tickets))

    def fill(self) -> float:
        """Compute all rates; return the seconds until the next transfer ends."""
        bundles = [
            Bundle(lane.cap, ((lane.source, lane.each * cohort.ports), (cohort.nic, lane.each)))
            for cohort in self._cohorts.values()
            for lane in cohort.lanes.values()
        ]
        left = NEVER
        for lane, rate in zip(self._lanes(), max_min_rates(bundles), strict=True):
            lane.rate = rate
            left = min(left, lane.time_left())
        return left

    def end(self, slack: float) -> Iterator[tuple[Port, Iterator[tuple[int, Event, float]]]]:
        """Take out the transfers that end within *slack* seconds, by port."""
        for lane in self._lanes():
            while lane.time_left() <= slack:
                route = heappop(lane.ends)[2]
                yield route.port, route.port.end(route, slack * lane.rate)

    def _lanes(self) -> Iterator[Lane]:
        for cohort in self._cohorts.values():
            yield from cohort.lanes.values()
