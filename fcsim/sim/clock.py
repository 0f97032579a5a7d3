"""The simulation's clock: SimPy's environment, with instants given exactly and plain calls.

Beside SimPy's events the queue holds calls of functions, which cost a third of an event: most of
what happens in the control plane is known in advance, and nobody waits for it.
"""

from __future__ import annotations

from collections.abc import Callable
from heapq import heappop, heappush
from typing import Any

import simpy
from simpy.core import EmptySchedule
from simpy.events import NORMAL, Event

from fcsim.errors import InvariantError

__all__ = ["Clock"]

NEVER = float("inf")
LAST = 2
"""Priority of what comes after all other control events of its instant."""


class Clock(simpy.Environment):
    """A SimPy environment that the request plane can move forward between events."""

    now: float = 0.0
    """The simulated time in seconds; SimPy has a property, at three times the cost."""
    _queue: list[Any]
    """(time, priority, number, event) or (time, priority, number, call, arguments)."""

    def at(self, time: float) -> Event:
        """Return an event that succeeds at exactly *time*.

        A time-out of ``time - now`` could miss the instant by a rounding, and a start limit of
        120 s is exactly 120 s.
        """
        self._check(time)
        event = Event(self)
        event._ok = True
        event._value = None
        heappush(self._queue, (time, NORMAL, next(self._eid), event))
        return event

    def call_at(self, time: float, call: Callable[..., None], *arguments: Any) -> None:
        """Call *call* at exactly *time*."""
        if time < self._now:
            self._check(time)
        heappush(self._queue, (time, NORMAL, next(self._eid), call, arguments))

    def call_last(self, call: Callable[[], None]) -> None:
        """Call *call* at this instant, after all its other control events."""
        heappush(self._queue, (self._now, LAST, next(self._eid), call, ()))

    def peek(self) -> float:
        """Return the instant of the next event, infinity if there is none."""
        return self._queue[0][0] if self._queue else NEVER

    def step(self) -> None:
        """Let the next event happen, or make the next call."""
        if not self._queue:
            raise EmptySchedule
        first = self._queue[0]
        if len(first) == 4:
            self.now = first[0]
            super().step()
        else:
            self._now, _, _, call, arguments = heappop(self._queue)
            self.now = self._now
            call(*arguments)

    def move_to(self, time: float) -> None:
        """Set the clock to *time*, not before now and not after the next event."""
        if time < self._now or (self._queue and time > self._queue[0][0]):
            raise InvariantError(f"clock cannot move from {self._now!r} s to {time!r} s")
        self._now = self.now = time

    def _check(self, time: float) -> None:
        if time < self._now:
            raise InvariantError(f"event at t = {time!r} s is before now, {self._now!r} s")
