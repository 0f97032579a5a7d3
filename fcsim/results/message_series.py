"""Time series of asynchronous invocations, by the platform's metric names."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.calls import told
from fcsim.results.intervals import seconds_since
from fcsim.results.samples import rank
from fcsim.sim.record import CallStatus, InvocationType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]
    Ints = NDArray[np.integer]

__all__ = ["MESSAGE_METRICS", "has_messages", "message_series"]

MESSAGE_METRICS: dict[str, str] = {
    "FunctionEnqueueCount": "messages accepted",
    "FunctionDequeueCount": "messages processed: delivered, or failed for good",
    "FunctionAsyncMessageLatencyAvg": "mean of acceptance → first attempt, by first attempt, ms",
    "FunctionAsyncMessageLatencyMax": "longest of the same times, ms",
    "FunctionAsyncMessagesBacklogV2": "messages that wait: in line, or for a retry, time average",
    "FunctionAsyncMessagesInProcess": "messages with an attempt under way, time average",
    "FunctionAsyncEventExpiredDropped": "messages dropped as too old",
    "FunctionDestinationErrors": "destinations that could not be told: none in the model",
    "FunctionDestinationSucceeded": "destinations told of the end of a message",
}
"""Metrics of a function with asynchronous invocations, with fcsim's definition."""


def has_messages(record: Record) -> bool:
    """Tell whether the run had asynchronous invocations."""
    return bool((record.calls["invocation_type"] == InvocationType.ASYNC).any())


def message_series(record: Record, edges: Floats) -> dict[str, Floats]:
    """Return each metric as functions × intervals between *edges*; NaN: no time to tell."""
    calls = record.calls
    messages = np.flatnonzero(calls["invocation_type"] == InvocationType.ASYNC)
    chosen = {name: column[messages] for name, column in calls.items()}
    counts = _Counts(len(record.functions), edges)
    function, ended, status = chosen["function"], chosen["ended"], chosen["status"]
    processed = (status == CallStatus.SUCCEEDED) | (status == CallStatus.FAILED)
    expired = status == CallStatus.EXPIRED
    reported = np.logical_or(*told(record).values())[messages]
    waiting, in_process = _levels(record, chosen, counts)
    average, longest = _latency(chosen, counts)
    return {
        "FunctionEnqueueCount": counts.of(function, chosen["arrival"]),
        "FunctionDequeueCount": counts.of(function[processed], ended[processed]),
        "FunctionAsyncMessageLatencyAvg": average,
        "FunctionAsyncMessageLatencyMax": longest,
        "FunctionAsyncMessagesBacklogV2": waiting,
        "FunctionAsyncMessagesInProcess": in_process,
        "FunctionAsyncEventExpiredDropped": counts.of(function[expired], ended[expired]),
        "FunctionDestinationErrors": counts.of(function[:0], ended[:0]),
        "FunctionDestinationSucceeded": counts.of(function[reported], ended[reported]),
    }


class _Counts:
    """Counts instants by function and interval."""

    def __init__(self, functions: int, edges: Floats) -> None:
        self.functions, self.edges = functions, edges
        self.intervals = len(edges) - 1

    def cells(self, function: Ints, times: Floats) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which *times* are in an interval at all, and the cell of each of these."""
        within = (times >= self.edges[0]) & (times < self.edges[-1])
        interval = np.searchsorted(self.edges, times[within], side="right") - 1
        return within, function[within].astype(np.int64) * self.intervals + interval

    def of(self, function: Ints, times: Floats) -> Floats:
        cells = self.cells(function, times)[1]
        return self.shaped(np.bincount(cells, minlength=self.functions * self.intervals))

    def shaped(self, values: NDArray[np.generic]) -> Floats:
        return values.astype(np.float64).reshape(self.functions, self.intervals)


def _levels(record: Record, messages: Columns, counts: _Counts) -> tuple[Floats, Floats]:
    """Return how many messages wait, and how many are in process, on average."""
    calls, attempts, edges = record.calls, record.attempts, counts.edges
    is_message = calls["invocation_type"][attempts["call"]] == InvocationType.ASYNC
    owner = calls["function"][attempts["call"][is_message]]

    def between(function: Ints, begin: Floats, end: Floats) -> Floats:
        begun, over = (seconds_since(function, t, counts.functions, edges) for t in (begin, end))
        return np.maximum(begun - over, 0.0) / np.diff(edges)

    begun, ended = (attempts[name][is_message] for name in ("begun", "ended"))
    in_process = between(owner, begun, ended)
    there = between(messages["function"], messages["arrival"], messages["ended"])
    return np.maximum(there - in_process, 0.0), in_process


def _latency(messages: Columns, counts: _Counts) -> tuple[Floats, Floats]:
    """Return mean and longest time in milliseconds from acceptance to the first attempt."""
    sent = messages["sent"]
    within, cells = counts.cells(messages["function"], sent)
    times = (sent - messages["arrival"])[within] * 1e3
    ranked = rank(cells, times, counts.functions * counts.intervals)
    return counts.shaped(ranked.mean()), counts.shaped(ranked.max())
