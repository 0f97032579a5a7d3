"""The reference plane's table of requests: one list a column."""

from __future__ import annotations

import numpy as np

from fcsim.sim.record import REQUEST_COLUMNS, Columns, ErrorCode, Outcome
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
        self._injected: list[bool] = []
        self.next = self.end = 0

    def add_block(self, block: Block) -> None:
        """Append the generated requests of *block*, still to arrive."""
        self.next = len(self.arrival)
        self.arrival += block.time.tolist()
        self.function += block.function.tolist()
        self.work += block.work.tolist()
        self.cold_work += block.cold_work.tolist()
        self._extend(len(block.time), injected=False)
        self.end = len(self.arrival)

    def add_injected(self, time: float, function: int, work: float, cold_work: float) -> int:
        """Append one injected request and return its row."""
        self.arrival.append(time)
        self.function.append(function)
        self.work.append(work)
        self.cold_work.append(cold_work)
        self._extend(1, injected=True)
        return len(self.arrival) - 1

    def finish(self, row: int, time: float, outcome: Outcome, error: ErrorCode) -> None:
        """Write how and when a request ended."""
        self.ended[row] = time
        self.outcome[row] = outcome
        self.error[row] = error

    def columns(self, still_to_come: list[int]) -> Columns:
        """Return what arrived as columns in order of arrival, injected after generated."""
        columns: Columns = {
            name: np.array(getattr(self, name), dtype=dtype)
            for name, dtype in REQUEST_COLUMNS.items()
        }
        arrived = np.ones(len(self.arrival), dtype=bool)
        arrived[self.next : self.end] = False
        arrived[np.array(still_to_come, dtype=np.int64)] = False
        order = np.lexsort((np.array(self._injected, dtype=bool), columns["arrival"]))
        order = order[arrived[order]]
        return {name: column[order] for name, column in columns.items()}

    def _extend(self, count: int, *, injected: bool) -> None:
        self.started += [UNKNOWN] * count
        self.ended += [UNKNOWN] * count
        self.outcome += [int(Outcome.UNFINISHED)] * count
        self.error += [0] * count
        self.start += [0] * count
        self.instance += [-1] * count
        self._injected += [injected] * count
