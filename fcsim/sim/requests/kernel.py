"""The compiled request plane's inner loop.

The same decisions as :mod:`fcsim.sim.requests.reference`, event for event, on tables of numbers.
State lives in a few arrays: functions, instances, live requests, pending events, and the rows of
requests that have ended. A call into compiled code costs by argument, so it gets one array of
their addresses. Lists are links between
rows; the instances with room form a pairing heap (Fredman et al., Algorithmica 1986).

Only + - x / and comparisons, no fast-math: results equal the reference to the last bit.

It is one file because numba's disk cache looks at the file of the called function only: a change
elsewhere would go unnoticed. ``_nrt=False`` leaves out the counting of references to arrays, which
nothing here needs and which took four fifths of the time; ``forceinline`` halved the rest.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numba import njit, types
from numba.extending import intrinsic
from numba.np import arrayobj
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_OPTIONS: dict[str, Any] = {"cache": True, "_nrt": False}
entry = njit(**_OPTIONS)
"""Compiles a function that is called from Python, or from several places."""
part = njit(**_OPTIONS, forceinline=True)
"""Compiles a function into its callers."""

NONE = -1
NEVER = np.inf
REACHED, STOPPED, REFILL, SPACE, STUCK = 0, 1, 2, 3, 4
GROW, EXPIRED, DIED, ENDED = 0, 1, 2, 3
COMPLETION, TIME_OUT, EXPIRY = 0, 1, 2
STARTING, OPEN, OUT = 0, 1, 2
SUSPENDED, RETIRED = 1, 2
"""Why an open instance is closed for further requests."""
COMPLETED, FAILED, THROTTLED, TIMED_OUT, UNFINISHED = 0, 1, 2, 3, 4
WARM, COLD, WAITED, QUEUED = 0, 1, 2, 3
NO_ERROR, FUNCTION_TIMEOUT, FUNCTION_OOM, DISK_FULL, QUEUE_FULL = 0, 3, 5, 10, 11
RESOURCE_THROTTLED, BAD_RESPONSE, CLIENT_CLOSED, FUNCTION_ERROR = 2, 6, 13, 14
SPOILT = 1 << 62
"""Counts as so many writes on an instance that answers badly: no check of its own is needed."""
NEWEST_CREATED, MOST_RECENT, LEAST_RECENT, LEAST_LOADED, RANDOM = 0, 1, 2, 3, 4
KEY = 1 << 60
"""Events of one instant are ordered by class x KEY + sequence."""

# counters
(S_NEXT, S_END, S_SEQUENCE, S_ARRIVED, S_ENDED, S_FREE, S_EVENTS, S_ROWS, S_STOPS, S_INSTANCES,
 S_INJECTED, S_NUMBER, S_NOW_EVENTS, S_LIMIT, S_STOP_KIND, S_STOP_SUBJECT, S_STOP_ERROR, S_MORE,
 S_INJECT_FIRST, S_WIDTH) = range(20)  # fmt: skip
# clock
X_NOW, X_BEGIN, X_END, X_DUE, X_STOP, X_WIDTH = range(6)
# functions
(F_CONCURRENCY, F_MEMORY, F_DISK, F_IN_LINE, F_QUEUES, F_QUEUE_LIMIT, F_POLICY, F_KEY, F_SHARES,
 F_LIMIT_ERROR, F_ARRIVALS, F_STARTING, F_STARTING_LAST, F_STARTING_ROOM, F_LINE, F_LINE_LAST,
 F_LINE_LENGTH, F_PENDING, F_CLOSED_ERROR, F_ROOT, F_TIER, F_TIER_SIZE, F_TIER_ROOM, F_METERED,
 F_WIDTH) = (*range(20), 20, 22, 24, 26, 27)  # fmt: skip
G_CPU, G_VCPU, G_TIME_LIMIT, G_CLOSED_UNTIL, G_WAKE, G_WIDTH = 0, 1, 2, 3, 4, 5
# instances
(I_FUNCTION, I_MINIMUM, I_STATE, I_IN_FLIGHT, I_SERVED, I_WRITTEN, I_LAST_USED, I_CAUSE, I_ARMED,
 I_PLACE, I_RANK, I_IN_HEAP, I_CHILD, I_SIBLING, I_PARENT, I_BEFORE, I_AFTER, I_BOUND,
 I_BOUND_FIRST, I_BOUND_LAST, I_RUNNING, I_RUNNING_LAST, I_VERSION, I_ASLEEP, I_CLOSED,
 I_WIDTH) = range(26)  # fmt: skip
(J_CREATED, J_KEEP_ALIVE, J_BUSY, J_BUSY_SINCE, J_IDLE_SINCE, J_VIRTUAL, J_SINCE, J_RATE, J_AWAKE,
 J_METERED, J_SLOT_SECONDS, J_CPU_SECONDS, J_WIDTH) = range(13)  # fmt: skip
# live requests
(Q_FUNCTION, Q_NUMBER, Q_START, Q_INSTANCE, Q_SEQUENCE, Q_AFTER, Q_BEFORE, Q_WATCHED,
 Q_WIDTH) = range(9)  # fmt: skip
R_ARRIVAL, R_STARTED, R_WORK, R_COLD, R_TARGET, R_DEADLINE, R_WIDTH = range(7)
# pending events: key, instance, detail
E_KEY, E_INSTANCE, E_DETAIL, E_WIDTH = 0, 1, 2, 3
# injected requests to come, by time, in places S_INJECT_FIRST to S_INJECTED - 1
A_TIME, A_FUNCTION, A_WORK, A_COLD, A_NUMBER, A_WATCHED, A_WIDTH = range(7)


class World(NamedTuple):
    """All state of a plane."""

    s: Ints
    x: Floats
    f: Ints
    g: Floats
    i: Ints
    j: Floats
    q: Ints
    r: Floats
    event_time: Floats
    event: Ints
    stop: Ints
    stop_time: Floats
    arrival: Floats
    """Generated requests to come: arrival, work, cold work."""
    arrival_function: NDArray[np.int32]
    injected: Floats
    """Injected requests to come, by time."""
    tier: Ints
    """Random dispatch: regions of instances with room, two a function."""
    ended_function: NDArray[np.int32]
    """Rows of ended requests: the request columns, and their number."""
    ended_arrival: Floats
    ended_started: Floats
    ended_ended: Floats
    ended_outcome: NDArray[np.int8]
    ended_error: NDArray[np.int8]
    ended_start: NDArray[np.int8]
    ended_instance: NDArray[np.int32]
    ended_number: Ints


def _view(dtype: Any, columns: int = 0) -> Any:
    """Return what makes an array of an address and a number of rows, within compiled code."""
    made = types.Array(dtype, 2 if columns else 1, "C")

    def view(context: Any, address: Any, rows: Any) -> Any:
        return made(types.int64, types.int64), code

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def constant(number: int) -> Any:
            return context.get_constant(types.intp, number)

        array = context.make_array(made)(context, builder)
        size = context.get_abi_sizeof(context.get_data_type(dtype))
        arrayobj.populate_array(
            array,
            data=builder.inttoptr(arguments[0], array.data.type),
            shape=[arguments[1], constant(columns)] if columns else [arguments[1]],
            strides=[constant(columns * size), constant(size)] if columns else [constant(size)],
            itemsize=constant(size),
            meminfo=None,
        )
        return array._getvalue()

    return intrinsic(view)


_int_list, _float_list = _view(types.int64), _view(types.float64)
_int32_list, _int8_list = _view(types.int32), _view(types.int8)
_f_table, _g_table = _view(types.int64, F_WIDTH), _view(types.float64, G_WIDTH)
_i_table, _j_table = _view(types.int64, I_WIDTH), _view(types.float64, J_WIDTH)
_q_table, _r_table = _view(types.int64, Q_WIDTH), _view(types.float64, R_WIDTH)
_event_table, _stop_table = _view(types.int64, E_WIDTH), _view(types.int64, 3)
_arrival_table, _injected_table = _view(types.float64, 3), _view(types.float64, A_WIDTH)


def addresses(w: World) -> Ints:
    """Return address and length of each table, for the compiled functions.

    It holds as long as *w* is alive and none of its tables is replaced.
    """
    return np.array([(table.ctypes.data, len(table)) for table in w], np.int64)


@njit(**_OPTIONS, inline="always")
def world(p):
    """Return the tables at the addresses *p*, in the order of World's fields."""
    return World(
        _int_list(p[0, 0], p[0, 1]),
        _float_list(p[1, 0], p[1, 1]),
        _f_table(p[2, 0], p[2, 1]),
        _g_table(p[3, 0], p[3, 1]),
        _i_table(p[4, 0], p[4, 1]),
        _j_table(p[5, 0], p[5, 1]),
        _q_table(p[6, 0], p[6, 1]),
        _r_table(p[7, 0], p[7, 1]),
        _float_list(p[8, 0], p[8, 1]),
        _event_table(p[9, 0], p[9, 1]),
        _stop_table(p[10, 0], p[10, 1]),
        _float_list(p[11, 0], p[11, 1]),
        _arrival_table(p[12, 0], p[12, 1]),
        _int32_list(p[13, 0], p[13, 1]),
        _injected_table(p[14, 0], p[14, 1]),
        _int_list(p[15, 0], p[15, 1]),
        _int32_list(p[16, 0], p[16, 1]),
        _float_list(p[17, 0], p[17, 1]),
        _float_list(p[18, 0], p[18, 1]),
        _float_list(p[19, 0], p[19, 1]),
        _int8_list(p[20, 0], p[20, 1]),
        _int8_list(p[21, 0], p[21, 1]),
        _int8_list(p[22, 0], p[22, 1]),
        _int32_list(p[23, 0], p[23, 1]),
        _int_list(p[24, 0], p[24, 1]),
    )


