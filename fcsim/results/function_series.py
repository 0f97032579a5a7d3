"""Time series of single functions, exact, from blocks of requests.

Requests wait here until the interval in which they arrived is settled; then its figures are
computed from all its rows, and the rows are let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.cells import Cuts, Instants, shares
from fcsim.results.intervals import Occupancy, inside, order_by, pieces
from fcsim.results.samples import rank
from fcsim.sim.record import ERRORS, ErrorCode, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.service import Register
    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]

__all__ = ["FunctionSeries"]

_STATUS = np.array([error.status for error in ERRORS])
_KEPT = ("function", "arrival", "started", "ended", "error", "instance")
_COUNTED = (
    "FunctionTotalInvocations", "FunctionProvisionInvocations", "FunctionHTTPStatus2xx",
    "FunctionHTTPStatus4xx", "FunctionHTTPStatus5xx", "FunctionFunctionErrors",
    "FunctionConcurrencyThrottles", "FunctionResourceThrottles",
)  # fmt: skip
_TIMED = (
    "FunctionAvgDuration", "FunctionP90Duration", "FunctionP99Duration", "FunctionMaxDuration",
    "FunctionLatencyAvg",
)  # fmt: skip


class FunctionSeries:
    """Folds requests into metrics of functions × intervals."""

    def __init__(self, edges: Floats, functions: int, cuts: Cuts, register: Register) -> None:
        """Cut time at *edges*; their intervals are cells of *cuts* put together."""
        self._edges, self._register = edges, register
        self._interval_of = cuts.within(edges)
        self._shape = functions, len(edges) - 1
        self._values = {name: np.zeros(self._shape) for name in _COUNTED}
        self._values |= {name: np.full(self._shape, np.nan) for name in _TIMED}
        self._highest = np.zeros(functions * (len(edges) - 1))
        self._held, self._busy = np.zeros_like(self._highest), np.zeros_like(self._highest)
        self._waiting: list[Columns] = []
        self._settled = 0  # intervals

    def add(self, block: Columns, known: float) -> None:
        """Add requests, when all that arrive before *known* have been added."""
        counted = inside(block["arrival"], (self._edges[0], self._edges[-1]))
        self._waiting.append({name: block[name][counted] for name in _KEPT})
        settled = int(np.searchsorted(self._edges, known, side="right")) - 1
        if settled > self._settled:
            self._settle(min(settled, self._shape[1]))

    def _settle(self, intervals: int) -> None:
        rows = {name: np.concatenate([block[name] for block in self._waiting]) for name in _KEPT}
        ripe = rows["arrival"] < self._edges[intervals]
        self._waiting = [{name: column[~ripe] for name, column in rows.items()}]
        rows = {name: column[ripe] for name, column in rows.items()}
        interval = np.searchsorted(self._edges, rows["arrival"], side="right") - 1
        # cells of the intervals that are new, functions one after the other
        number = intervals - self._settled
        cells = rows["function"].astype(np.int64) * number + interval - self._settled
        new = slice(self._settled, intervals)
        found = self._invocations(rows, cells, number) | self._durations(rows, cells, number)
        for name, values in found.items():
            self._values[name][:, new] = values.reshape(-1, number)
        self._settled = intervals

    def _invocations(
        self, rows: Columns, cells: NDArray[np.int64], number: int
    ) -> dict[str, Floats]:
        error = rows["error"]
        answered = np.where(np.isnan(rows["ended"]), 0, _STATUS[error])
        handed = ~np.isnan(rows["started"]) & (rows["instance"] >= 0)
        provisioned = np.zeros(len(cells), dtype=bool)
        provisioned[handed] = self._register.kind[rows["instance"][handed]] == Kind.MINIMUM
        marks = (
            np.ones(len(cells), dtype=bool), provisioned, answered // 100 == 2,
            answered // 100 == 4, answered // 100 == 5,
            (answered == 200) & (error != ErrorCode.NONE), answered == 429, answered == 503,
        )  # fmt: skip
        size = self._shape[0] * number
        return {
            name: np.bincount(cells[mark], minlength=size).astype(np.float64)
            for name, mark in zip(_COUNTED, marks, strict=True)
        }

    def _durations(self, rows: Columns, cells: NDArray[np.int64], number: int) -> dict[str, Floats]:
        size = self._shape[0] * number
        ended = ~np.isnan(rows["started"]) & ~np.isnan(rows["ended"])
        cells, started, end = cells[ended], rows["started"][ended], rows["ended"][ended]
        duration = rank(cells, (end - started) * 1e3, size)
        waits = (end - rows["arrival"][ended]) * 1e3
        latency = np.bincount(cells, waits, minlength=size).astype(np.float64)
        figures = (
            duration.mean(), duration.quantile(0.9), duration.quantile(0.99), duration.max(),
            divide(latency, duration.count, np.nan),
        )  # fmt: skip
        return dict(zip(_TIMED, figures, strict=True))

    def add_alone(self, owner: NDArray[np.int64], begin: Instants, end: Instants) -> None:
        """Add spans of instances that take one request at a time."""
        row, interval, seconds = shares(begin, end, self._interval_of, self._edges)
        self._crowd(owner[row], interval, seconds, np.ones(len(row)))

    def add_crowd(self, occupancy: Occupancy) -> None:
        """Follow how many requests each instance has from one change to the next."""
        # Ends first: where an end and a start coincide, the sort keeps them in this order.
        times = np.concatenate([occupancy.ends, occupancy.begins])
        owner = np.tile(occupancy.owner, 2)
        change = np.repeat([-1, 1], len(occupancy.owner))
        order = order_by(owner, times, len(self._register))
        times, owner, level = times[order], owner[order], np.cumsum(change[order])
        lasting = np.flatnonzero(level[:-1] > 0)
        held = level[lasting].astype(np.float64)
        row, interval, seconds = pieces(times[lasting], times[lasting + 1], self._edges)
        self._crowd(owner[lasting][row], interval, seconds, held[row])

    def _crowd(
        self, owner: NDArray[np.int64], interval: NDArray[np.int64], seconds: Floats, held: Floats
    ) -> None:
        """Add pieces of time in which an instance *held* so many requests."""
        function = self._register.function[owner].astype(np.int64)
        cells, real = function * self._shape[1] + interval, seconds > 0
        np.maximum.at(self._highest, cells[real], held[real])
        self._held += np.bincount(cells, held * seconds, minlength=len(self._held))
        self._busy += np.bincount(cells, seconds, minlength=len(self._busy))

    def values(self) -> dict[str, Floats]:
        """Return the metrics that come from requests, each functions × intervals."""
        return self._values | {
            "FunctionMaxConcurrentRequests": self._highest.reshape(self._shape),
            "FunctionAvgConcurrentRequests": divide(self._held, self._busy, 0.0).reshape(
                self._shape
            ),
        }


def divide(part: Floats, whole: NDArray[np.generic], otherwise: float) -> Floats:
    """Return *part* / *whole*, and *otherwise* where *whole* is 0."""
    ratio = np.full(part.shape, otherwise)
    np.divide(part, whole, out=ratio, where=whole.astype(np.float64) > 0)
    return ratio
