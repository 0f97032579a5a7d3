"""Fair-shared links: how fast many transfers at once progress.

A transfer crosses two links: that of its source, which all hosts share, and its host's NIC.
Rates are max-min fair and computed once an instant, after that instant's other control events.
NICs that look alike are taken together, so an event costs what differs, not how many there are.
"""

from __future__ import annotations

import math
from operator import itemgetter

from simpy.events import Event

from fcsim.sim.clock import Clock
from fcsim.sim.cohorts import Cohorts, Port
from fcsim.sim.fairness import Link

__all__ = ["Link", "Network", "Transfer"]

NEVER = float("inf")
SAME_INSTANT = 1e-9
"""Transfers that would end within this many seconds of each other end together."""


class Transfer(Event):
    """The end of a transfer."""

    number = -1
    """Position among all transfers that had anything to move, in order of beginning."""


class Network:
    """All links of a run and the transfers on them."""

    def __init__(self, clock: Clock) -> None:
        """Start idle."""
        self._clock = clock
        self._ports: dict[Link, Port] = {}
        self._cohorts = Cohorts()
        self._changed: dict[Port, None] = {}
        self._begun = 0
        self._due = False  # whether the rates will be computed at this instant
        self._next_end = NEVER
        self._timer = NEVER
        self.transfers = 0
        """Transfers under way."""
        self.asked = 0.0
        self.delivered = 0.0

    def transfer(self, source: Link, nic: Link, size: float, cap: float = NEVER) -> Transfer:
        """Move *size* bytes from *source* to *nic* at no more than *cap* bytes/s; return its end.

        A link is either the source or the NIC of all transfers over it.
        """
        done = Transfer(self._clock)
        self.asked += size
        if size <= 0:
            done.succeed()
            return done
        done.number = self._begun
        self._begun += 1
        self.transfers += 1
        port = self._ports.get(nic) or self._ports.setdefault(nic, Port(nic))
        self._cohorts.progress(self._clock.now)
        port.begin(source, cap, size, done.number, done)
        self._changed[port] = None
        self._reschedule()
        return done

    def set_capacity(self, link: Link, capacity: float) -> None:
        """Change the capacity of *link*, in bytes/s, from now on; 0 stops its transfers."""
        link.capacity = capacity
        if link in self._ports:
            self._changed[self._ports[link]] = None
        self._reschedule()

    def _reschedule(self) -> None:
        """Compute all rates after this instant's other control events."""
        if not self._due:
            self._due = True
            self._clock.call_last(self._recompute)

    def _recompute(self) -> None:
        self._due = False
        self._cohorts.progress(self._clock.now)
        for port in self._changed:
            self._cohorts.move(port)
            if not port.routes:
                del self._ports[port.nic]
        self._changed.clear()
        self._next_end = self._clock.now + self._cohorts.fill()
        self._set_timer()

    def _set_timer(self) -> None:
        """See that there is a timer no later than the next end."""
        if self._next_end < self._timer:
            self._timer = self._next_end
            self._clock.call_at(self._timer, self._look)

    def _look(self) -> None:
        if self._clock.now != self._timer:
            return  # an earlier one was set later
        self._timer = NEVER
        if self._clock.now < self._next_end:  # rates have fallen since it was set
            self._set_timer()
        else:
            self._end_transfers()

    def _end_transfers(self) -> None:
        """End what ends at this instant, in the order in which it began."""
        now = self._clock.now
        self._cohorts.progress(now)
        # late in a long run the clock itself is coarser than a nanosecond
        slack = max(SAME_INSTANT, 4 * math.ulp(now))
        ended: list[tuple[int, Event, float]] = []
        for port, transfers in self._cohorts.end(slack):
            ended += transfers
            self._changed[port] = None
        for _, done, size in sorted(ended, key=itemgetter(0)):
            self.transfers -= 1
            self.delivered += size
            done.succeed()
        self._next_end = NEVER
        self._reschedule()