# ── events: a binary heap ───────────────────────────────────────────────────────────────────


@part
def move(w, k, to):
    """Move an event to another place."""
    w.event_time[to] = w.event_time[k]
    w.event[to, 0] = w.event[k, 0]
    w.event[to, 1] = w.event[k, 1]
    w.event[to, 2] = w.event[k, 2]


@part
def rise(w, k, time, key, instance, detail):
    """Put an event into the free place *k*, or above it where it belongs."""
    while k > 0:
        up = (k - 1) >> 1
        if w.event_time[up] < time or (w.event_time[up] == time and w.event[up, E_KEY] <= key):
            break
        move(w, up, k)
        k = up
    w.event_time[k] = time
    w.event[k, E_KEY] = key
    w.event[k, E_INSTANCE] = instance
    w.event[k, E_DETAIL] = detail


@part
def push(w, time, kind, sequence, instance, detail):
    """Add an event of the plane."""
    rise(w, w.s[S_EVENTS], time, kind * KEY + sequence, instance, detail)
    w.s[S_EVENTS] += 1


@part
def drop_first(w):
    """Remove the first event: its place sinks to the bottom, and the last event goes there."""
    n = w.s[S_EVENTS] - 1
    k, low = 0, 1
    while low + 1 < n:
        # A sum instead of a branch, which the processor would guess wrongly half of the time.
        first, second = w.event_time[low], w.event_time[low + 1]
        later = w.event[low + 1, E_KEY] < w.event[low, E_KEY]
        low += (second < first) | ((second == first) & later)
        move(w, low, k)
        k = low
        low = 2 * k + 1
    if low < n:
        move(w, low, k)
        k = low
    w.s[S_EVENTS] = n
    rise(w, k, w.event_time[n], w.event[n, E_KEY], w.event[n, E_INSTANCE], w.event[n, E_DETAIL])


