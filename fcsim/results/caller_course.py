"""The course of callers: attempts, ends of calls, and the queue of messages, by cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.levels import level
from fcsim.sim.record import CallStatus, ErrorCode, InvocationType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]

__all__ = ["CALLER_COURSE", "caller_course", "oldest"]

CALLER_COURSE: dict[str, tuple[str, str]] = {
    "time": ("s", "where the cell begins, from the start of the run"),
    "first_attempts": ("count", "first requests of calls, sent in the cell"),
    "retries": ("count", "further requests of calls, sent in the cell"),
    "answered": ("count", "of both: completed"),
    "calls_succeeded": ("count", "calls that began in the cell and were answered in the end"),
    "calls_failed": ("count", "likewise: given up after an error"),
    "calls_unfinished": ("count", "likewise: without a last answer when the drain ended"),
    "in_process": ("messages", "with a request in flight, time average"),
    "backlog": ("messages", "accepted, neither ended nor in process, time average"),
    "oldest": ("s", "age of the oldest message that has not ended, where the cell begins"),
    "messages_succeeded": ("count", "messages that were accepted in the cell and delivered"),
    "messages_failed": ("count", "likewise: given up after an error"),
    "messages_expired": ("count", "likewise: dropped as too old"),
    "messages_unfinished": ("count", "likewise: waiting or in process when the drain ended"),
}
"""Columns of the course of callers, each with its unit and meaning."""

_CALLS = ("succeeded", "failed", "unfinished")
_MESSAGES = ("succeeded", "failed", "expired", "unfinished")


def caller_course(record: Record, edges: Floats) -> Columns:
    """Return the columns of CALLER_COURSE, a row for each cell between *edges*.

    Calls are those of clients and users, messages asynchronous invocations. Without any of them
    the columns are empty.
    """
    if not len(record.calls["arrival"]):
        return {name: np.zeros(0) for name in CALLER_COURSE}
    attempts = record.attempts
    is_message = record.calls["invocation_type"][attempts["call"]] == InvocationType.ASYNC
    return {
        "time": edges[:-1],
        **_sent({name: column[~is_message] for name, column in attempts.items()}, edges),
        **_ends(record, InvocationType.SYNC, "calls", _CALLS, edges),
        **_queue(record, {name: column[is_message] for name, column in attempts.items()}, edges),
        **_ends(record, InvocationType.ASYNC, "messages", _MESSAGES, edges),
    }


def _sent(attempts: Columns, edges: Floats) -> Columns:
    """Return how many requests callers send, and how many of these are completed."""
    begun = attempts["begun"]
    retry = np.diff(attempts["call"], prepend=-1) == 0
    chosen = {
        "first_attempts": ~retry,
        "retries": retry,
        "answered": attempts["error"] == ErrorCode.NONE,
    }
    return {name: _counts(begun[rows], edges) for name, rows in chosen.items()}


def _ends(
    record: Record, kind: InvocationType, noun: str, ends: tuple[str, ...], edges: Floats
) -> Columns:
    """Return what becomes of the calls of one *kind*, by their arrival."""
    rows = _of_kind(record.calls, kind)
    return {
        f"{noun}_{end}": _counts(rows["arrival"][rows["status"] == CallStatus[end.upper()]], edges)
        for end in ends
    }


def _queue(record: Record, attempts: Columns, edges: Floats) -> Columns:
    """Return how many messages are in process and wait, and the age of the oldest."""
    rows = _of_kind(record.calls, InvocationType.ASYNC)
    there = level(rows["arrival"], rows["ended"]).mean(edges)
    process = level(attempts["begun"], attempts["ended"]).mean(edges)
    return {
        "in_process": process,
        "backlog": np.maximum(there - process, 0.0),
        "oldest": oldest(rows["arrival"], rows["ended"], edges[:-1]),
    }


def oldest(arrival: Floats, ended: Floats, times: Floats) -> Floats:
    """Return the age of the oldest that has arrived and not ended at each of *times*, else 0.

    Arrivals are in order; an end of NaN is still to come.
    """
    if not len(arrival):
        return np.zeros(len(times))
    # the first whose end lies ahead is the oldest: nobody before it is left
    latest = np.maximum.accumulate(np.where(np.isnan(ended), np.inf, ended))
    first = np.searchsorted(latest, times, side="right")
    since: Floats = np.append(arrival, np.inf)[first]
    return np.maximum(times - since, 0.0)


def _of_kind(calls: Columns, kind: InvocationType) -> Columns:
    rows = calls["invocation_type"] == kind
    return {name: column[rows] for name, column in calls.items()}


def _counts(times: Floats, edges: Floats) -> Floats:
    """Return how many of *times* lie in each cell; one on an edge is in the later cell."""
    places = np.searchsorted(edges, times, side="right")
    return np.bincount(places, minlength=len(edges) + 1)[1 : len(edges)].astype(np.float64)
