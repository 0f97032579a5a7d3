"""What must hold of every run: no request, second or byte is lost, doubled or out of order.

A violation is a bug in fcsim, never a property of the scenario. Without the rows of requests,
what has been folded from them is checked (:mod:`fcsim.results.folded_rules`).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.call_rules import broken_calls, lost_attempts, stray_calls
from fcsim.results.folded_rules import TOLERANCE, began, broken_folds, slack
from fcsim.results.folds import Folds, folded
from fcsim.results.instance_figures import until
from fcsim.results.intervals import Occupancy, busy_spans, occupancy, overlap
from fcsim.results.request_rules import broken_by, first_of, pointless
from fcsim.results.usage import charges, seconds
from fcsim.sim.record import ERRORS, Kind, Outcome, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Record

    Floats = NDArray[np.float64]

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


def violations(record: Record, folds: Folds | None = None) -> list[str]:
    """Return every broken rule in words, with the first row that breaks it; empty when right.

    *folds* is what was folded from the requests during the run, if anything. Raises nothing:
    rows that point nowhere are reported, and what rests on them is not checked.
    """
    broken = [*_references(record), *stray_calls(record)]
    if broken:
        return broken
    for rule in (_lives, _transfers, _bytes, broken_calls):
        broken += rule(record)
    if record.requests:
        broken += broken_by(record.requests)
        for rule in (_stay, _starts, _loads):
            broken += rule(record)
    if broken:
        return broken
    folds = folds or folded(record, by_function=False)
    more = (broken_folds, lost_attempts, _lifetimes)
    return [message for rule in more for message in rule(record, folds)]


def _references(record: Record) -> Iterator[str]:
    """Check that positions point at something."""
    limits = {
        "function": (0, len(record.functions)),
        "outcome": (0, len(Outcome)),
        "start": (0, len(Start)),
        "kind": (0, len(Kind)),
        "error": (0, len(ERRORS)),
        "instance": (-1, len(record.instances["created"])),
    }
    for table, columns in (("requests", record.requests), ("instances", record.instances)):
        yield from pointless(table, columns, limits)
    yield from pointless("pulls", record.pulls, {"layer": (0, len(record.layers))})


def _stay(record: Record) -> Iterator[str]:
    """Check that requests are only where and when an instance of their function serves."""
    requests, instances = record.requests, record.instances
    rows = np.flatnonzero(~np.isnan(requests["started"]) & (requests["instance"] >= 0))
    where = requests["instance"][rows]
    ready, leaves = instances["ready"], until(instances, "stopping", "gone")
    started, ended = requests["started"][rows], requests["ended"][rows]
    other = instances["function"][where] != requests["function"][rows]
    yield from first_of(other, "requests: on an instance of another function", rows)
    early = ~(started >= ready[where])
    yield from first_of(early, "requests: on an instance before it was ready", rows)
    after = np.fmax(started, ended) > leaves[where]
    yield from first_of(after, "requests: on an instance after it was taken out of service", rows)
    left = np.isnan(ended) & ~np.isnan(leaves[where])
    yield from first_of(left, "requests: unfinished on an instance that is gone", rows)
    number = np.bincount(where, minlength=len(ready))
    yield from first_of(
        number != instances["requests"], "instances: column requests differs from the requests"
    )


def _lives(record: Record) -> Iterator[str]:
    """Check that each instance was created once and lived through its phases in order."""
    instances = record.instances
    created = instances["created"]
    yield from first_of(~np.isfinite(created), "instances: never created")
    reached = created
    for moment in _MOMENTS[1:]:
        times = instances[moment]
        yield from first_of(times < reached, f"instances: {moment} before an earlier phase ended")
        reached = np.fmax(reached, times)


def _transfers(record: Record) -> Iterator[str]:
    pulls = record.pulls
    wrong = ~np.isfinite(pulls["bytes"]) | (pulls["bytes"] < 0)
    yield from first_of(wrong, "pulls: bytes not finite")
    reached = pulls[_TRANSFER[0]]
    yield from first_of(~np.isfinite(reached), "pulls: never begun")
    for moment in _TRANSFER[1:]:
        yield from first_of(pulls[moment] < reached, f"pulls: {moment} before an earlier moment")
        reached = np.fmax(reached, pulls[moment])


def _bytes(record: Record) -> Iterator[str]:
    """Check that starts of a version needed the same bytes, and that none came from nowhere."""
    instances, pulls = record.instances, record.pulls
    needed = instances["bytes_pulled"] + instances["bytes_cached"]
    rows = np.flatnonzero(needed > 0)
    versions = int(instances["version"].max(initial=0)) + 1
    owner = instances["function"][rows].astype(np.int64) * versions + instances["version"][rows]
    size = np.zeros(len(record.functions) * versions)
    np.maximum.at(size, owner, needed[rows])
    differs = needed[rows] < size[owner] * (1 - TOLERANCE)
    yield from first_of(differs, "instances: bytes of one image differ between starts", rows)
    arrived = pulls["bytes"][np.isfinite(pulls["transferred"])].sum()
    if arrived > record.counters.get("bytes_delivered", np.inf) * (1 + TOLERANCE):
        yield "pulls: more bytes arrived than the network delivered"


def _starts(record: Record) -> Iterator[str]:
    """Check that no more requests saw a whole start than there were starts."""
    instances, requests, count = record.instances, record.requests, len(record.functions)
    started = instances["function"][began(instances)]
    caused = requests["function"][requests["start"] == Start.COLD]
    more = np.bincount(caused, minlength=count) > np.bincount(started, minlength=count)
    yield from first_of(more, "functions: more cold starts than instances that started")


def _loads(record: Record) -> Iterator[str]:
    """Check what requests on instances add up to."""
    count = len(record.instances["created"])
    together = occupancy(record.requests)
    busy = busy_spans(together)
    yield from _crowds(record, together)
    lasting = overlap(busy.begin, busy.end, record.window)
    union = np.bincount(busy.owner, weights=lasting, minlength=count)
    differs = ~(np.abs(union - record.instances["busy"]) <= slack(record))
    yield from first_of(differs, "instances: column busy differs from the union of its requests")


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
        yield from first_of(
            crowded, f"instances: more than {limit} requests at once", owner[limit:]
        )


def _lifetimes(record: Record, folds: Folds) -> Iterator[str]:
    """Check that free and billed time together are the time that instances were alive."""
    elastic = record.instances["kind"] != Kind.RESIDENT  # the others are not billed by use
    instances = {name: column[elastic] for name, column in record.instances.items()}
    count, function, window = len(record.functions), instances["function"], record.window

    def total(begin: str, *ends: str) -> Floats:
        lasting = overlap(instances[begin], until(instances, *ends), window)
        sums = np.bincount(function, weights=lasting, minlength=count)
        return sums.astype(np.float64)

    # With these values every second after the credential belongs to one item of the bill.
    parameters = {
        "billing.create_billed": "active",
        "idle.billed": "idle",
        "idle.delayed_release_billed": "idle",
    }
    charged = charges(record, parameters, folds.service.result())
    billed = sum(seconds(charged).values(), total("created", *_MOMENTS[2:]))
    differs = ~(np.abs(billed - total("created", "gone")) <= slack(record) * len(function))
    yield from first_of(differs, "functions: free and billed seconds differ from instance lives")