# ── room: a pairing heap of instances a function, or two lists for random dispatch ──────────


@part
def precedes(w, a, b):
    """Tell whether instance *a* is served before *b*."""
    i = w.i
    if i[a, I_MINIMUM] != i[b, I_MINIMUM]:
        return i[a, I_MINIMUM] > i[b, I_MINIMUM]
    if i[a, I_RANK] != i[b, I_RANK]:
        return i[a, I_RANK] < i[b, I_RANK]
    return a < b


@part
def meld(w, a, b):
    """Join two heaps; return the root."""
    if a == NONE:
        return b
    if b == NONE:
        return a
    if precedes(w, b, a):
        a, b = b, a
    i = w.i
    child = i[a, I_CHILD]
    i[b, I_SIBLING] = child
    if child != NONE:
        i[child, I_PARENT] = b
    i[b, I_PARENT] = a
    i[a, I_CHILD] = b
    return a


@part
def meld_children(w, first):
    """Join a list of siblings in two passes; return the root."""
    i = w.i
    pairs = NONE
    while first != NONE:
        second = i[first, I_SIBLING]
        following = NONE
        i[first, I_SIBLING] = NONE
        i[first, I_PARENT] = NONE
        if second != NONE:
            following = i[second, I_SIBLING]
            i[second, I_SIBLING] = NONE
            i[second, I_PARENT] = NONE
        joined = meld(w, first, second)
        i[joined, I_SIBLING] = pairs
        pairs = joined
        first = following
    root = NONE
    while pairs != NONE:
        following = i[pairs, I_SIBLING]
        i[pairs, I_SIBLING] = NONE
        root = meld(w, root, pairs)
        pairs = following
    if root != NONE:
        i[root, I_PARENT] = NONE
    return root


@part
def leave_heap(w, function, a):
    """Take an instance out of its function's heap."""
    i, f = w.i, w.f
    i[a, I_IN_HEAP] = 0
    rest = meld_children(w, i[a, I_CHILD])
    i[a, I_CHILD] = NONE
    if f[function, F_ROOT] == a:
        f[function, F_ROOT] = rest
        return
    parent = i[a, I_PARENT]
    after = i[a, I_SIBLING]
    if i[parent, I_CHILD] == a:
        i[parent, I_CHILD] = after
    else:
        i[parent, I_SIBLING] = after
    if after != NONE:
        i[after, I_PARENT] = parent
    i[a, I_SIBLING] = NONE
    i[a, I_PARENT] = NONE
    f[function, F_ROOT] = meld(w, f[function, F_ROOT], rest)


@part
def add_room(w, function, a):
    """Note that an instance has room, or that its rank has changed."""
    i, f = w.i, w.f
    policy = f[function, F_POLICY]
    if policy == RANDOM:
        if i[a, I_PLACE] < 0:
            t = 1 - i[a, I_MINIMUM]
            size = f[function, F_TIER_SIZE + t]
            w.tier[f[function, F_TIER + t] + size] = a
            i[a, I_PLACE] = size
            f[function, F_TIER_SIZE + t] = size + 1
        return
    if i[a, I_IN_HEAP]:
        leave_heap(w, function, a)
    if policy == NEWEST_CREATED:
        i[a, I_RANK] = -a
    elif policy == MOST_RECENT:
        i[a, I_RANK] = -i[a, I_LAST_USED]
    elif policy == LEAST_RECENT:
        i[a, I_RANK] = i[a, I_LAST_USED]
    else:
        i[a, I_RANK] = i[a, I_IN_FLIGHT]
    i[a, I_IN_HEAP] = 1
    f[function, F_ROOT] = meld(w, f[function, F_ROOT], a)


@part
def remove_room(w, function, a):
    """Note that an instance has no room any more."""
    i, f = w.i, w.f
    if f[function, F_POLICY] == RANDOM:
        if i[a, I_PLACE] >= 0:
            t = 1 - i[a, I_MINIMUM]
            begin, size = f[function, F_TIER + t], f[function, F_TIER_SIZE + t] - 1
            last = w.tier[begin + size]
            f[function, F_TIER_SIZE + t] = size
            if last != a:
                w.tier[begin + i[a, I_PLACE]] = last
                i[last, I_PLACE] = i[a, I_PLACE]
            i[a, I_PLACE] = NONE
    elif i[a, I_IN_HEAP]:
        leave_heap(w, function, a)


@part
def hash_uniform(key, k):
    """Return the same draw as :func:`fcsim.streams.hash_uniform`."""
    x = np.uint64(key) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(k + 1)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    x ^= x >> np.uint64(31)
    return np.float64(x >> np.uint64(11)) * 2.0**-53


@part
def pick(w, function):
    """Return the instance for the function's next request, NONE when all are full."""
    f = w.f
    if f[function, F_POLICY] != RANDOM:
        return f[function, F_ROOT]
    for t in range(2):
        size = f[function, F_TIER_SIZE + t]
        if size:
            u = hash_uniform(f[function, F_KEY], f[function, F_ARRIVALS])
            return w.tier[f[function, F_TIER + t] + np.int64(u * size)]
    return NONE


# ── requests: live rows, lists of them, and rows of those that ended ────────────────────────


@part
def end_request(w, request, time, outcome, error):
    """Write the row of a request that ends and free its place."""
    q, n = w.q, w.s[S_ROWS]
    w.s[S_ROWS] = n + 1
    w.s[S_ENDED] += 1
    w.ended_arrival[n] = w.r[request, R_ARRIVAL]
    w.ended_started[n] = w.r[request, R_STARTED]
    w.ended_ended[n] = time
    w.ended_function[n] = q[request, Q_FUNCTION]
    w.ended_outcome[n] = outcome
    w.ended_error[n] = error
    w.ended_start[n] = q[request, Q_START]
    w.ended_instance[n] = max(q[request, Q_INSTANCE], NONE)
    w.ended_number[n] = q[request, Q_NUMBER]
    if q[request, Q_WATCHED]:
        add_stop(w, ENDED, time, q[request, Q_NUMBER], error)
    q[request, Q_NUMBER] = NONE - 1_000_000_000_000
    q[request, Q_INSTANCE] = NONE
    q[request, Q_SEQUENCE] = NONE
    q[request, Q_AFTER] = w.s[S_FREE]
    w.s[S_FREE] = request


