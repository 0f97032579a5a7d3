"""The reference plane's state of functions and instances."""

from __future__ import annotations

from collections import deque
from typing import Any

from fcsim.sim.record import ErrorCode
from fcsim.sim.requests.dispatch import room
from fcsim.sim.requests.interface import Meter, PlaneFunction
from fcsim.sim.requests.sharing import Sharing

__all__ = ["OPEN", "OUT", "STARTING", "FunctionState", "InstanceState"]

STARTING, OPEN, OUT = 0, 1, 2


class FunctionState:
    """A function's state: who has room, who is starting, who waits."""

    def __init__(self, spec: PlaneFunction) -> None:
        """Start without instances."""
        self.spec = spec
        self.room: Any = room(spec.dispatch, spec.dispatch_key)
        self.arrivals = 0
        self.starting: deque[InstanceState] = deque()
        """Bound waiting: starting instances with room, oldest first."""
        self.all_starting: dict[int, InstanceState] = {}
        """Starting instances, full or not."""
        self.starting_room = 0
        """Waiting in line: room of all starting instances together."""
        self.line: deque[int] = deque()
        self.pending = -1
        """The request that asked for growth and has no answer yet."""
        self.closed_until = 0.0
        self.closed_error = ErrorCode.NONE

    def begin_start(self, instance: InstanceState) -> None:
        """Count a starting instance's room."""
        self.all_starting[instance.id] = instance
        if self.spec.in_line:
            self.starting_room += self.spec.concurrency
        elif len(instance.bound) < self.spec.concurrency:
            self.starting.append(instance)

    def end_start(self, instance: InstanceState) -> None:
        """Count the room of an instance that is starting no more."""
        del self.all_starting[instance.id]
        if self.spec.in_line:
            self.starting_room -= self.spec.concurrency
        elif len(instance.bound) < self.spec.concurrency:
            self.starting.remove(instance)

    def bind(self, instance: InstanceState, request: int) -> None:
        """Reserve a slot of a starting instance for *request*."""
        instance.bound.append(request)
        if len(instance.bound) == self.spec.concurrency:
            self.starting.remove(instance)

    def forget(self, request: int) -> None:
        """Take out a request that waits: in line, or for a starting instance."""
        if request in self.line:
            self.line.remove(request)
            return
        for instance in self.all_starting.values():
            if request in instance.bound:
                instance.bound.remove(request)
                if instance not in self.starting:
                    older = sum(other.id < instance.id for other in self.starting)
                    self.starting.insert(older, instance)
                return


class InstanceState:
    """An instance's slots, its use of time, and the requests it has."""

    __slots__ = (
        "armed", "asleep", "awake", "bound", "busy", "busy_since", "cause", "created", "function",
        "id", "idle_since", "in_flight", "keep_alive", "last_used", "meter", "metered_at",
        "minimum", "place", "retired", "running", "served", "sharing", "spoilt", "stamp", "state",
        "suspended", "written",
    )  # fmt: skip

    def __init__(
        self, number: int, function: FunctionState, now: float, keep_alive: float, minimum: bool
    ) -> None:
        """Begin as a starting instance."""
        self.id = number
        self.created = now
        self.function = function
        self.keep_alive = keep_alive
        self.minimum = minimum
        self.state = STARTING
        self.cause = -1  # the cold request
        self.bound: list[int] = []
        self.running: dict[int, None] = {}
        self.sharing = Sharing(function.spec) if function.spec.shares else None
        self.in_flight = self.served = self.written = 0
        self.last_used = self.stamp = 0
        self.place = -1  # position in an unordered room
        self.idle_since = self.busy_since = self.busy = 0.0
        self.armed = False  # an expiry event of this instance is pending
        self.asleep = False  # it has been idle: its next request wakes it
        self.awake = 0.0  # requests are served from then on
        self.suspended = False  # it takes no further requests
        self.retired = False  # it goes once it has none
        self.spoilt = False  # what ends on it fails
        self.meter, self.metered_at = Meter(0.0, 0.0), 0.0

    def metered(self, time: float) -> Meter:
        """Return what its requests have held and used until *time*."""
        spec, lasting = self.function.spec, time - self.metered_at
        used = min(self.in_flight * spec.vcpu, spec.cpu)
        slots, cpu = self.meter
        return Meter(slots + self.in_flight * lasting, cpu + used * lasting)

    def count(self, time: float) -> None:
        """Read the meter before the number of requests changes at *time*."""
        if self.function.spec.metered:
            self.meter, self.metered_at = self.metered(time), time
