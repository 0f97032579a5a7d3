"""The rows of life lines: what each instance does from moment to moment, and for whom."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fcsim.errors import UsageError, nearest
from fcsim.report.lanes import Lanes
from fcsim.results.instance_figures import PHASES
from fcsim.results.levels import Level, level
from fcsim.sim.record import ERRORS, Kind, Outcome, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns, Record

__all__ = [
    "BUSY",
    "IDLE",
    "MOST_REQUESTS",
    "PRE_STOP",
    "READY",
    "Bar",
    "LifeRow",
    "Lives",
    "Visit",
    "life_rows",
]

MOST_REQUESTS = 10_000
"""Requests that are drawn one by one."""
NOBODY = -1
"""The owner of requests without an instance."""
IDLE, BUSY, PRE_STOP = "ready, idle", "busy", "pre-stop"
"""What an instance does after its start; during it, it is in one of PHASES."""
READY = "ready"
"""It is idle or busy: the run did not keep its requests."""
_SLOTS = 20
"""Most free slots that a row keeps room for."""
Span = tuple[float, float]


class Bar(NamedTuple):
    """An instance does something from *begin* to *end*."""

    what: str
    begin: float
    end: float


class Visit(NamedTuple):
    """A request in a slot: it waits from *arrival* to *started* and is served until *ended*.

    One that never gets an instance is never served: *started* is *ended*.
    """

    slot: int
    arrival: float
    started: float
    ended: float
    fails: bool


@dataclass
class LifeRow:
    """An instance, or the requests that have none."""

    label: str
    host: int
    """-1: the requests without an instance."""
    bars: list[Bar] = field(default_factory=list)
    failed: float = float("nan")
    """When its start failed, if it did."""
    error: str = ""
    """What ended it, if anything did."""
    slots: int = 1
    visits: list[Visit] = field(default_factory=list)
    crowd: Level | None = None
    """How many requests it serves, where they are too many to be drawn one by one."""


@dataclass(frozen=True)
class Lives:
    """The rows to be drawn, and what is left out."""

    rows: list[LifeRow]
    """By host and creation; requests without an instance last."""
    span: Span
    instances: int
    """Instances of the span, shown or not."""
    requests: int
    """Requests of the rows in the span."""
    one_by_one: bool
    """Whether the rows have each of them."""


def life_rows(
    result: Result, span: Span | None, function: str | None, host: int | None, most: int
) -> Lives:
    """Return the rows of the *most* instances created first among those that live in *span*."""
    record, instances = result.record, result.record.instances
    end = max(float(record.counters.get("end", 0.0)), record.scenario.horizon)
    begin, until = span or (0.0, end)
    chosen = (instances["created"] < until) & ~(instances["gone"] <= begin)
    mine = _functions(record, function)
    chosen &= np.isin(instances["function"], mine)
    if host is not None:
        chosen &= instances["host"] == host
    found = np.flatnonzero(chosen)
    shown = found[:most]
    if span is None:
        begin, until = _reach(instances, shown, end) if len(shown) else (begin, until)
    ordered = shown[np.argsort(instances["host"][shown], kind="stable")]
    reader = _Reader(record, end, (begin, until), mine if host is None else [])
    number = reader.number([*ordered.tolist(), NOBODY])
    few = number <= MOST_REQUESTS
    rows = [reader.row(number, one_by_one=few) for number in ordered.tolist()]
    if few:
        rows += reader.without(whole=len(shown) == len(found))
    return Lives(rows, (begin, until), len(found), number, few)


def _functions(record: Record, function: str | None) -> list[int]:
    names = [info.name for info in record.functions]
    if function is not None and function not in names:
        raise UsageError(f"unknown function {function!r}{nearest(function, names)}")
    return [k for k, name in enumerate(names) if function in (None, name)]


def _reach(instances: Columns, shown: NDArray[np.intp], end: float) -> Span:
    """Return the time from the first creation to the last end of the instances *shown*."""
    gone = instances["gone"][shown]
    first = float(instances["created"][shown].min())
    last = float(np.where(np.isnan(gone), end, gone).max())
    margin = 0.02 * (last - first)
    return max(0.0, first - margin), last + margin if last > first else end


class _Reader:
    """Reads rows from a record that ends at *end*: what there is in *span*."""

    def __init__(self, record: Record, end: float, span: Span, functions: list[int]) -> None:
        """Requests without an instance are read of *functions* only."""
        self._record, self._end = record, end
        self._several = len(record.functions) > 1
        self._functions = functions
        self._requests: dict[int, NDArray[np.intp]] = {}
        if record.requests:
            self._sort(record.requests, span)

    def _sort(self, requests: Columns, span: Span) -> None:
        """Find the requests of each instance; those whose start failed by how they ended."""
        there = np.flatnonzero((requests["arrival"] < span[1]) & ~(requests["ended"] < span[0]))
        owner = requests["instance"][there].astype(np.int64)
        lost = np.flatnonzero((owner < 0) & (requests["start"][there] != Start.QUEUED))
        if len(lost) <= MOST_REQUESTS:
            owner[lost] = [self._failed_with(row) for row in there[lost].tolist()]
        nobody = (owner < 0) & ~np.isin(requests["function"][there], self._functions)
        there, owner = there[~nobody], owner[~nobody]
        order = np.lexsort((requests["arrival"][there], owner))
        owners, firsts = np.unique(owner[order], return_index=True)
        if len(owners):
            parts = np.split(there[order], firsts[1:])
            self._requests = dict(zip(owners.tolist(), parts, strict=True))

    def number(self, owners: list[int]) -> int:
        """Return how many requests of the span *owners* have."""
        return sum(len(self._of(owner)) for owner in owners)

    def _of(self, owner: int) -> NDArray[np.intp]:
        return self._requests.get(owner, np.empty(0, dtype=np.intp))

    def _failed_with(self, row: int) -> int:
        """Return the instance whose failure ended the request in *row*, -1 if that is open."""
        requests, instances = self._record.requests, self._record.instances
        arrival, ended = requests["arrival"][row], requests["ended"][row]
        if not ended > arrival:
            return -1
        same = (instances["gone"] == ended) & np.isnan(instances["ready"])
        same &= instances["function"] == requests["function"][row]
        same &= instances["created"] <= arrival
        found = np.flatnonzero(same)
        return int(found[0]) if len(found) == 1 else -1

    def row(self, number: int, *, one_by_one: bool) -> LifeRow:
        """Return the row of instance *number*, with its requests *one_by_one* or their number."""
        fact = {name: column[number].item() for name, column in self._record.instances.items()}
        info = self._record.functions[fact["function"]]
        kind = "" if fact["kind"] == Kind.ON_DEMAND else f" {Kind(fact['kind']).name.lower()}"
        version = f" v{fact['version']}" if fact["version"] else ""
        label = f"{info.name} #{number}" if self._several else f"#{number}"
        ready = fact["ready"] == fact["ready"]
        row = LifeRow(f"{label}{kind}{version}", fact["host"], error=ERRORS[fact["error"]].name)
        if one_by_one:
            row.visits = self._visits(self._of(number), queued=False)
            served = [(visit.started, visit.ended) for visit in row.visits]
            most = max((visit.slot + 1 for visit in row.visits), default=1)
        else:
            served = self._served(number)
            row.crowd = level(*zip(*served, strict=True)) if served else None
            most = int(row.crowd.values.max()) if row.crowd else 1
        concurrency = info.instance_concurrency
        row.slots = max(most, concurrency if concurrency <= _SLOTS else 1)
        row.bars = list(self._bars(fact, served))
        if not ready and fact["gone"] == fact["gone"]:
            row.failed = fact["gone"]
        return row

    def _bars(self, fact: dict[str, float], served: list[Span]) -> Iterator[Bar]:
        until = _known(fact["ready"], fact["stopping"], fact["gone"], self._end)
        for phase, (first, last) in PHASES.items():
            begin, end = fact[first], min(_known(fact[last], until), until)
            if end > begin:
                yield Bar(phase, begin, end)
        if fact["ready"] != fact["ready"]:
            return
        leaves, gone = _known(fact["stopping"], fact["gone"], self._end), fact["gone"]
        yield Bar(IDLE if self._record.requests else READY, fact["ready"], leaves)
        for begin, end in _union(served):
            yield Bar(BUSY, begin, end)
        if _known(gone, self._end) > leaves:
            yield Bar(PRE_STOP, leaves, _known(gone, self._end))

    def _served(self, number: int) -> list[Span]:
        """Return from when to when an instance had requests."""
        rows, requests = self._of(number), self._record.requests
        started, ended = requests["started"][rows], requests["ended"][rows]
        ended = np.where(np.isnan(ended), self._end, ended)
        known = ~np.isnan(started)
        return list(zip(started[known].tolist(), ended[known].tolist(), strict=True))

    def _visits(self, rows: NDArray[np.intp], *, queued: bool) -> list[Visit]:
        """Return requests in slots; *queued* ones wait there, others are served, too."""
        requests, lanes = self._record.requests, Lanes()
        visits = []
        for row in rows.tolist():
            arrival, started, ended = (
                requests[name][row].item() for name in ("arrival", "started", "ended")
            )
            ended = _known(ended, self._end)
            waited = requests["start"][row] == Start.QUEUED
            if queued:
                ended = _known(started, ended)
                fails = started != started and requests["outcome"][row] != Outcome.UNFINISHED
            else:
                arrival = started if waited and started == started else arrival
                fails = requests["outcome"][row] not in (Outcome.COMPLETED, Outcome.UNFINISHED)
            slot = lanes.place(round(arrival * 1e6), round(ended * 1e6))
            served = ended if queued else _known(started, ended)
            visits.append(Visit(slot, arrival, served, ended, bool(fails)))
        return visits

    def without(self, *, whole: bool) -> list[LifeRow]:
        """Return a row of the requests without an instance: refused, failed, or in the queue.

        Those that wait in the queue for an instance are in it if it is *whole*.
        """
        rows = self._of(NOBODY)
        if whole:
            rows = np.concatenate([rows, *(self._queued(part) for part in self._served_ones())])
        if not len(rows):
            return []
        requests = self._record.requests
        rows = rows[np.argsort(requests["arrival"][rows], kind="stable")]
        visits = self._visits(rows, queued=True)
        label = "queue" if (requests["start"][rows] == Start.QUEUED).any() else "no instance"
        slots = max(visit.slot for visit in visits) + 1
        return [LifeRow(label, NOBODY, slots=slots, visits=visits)]

    def _served_ones(self) -> Iterator[NDArray[np.intp]]:
        return (rows for owner, rows in self._requests.items() if owner != NOBODY)

    def _queued(self, rows: NDArray[np.intp]) -> NDArray[np.intp]:
        requests = self._record.requests
        mine = np.isin(requests["function"][rows], self._functions)
        chosen: NDArray[np.intp] = rows[mine & (requests["start"][rows] == Start.QUEUED)]
        return chosen


def _union(served: list[Span]) -> Iterator[Span]:
    """Yield the times covered by any of *served*."""
    begin = end = float("-inf")
    for started, ended in sorted(served):
        if started > end:
            if end > begin:
                yield begin, end
            begin, end = started, ended
        end = max(end, ended)
    if end > begin:
        yield begin, end


def _known(*moments: float) -> float:
    """Return the first of *moments* that was reached."""
    return next(moment for moment in moments if moment == moment)