@part
def add_stop(w, kind, time, subject, error):
    """Ask the loop to stop and hand over."""
    n = w.s[S_STOPS]
    w.s[S_STOPS] = n + 1
    w.stop[n, 0] = kind
    w.stop[n, 1] = subject
    w.stop[n, 2] = error
    w.stop_time[n] = time


@part
def append(links, before, after, ends, row, first, member):
    """Append a member to a linked list whose ends are in columns *first* and *first* + 1."""
    last = ends[row, first + 1]
    links[member, after] = NONE
    links[member, before] = last
    if last == NONE:
        ends[row, first] = member
    else:
        links[last, after] = member
    ends[row, first + 1] = member


@part
def unlink(links, before, after, ends, row, first, member):
    """Take a member out of a linked list."""
    ahead, behind = links[member, before], links[member, after]
    if ahead == NONE:
        ends[row, first] = behind
    else:
        links[ahead, after] = behind
    if behind == NONE:
        ends[row, first + 1] = ahead
    else:
        links[behind, before] = ahead


@part
def join_line(w, function, request):
    """Append a request to its function's line."""
    append(w.q, Q_BEFORE, Q_AFTER, w.f, function, F_LINE, request)
    w.f[function, F_LINE_LENGTH] += 1


@part
def leave_line(w, function, request):
    """Take a request out of its function's line."""
    unlink(w.q, Q_BEFORE, Q_AFTER, w.f, function, F_LINE, request)
    w.f[function, F_LINE_LENGTH] -= 1


@part
def join_running(w, a, request):
    """Append a request to those running on an instance."""
    append(w.q, Q_BEFORE, Q_AFTER, w.i, a, I_RUNNING, request)


@part
def leave_running(w, a, request):
    """Take a request out of those running on an instance."""
    unlink(w.q, Q_BEFORE, Q_AFTER, w.i, a, I_RUNNING, request)


@part
def bind(w, function, a, request):
    """Reserve a slot of a starting instance; a number below NONE tells which until it is ready."""
    w.q[request, Q_INSTANCE] = NONE - 1 - a
    append(w.q, Q_BEFORE, Q_AFTER, w.i, a, I_BOUND_FIRST, request)
    w.i[a, I_BOUND] += 1
    if w.i[a, I_BOUND] == w.f[function, F_CONCURRENCY]:
        leave_starting(w, function, a)


@part
def leave_starting(w, function, a):
    """Take an instance out of the starting ones that have room."""
    unlink(w.i, I_BEFORE, I_AFTER, w.f, function, F_STARTING, a)


# ── service ─────────────────────────────────────────────────────────────────────────────────


@part
def inside(w, time):
    """Return *time*, moved into the window."""
    if time < w.x[X_BEGIN]:
        return w.x[X_BEGIN]
    if time > w.x[X_END]:
        return w.x[X_END]
    return time


@part
def count_busy(w, a, time):
    """Add what an instance has been busy since it last became so."""
    w.j[a, J_BUSY] += inside(w, time) - inside(w, w.j[a, J_BUSY_SINCE])


@part
def meter(w, function, a, time):
    """Add what an instance's requests have held and used since their number last changed."""
    number, lasting = w.i[a, I_IN_FLIGHT], time - w.j[a, J_METERED]
    used = min(number * w.g[function, G_VCPU], w.g[function, G_CPU])
    w.j[a, J_SLOT_SECONDS] += number * lasting
    w.j[a, J_CPU_SECONDS] += used * lasting
    w.j[a, J_METERED] = time


@part
def hand_over(w, function, a, request, time):
    """Give a request to an instance."""
    i, f, q = w.i, w.f, w.q
    sequence = w.s[S_SEQUENCE] + 1
    w.s[S_SEQUENCE] = sequence
    i[a, I_LAST_USED] = sequence
    i[a, I_SERVED] += 1
    if f[function, F_METERED]:
        meter(w, function, a, time)
    in_flight = i[a, I_IN_FLIGHT] + 1
    i[a, I_IN_FLIGHT] = in_flight
    if i[a, I_ASLEEP]:
        i[a, I_ASLEEP] = 0
        w.j[a, J_AWAKE] = time + w.g[function, G_WAKE]
    begin = max(time, w.j[a, J_AWAKE])
    if in_flight == 1:
        w.j[a, J_BUSY_SINCE] = time
        if f[function, F_SHARES]:
            w.j[a, J_VIRTUAL] = 0.0
            w.j[a, J_SINCE] = begin
    join_running(w, a, request)
    w.r[request, R_STARTED] = time
    q[request, Q_INSTANCE] = a
    q[request, Q_SEQUENCE] = sequence
    if i[a, I_CAUSE] == q[request, Q_NUMBER]:
        q[request, Q_START] = COLD
    if in_flight > f[function, F_MEMORY]:
        kill(w, function, a, time, FUNCTION_OOM)
        add_stop(w, DIED, time, a, NO_ERROR)
        return
    if in_flight == f[function, F_CONCURRENCY]:
        remove_room(w, function, a)
    elif f[function, F_POLICY] in (MOST_RECENT, LEAST_RECENT, LEAST_LOADED):
        add_room(w, function, a)
    work = abs(w.r[request, R_COLD] if q[request, Q_START] == COLD else w.r[request, R_WORK])
    limit = w.g[function, G_TIME_LIMIT]
    if f[function, F_SHARES]:
        progress(w, a, time)
        w.r[request, R_TARGET] = w.j[a, J_VIRTUAL] + work
        w.r[request, R_DEADLINE] = begin + limit
        adjust(w, function, a)
        plan(w, a, time)
    elif work > limit:
        push(w, begin + limit, TIME_OUT, sequence, a, request)
    else:
        push(w, begin + work, COMPLETION, sequence, a, request)


