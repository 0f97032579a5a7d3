"""The simulation's clock: SimPy's environment, with instants given exactly."""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappush

import simpy
from simpy.events import NORMAL, URGENT, Event, EventPriority

from fcsim.errors import InvariantError

__all__ = ["LAST", "Clock"]

LAST = 2
"""Priority of an event that comes after all other control events of its instant."""
PRIORITIES = tuple(map(EventPriority, (URGENT, NORMAL, LAST)))


class Clock(simpy.Environment):
    """A SimPy environment that the request plane can move forward between events."""

    def at(self, time: float, priority: int = NORMAL) -> Event:
        """Return an event that succeeds at exactly *time*.

        A time-out of ``time - now`` could miss the instant by a rounding, and a start limit of
        120 s is exactly 120 s.
        """
        if time < self._now:
            raise InvariantError(f"event at t = {time!r} s is before now, {self._now!r} s")
        event = Event(self)
        event._ok = True
        event._value = None
        heappush(self._queue, (time, PRIORITIES[priority], next(self._eid), event))
        return event

    def call_at(self, time: float, call: Callable[[], None], priority: int = NORMAL) -> None:
        """Call *call* at exactly *time*."""
        event = self.at(time, priority)
        assert event.callbacks is not None
        event.callbacks.append(lambda _: call())

    def move_to(self, time: float) -> None:
        """Set the clock to *time*, not before now and not after the next event."""
        if not self._now <= time <= self.peek():
            raise InvariantError(f"clock cannot move from {self._now!r} s to {time!r} s")
        self._now = time
