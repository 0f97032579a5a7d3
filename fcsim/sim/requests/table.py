"""The reference plane's table of requests: one list a column."""

from __future__ import annotations

import numpy as np

from fcsim.sim.record import NUMBER, REQUEST_COLUMNS, Columns, ErrorCode, Outcome
from fcsim.workload.source import Block

__all__ = ["RequestTable"]

UNKNOWN = float("nan")


class RequestTable:
    """Rows of requests in the order in which the plane came to know them.

    Generated rows come in blocks and arrive in order: rows ``next`` to ``end`` - 1 are still to
    arrive. Injected rows stand between blocks.
    """

    def __init__(self) -> None:
        """Start empty."""
        self.function: list[int] = []
        self.arrival: list[float] = []
        self.started: list[float] = []
        self.ended: list[float] = []
        self.outcome: list[int] = []
        self.error: list[int] = []
        self.start: list[int] = []
        self.instance: list[int] = []
        self.work: list[float] = []
        self.cold_work: list[float] = []
        self.number: list[int] = []
        self.next = self.end = 0
        self._generated: list[int] = []  # row of each generated request
        self._injected: list[int] = []  # row of each injected request

    def add_block(self, block: Block) -> None:
        """Append the generated requests of *block*, still to arrive."""
        self.next = len(self.arrival)
        self.arrival += block.time.tolist()
        self.function += block.function.tolist()
        self.work += block.work.tolist()
        self.cold_work += block.cold_work.tolist()
        self.end = len(self.arrival)
        first = len(self._generated)
        self.number += range(first, first + len(block.time))
        self._generated += range(self.next, self.end)
        self._extend(len(block.time))

    def add_injected(self, time: float, function: int, work: float, cold_work: float) -> int:
        """Append one injected request and return its row."""
        self.arrival.append(time)
        self.function.append(function)
        self.work.append(work)
        self.cold_work.append(cold_work)
        row = len(self.arrival) - 1
        self._injected.append(row)
        self.number.append(-len(self._injected))
        self._extend(1)
        return row

    def row(self, number: int) -> int:
        """Return the row of the request called *number*, which the table must hold."""
        return self._generated[number] if number >= 0 else self._injected[-number - 1]

    def has(self, number: int) -> bool:
        """Tell whether the table has come to know a request called *number*."""
        return -len(self._injected) <= number < len(self._generated)

    def finish(self, row: int, time: float, outcome: Outcome, error: ErrorCode) -> None:
        """Write how and when a request ended."""
        self.ended[row] = time
        self.outcome[row] = outcome
        self.error[row] = error

    def columns(self, rows: list[int]) -> Columns:
        """Return *rows* as request columns with their numbers, in the order given."""
        names = {**REQUEST_COLUMNS, NUMBER: np.int64}
        return {
            name: np.array([getattr(self, name)[row] for row in rows], dtype=dtype)
            for name, dtype in names.items()
        }

    def to_come(self) -> range:
        """Return the rows of generated requests that have not arrived."""
        return range(self.next, self.end)

    def unfinished(self, still_to_come: list[int]) -> list[int]:
        """Return the rows of requests that have arrived and not ended, oldest block first."""
        waiting = {*self.to_come(), *still_to_come}
        return [
            row
            for row, outcome in enumerate(self.outcome)
            if outcome == Outcome.UNFINISHED and row not in waiting
        ]

    def _extend(self, count: int) -> None:
        self.started += [UNKNOWN] * count
        self.ended += [UNKNOWN] * count
        self.outcome += [int(Outcome.UNFINISHED)] * count
        self.error += [0] * count
        self.start += [0] * count
        self.instance += [-1] * count
