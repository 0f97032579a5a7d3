"""Time series of single functions, exact, from blocks of requests.

Times wait here until the interval in which their request arrived is settled; then its quantiles
are computed from all of them, and they are let go.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.cells import Cuts, Instants
from fcsim.results.intervals import Occupancy, inside, order_by, pieces
from fcsim.results.samples import rank
from fcsim.sim.record import ERRORS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops
    from fcsim.results.service import Register
    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["FunctionSeries"]

_STATUS = np.array([error.status for error in ERRORS])
_COUNTED = (
    "FunctionTotalInvocations", "FunctionProvisionInvocations", "FunctionHTTPStatus2xx",
    "FunctionHTTPStatus4xx", "FunctionHTTPStatus5xx", "FunctionFunctionErrors",
    "FunctionConcurrencyThrottles", "FunctionResourceThrottles",
)  # fmt: skip
"""In the order of :func:`fcsim.results.loops.count_calls`."""
_TIMED = (
    "FunctionAvgDuration", "FunctionP90Duration", "FunctionP99Duration", "FunctionMaxDuration",
)  # fmt: skip


class FunctionSeries:
    """Folds requests into metrics of functions × intervals."""

    def __init__(
        self, loops: Loops, edges: Floats, functions: int, cuts: Cuts, register: Register
    ) -> None:
        """Cut time at *edges*; their intervals are cells of *cuts* put together."""
        self._loops, self._edges, self._register = loops, edges, register
        self._window = float(edges[0]), float(edges[-1])
        self._interval_of = cuts.within(edges)
        # intervals one after the other, so that those that are settled come first
        self._shape = len(edges) - 1, functions
        cells = self._shape[0] * functions
        self._counts = np.zeros((len(_COUNTED), cells), np.int64)
        self._answers = np.zeros(cells, np.int64)
        self._latency, self._times = np.zeros(cells), np.full((4, cells), np.nan)
        self._highest, self._held, self._busy = np.zeros((3, cells))
        self._alone = np.zeros((functions, self._shape[0]))
        self._waiting: list[tuple[Ints, Floats]] = []
        self._settled = 0  # intervals

    def add(self, block: Columns, arrived: Instants, known: float) -> None:
        """Add requests, when all that arrive before *known* have been added."""
        self._register.upto(int(block["instance"].max(initial=-1)))
        counted = inside(block["arrival"], self._window)
        cells = self._interval_of[arrived.cells] * self._shape[1] + block["function"]
        kind = self._register.kind
        self._loops.count_calls(block, cells, kind, _STATUS, counted, self._counts)
        sums = self._answers, self._latency
        self._waiting.append(self._loops.time_calls(block, cells, counted, *sums))
        settled = int(np.searchsorted(self._edges, known, side="right")) - 1
        if settled > self._settled:
            self._settle(min(settled, self._shape[0]))

    def finish(self) -> None:
        """Settle all intervals: there are no more requests."""
        if self._waiting and self._settled < self._shape[0]:
            self._settle(self._shape[0])

    def _settle(self, intervals: int) -> None:
        """Compute the quantiles of all intervals before *intervals*."""
        cells, times = (np.concatenate(parts) for parts in zip(*self._waiting, strict=True))
        begin, end = (number * self._shape[1] for number in (self._settled, intervals))
        ripe = cells < end
        self._waiting = [(cells[~ripe], times[~ripe])]
        ranked = rank(cells[ripe] - begin, times[ripe] * 1e3, end - begin)
        figures = ranked.mean(), ranked.quantile(0.9), ranked.quantile(0.99), ranked.max()
        self._times[:, begin:end] = figures
        self._settled = intervals

    def add_alone(self, owner: Ints, begin: Instants, end: Instants) -> None:
        """Add spans of instances that take one request at a time."""
        function = self._register.function[owner]
        self._loops.spread(function, begin, end, self._interval_of, self._edges, self._alone)

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
        function = self._register.function[owner[lasting][row]]
        cells, real = interval * self._shape[1] + function, seconds > 0
        np.maximum.at(self._highest, cells[real], held[row][real])
        np.add.at(self._held, cells, held[row] * seconds)
        np.add.at(self._busy, cells, seconds)

    def values(self) -> dict[str, Floats]:
        """Return the metrics that come from requests, each functions × intervals."""
        alone = self._alone.T.ravel()
        figures = dict(zip(_COUNTED, self._counts.astype(np.float64), strict=True))
        figures |= dict(zip(_TIMED, self._times, strict=True))
        figures["FunctionLatencyAvg"] = divide(self._latency * 1e3, self._answers, np.nan)
        figures["FunctionMaxConcurrentRequests"] = np.maximum(self._highest, alone > 0)
        held = divide(self._held + alone, self._busy + alone, 0.0)
        figures["FunctionAvgConcurrentRequests"] = held
        return {name: values.reshape(self._shape).T for name, values in figures.items()}


def divide(part: Floats, whole: NDArray[np.generic], otherwise: float) -> Floats:
    """Return *part* / *whole*, and *otherwise* where *whole* is 0."""
    ratio = np.full(part.shape, otherwise)
    np.divide(part, whole, out=ratio, where=whole.astype(np.float64) > 0)
    return ratio