@part
def progress(w, a, time):
    """Bring the virtual clock of an instance's requests to *time*, unless it is still waking."""
    if time > w.j[a, J_SINCE]:
        w.j[a, J_VIRTUAL] += (time - w.j[a, J_SINCE]) * w.j[a, J_RATE]
        w.j[a, J_SINCE] = time


@part
def adjust(w, function, a):
    """Set the rate at which requests of an instance progress."""
    demand = w.i[a, I_IN_FLIGHT] * w.g[function, G_VCPU]
    cpu = w.g[function, G_CPU]
    w.j[a, J_RATE] = 1.0 if demand <= cpu else cpu / demand


@part
def first_done(w, a):
    """Return the running request that has least work left."""
    best = w.i[a, I_RUNNING]
    request = w.q[best, Q_AFTER]
    while request != NONE:
        if w.r[request, R_TARGET] < w.r[best, R_TARGET]:
            best = request
        request = w.q[request, Q_AFTER]
    return best


@part
def plan(w, a, time):
    """Schedule what ends next on an instance whose requests share it."""
    w.i[a, I_VERSION] += 1
    oldest = w.i[a, I_RUNNING]
    if oldest == NONE:
        return
    request = first_done(w, a)
    now = max(time, w.j[a, J_SINCE])
    completion = now + (w.r[request, R_TARGET] - w.j[a, J_VIRTUAL]) / w.j[a, J_RATE]
    if completion <= w.r[oldest, R_DEADLINE]:
        push(w, completion, COMPLETION, w.q[request, Q_SEQUENCE], a, w.i[a, I_VERSION])
    else:
        deadline = w.r[oldest, R_DEADLINE]
        push(w, deadline, TIME_OUT, w.q[oldest, Q_SEQUENCE], a, w.i[a, I_VERSION])


@part
def take(w, time, key, a, detail):
    """Take one event of the plane."""
    function, kind = w.i[a, I_FUNCTION], key // KEY
    if kind == EXPIRY:
        expire(w, function, a, time)
    elif w.f[function, F_SHARES]:
        if detail == w.i[a, I_VERSION] and w.i[a, I_STATE] == OPEN:
            if kind == TIME_OUT:
                request = w.i[a, I_RUNNING]
                progress(w, a, time)
            else:
                request = first_done(w, a)
                w.j[a, J_VIRTUAL] = w.r[request, R_TARGET]
                w.j[a, J_SINCE] = time
            finish(w, function, a, request, time, kind)
    elif w.q[detail, Q_SEQUENCE] == key - kind * KEY:
        finish(w, function, a, detail, time, kind)


@part
def finish(w, function, a, request, time, kind):
    """End a request that has run to its end or its limit."""
    i, f = w.i, w.f
    if kind == TIME_OUT:
        error = f[function, F_LIMIT_ERROR]
        outcome = TIMED_OUT if error == FUNCTION_TIMEOUT else FAILED
    elif i[a, I_WRITTEN] >= f[function, F_DISK]:
        error = BAD_RESPONSE if i[a, I_WRITTEN] >= SPOILT else DISK_FULL
        outcome = FAILED
    else:
        i[a, I_WRITTEN] += 1
        error, outcome = NO_ERROR, COMPLETED
        if math.copysign(1.0, w.r[request, R_WORK]) < 0:
            error, outcome = FUNCTION_ERROR, FAILED
    leave(w, function, a, request, time, outcome, error)


@part
def leave(w, function, a, request, time, outcome, error):
    """End a running request and give its slot to whoever waits in line."""
    i, f = w.i, w.f
    leave_running(w, a, request)
    if f[function, F_METERED]:
        meter(w, function, a, time)
    in_flight = i[a, I_IN_FLIGHT] - 1
    i[a, I_IN_FLIGHT] = in_flight
    sequence = w.s[S_SEQUENCE] + 1
    w.s[S_SEQUENCE] = sequence
    i[a, I_LAST_USED] = sequence
    if in_flight == 0:
        count_busy(w, a, time)
    end_request(w, request, time, outcome, error)
    if f[function, F_SHARES]:
        adjust(w, function, a)
    first = f[function, F_LINE]
    if first != NONE and not i[a, I_CLOSED]:
        leave_line(w, function, first)
        hand_over(w, function, a, first, time)
        return
    if f[function, F_SHARES]:
        plan(w, a, time)
    if i[a, I_CLOSED]:
        if in_flight == 0:
            end_closed(w, a, time)
        return
    if in_flight == f[function, F_CONCURRENCY] - 1 or f[function, F_POLICY] in (
        MOST_RECENT,
        LEAST_RECENT,
        LEAST_LOADED,
    ):
        add_room(w, function, a)
    if in_flight == 0:
        rest(w, a, time)


@part
def end_closed(w, a, time):
    """Let an idle instance that takes no requests rest, or go if it was retired."""
    if w.i[a, I_CLOSED] == RETIRED:
        w.i[a, I_STATE] = OUT
        add_stop(w, EXPIRED, time, a, NO_ERROR)
    else:
        rest(w, a, time)


@part
def rest(w, a, time):
    """Note that an instance has become idle."""
    w.j[a, J_IDLE_SINCE] = time
    w.i[a, I_ASLEEP] = 1
    if not w.i[a, I_ARMED] and w.j[a, J_KEEP_ALIVE] < NEVER:
        w.i[a, I_ARMED] = 1
        push(w, time + w.j[a, J_KEEP_ALIVE], EXPIRY, a, a, 0)


