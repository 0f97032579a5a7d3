"""The reference request plane: plain Python, for reading, lessons, debugging and small runs."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from math import copysign

import numpy as np

from fcsim.errors import InvariantError
from fcsim.sim.record import Columns, ErrorCode, Outcome, Start
from fcsim.sim.requests.interface import (
    NEVER,
    ROWS,
    Meter,
    PlaneFunction,
    Refill,
    Sink,
    Stop,
    StopKind,
)
from fcsim.sim.requests.state import OPEN, OUT, FunctionState, InstanceState
from fcsim.sim.requests.table import RequestTable

__all__ = ["ReferencePlane"]

COMPLETION, TIME_OUT, EXPIRY = 0, 1, 2
EVENTS_AT_ONE_INSTANT = 1_000_000


class ReferencePlane:
    """Requests of all functions, one event at a time (see :mod:`.interface` for the verbs)."""

    def __init__(
        self,
        functions: Sequence[PlaneFunction],
        refill: Refill,
        sink: Sink,
        window: tuple[float, float],
    ) -> None:
        """Serve *functions* with the requests of *refill*; count busy time inside *window*."""
        self._sink = sink
        self._done: list[int] = []  # rows that have ended and are not yet handed on
        self._functions = [FunctionState(spec) for spec in functions]
        self._refill = refill
        self._window = window
        self._instances: list[InstanceState] = []
        self._events: list[tuple[float, int, int, InstanceState, int]] = []
        self._stops: deque[Stop] = deque()
        self._watched: set[int] = set()
        self._injected: list[tuple[float, int]] = []
        self._table = RequestTable()
        self._next_arrival = NEVER
        self._sequence = self._arrived = self._ended = 0
        self._now, self._events_now = -1.0, 0
        self._fetch()

    # ── time ──────────────────────────────────────────────────────────────────────────────

    def next_time(self) -> float:
        """Return the instant of the next event (an outdated one counts), NEVER if none."""
        if self._stops:
            return self._stops[0].time
        return min(self._events[0][0] if self._events else NEVER, self._arrival_time())

    def advance(self, until: float) -> Stop | None:
        """Take classes 0-2 at t <= until and class 4 at t < until; stop early to hand over."""
        events, stops = self._events, self._stops
        while not stops:
            arrival = self._arrival_time()
            if events and events[0][0] <= arrival:
                time = events[0][0]
                if time > until:
                    return None
                self._count(time)
                self._take(heappop(events))
            elif arrival < until:
                self._count(arrival)
                self._arrive(arrival)
            else:
                return None
        return stops.popleft()

    def _count(self, time: float) -> None:
        if time != self._now:
            self._now, self._events_now = time, 0
        self._events_now += 1
        if self._events_now > EVENTS_AT_ONE_INSTANT:
            raise InvariantError(f"more than 10^6 events at t = {time!r} s")

    def _arrival_time(self) -> float:
        injected = self._injected
        if injected and injected[0][0] < self._next_arrival:
            return injected[0][0]
        return self._next_arrival

    def _fetch(self) -> None:
        """Take the next block of generated requests into the columns."""
        block = self._refill()
        if block is None:
            self._next_arrival = NEVER
        else:
            self._table.add_block(block)
            self._next_arrival = self._table.arrival[self._table.next]

    # ── arrivals ──────────────────────────────────────────────────────────────────────────

    def _arrive(self, time: float) -> None:
        table = self._table
        if self._next_arrival == time:
            request = table.next
            table.next += 1
            if table.next < table.end:
                self._next_arrival = table.arrival[table.next]
            else:
                self._fetch()
        else:
            request = heappop(self._injected)[1]
        self._arrived += 1
        function = self._functions[table.function[request]]
        instance = function.room.pick(function.arrivals)
        function.arrivals += 1
        if instance is not None:
            self._hand_over(instance, request, time)
        else:
            self._wait(function, request, time)

    def _wait(self, function: FunctionState, request: int, time: float) -> None:
        """Find a place on a starting instance, or ask for growth, or refuse."""
        if function.spec.in_line and len(function.line) < function.starting_room:
            self._table.start[request] = Start.WAITED
            function.line.append(request)
        elif function.starting:
            self._table.start[request] = Start.WAITED
            function.bind(function.starting[0], request)
        elif time < function.closed_until:
            self._refuse(function, request, time)
        else:
            function.pending = request
            number = self._table.function[request]
            self._stops.append(Stop(StopKind.GROW, time, number))

    def _refuse(self, function: FunctionState, request: int, time: float) -> None:
        if function.closed_error > ErrorCode.RESOURCE_THROTTLED:
            self._end_request(request, time, Outcome.FAILED, function.closed_error)
        elif not function.spec.queues:
            self._end_request(request, time, Outcome.THROTTLED, function.closed_error)
        elif len(function.line) < function.spec.queue_limit:
            self._table.start[request] = Start.QUEUED
            function.line.append(request)
        else:
            self._end_request(request, time, Outcome.THROTTLED, ErrorCode.QUEUE_FULL)

    # ── service ───────────────────────────────────────────────────────────────────────────

    def _hand_over(self, instance: InstanceState, request: int, time: float) -> None:
        spec, table = instance.function.spec, self._table
        self._sequence += 1
        instance.last_used = self._sequence
        instance.served += 1
        instance.count(time)
        instance.in_flight += 1
        if instance.in_flight == 1:
            instance.busy_since = time
        instance.running[request] = None
        table.started[request] = time
        table.instance[request] = instance.id
        if instance.cause == request:
            table.start[request] = Start.COLD
        if instance.in_flight > spec.memory_limit:
            self._kill(instance, time, ErrorCode.FUNCTION_OOM)
            self._stops.append(Stop(StopKind.DIED, time, instance.id))
            return
        if instance.in_flight == spec.concurrency:
            instance.function.room.remove(instance)
        elif instance.function.room.moves:
            instance.function.room.add(instance)
        if instance.asleep:
            instance.asleep, instance.awake = False, time + spec.wake
        self._serve(instance, request, time)

    def _serve(self, instance: InstanceState, request: int, time: float) -> None:
        spec, begin = instance.function.spec, max(time, instance.awake)
        cold = self._table.start[request] == Start.COLD
        work = abs(self._table.cold_work[request] if cold else self._table.work[request])
        if instance.sharing is not None:
            instance.sharing.begin(request, self._sequence, work, (time, begin))
            self._plan(instance, time)
        elif work > spec.time_limit:
            event = (begin + spec.time_limit, TIME_OUT, self._sequence, instance, request)
            heappush(self._events, event)
        else:
            heappush(self._events, (begin + work, COMPLETION, self._sequence, instance, request))

    def _plan(self, instance: InstanceState, time: float) -> None:
        """Schedule the next completion or time-out of an instance whose requests share it."""
        sharing = instance.sharing
        assert sharing is not None
        upcoming = sharing.upcoming(time)
        if upcoming is not None:
            at, is_time_out, sequence = upcoming
            event = (at, int(is_time_out), sequence, instance, sharing.version)
            heappush(self._events, event)

    def _take(self, event: tuple[float, int, int, InstanceState, int]) -> None:
        time, kind, _, instance, detail = event
        if kind == EXPIRY:
            self._expire(instance, time)
        elif instance.sharing is not None:
            if detail == instance.sharing.version and instance.state == OPEN:
                request = instance.sharing.end(time, kind == TIME_OUT)
                self._finish(instance, request, time, kind)
        elif detail in instance.running:
            self._finish(instance, detail, time, kind)

    def _finish(self, instance: InstanceState, request: int, time: float, kind: int) -> None:
        """End *request* and give its slot to whoever waits in line."""
        self._leave(instance, request, time, *self._verdict(instance, request, kind))

    def _leave(
        self, instance: InstanceState, request: int, time: float, outcome: Outcome, error: ErrorCode
    ) -> None:
        function = instance.function
        del instance.running[request]
        instance.count(time)
        instance.in_flight -= 1
        self._sequence += 1
        instance.last_used = self._sequence
        if not instance.in_flight:
            self._count_busy(instance, time)
        self._end_request(request, time, outcome, error)
        if function.line and not instance.suspended:
            self._hand_over(instance, function.line.popleft(), time)
            return
        if instance.sharing is not None:
            self._plan(instance, time)
        if instance.suspended:
            self._end_suspended(instance, time)
            return
        if instance.in_flight == function.spec.concurrency - 1 or function.room.moves:
            function.room.add(instance)
        if instance.in_flight == 0:
            self._rest(instance, time)

    def _end_suspended(self, instance: InstanceState, time: float) -> None:
        """Let an instance that takes no requests rest, or go if it was retired."""
        if instance.in_flight:
            return
        if instance.retired:
            instance.state = OUT
            self._stops.append(Stop(StopKind.EXPIRED, time, instance.id))
        else:
            self._rest(instance, time)

    def _verdict(
        self, instance: InstanceState, request: int, kind: int
    ) -> tuple[Outcome, ErrorCode]:
        spec = instance.function.spec
        if kind == TIME_OUT:
            timed_out = spec.limit_error == ErrorCode.FUNCTION_TIMEOUT
            return (Outcome.TIMED_OUT if timed_out else Outcome.FAILED), spec.limit_error
        if instance.spoilt:
            return Outcome.FAILED, ErrorCode.BAD_RESPONSE
        if instance.written >= spec.disk_limit:
            return Outcome.FAILED, ErrorCode.DISK_FULL
        instance.written += 1
        if copysign(1.0, self._table.work[request]) < 0:
            return Outcome.FAILED, ErrorCode.FUNCTION_ERROR
        return Outcome.COMPLETED, ErrorCode.NONE

    def _end_request(self, request: int, time: float, outcome: Outcome, error: ErrorCode) -> None:
        self._table.finish(request, time, outcome, error)
        self._ended += 1
        self._done.append(request)
        if len(self._done) == ROWS:
            self._hand_on()
        if request in self._watched:
            self._watched.discard(request)
            self._stops.append(Stop(StopKind.ENDED, time, self._table.number[request], int(error)))

    def _hand_on(self) -> None:
        done, self._done = self._done, []
        self._sink(self._table.columns(done))

    # ── idleness and the end of an instance ───────────────────────────────────────────────

    def _rest(self, instance: InstanceState, time: float) -> None:
        """Note that *instance* has become idle at *time*."""
        instance.idle_since = time
        instance.asleep = True
        if not instance.armed and instance.keep_alive < NEVER:
            instance.armed = True
            deadline = time + instance.keep_alive
            heappush(self._events, (deadline, EXPIRY, instance.id, instance, 0))

    def _count_busy(self, instance: InstanceState, time: float) -> None:
        instance.busy += self._inside(time) - self._inside(instance.busy_since)

    def _inside(self, time: float) -> float:
        begin, end = self._window
        return begin if time < begin else end if time > end else time

    def _expire(self, instance: InstanceState, time: float) -> None:
        instance.armed = False
        if instance.state != OPEN or instance.in_flight:
            return
        deadline = instance.idle_since + instance.keep_alive
        if deadline > time:
            instance.armed = True
            heappush(self._events, (deadline, EXPIRY, instance.id, instance, 0))
            return
        self._withdraw(instance)
        self._stops.append(Stop(StopKind.EXPIRED, time, instance.id))

    def _withdraw(self, instance: InstanceState) -> None:
        instance.state = OUT
        instance.function.room.remove(instance)

    def _kill(self, instance: InstanceState, time: float, error: ErrorCode) -> list[int]:
        """End all requests in flight on *instance* with *error*."""
        self._withdraw(instance)
        lost = list(instance.running)
        instance.running.clear()
        if instance.in_flight:
            instance.count(time)
            instance.in_flight = 0
            self._count_busy(instance, time)
        for request in lost:
            self._end_request(request, time, Outcome.FAILED, error)
        return lost

    # ── verbs of the control plane ────────────────────────────────────────────────────────

    def start_instance(self, function: int, now: float, keep_alive: float, minimum: bool) -> int:
        """Add a starting instance; the request that asked for it waits for it."""
        state = self._functions[function]
        instance = InstanceState(len(self._instances), state, now, keep_alive, minimum)
        self._instances.append(instance)
        state.begin_start(instance)
        if state.pending >= 0 and not minimum:
            request, state.pending = state.pending, -1
            if state.spec.in_line:
                self._table.start[request] = Start.WAITED
                state.line.append(request)
            else:
                instance.cause = request
                self._table.start[request] = Start.COLD
                state.bind(instance, request)
        return instance.id

    def instance_ready(self, instance: int, now: float) -> None:
        """Open the instance: the requests that wait for it start in order."""
        opened = self._instances[instance]
        opened.state = OPEN
        function = opened.function
        function.end_start(opened)
        function.room.add(opened)
        bound, opened.bound = opened.bound, []
        for request in bound:
            if opened.state == OPEN:
                self._hand_over(opened, request, now)
            else:
                self._end_request(request, now, Outcome.FAILED, ErrorCode.FUNCTION_OOM)
        self._name_cold(opened)
        self._fill(opened, now)
        if opened.state == OPEN and opened.in_flight == 0:
            self._rest(opened, now)

    def instance_gone(self, instance: int, now: float, error: ErrorCode) -> list[int]:
        """Take the instance out of service; end its requests with *error* and return them."""
        gone = self._instances[instance]
        if gone.state == OUT:
            return []
        if gone.state == OPEN:
            return [self._table.number[request] for request in self._kill(gone, now, error)]
        gone.function.end_start(gone)
        gone.state = OUT
        lost = gone.bound + self._lost_in_line(gone.function)
        gone.bound = []
        for request in lost:
            self._end_request(request, now, Outcome.FAILED, error)
        return [self._table.number[request] for request in lost]

    def _name_cold(self, opened: InstanceState) -> None:
        """Waiting in line: the first whom a new instance serves is cold if it saw all its start."""
        line = opened.function.line
        if line and not opened.minimum and self._table.arrival[line[0]] <= opened.created:
            opened.cause = line[0]

    def _lost_in_line(self, function: FunctionState) -> list[int]:
        """Return whom a failed start takes along: the oldest whom no starting room is left for.

        It takes no more than the instance would have served at a time.
        """
        excess = max(0, len(function.line) - function.starting_room)
        return [function.line.popleft() for _ in range(min(excess, function.spec.concurrency))]

    def suspend(self, instance: int) -> None:
        """Give the open instance no further requests; those that it has go on."""
        state = self._instances[instance]
        if state.state == OPEN:
            state.suspended = True
            state.function.room.remove(state)

    def resume(self, instance: int, now: float) -> None:
        """Give a suspended instance requests again; those in line come first."""
        state = self._instances[instance]
        if state.state != OPEN or not state.suspended or state.retired:
            return
        state.suspended = False
        if state.in_flight < state.function.spec.concurrency:
            state.function.room.add(state)
            self._fill(state, now)

    def _fill(self, instance: InstanceState, now: float) -> None:
        """Hand those who wait in line to an instance while it has room."""
        function = instance.function
        while function.line and instance.state == OPEN:
            if instance.in_flight == function.spec.concurrency:
                break
            self._hand_over(instance, function.line.popleft(), now)

    def retire(self, instance: int) -> bool:
        """Let the open instance end what it has, and nothing more."""
        self.suspend(instance)
        state = self._instances[instance]
        if state.state != OPEN:
            return False
        state.retired = True
        if state.in_flight:
            return False
        state.state = OUT
        return True

    def restart(self, instance: int, now: float, keep_alive: float) -> int:
        """Give up a starting instance; those who wait for it wait for a new one."""
        old = self._instances[instance]
        function = old.function
        new = InstanceState(len(self._instances), function, now, keep_alive, old.minimum)
        self._instances.append(new)
        function.end_start(old)
        old.state = OUT
        new.bound, old.bound = old.bound, []
        new.cause = old.cause
        function.begin_start(new)
        return new.id

    def spoil(self, instance: int) -> None:
        """Let requests that end on the open instance fail with BAD_RESPONSE from now on."""
        self._instances[instance].spoilt = True

    def mend(self, instance: int) -> None:
        """Let requests end well again on a spoilt instance."""
        self._instances[instance].spoilt = False

    def abort(self, request: int, now: float) -> int:
        """End a request that waits or runs with CLIENT_CLOSED; return its instance, -1 for none."""
        table, to_come = self._table, {row for _, row in self._injected}
        if not table.has(request) or (row := table.row(request)) in to_come:
            return -1
        if row in table.to_come() or table.outcome[row] != Outcome.UNFINISHED:
            return -1
        closed = Outcome.FAILED, ErrorCode.CLIENT_CLOSED
        number = table.instance[row]
        if number >= 0:
            instance = self._instances[number]
            if instance.sharing is not None:
                instance.sharing.drop(row, now)
            self._leave(instance, row, now, *closed)
            return number
        self._functions[table.function[row]].forget(row)
        self._end_request(row, now, *closed)
        return -1

    def close(self, function: int, now: float, until: float, error: ErrorCode) -> None:
        """Refuse growth with *error* until *until*; the request that asked is refused first."""
        state = self._functions[function]
        state.closed_until, state.closed_error = until, error
        if state.pending >= 0:
            request, state.pending = state.pending, -1
            self._refuse(state, request, now)

    def reopen(self, function: int) -> None:
        """Let the function ask for growth again."""
        self._functions[function].closed_until = 0.0

    def line_excess(self, function: int) -> int:
        """Return how many requests wait in line beyond the room of starting instances."""
        state = self._functions[function]
        return max(0, len(state.line) - state.starting_room)

    def in_flight(self, instance: int) -> int:
        """Return how many requests run on the instance."""
        return self._instances[instance].in_flight

    def metered(self, instance: int, now: float) -> Meter:
        """Return what the requests of an instance have held and used until *now*."""
        state = self._instances[instance]
        return state.metered(now) if state.function.spec.metered else Meter(0.0, 0.0)

    def inject(
        self, time: float, function: int, work: float, cold_work: float, *, watched: bool = False
    ) -> int:
        """Add a request that the workload did not generate; return its number."""
        request = self._table.add_injected(time, function, work, cold_work)
        heappush(self._injected, (time, request))
        if watched:
            self._watched.add(request)
        return self._table.number[request]

    def watch(self, request: int) -> None:
        """Stop when this request, arrived or injected and not ended, ends."""
        row = self._table.row(request)
        if self._table.outcome[row] != Outcome.UNFINISHED or row in self._table.to_come():
            raise InvariantError(f"request {request} cannot be watched: it is not there")
        self._watched.add(row)

    def unfinished(self) -> int:
        """Return how many arrived requests have not ended."""
        return self._arrived - self._ended

    def ended(self) -> int:
        """Return how many requests have ended."""
        return self._ended

    # ── what happened ─────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Hand on what has ended since the last block, then what is unfinished."""
        self._hand_on()
        self._sink(self._table.columns(self._table.unfinished([row for _, row in self._injected])))

    def usage(self) -> Columns:
        """Return ``requests`` (handed over) and ``busy`` (seconds in the window) by instance.

        The run must have passed the end of the window.
        """
        served = np.array([instance.served for instance in self._instances], dtype=np.int64)
        busy = np.array([self._busy(instance) for instance in self._instances], dtype=np.float64)
        return {"requests": served, "busy": busy}

    def _busy(self, instance: InstanceState) -> float:
        if not instance.in_flight:
            return instance.busy
        return instance.busy + self._window[1] - self._inside(instance.busy_since)
