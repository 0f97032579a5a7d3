"""The compiled request plane: the kernel's tables behind the verbs of a request plane."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import InvariantError
from fcsim.sim.record import NUMBER, REQUEST_COLUMNS, Columns, ErrorCode, Outcome
from fcsim.sim.requests import kernel as k
from fcsim.sim.requests.interface import (
    ROWS,
    Meter,
    PlaneFunction,
    Refill,
    Sink,
    Stop,
    StopKind,
)

__all__ = ["CompiledPlane", "in_cache"]

POLICIES = {
    "newest_created": k.NEWEST_CREATED,
    "most_recently_used": k.MOST_RECENT,
    "least_recently_used": k.LEAST_RECENT,
    "least_loaded": k.LEAST_LOADED,
    "random": k.RANDOM,
}
KINDS = tuple(StopKind)
new_stop = tuple.__new__  # half the time of Stop(...)
INT_COLUMNS = {
    k.F_CONCURRENCY: "concurrency", k.F_MEMORY: "memory_limit", k.F_DISK: "disk_limit",
    k.F_IN_LINE: "in_line", k.F_QUEUES: "queues", k.F_QUEUE_LIMIT: "queue_limit",
    k.F_SHARES: "shares", k.F_LIMIT_ERROR: "limit_error", k.F_METERED: "metered",
}  # fmt: skip
FLOAT_COLUMNS = {
    k.G_CPU: "cpu", k.G_VCPU: "vcpu", k.G_TIME_LIMIT: "time_limit", k.G_WAKE: "wake",
}  # fmt: skip
EVENTS_AT_ONE_INSTANT = 1_000_000
COLUMNS = {**REQUEST_COLUMNS, NUMBER: np.int64}


def in_cache() -> bool:
    """Tell whether the loop is compiled already, in this process or in numba's disk cache.

    Numba has no public way to ask; where its inside has changed the answer is no.
    """
    if k.advance.signatures:
        return True
    try:
        return bool(k.advance._cache._cache_file._load_index())
    except AttributeError:
        return False


class CompiledPlane:
    """Requests of all functions in a compiled loop (see :mod:`.interface` for the verbs)."""

    def __init__(
        self,
        functions: Sequence[PlaneFunction],
        refill: Refill,
        sink: Sink,
        window: tuple[float, float],
    ) -> None:
        """Serve *functions* with the requests of *refill*; count busy time inside *window*."""
        self._refill = refill
        self._sink = sink
        self._due = 0.0  # nothing happens before this instant: saves a call into the kernel
        self._injected = self._watched = 0
        self._random = [one.dispatch == "random" for one in functions]
        s = np.zeros(k.S_WIDTH, np.int64)
        s[k.S_FREE], s[k.S_LIMIT] = k.NONE, EVENTS_AT_ONE_INSTANT
        x = np.array([-1.0, *window, 0.0, 0.0])
        self._s, self._x = s.data, x.data  # read several times as fast as arrays
        self._p: k.Ints
        self._w = k.World(
            s=s,
            x=x,
            f=_function_ints(functions),
            g=_function_floats(functions),
            i=np.zeros((64, k.I_WIDTH), np.int64),
            j=np.zeros((64, k.J_WIDTH)),
            q=np.zeros((0, k.Q_WIDTH), np.int64),
            r=np.zeros((0, k.R_WIDTH)),
            event_time=np.zeros(256),
            event=np.zeros((256, k.E_WIDTH), np.int64),
            stop=np.zeros((16, 3), np.int64),
            stop_time=np.zeros(16),
            arrival=np.zeros((0, 3)),
            arrival_function=np.zeros(0, np.int32),
            injected=np.zeros((8, k.A_WIDTH)),
            tier=np.zeros(0, np.int64),
            **{f"ended_{name}": np.zeros(2 * ROWS, dtype) for name, dtype in COLUMNS.items()},
        )
        self._more_requests()  # sets the addresses, too
        self._fetch()

    # ── time ──────────────────────────────────────────────────────────────────────────────

    def next_time(self) -> float:
        """Return the instant of the next event (an outdated one counts), NEVER if none."""
        if self._s[k.S_STOPS]:
            return float(self._w.stop_time[0])
        return float(k.next_time(self._p))

    def advance(self, until: float) -> Stop | None:
        """Take classes 0-2 at t <= until and class 4 at t < until; stop early to hand over."""
        if until < self._due:
            return None
        while True:
            code = k.advance(self._p, until)
            if code == k.REACHED:
                self._due = self._x[k.X_DUE]
                return None
            if self._s[k.S_ROWS] >= ROWS:
                self._hand_on()
            if code == k.STOPPED:
                kind, subject = self._s[k.S_STOP_KIND], self._s[k.S_STOP_SUBJECT]
                error = self._s[k.S_STOP_ERROR]
                self._watched -= kind == k.ENDED
                return new_stop(Stop, (KINDS[kind], self._x[k.X_STOP], subject, error))
            if code == k.REFILL:
                self._fetch()
            elif code == k.SPACE:
                self._make_space()
            else:
                raise InvariantError(f"more than 10^6 events at t = {self._x[k.X_NOW]!r} s")

    def _fetch(self) -> None:
        """Take the next block of generated requests."""
        s, block = self._w.s, self._refill()
        if block is None:
            s[k.S_NEXT], s[k.S_END] = 0, -1
            return
        self._replace(
            arrival=np.column_stack((block.time, block.work, block.cold_work)),
            arrival_function=np.ascontiguousarray(block.function),
        )
        s[k.S_NEXT], s[k.S_END] = 0, len(block.time)

    def _replace(self, **tables: NDArray[Any]) -> k.World:
        """Put other tables in place, and their addresses."""
        self._w = self._w._replace(**tables)
        self._p = k.addresses(self._w)
        return self._w

    # ── space ─────────────────────────────────────────────────────────────────────────────

    def _make_space(self) -> None:
        """Give the loop what it ran out of: live requests, events or rows."""
        w, s = self._w, self._s
        if s[k.S_FREE] == k.NONE:
            self._more_requests()
        if s[k.S_EVENTS] + s[k.S_MORE] > len(w.event_time):
            size = 2 * len(w.event_time) + s[k.S_MORE]
            self._replace(event_time=_wider(w.event_time, size), event=_wider(w.event, size))
        self._more_rows()

    def _more_requests(self) -> None:
        old = len(self._w.q)
        new = max(1024, 2 * old)
        self._replace(q=_wider(self._w.q, new), r=_wider(self._w.r, new))
        q = self._w.q
        q[old:, k.Q_NUMBER] = k.NONE - 1_000_000_000_000
        q[old:, k.Q_SEQUENCE] = k.NONE
        q[old:, k.Q_AFTER] = np.arange(old + 1, new + 1)
        q[-1, k.Q_AFTER] = self._w.s[k.S_FREE]
        self._w.s[k.S_FREE] = old

    def _more_rows(self) -> None:
        w, s = self._w, self._s
        live = s[k.S_ARRIVED] - s[k.S_ENDED]
        if s[k.S_ROWS] + live + 4 <= len(w.ended_number):
            return
        self._hand_on()
        rows = s[k.S_ROWS] + 2 * live + 2 * ROWS
        if rows > len(w.ended_number):
            names = [f"ended_{name}" for name in COLUMNS]
            self._replace(**{name: _wider(getattr(w, name), rows) for name in names})

    def _hand_on(self) -> None:
        """Hand on whole blocks of ended requests; what is left moves to the front."""
        n = int(self._w.s[k.S_ROWS])
        whole = n - n % ROWS
        for begin in range(0, whole, ROWS):
            self._sink(self._ended(begin, begin + ROWS))
        if whole:
            for name, rest in self._ended(whole, n).items():
                getattr(self._w, f"ended_{name}")[: n - whole] = rest
            self._w.s[k.S_ROWS] = n - whole

    def _ended(self, begin: int, end: int) -> Columns:
        """Return a copy of some rows of ended requests."""
        return {name: getattr(self._w, f"ended_{name}")[begin:end].copy() for name in COLUMNS}

    # ── verbs of the control plane ────────────────────────────────────────────────────────

    def start_instance(self, function: int, now: float, keep_alive: float, minimum: bool) -> int:
        """Add a starting instance; the request that asked for it waits for it."""
        if self._s[k.S_INSTANCES] == len(self._w.i) or self._random[function]:
            self._more_instances(function, minimum)
        return int(k.start_instance(self._p, function, now, keep_alive, int(minimum)))

    def _more_instances(self, function: int, minimum: bool) -> None:
        """Make room for one more instance."""
        w = self._w
        if self._s[k.S_INSTANCES] == len(w.i):
            size = 2 * len(w.i)
            self._replace(i=_wider(w.i, size), j=_wider(w.j, size))
        if self._random[function]:
            self._more_tier(function, int(not minimum))

    def _more_tier(self, function: int, t: int) -> None:
        """Make room for one more instance in a region of random dispatch."""
        w = self._w
        used = w.f[function, k.F_TIER_ROOM + t] & 0xFFFFFFFF
        held = w.f[function, k.F_TIER_ROOM + t] >> 32
        if held + 1 > used:
            begin, size = w.f[function, k.F_TIER + t], w.f[function, k.F_TIER_SIZE + t]
            room = max(16, 2 * int(used))
            end = len(w.tier)
            tier = _wider(w.tier, end + room)
            tier[end : end + size] = w.tier[begin : begin + size]
            self._replace(tier=tier)
            w.f[function, k.F_TIER + t] = end
            used = room
        w.f[function, k.F_TIER_ROOM + t] = ((held + 1) << 32) | used

    def instance_ready(self, instance: int, now: float) -> None:
        """Open the instance: the requests that wait for it start in order."""
        self._due = 0.0
        while k.instance_ready(self._p, instance, now) == k.SPACE:
            self._make_space()

    def instance_gone(self, instance: int, now: float, error: ErrorCode) -> list[int]:
        """Take the instance out of service; end its requests with *error* and return them."""
        self._more_rows()
        before = int(self._w.s[k.S_ROWS])
        self._due = 0.0
        k.instance_gone(self._p, instance, now, int(error))
        lost: list[int] = self._w.ended_number[before : self._w.s[k.S_ROWS]].tolist()
        return lost

    def suspend(self, instance: int) -> None:
        """Give the open instance no further requests; those that it has go on."""
        k.suspend(self._p, instance, k.SUSPENDED)

    def resume(self, instance: int, now: float) -> None:
        """Give a suspended instance requests again; those in line come first."""
        self._due = 0.0
        while k.resume(self._p, instance, now) == k.SPACE:
            self._make_space()

    def retire(self, instance: int) -> bool:
        """Let the open instance end what it has, and nothing more."""
        self._due = 0.0
        return bool(k.suspend(self._p, instance, k.RETIRED))

    def restart(self, instance: int, now: float, keep_alive: float) -> int:
        """Give up a starting instance; those who wait for it wait for a new one."""
        old = self._w.i[instance]
        self._more_instances(int(old[k.I_FUNCTION]), bool(old[k.I_MINIMUM]))
        return int(k.restart(self._p, instance, now, keep_alive))

    def spoil(self, instance: int) -> None:
        """Let requests that end on the open instance fail with BAD_RESPONSE from now on."""
        if self._w.i[instance, k.I_WRITTEN] < k.SPOILT:
            self._w.i[instance, k.I_WRITTEN] += k.SPOILT

    def mend(self, instance: int) -> None:
        """Let requests end well again on a spoilt instance."""
        if self._w.i[instance, k.I_WRITTEN] >= k.SPOILT:
            self._w.i[instance, k.I_WRITTEN] -= k.SPOILT

    def abort(self, request: int, now: float) -> int:
        """End a request that waits or runs with CLIENT_CLOSED; return its instance, -1 for none."""
        live = np.flatnonzero(self._w.q[:, k.Q_NUMBER] == request)
        if not len(live):
            return -1
        row, self._due = int(live[0]), 0.0
        instance = max(int(self._w.q[row, k.Q_INSTANCE]), -1)
        while k.abort(self._p, row, now) == k.SPACE:
            self._make_space()
        return instance

    def close(self, function: int, now: float, until: float, error: ErrorCode) -> None:
        """Refuse growth with *error* until *until*; the request that asked is refused first."""
        self._more_rows()
        self._due = 0.0
        k.close(self._p, function, now, until, int(error))

    def reopen(self, function: int) -> None:
        """Let the function ask for growth again."""
        self._w.g[function, k.G_CLOSED_UNTIL] = 0.0

    def line_excess(self, function: int) -> int:
        """Return how many requests wait in line beyond the room of starting instances."""
        f = self._w.f[function]
        return max(0, int(f[k.F_LINE_LENGTH] - f[k.F_STARTING_ROOM]))

    def in_flight(self, instance: int) -> int:
        """Return how many requests run on the instance."""
        return int(self._w.i[instance, k.I_IN_FLIGHT])

    def metered(self, instance: int, now: float) -> Meter:
        """Return what the requests of an instance have held and used until *now*."""
        i, j = self._w.i[instance], self._w.j[instance]
        if not self._w.f[i[k.I_FUNCTION], k.F_METERED]:
            return Meter(0.0, 0.0)
        number, lasting = int(i[k.I_IN_FLIGHT]), now - float(j[k.J_METERED])
        g = self._w.g[i[k.I_FUNCTION]]
        used = min(number * float(g[k.G_VCPU]), float(g[k.G_CPU]))
        slots, cpu = float(j[k.J_SLOT_SECONDS]), float(j[k.J_CPU_SECONDS])
        return Meter(slots + number * lasting, cpu + used * lasting)

    def inject(
        self, time: float, function: int, work: float, cold_work: float, *, watched: bool = False
    ) -> int:
        """Add a request that the workload did not generate; return its number."""
        self._due = 0.0
        self._injected += 1
        if self._s[k.S_INJECTED] == len(self._w.injected):
            self._more_injected()
        if watched:
            self._more_stops()
        k.inject(self._p, time, function, work, cold_work, -self._injected, watched)
        return -self._injected

    def _more_injected(self) -> None:
        """Move injected requests to the front of their table, and widen it if they fill half."""
        old, first = self._w.injected, self._s[k.S_INJECT_FIRST]
        kept = len(old) - first
        self._replace(injected=np.zeros((max(8, len(old), 2 * kept), k.A_WIDTH)))
        self._w.injected[:kept] = old[first:]
        self._w.s[k.S_INJECT_FIRST], self._w.s[k.S_INJECTED] = 0, kept

    def watch(self, request: int) -> None:
        """Stop when this request, arrived or injected and not ended, ends."""
        w = self._w
        live = np.flatnonzero(w.q[:, k.Q_NUMBER] == request)
        waiting = w.injected[w.s[k.S_INJECT_FIRST] : w.s[k.S_INJECTED]]
        to_come = np.flatnonzero(waiting[:, k.A_NUMBER] == request)
        if not len(live) + len(to_come):
            raise InvariantError(f"request {request} cannot be watched: it is not there")
        w.q[live, k.Q_WATCHED] = 1
        waiting[to_come, k.A_WATCHED] = 1
        self._more_stops()

    def _more_stops(self) -> None:
        """Make room for one more stop: all who are watched may end at once."""
        self._watched += 1
        w = self._w
        if self._watched + 16 > len(w.stop):
            size = 2 * len(w.stop)
            self._replace(stop=_wider(w.stop, size), stop_time=_wider(w.stop_time, size))

    def unfinished(self) -> int:
        """Return how many arrived requests have not ended."""
        return int(self._w.s[k.S_ARRIVED] - self._w.s[k.S_ENDED])

    def ended(self) -> int:
        """Return how many requests have ended."""
        return int(self._w.s[k.S_ENDED])

    # ── what happened ─────────────────────────────────────────────────────────────────────

    def finish(self) -> None:
        """Hand on what has ended since the last block, then what is unfinished."""
        self._hand_on()
        self._sink(self._ended(0, int(self._w.s[k.S_ROWS])))
        self._w.s[k.S_ROWS] = 0
        self._sink(self._live())

    def _live(self) -> Columns:
        """Return the rows of requests that have not ended."""
        live = np.flatnonzero(self._w.q[:, k.Q_NUMBER] != k.NONE - 1_000_000_000_000)
        q, r = self._w.q[live], self._w.r[live]
        rows = {
            "function": q[:, k.Q_FUNCTION],
            "arrival": r[:, k.R_ARRIVAL],
            "started": r[:, k.R_STARTED],
            "ended": np.full(len(live), np.nan),
            "outcome": np.full(len(live), Outcome.UNFINISHED),
            "error": np.zeros(len(live)),
            "start": q[:, k.Q_START],
            "instance": np.maximum(q[:, k.Q_INSTANCE], k.NONE),
            NUMBER: q[:, k.Q_NUMBER],
        }
        return {name: rows[name].astype(dtype) for name, dtype in COLUMNS.items()}

    def usage(self) -> Columns:
        """Return ``requests`` (handed over) and ``busy`` (seconds in the window) by instance.

        The run must have passed the end of the window.
        """
        w, n = self._w, self._w.s[k.S_INSTANCES]
        i, j = w.i[:n], w.j[:n]
        since = np.clip(j[:, k.J_BUSY_SINCE], w.x[k.X_BEGIN], w.x[k.X_END])
        open_end = j[:, k.J_BUSY] + w.x[k.X_END] - since
        busy = np.where(i[:, k.I_IN_FLIGHT] > 0, open_end, j[:, k.J_BUSY])
        return {"requests": i[:, k.I_SERVED].copy(), "busy": busy}


def _wider(table: NDArray[Any], rows: int) -> NDArray[Any]:
    wider = np.zeros((rows, *table.shape[1:]), table.dtype)
    wider[: len(table)] = table
    return wider


def _function_ints(functions: Sequence[PlaneFunction]) -> k.Ints:
    table = np.zeros((len(functions), k.F_WIDTH), np.int64)
    for column, name in INT_COLUMNS.items():
        table[:, column] = [getattr(one, name) for one in functions]
    table[:, k.F_POLICY] = [POLICIES[one.dispatch] for one in functions]
    keys = np.array([one.dispatch_key for one in functions], np.uint64)
    table[:, k.F_KEY] = keys.view(np.int64)
    for link in (k.F_STARTING, k.F_STARTING_LAST, k.F_LINE, k.F_LINE_LAST, k.F_PENDING,
                 k.F_ROOT):  # fmt: skip
        table[:, link] = k.NONE
    return table


def _function_floats(functions: Sequence[PlaneFunction]) -> k.Floats:
    table = np.zeros((len(functions), k.G_WIDTH))
    for column, name in FLOAT_COLUMNS.items():
        table[:, column] = [getattr(one, name) for one in functions]
    return table