@part
def expire(w, function, a, time):
    """Let an idle instance go, or look again at its deadline."""
    w.i[a, I_ARMED] = 0
    if w.i[a, I_STATE] != OPEN or w.i[a, I_IN_FLIGHT]:
        return
    deadline = w.j[a, J_IDLE_SINCE] + w.j[a, J_KEEP_ALIVE]
    if deadline > time:
        w.i[a, I_ARMED] = 1
        push(w, deadline, EXPIRY, a, a, 0)
        return
    w.i[a, I_STATE] = OUT
    remove_room(w, function, a)
    add_stop(w, EXPIRED, time, a, NO_ERROR)


@part
def kill(w, function, a, time, error):
    """End all requests in flight on an instance and take it out of service."""
    i = w.i
    i[a, I_STATE] = OUT
    remove_room(w, function, a)
    if i[a, I_IN_FLIGHT]:
        if w.f[function, F_METERED]:
            meter(w, function, a, time)
        i[a, I_IN_FLIGHT] = 0
        count_busy(w, a, time)
    request = i[a, I_RUNNING]
    i[a, I_RUNNING] = NONE
    i[a, I_RUNNING_LAST] = NONE
    while request != NONE:
        after = w.q[request, Q_AFTER]
        end_request(w, request, time, FAILED, error)
        request = after


# ── arrivals ────────────────────────────────────────────────────────────────────────────────


@part
def next_arrival(w):
    """Return the instant of the next arrival."""
    time = w.arrival[w.s[S_NEXT], 0] if w.s[S_NEXT] < w.s[S_END] else NEVER
    first = w.s[S_INJECT_FIRST]
    if first < w.s[S_INJECTED] and w.injected[first, A_TIME] < time:
        return w.injected[first, A_TIME]
    return time


@part
def arrive(w, time):
    """Take the next arrival."""
    s, q, r = w.s, w.q, w.r
    request = s[S_FREE]
    s[S_FREE] = q[request, Q_AFTER]
    q[request, Q_WATCHED] = 0
    k = s[S_NEXT]
    if k < s[S_END] and w.arrival[k, 0] == time:
        s[S_NEXT] = k + 1
        function = np.int64(w.arrival_function[k])
        r[request, R_WORK] = w.arrival[k, 1]
        r[request, R_COLD] = w.arrival[k, 2]
        q[request, Q_NUMBER] = s[S_NUMBER]
        s[S_NUMBER] += 1
    else:
        first = s[S_INJECT_FIRST]
        s[S_INJECT_FIRST] = first + 1
        function = np.int64(w.injected[first, A_FUNCTION])
        r[request, R_WORK] = w.injected[first, A_WORK]
        r[request, R_COLD] = w.injected[first, A_COLD]
        q[request, Q_NUMBER] = np.int64(w.injected[first, A_NUMBER])
        q[request, Q_WATCHED] = np.int64(w.injected[first, A_WATCHED])
    s[S_ARRIVED] += 1
    q[request, Q_FUNCTION] = function
    q[request, Q_START] = WARM
    q[request, Q_INSTANCE] = NONE
    r[request, R_ARRIVAL] = time
    r[request, R_STARTED] = np.nan
    a = pick(w, function)
    w.f[function, F_ARRIVALS] += 1
    if a != NONE:
        hand_over(w, function, a, request, time)
    else:
        wait(w, function, request, time)


@part
def wait(w, function, request, time):
    """Find a place on a starting instance, or ask for growth, or refuse."""
    f = w.f
    if f[function, F_IN_LINE] and f[function, F_LINE_LENGTH] < f[function, F_STARTING_ROOM]:
        w.q[request, Q_START] = WAITED
        join_line(w, function, request)
    elif f[function, F_STARTING] != NONE:
        w.q[request, Q_START] = WAITED
        bind(w, function, f[function, F_STARTING], request)
    elif time < w.g[function, G_CLOSED_UNTIL]:
        refuse(w, function, request, time)
    else:
        f[function, F_PENDING] = request
        add_stop(w, GROW, time, function, NO_ERROR)


@part
def refuse(w, function, request, time):
    """Refuse a request, or let it join the line."""
    f = w.f
    if f[function, F_CLOSED_ERROR] > RESOURCE_THROTTLED:
        end_request(w, request, time, FAILED, f[function, F_CLOSED_ERROR])
    elif not f[function, F_QUEUES]:
        end_request(w, request, time, THROTTLED, f[function, F_CLOSED_ERROR])
    elif f[function, F_LINE_LENGTH] < f[function, F_QUEUE_LIMIT]:
        w.q[request, Q_START] = QUEUED
        join_line(w, function, request)
    else:
        end_request(w, request, time, THROTTLED, QUEUE_FULL)


# ── the loop ────────────────────────────────────────────────────────────────────────────────


@entry
def advance(p, until):
    """Run to *until*; return why the loop ended (REACHED, STOPPED, REFILL, SPACE, STUCK).

    When it has REACHED *until*, nothing happens in the plane before the instant X_DUE; when it has
    STOPPED, the stop is in S_STOP_KIND, S_STOP_SUBJECT and X_STOP.
    """
    w = world(p)
    s = w.s
    more = s[S_END] >= 0  # a refill may give more arrivals
    while s[S_STOPS] == 0:
        if s[S_NEXT] >= s[S_END] and more:
            return REFILL
        if s[S_FREE] == NONE or not has_space(w, 4):
            return SPACE
        arrival = next_arrival(w)
        if s[S_EVENTS] and w.event_time[0] <= arrival:
            time = w.event_time[0]
            if time > until:
                w.x[X_DUE] = time
                return REACHED
            key, a, detail = w.event[0, E_KEY], w.event[0, E_INSTANCE], w.event[0, E_DETAIL]
            drop_first(w)
            if count(w, time):
                return STUCK
            take(w, time, key, a, detail)
        elif arrival < until:
            if count(w, arrival):
                return STUCK
            arrive(w, arrival)
        else:
            w.x[X_DUE] = arrival
            return REACHED
    take_stop(w)
    return STOPPED


