"""A run as Chrome-trace JSON, for the Perfetto viewer: hosts, instances, requests, pulls.

A host is a process. Each concurrency slot of an instance is a track: on the first the instance's
life with its start and the phases of that, on each the requests it served. Transfers of layers
have tracks of their own, each with its wait, flow and unpack inside. Times are whole
microseconds, because viewers cut fractions off and slices would overlap.

The format has no slices that overlap without nesting, so requests of one instance that overlap
go to different slots.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import inf, isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.report.lanes import Lanes
from fcsim.results.instance_figures import PHASES
from fcsim.sim.record import ERRORS, Kind, Outcome, Source, Start

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.sim.record import Columns, Record

__all__ = ["MOST_REQUESTS", "Timeline", "timeline"]

MOST_REQUESTS = 100_000
"""Requests that a timeline holds; a viewer becomes slow beyond."""
_PULLS, _REFUSED = 1, 1
"""First track of pulls on each host; the track of requests that no instance got."""
_FIRST_SLOT = 100_000
"""First track of instances: those before are for pulls."""

Event = dict[str, Any]


@dataclass(frozen=True)
class Timeline:
    """The events of a trace, and what was left out of it."""

    requests: int
    """Requests it holds."""
    remark: str
    """What is missing; empty when it holds everything."""
    events: list[Event]

    def text(self) -> Iterator[str]:
        """Yield the file piece by piece, one event a line; equal runs give equal text."""
        about = json.dumps({"requests": self.requests, "remark": self.remark})
        yield f'{{"displayTimeUnit":"ms","otherData":{about},"traceEvents":[\n'
        for number, event in enumerate(self.events):
            yield ",\n" if number else ""
            yield json.dumps(event, ensure_ascii=True, separators=(",", ":"))
        yield "\n]}\n"


def timeline(result: Result, most: int = MOST_REQUESTS) -> Timeline:
    """Return the trace of *result*: its first *most* requests, and what began before the next.

    UsageError when the run did not keep the rows of its requests.
    """
    record = result.record
    if not record.requests:
        raise UsageError("a timeline needs the rows of requests: run with keep=True or --records")
    number = len(record.requests["arrival"])
    until, remark = inf, ""
    if number > most:
        until = float(np.sort(record.requests["arrival"])[most])
        remark = f"cut at {until:.6g} s: it holds the first {most:,} of {number:,} requests"
    drawing = _Drawing(record, until)
    return Timeline(min(number, most), remark, drawing.events())


class _Drawing:
    """Turns the rows of one record into events."""

    def __init__(self, record: Record, until: float) -> None:
        self._record = record
        self._until = until
        self._end = max(float(record.counters.get("end", 0.0)), record.scenario.horizon)
        self._slots: dict[int, Lanes] = {}
        self._tracks: dict[int, int] = {}
        self._lanes: dict[int, Lanes] = {}
        self._next = _FIRST_SLOT

    def events(self) -> list[Event]:
        """Return metadata, then slices: parents before what they hold."""
        slices = [*self._instances(), *self._requests(), *self._pulls()]
        return [*self._processes(), *self._threads(), *slices]

    # ── instances and requests ────────────────────────────────────────────────────────────

    def _instances(self) -> Iterator[Event]:
        instances = self._record.instances
        for row in np.flatnonzero(instances["created"] < self._until).tolist():
            fact = _row(instances, row)
            width = self._record.functions[fact["function"]].instance_concurrency
            self._tracks[row], self._next = self._next, self._next + width
            self._slots[row] = Lanes()
            yield from self._life(row, fact)

    def _life(self, row: int, fact: dict[str, Any]) -> Iterator[Event]:
        where = {"pid": _process(fact["host"]), "tid": self._tracks[row]}
        gone = self._known(fact["gone"])
        told = {"instance": row, "requests": fact["requests"], "error": ERRORS[fact["error"]].name}
        name = f"{self._function(fact)} #{row}"
        yield _slice(name, fact["created"], gone, where, Kind(fact["kind"]).name.lower(), told)
        until = min(self._known(fact["ready"], fact["stopping"], fact["gone"]), gone)
        if until > fact["created"]:
            yield _slice("start", fact["created"], until, where, "start", {})
        for phase, (begin, end) in PHASES.items():
            if not isnan(fact[begin]) and self._known(fact[end], until) > fact[begin]:
                last = min(self._known(fact[end], until), until)
                yield _slice(phase, fact[begin], last, where, "phase", {})
        if not isnan(fact["stopping"]) and gone > fact["stopping"] and not isnan(fact["ready"]):
            yield _slice("pre-stop", fact["stopping"], gone, where, "phase", {})

    def _requests(self) -> Iterator[Event]:
        requests = self._record.requests
        chosen = np.flatnonzero(requests["arrival"] < self._until)
        begun = requests["started"][chosen]
        for row in chosen[np.argsort(begun, kind="stable")].tolist():
            fact = _row(requests, row)
            served = fact["instance"] in self._slots and not isnan(fact["started"])
            yield self._served(row, fact) if served else self._not_served(row, fact)

    def _served(self, row: int, fact: dict[str, Any]) -> Event:
        instance = fact["instance"]
        end = self._known(fact["ended"])
        slot = self._slots[instance].place(_micro(fact["started"]), _micro(end))
        host = int(self._record.instances["host"][instance])
        where = {"pid": _process(host), "tid": self._tracks[instance] + slot}
        name = f"request {row}"
        start = Start(fact["start"]).name.lower()
        told = self._told(row, fact) | {
            "start": start,
            "waited_s": fact["started"] - fact["arrival"],
        }
        return _slice(name, fact["started"], end, where, start, told)

    def _not_served(self, row: int, fact: dict[str, Any]) -> Event:
        told = self._told(row, fact)
        name = told["error"] or told["outcome"]
        at = self._known(fact["ended"])
        event = {"name": name, "ph": "i", "s": "t", "ts": _micro(at), "pid": 0, "tid": _REFUSED}
        return {**event, "args": told}

    def _told(self, row: int, fact: dict[str, Any]) -> dict[str, Any]:
        return {
            "request": row,
            "function": self._function(fact),
            "outcome": Outcome(fact["outcome"]).name.lower(),
            "error": ERRORS[fact["error"]].name,
        }

    # ── pulls ─────────────────────────────────────────────────────────────────────────────

    def _pulls(self) -> Iterator[Event]:
        pulls = self._record.pulls
        chosen = np.flatnonzero(pulls["begun"] < self._until)
        order = np.lexsort((pulls["layer"][chosen], pulls["begun"][chosen]))
        for row in chosen[order].tolist():
            fact = _row(pulls, row)
            moments = (fact["unpacked"], fact["transferred"], fact["flowing"], fact["begun"])
            end = next(moment for moment in moments if not isnan(moment))
            lane = self._lanes.setdefault(fact["host"], Lanes())
            track = _PULLS + lane.place(_micro(fact["begun"]), _micro(end))
            where = {"pid": _process(fact["host"]), "tid": track}
            told = {"bytes": fact["bytes"], "failed": isnan(fact["unpacked"]),
                    "while_serving": bool(fact["while_serving"])}  # fmt: skip
            name = (
                f"{self._record.layers[fact['layer']]} from {Source(fact['source']).name.lower()}"
            )
            yield _slice(name[:200], fact["begun"], end, where, "pull", told)
            for part, begin, last in (("wait", "begun", "flowing"),
                                      ("flow", "flowing", "transferred"),
                                      ("unpack", "transferred", "unpacked")):  # fmt: skip
                if fact[last] > fact[begin]:
                    yield _slice(part, fact[begin], fact[last], where, "pull", {})

    # ── names ─────────────────────────────────────────────────────────────────────────────

    def _processes(self) -> Iterator[Event]:
        yield _named("process_name", 0, 0, "requests without an instance")
        yield _named("thread_name", 0, _REFUSED, "refused or still waiting")
        hosts = {*self._record.instances["host"].tolist(), *self._record.pulls["host"].tolist()}
        for host in sorted(hosts):
            name = f"host {host}" if host >= 0 else "no host"
            yield _named("process_name", _process(host), 0, name)

    def _threads(self) -> Iterator[Event]:
        for host, lanes in self._lanes.items():
            for lane in range(lanes.number):
                yield _named("thread_name", _process(host), _PULLS + lane, f"pulls {lane + 1}")
        hosts = self._record.instances["host"]
        functions = self._record.instances["function"]
        for row, first in self._tracks.items():
            name = self._record.functions[int(functions[row])].name[:200]
            for slot in range(max(self._slots[row].number, 1)):
                suffix = f" slot {slot}" if slot else ""
                process = _process(int(hosts[row]))
                yield _named("thread_name", process, first + slot, f"{name} #{row}{suffix}")

    def _function(self, fact: dict[str, Any]) -> str:
        number: int = fact["function"]
        return self._record.functions[number].name[:200]

    def _known(self, *moments: float) -> float:
        """Return the first moment that was reached, else the end of the run."""
        return next((moment for moment in moments if not isnan(moment)), self._end)


def _process(host: int) -> int:
    """Return the number of a host's process; 0 is for requests without an instance."""
    return host + 2


def _row(columns: Columns, row: int) -> dict[str, Any]:
    return {name: column[row].item() for name, column in columns.items()}


def _micro(seconds: float) -> int:
    return round(seconds * 1e6)


def _slice(
    name: str, begin: float, end: float, where: dict[str, int], kind: str, told: dict[str, Any]
) -> Event:
    first = _micro(begin)
    event = {"name": name, "cat": kind, "ph": "X", "ts": first, "dur": _micro(end) - first, **where}
    return {**event, "args": told} if told else event


def _named(kind: str, process: int, thread: int, name: str) -> Event:
    return {"name": kind, "ph": "M", "pid": process, "tid": thread, "args": {"name": name}}
