"""What must hold of calls: each ends once, and its attempts are the requests that were sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.request_rules import first_of, pointless
from fcsim.sim.record import ERRORS, CallStatus, ErrorCode, InvocationType

if TYPE_CHECKING:
    from fcsim.results.folds import Folds
    from fcsim.sim.record import Record

__all__ = ["broken_calls", "lost_attempts", "stray_calls"]


def stray_calls(record: Record) -> Iterator[str]:
    """Check that positions in the tables of calls and attempts point at something."""
    limits = {
        "function": (0, len(record.functions)),
        "workload": (0, len(record.scenario.workload)),
        "invocation_type": (0, len(InvocationType)),
        "status": (0, len(CallStatus)),
        "error": (0, len(ERRORS)),
    }
    yield from pointless("calls", record.calls, limits)
    of_attempts = {"call": (0, len(record.calls["arrival"])), "error": limits["error"]}
    yield from pointless("attempts", record.attempts, of_attempts)


def broken_calls(record: Record) -> Iterator[str]:
    """Yield what is wrong with calls and attempts, whose positions point at something."""
    yield from _calls(record)
    yield from _attempts(record)


def _calls(record: Record) -> Iterator[str]:
    calls = record.calls
    status, error, sent, ended = (calls[name] for name in ("status", "error", "sent", "ended"))
    unfinished, expired = status == CallStatus.UNFINISHED, status == CallStatus.EXPIRED
    succeeded, failed = status == CallStatus.SUCCEEDED, status == CallStatus.FAILED
    rules = {
        "calls: unfinished and ended, or neither": np.isnan(ended) != unfinished,
        "calls: succeeded after an error": succeeded & (error != ErrorCode.NONE),
        "calls: failed without an error": failed & (error == ErrorCode.NONE),
        "calls: dropped as too old, but no message": expired
        & (calls["invocation_type"] != InvocationType.ASYNC),
        "calls: sent before they were made": sent < calls["arrival"],
        "calls: ended before they were made": ended < np.fmax(calls["arrival"], sent),
        "calls: attempts without a first, or the reverse": np.isnan(sent)
        != (calls["attempts"] == 0),
        "calls: answered without an attempt": (succeeded | failed) & np.isnan(sent),
    }
    for what, marks in rules.items():
        yield from first_of(marks, what)


def _attempts(record: Record) -> Iterator[str]:
    """Check that attempts of a call follow each other, and are as many as it says."""
    calls, attempts = record.calls, record.attempts
    call, begun, ended = (attempts[name] for name in ("call", "begun", "ended"))
    number = np.bincount(call, minlength=len(calls["arrival"]))
    differs = number != calls["attempts"]
    yield from first_of(differs, "calls: column attempts differs from the attempts")
    yield from first_of(~(begun >= calls["arrival"][call]), "attempts: before the call was made")
    yield from first_of(ended < begun, "attempts: ended before they began")
    over = ended > np.where(np.isnan(calls["ended"]), np.inf, calls["ended"])[call]
    yield from first_of(over, "attempts: ended after the call")
    same = call[1:] == call[:-1]
    together = same & ~(begun[1:] >= ended[:-1])
    yield from first_of(together, "attempts: two of one call at a time")


def lost_attempts(record: Record, folds: Folds) -> Iterator[str]:
    """Check that attempts ended as the requests of callers did."""
    if folds.called is None:
        return
    attempts = record.attempts
    code = np.where(np.isnan(attempts["ended"]), len(ERRORS), attempts["error"])
    made = np.bincount(code, minlength=len(ERRORS) + 1)
    for number, (known, counted) in enumerate(zip(made, folds.called, strict=True)):
        if known != counted:
            name = "unfinished" if number == len(ERRORS) else ERRORS[number].name or "completed"
            yield f"attempts: {known} {name}, but {counted} requests of callers"