@part
def take_stop(w):
    """Take the first of the stops to hand over."""
    s = w.s
    s[S_STOP_KIND], s[S_STOP_SUBJECT], s[S_STOP_ERROR] = w.stop[0, 0], w.stop[0, 1], w.stop[0, 2]
    w.x[X_STOP] = w.stop_time[0]
    s[S_STOPS] -= 1
    for n in range(s[S_STOPS]):
        w.stop[n, 0], w.stop[n, 1] = w.stop[n + 1, 0], w.stop[n + 1, 1]
        w.stop[n, 2] = w.stop[n + 1, 2]
        w.stop_time[n] = w.stop_time[n + 1]


@part
def has_space(w, more):
    """Tell whether *more* events, and the rows of all live requests, have room."""
    w.s[S_MORE] = more
    live = w.s[S_ARRIVED] - w.s[S_ENDED]
    room = len(w.ended_number) - w.s[S_ROWS]
    return w.s[S_EVENTS] + more <= len(w.event_time) and live + 4 <= room


@part
def count(w, time):
    """Count an event; tell whether there are too many at one instant."""
    if time != w.x[X_NOW]:
        w.x[X_NOW] = time
        w.s[S_NOW_EVENTS] = 0
    w.s[S_NOW_EVENTS] += 1
    return w.s[S_NOW_EVENTS] > w.s[S_LIMIT]


# ── verbs of the control plane ──────────────────────────────────────────────────────────────


@part
def new_instance(w, function, time, keep_alive, minimum):
    """Add an instance without requests; return its number."""
    s, i, j = w.s, w.i, w.j
    a = s[S_INSTANCES]
    s[S_INSTANCES] = a + 1
    i[a] = 0
    j[a] = 0.0
    for link in (I_CAUSE, I_PLACE, I_CHILD, I_SIBLING, I_PARENT, I_BEFORE, I_AFTER, I_BOUND_FIRST,
                 I_BOUND_LAST, I_RUNNING, I_RUNNING_LAST):  # fmt: skip
        i[a, link] = NONE
    i[a, I_CAUSE] = NONE - 1_000_000_000_001
    i[a, I_FUNCTION] = function
    i[a, I_MINIMUM] = minimum
    j[a, J_CREATED] = time
    j[a, J_KEEP_ALIVE] = keep_alive
    j[a, J_RATE] = 1.0
    return a


@part
def begin_start(w, function, a):
    """Count the room of a starting instance."""
    if w.f[function, F_IN_LINE]:
        w.f[function, F_STARTING_ROOM] += w.f[function, F_CONCURRENCY]
    elif w.i[a, I_BOUND] < w.f[function, F_CONCURRENCY]:
        append(w.i, I_BEFORE, I_AFTER, w.f, function, F_STARTING, a)


@entry
def start_instance(p, function, time, keep_alive, minimum):
    """Add a starting instance; the request that asked for it waits for it."""
    w = world(p)
    f, i = w.f, w.i
    a = new_instance(w, function, time, keep_alive, minimum)
    begin_start(w, function, a)
    request = f[function, F_PENDING]
    if request != NONE and not minimum:
        f[function, F_PENDING] = NONE
        if f[function, F_IN_LINE]:
            w.q[request, Q_START] = WAITED
            join_line(w, function, request)
        else:
            i[a, I_CAUSE] = w.q[request, Q_NUMBER]
            w.q[request, Q_START] = COLD
            bind(w, function, a, request)
    return a


@part
def fill(w, function, a, time):
    """Hand those who wait in line to an instance while it has room."""
    i, f = w.i, w.f
    while f[function, F_LINE] != NONE and i[a, I_STATE] == OPEN:
        if i[a, I_IN_FLIGHT] == f[function, F_CONCURRENCY]:
            break
        first = f[function, F_LINE]
        leave_line(w, function, first)
        hand_over(w, function, a, first, time)


@part
def end_start(w, function, a):
    """Count the room of an instance that is starting no more."""
    if w.f[function, F_IN_LINE]:
        w.f[function, F_STARTING_ROOM] -= w.f[function, F_CONCURRENCY]
    elif w.i[a, I_BOUND] < w.f[function, F_CONCURRENCY]:
        leave_starting(w, function, a)


@entry
def instance_ready(p, a, time):
    """Open an instance: the requests that wait for it start in order; tell whether it had SPACE."""
    w = world(p)
    i, f = w.i, w.f
    function = i[a, I_FUNCTION]
    if not has_space(w, i[a, I_BOUND] + f[function, F_LINE_LENGTH] + 4):
        return SPACE
    i[a, I_STATE] = OPEN
    end_start(w, function, a)
    add_room(w, function, a)
    request = i[a, I_BOUND_FIRST]
    i[a, I_BOUND_FIRST] = NONE
    while request != NONE:
        after = w.q[request, Q_AFTER]
        if i[a, I_STATE] == OPEN:
            hand_over(w, function, a, request, time)
        else:
            end_request(w, request, time, FAILED, FUNCTION_OOM)
        request = after
    first = f[function, F_LINE]
    if first != NONE and not i[a, I_MINIMUM] and w.r[first, R_ARRIVAL] <= w.j[a, J_CREATED]:
        i[a, I_CAUSE] = w.q[first, Q_NUMBER]  # it saw all of the start
    fill(w, function, a, time)
    if i[a, I_STATE] == OPEN and i[a, I_IN_FLIGHT] == 0:
        rest(w, a, time)
    return REACHED


