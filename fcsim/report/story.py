"""The story of one request in plain sentences, from what the record holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from fcsim.errors import UsageError
from fcsim.report.story_start import Line, start_story
from fcsim.report.values import count, share
from fcsim.results.intervals import inside
from fcsim.sim.record import ERRORS, Outcome, Start
from fcsim.units import format_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns, Record

__all__ = ["first_cold", "slowest", "story"]


def slowest(result: Result) -> int:
    """Return the row of the completed request that took longest; UsageError when there is none."""
    requests, window = _requests(result), result.record.window
    chosen = inside(requests["arrival"], window) & (requests["outcome"] == Outcome.COMPLETED)
    if not chosen.any():
        raise UsageError("no request completed, so none is the slowest; name one with --request")
    took = np.where(chosen, requests["ended"] - requests["arrival"], -1.0)
    return int(np.argmax(took))


def first_cold(result: Result) -> int:
    """Return the row of the first request of the window that started cold."""
    requests, window = _requests(result), result.record.window
    chosen = inside(requests["arrival"], window) & (requests["start"] == Start.COLD)
    chosen &= ~np.isnan(requests["started"])
    if not chosen.any():
        raise UsageError("no request started cold; name one with --request")
    return int(np.argmin(np.where(chosen, requests["arrival"], np.inf)))


def story(result: Result, row: int) -> str:
    """Tell the story of the request in *row* (from 0) of the table ``requests``.

    UsageError when there is no such row, or the rows were not kept.
    """
    number = len(_requests(result)["arrival"])
    if not 0 <= row < number:
        raise UsageError(f"there is no request {row}: the run has {number:,}, counted from 0")
    return _Story(result, row).text()


def _requests(result: Result) -> Columns:
    requests = result.record.requests
    if not requests:
        raise UsageError("the run did not keep its requests: run it with --records, or keep=True")
    return requests


class _Story:
    """One request and what was around it."""

    def __init__(self, result: Result, row: int) -> None:
        self._result, self._row = result, row
        self._record: Record = result.record
        self._request = {key: column[row].item() for key, column in self._record.requests.items()}
        self._info = self._record.functions[self._request["function"]]
        self._arrival: float = self._request["arrival"]
        self._instance: int = self._request["instance"]

    def text(self) -> str:
        """Return title, lines with times from the arrival, and a conclusion."""
        lines = sorted(self._lines(), key=lambda line: line.at)
        width = max(len(self._clock(line)) for line in lines)
        told = [f"{self._clock(line):>{width}}  {line.text}" for line in lines]
        return "\n".join([self._title(), "", *told, "", self._conclusion()])

    def _title(self) -> str:
        at = self._record.scenario.start + timedelta(seconds=self._arrival)
        clock = f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond // 1000:03d}"
        return (
            f"Request {self._row} of function {self._info.name} arrived {self._arrival:.3f} s "
            f"after the start of the run ({clock})."
        )

    def _clock(self, line: Line) -> str:
        return f"{line.at - self._arrival:+.3f} s"

    def _lines(self) -> Iterator[Line]:
        yield Line(self._arrival, f"It arrives. {self._around()}")
        if self._instance >= 0 and self._request["start"] in (Start.COLD, Start.WAITED):
            yield from start_story(self._result, self._instance)
        started = self._request["started"]
        if not isnan(started):
            yield Line(started, self._handed())
        yield Line(self._end(), self._ended())

    # ── why it came where it came ─────────────────────────────────────────────────────────

    def _around(self) -> str:
        start = self._request["start"]
        if self._instance < 0:
            return self._population()
        if start == Start.COLD:
            return f"{self._population()} So it causes instance {self._instance}."
        if start == Start.WAITED:
            created = self._moment("created")
            before = format_duration(self._arrival - created)
            return (
                f"{self._population()} Instance {self._instance}, which began to start {before} "
                "before, has room, so it waits for that one."
            )
        if start == Start.QUEUED:
            return f"{self._population()} It waits in the queue for room."
        taken, room = self._taken(self._instance), self._info.instance_concurrency
        return f"Instance {self._instance} has room: {taken} of {room} slots are taken."

    def _population(self) -> str:
        ready, starting = self._others()
        if not len(ready) and not len(starting):
            return self._nobody()
        taken = sum(self._taken(row) for row in ready.tolist())
        room = len(ready) * self._info.instance_concurrency
        parts = []
        if len(ready):
            full = "all full" if taken >= room else f"{count(taken)} of {count(room)} slots taken"
            parts.append(f"{_instances(len(ready))} in service, {full}")
        if len(starting):
            parts.append(f"{_instances(len(starting))} starting")
        return f"Of its function there are {' and '.join(parts)}."

    def _others(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Return other instances of the function in service, and those starting, at the arrival."""
        instances, now = self._record.instances, self._arrival
        own = instances["function"] == self._request["function"]
        earlier = instances["created"] < now
        if self._instance >= 0:  # of those created at the same time, the ones before its own
            earlier |= (instances["created"] == now) & (np.arange(len(own)) < self._instance)
            own[self._instance] = False
        out = (instances["stopping"] <= now) | (instances["gone"] <= now)
        there = own & earlier & ~out
        ready = there & (instances["ready"] <= now)
        return np.flatnonzero(ready), np.flatnonzero(there & ~ready)

    def _nobody(self) -> str:
        instances = self._record.instances
        own = instances["function"] == self._request["function"]
        gone = instances["gone"][own & (instances["gone"] <= self._arrival)]
        if not len(gone):
            return "There is no instance of its function yet."
        ago = format_duration(self._arrival - float(gone.max()))
        return f"There is no instance of its function; the last one was released {ago} before."

    def _taken(self, instance: int) -> int:
        requests, now = self._record.requests, self._arrival
        on = (requests["instance"] == instance) & (requests["started"] <= now)
        on &= ~(requests["ended"] <= now)
        on[self._row] = False
        return int(on.sum())

    # ── service and end ───────────────────────────────────────────────────────────────────

    def _handed(self) -> str:
        requests, at = self._record.requests, self._request["started"]
        on = (requests["instance"] == self._instance) & (requests["started"] <= at)
        others = int((on & ~(requests["ended"] <= at)).sum()) - 1
        beside = f", beside {count(others)} other request{'s' * (others > 1)}" if others > 0 else ""
        host = self._record.instances["host"][self._instance]
        return f"Instance {self._instance} on host {host} gets it{beside}."

    def _end(self) -> float:
        ended: float = self._request["ended"]
        return float(self._record.counters.get("end", self._arrival)) if isnan(ended) else ended

    def _ended(self) -> str:
        outcome, error = self._request["outcome"], ERRORS[self._request["error"]]
        if outcome == Outcome.COMPLETED:
            served = format_duration(self._request["ended"] - self._request["started"])
            return f"It is answered, after {served} on the instance."
        if outcome == Outcome.UNFINISHED:
            return "The run ends, and it has not."
        return f"It ends with {error.status} {error.name}: {error.when}."

    def _conclusion(self) -> str:
        took = self._end() - self._arrival
        started = self._request["started"]
        if isnan(started) or took <= 0:
            return f"It took {format_duration(took)} and never reached an instance."
        waited = started - self._arrival
        if not waited:
            return f"It took {format_duration(took)}, all of it on the instance."
        return (
            f"It took {format_duration(took)}: {format_duration(waited)} "
            f"({share(waited / took, 2)}) waiting, the rest on the instance."
        )

    def _moment(self, name: str) -> float:
        return float(self._record.instances[name][self._instance])


def _instances(number: int) -> str:
    return f"{count(number)} instance{'' if number == 1 else 's'}"
