"""What must hold of every run: no request, second or byte is lost, doubled or out of order.

A violation is a bug in fcsim, never a property of the scenario.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.instance_figures import until
from fcsim.results.intervals import Occupancy, Spans, busy_spans, occupancy, overlap
from fcsim.results.usage import charges, seconds
from fcsim.sim.record import ERRORS, ErrorCode, Kind, Outcome, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Record

    Floats = NDArray[np.float64]
    Marks = NDArray[np.bool_]

__all__ = ["violations"]

_MOMENTS = (
    "created",
    "placed",
    "credential",
    "pulled",
    "started",
    "served",
    "ready",
    "stopping",
    "gone",
)
_TRANSFER = ("begun", "flowing", "transferred", "unpacked")
_TOLERANCE = 1e-9
"""Relative error that sums of seconds may have."""


def violations(record: Record) -> list[str]:
    """Return every broken rule in words, with the first row that breaks it; empty when right.

    Raises nothing: rows that point nowhere are reported, and what rests on them is not checked.
    """
    broken = [*_references(record)]
    if broken:
        return broken
    for rule in (_outcomes, _request_times, _stay, _lives, _transfers, _bytes, _starts, _loads):
        broken += rule(record)
    return broken


def _first(marks: Marks, what: str, rows: NDArray[np.integer] | None = None) -> Iterator[str]:
    """Yield a message for the *marks* of broken rows, if any."""
    found = np.flatnonzero(marks)
    if len(found):
        row = int(found[0] if rows is None else rows[found[0]])
        yield f"{what} (row {row}; {len(found)} in all)"


def _references(record: Record) -> Iterator[str]:
    """Check that positions point at something."""
    for table, columns in (("requests", record.requests), ("instances", record.instances)):
        for name, low, high in (
            ("function", 0, len(record.functions)),
            ("outcome", 0, len(Outcome)),
            ("start", 0, len(Start)),
            ("kind", 0, len(Kind)),
            ("error", 0, len(ERRORS)),
            ("instance", -1, len(record.instances["created"])),
        ):
            if name in columns:
                wrong = (columns[name] < low) | (columns[name] >= high)
                yield from _first(wrong, f"{table}: {name} points nowhere")
    wrong = (record.pulls["layer"] < 0) | (record.pulls["layer"] >= len(record.layers))
    yield from _first(wrong, "pulls: layer points nowhere")


def _outcomes(record: Record) -> Iterator[str]:
    """Check that each request has exactly one outcome, with the error that belongs to it."""
    requests = record.requests
    outcome, error = requests["outcome"], requests["error"]
    ended, handed = ~np.isnan(requests["ended"]), ~np.isnan(requests["started"])
    refused = outcome == Outcome.THROTTLED
    fine = (outcome == Outcome.COMPLETED) | (outcome == Outcome.UNFINISHED)
    late = outcome == Outcome.TIMED_OUT
    throttle = np.isin(error, [c for c, e in enumerate(ERRORS) if e.status in (429, 503)])
    rules: dict[str, Marks] = {
        "requests: unfinished and ended, or neither": ended == (outcome == Outcome.UNFINISHED),
        "requests: completed or unfinished with an error": fine & (error != ErrorCode.NONE),
        "requests: failed, refused or timed out without an error": ~fine
        & (error == ErrorCode.NONE),
        "requests: refused with another error than 429 or 503": refused & ~throttle,
        "requests: 429 or 503 but not refused": throttle & ~refused,
        "requests: refused but handed to an instance": refused & handed,
        "requests: timed out with another error": late != (error == ErrorCode.FUNCTION_TIMEOUT),
        "requests: completed or timed out without an instance": ~handed
        & ((outcome == Outcome.COMPLETED) | late),
        "requests: handed over, but to no instance": handed & (requests["instance"] < 0),
    }
    for what, marks in rules.items():
        yield from _first(marks, what)


def _request_times(record: Record) -> Iterator[str]:
    requests = record.requests
    arrival, started, ended = (requests[name] for name in ("arrival", "started", "ended"))
    yield from _first(
        ~np.isfinite(arrival) | (arrival < 0), "requests: arrival before 0 or unknown"
    )
    yield from _first(started < arrival, "requests: handed over before arrival")
    yield from _first(ended < np.fmax(arrival, started), "requests: ended before it began")


def _stay(record: Record) -> Iterator[str]:
    """Check that requests are only where and when an instance of their function serves."""
    requests, instances = record.requests, record.instances
    rows = np.flatnonzero(~np.isnan(requests["started"]) & (requests["instance"] >= 0))
    where = requests["instance"][rows]
    ready, leaves = instances["ready"], until(instances, "stopping", "gone")
    started, ended = requests["started"][rows], requests["ended"][rows]
    other = instances["function"][where] != requests["function"][rows]
    yield from _first(other, "requests: on an instance of another function", rows)
    early = ~(started >= ready[where])
    yield from _first(early, "requests: on an instance before it was ready", rows)
    after = np.fmax(started, ended) > leaves[where]
    yield from _first(after, "requests: on an instance after it was taken out of service", rows)
    left = np.isnan(ended) & ~np.isnan(leaves[where])
    yield from _first(left, "requests: unfinished on an instance that is gone", rows)
    number = np.bincount(where, minlength=len(ready))
    yield from _first(
        number != instances["requests"], "instances: column requests differs from the requests"
    )


def _lives(record: Record) -> Iterator[str]:
    """Check that each instance was created once and lived through its phases in order."""
    instances = record.instances
    created = instances["created"]
    yield from _first(~np.isfinite(created), "instances: never created")
    reached = created
    for moment in _MOMENTS[1:]:
        times = instances[moment]
        yield from _first(times < reached, f"instances: {moment} before an earlier phase ended")
        reached = np.fmax(reached, times)


def _transfers(record: Record) -> Iterator[str]:
    pulls = record.pulls
    wrong = ~np.isfinite(pulls["bytes"]) | (pulls["bytes"] < 0)
    yield from _first(wrong, "pulls: bytes not finite")
    reached = pulls[_TRANSFER[0]]
    yield from _first(~np.isfinite(reached), "pulls: never begun")
    for moment in _TRANSFER[1:]:
        yield from _first(pulls[moment] < reached, f"pulls: {moment} before an earlier moment")
        reached = np.fmax(reached, pulls[moment])


def _bytes(record: Record) -> Iterator[str]:
    """Check that starts of a function needed the same bytes, and that none came from nowhere."""
    instances, pulls = record.instances, record.pulls
    needed = instances["bytes_pulled"] + instances["bytes_cached"]
    rows = np.flatnonzero(needed > 0)
    size = np.zeros(len(record.functions))
    np.maximum.at(size, instances["function"][rows], needed[rows])
    differs = needed[rows] < size[instances["function"][rows]] * (1 - _TOLERANCE)
    yield from _first(differs, "instances: bytes of one image differ between starts", rows)
    arrived = pulls["bytes"][np.isfinite(pulls["transferred"])].sum()
    if arrived > record.counters.get("bytes_delivered", np.inf) * (1 + _TOLERANCE):
        yield "pulls: more bytes arrived than the network delivered"


def _starts(record: Record) -> Iterator[str]:
    """Check that no more requests caused an instance than instances on demand were created."""
    instances, requests, count = record.instances, record.requests, len(record.functions)
    on_demand = instances["function"][instances["kind"] == Kind.ON_DEMAND]
    caused = requests["function"][requests["start"] == Start.COLD]
    more = np.bincount(caused, minlength=count) > np.bincount(on_demand, minlength=count)
    yield from _first(more, "functions: more cold starts than on-demand instances")


def _loads(record: Record) -> Iterator[str]:
    """Check what requests on instances add up to, and that the bill covers each life once."""
    instances = record.instances
    count = len(instances["created"])
    occupied = occupancy(record.requests, count)
    busy = busy_spans(occupied)
    yield from _crowds(record, occupied)
    lasting = overlap(busy.begin, busy.end, record.window)
    union = np.bincount(busy.owner, weights=lasting, minlength=count)
    differs = ~(np.abs(union - instances["busy"]) <= _slack(record))
    yield from _first(differs, "instances: column busy differs from the union of its requests")
    yield from _lifetimes(record, busy)


def _crowds(record: Record, occupied: Occupancy) -> Iterator[str]:
    """Check that an instance never has more requests at once than instance_concurrency.

    The i-th start of an instance must not precede its (i - limit)-th end.
    """
    limits = np.array([function.instance_concurrency for function in record.functions], dtype=int)
    most = limits[record.instances["function"]]
    for limit in np.unique(limits):
        rows = np.flatnonzero(most[occupied.owner] == limit)
        owner, begins, ends = occupied.owner[rows], occupied.begins[rows], occupied.ends[rows]
        crowded = (owner[limit:] == owner[:-limit]) & (begins[limit:] < ends[:-limit])
        yield from _first(crowded, f"instances: more than {limit} requests at once", owner[limit:])


def _lifetimes(record: Record, busy: Spans) -> Iterator[str]:
    """Check that free and billed time together are the time that instances were alive."""
    instances, count = record.instances, len(record.functions)
    function, window = instances["function"], record.window

    def total(begin: str, *ends: str) -> Floats:
        lasting = overlap(instances[begin], until(instances, *ends), window)
        sums = np.bincount(function, weights=lasting, minlength=count)
        return sums.astype(np.float64)

    # With these values every second after the credential belongs to one item of the bill.
    charged = charges(record, {"billing.create_billed": "active", "idle.billed": "idle"}, busy)
    billed = sum(seconds(record, charged).values(), total("created", *_MOMENTS[2:]))
    differs = ~(np.abs(billed - total("created", "gone")) <= _slack(record) * len(function))
    yield from _first(differs, "functions: free and billed seconds differ from instance lives")


def _slack(record: Record) -> float:
    """Return the seconds by which sums over the window may differ."""
    begin, end = record.window
    return _TOLERANCE * (end - begin)