@entry
def instance_gone(p, a, time, error):
    """Take an instance out of service; what it ends is in the rows from here on."""
    w = world(p)
    i, f, q = w.i, w.f, w.q
    function = i[a, I_FUNCTION]
    if i[a, I_STATE] == OUT:
        return
    if i[a, I_STATE] == OPEN:
        kill(w, function, a, time, error)
        return
    end_start(w, function, a)
    i[a, I_STATE] = OUT
    request = i[a, I_BOUND_FIRST]
    i[a, I_BOUND_FIRST] = NONE
    while request != NONE:
        after = q[request, Q_AFTER]
        end_request(w, request, time, FAILED, error)
        request = after
    excess = f[function, F_LINE_LENGTH] - f[function, F_STARTING_ROOM]
    for _ in range(min(excess, f[function, F_CONCURRENCY])):
        request = f[function, F_LINE]
        leave_line(w, function, request)
        end_request(w, request, time, FAILED, error)


@entry
def restart(p, a, time, keep_alive):
    """Give up a starting instance; those who wait for it wait for a new one."""
    w = world(p)
    i = w.i
    function = i[a, I_FUNCTION]
    end_start(w, function, a)
    i[a, I_STATE] = OUT
    b = new_instance(w, function, time, keep_alive, i[a, I_MINIMUM])
    for column in (I_CAUSE, I_BOUND, I_BOUND_FIRST, I_BOUND_LAST):
        i[b, column] = i[a, column]
    i[a, I_BOUND_FIRST] = NONE
    i[a, I_BOUND_LAST] = NONE
    request = i[b, I_BOUND_FIRST]
    while request != NONE:
        w.q[request, Q_INSTANCE] = NONE - 1 - b
        request = w.q[request, Q_AFTER]
    begin_start(w, function, b)
    return b


@entry
def suspend(p, a, why):
    """Give an open instance no further requests; tell whether it has gone, being retired idle."""
    w = world(p)
    if w.i[a, I_STATE] != OPEN:
        return False
    remove_room(w, w.i[a, I_FUNCTION], a)
    w.i[a, I_CLOSED] = max(why, w.i[a, I_CLOSED])
    if why == RETIRED and w.i[a, I_IN_FLIGHT] == 0:
        w.i[a, I_STATE] = OUT
        return True
    return False


@entry
def resume(p, a, time):
    """Give a suspended instance requests again; tell whether there was SPACE."""
    w = world(p)
    function = w.i[a, I_FUNCTION]
    if not has_space(w, w.f[function, F_LINE_LENGTH] + 4):
        return SPACE
    if w.i[a, I_STATE] == OPEN and w.i[a, I_CLOSED] == SUSPENDED:
        w.i[a, I_CLOSED] = 0
        if w.i[a, I_IN_FLIGHT] < w.f[function, F_CONCURRENCY]:
            add_room(w, function, a)
            fill(w, function, a, time)
    return REACHED


@entry
def abort(p, request, time):
    """End a request that waits or runs; tell whether there was SPACE."""
    w = world(p)
    function, a = w.q[request, Q_FUNCTION], w.q[request, Q_INSTANCE]
    if not has_space(w, 4):
        return SPACE
    if a >= 0:
        if w.f[function, F_SHARES]:
            progress(w, a, time)
        leave(w, function, a, request, time, FAILED, CLIENT_CLOSED)
        return REACHED
    if a == NONE:
        leave_line(w, function, request)
    else:
        unbind(w, function, NONE - 1 - a, request)
    end_request(w, request, time, FAILED, CLIENT_CLOSED)
    return REACHED


@part
def unbind(w, function, a, request):
    """Give back a slot of a starting instance; it has room again, in order of creation."""
    i = w.i
    unlink(w.q, Q_BEFORE, Q_AFTER, i, a, I_BOUND_FIRST, request)
    full = i[a, I_BOUND] == w.f[function, F_CONCURRENCY]
    i[a, I_BOUND] -= 1
    if not full:
        return
    behind = w.f[function, F_STARTING]
    while behind != NONE and behind < a:
        behind = i[behind, I_AFTER]
    if behind == NONE:
        append(i, I_BEFORE, I_AFTER, w.f, function, F_STARTING, a)
        return
    ahead = i[behind, I_BEFORE]
    i[a, I_BEFORE], i[a, I_AFTER] = ahead, behind
    i[behind, I_BEFORE] = a
    if ahead == NONE:
        w.f[function, F_STARTING] = a
    else:
        i[ahead, I_AFTER] = a


@entry
def inject(p, time, function, work, cold, number, watched):
    """Put a request among those to come: behind all of its time. There must be room for it."""
    w = world(p)
    s = w.s
    if s[S_INJECT_FIRST] == s[S_INJECTED]:
        s[S_INJECT_FIRST], s[S_INJECTED] = 0, 0
    n = s[S_INJECTED]
    s[S_INJECTED] = n + 1
    while n > s[S_INJECT_FIRST] and w.injected[n - 1, A_TIME] > time:
        for c in range(A_WIDTH):
            w.injected[n, c] = w.injected[n - 1, c]
        n -= 1
    w.injected[n, A_TIME] = time
    w.injected[n, A_FUNCTION] = function
    w.injected[n, A_WORK] = work
    w.injected[n, A_COLD] = cold
    w.injected[n, A_NUMBER] = number
    w.injected[n, A_WATCHED] = watched


@entry
def close(p, function, time, until, error):
    """Refuse growth until *until*; the request that asked is refused first."""
    w = world(p)
    w.g[function, G_CLOSED_UNTIL] = until
    w.f[function, F_CLOSED_ERROR] = error
    request = w.f[function, F_PENDING]
    if request != NONE:
        w.f[function, F_PENDING] = NONE
        refuse(w, function, request, time)


@entry
def next_time(p):
    """Return the instant of the next event or arrival."""
    w = world(p)
    arrival = next_arrival(w)
    return min(w.event_time[0], arrival) if w.s[S_EVENTS] else arrival
