"""Calls, and the facts that are kept of them: a call is answered once, after any attempts."""

from __future__ import annotations

from math import nan
from struct import Struct

import numpy as np

from fcsim.sim.record import (
    ATTEMPT_COLUMNS,
    CALL_COLUMNS,
    CallStatus,
    Columns,
    ErrorCode,
    InvocationType,
)
from fcsim.workload.called import Need

__all__ = ["Call", "CallFacts"]

_pack_call = Struct(f"{1 + len(CALL_COLUMNS)}d").pack
_pack_attempt = Struct(f"{len(ATTEMPT_COLUMNS)}d").pack


class Call:
    """What somebody wants of a function: one or more requests, one answer."""

    __slots__ = ("arrival", "attempts", "begun", "error", "kind", "need", "row", "sent", "workload")

    def __init__(self, workload: int, kind: InvocationType, need: Need, now: float) -> None:
        """Begin *now*, without an attempt."""
        self.workload = workload
        self.kind = kind
        self.need = need
        self.arrival = now
        self.row = -1
        self.attempts = 0
        self.sent = nan
        self.begun = nan
        """Of the attempt under way; NaN while there is none."""
        self.error = ErrorCode.NONE
        """Of the last attempt that ended."""

    @property
    def under_way(self) -> bool:
        """Whether an attempt is under way."""
        return self.begun == self.begun


class CallFacts:
    """The calls of a run and their attempts, turned into columns at the end."""

    def __init__(self) -> None:
        """Know of none."""
        self._begun = 0
        self._open: dict[int, Call] = {}
        self._calls, self._attempts = bytearray(), bytearray()

    @property
    def unfinished(self) -> int:
        """Calls that have not been answered."""
        return len(self._open)

    def begin(self, call: Call) -> None:
        """Note that *call* has been made; calls come in order of time."""
        call.row = self._begun
        self._begun += 1
        self._open[call.row] = call

    def attempted(self, call: Call, now: float, error: ErrorCode) -> None:
        """Note that the attempt under way has ended with *error*."""
        self._attempts += _pack_attempt(call.row, call.begun, now, error)
        call.begun, call.error = nan, error

    def end(self, call: Call, now: float, status: CallStatus) -> None:
        """Note that *call* has been answered."""
        del self._open[call.row]
        self._calls += self._packed(call, now, status)

    @staticmethod
    def _packed(call: Call, ended: float, status: CallStatus) -> bytes:
        return _pack_call(
            call.row, call.workload, call.need.function, call.kind, call.arrival, call.sent,
            ended, status, call.error, call.attempts,
        )  # fmt: skip

    def call_columns(self) -> Columns:
        """Return the call columns, in order of arrival."""
        left = (self._packed(one, nan, CallStatus.UNFINISHED) for one in self._open.values())
        rows = np.frombuffer(self._calls + b"".join(left)).reshape(-1, 1 + len(CALL_COLUMNS))
        table = np.empty((len(rows), len(CALL_COLUMNS)))
        table[rows[:, 0].astype(np.int64)] = rows[:, 1:]
        return {
            name: column.astype(dtype)
            for (name, dtype), column in zip(CALL_COLUMNS.items(), table.T, strict=True)
        }

    def attempt_columns(self) -> Columns:
        """Return the attempt columns, in order of calls and then of time."""
        left = (
            _pack_attempt(one.row, one.begun, nan, ErrorCode.NONE)
            for one in self._open.values()
            if one.under_way
        )
        rows = np.frombuffer(self._attempts + b"".join(left)).reshape(-1, len(ATTEMPT_COLUMNS))
        columns: Columns = {
            name: column.astype(dtype)
            for (name, dtype), column in zip(ATTEMPT_COLUMNS.items(), rows.T, strict=True)
        }
        # of one call attempts end in order, the one under way last
        order = np.argsort(columns["call"], kind="stable")
        return {name: column[order] for name, column in columns.items()}
