"""Requests of the whole region over time: in flight, served, and how they ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.cells import Elapsed
from fcsim.sim.record import ERRORS, ErrorCode, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.cells import Cuts, Instants
    from fcsim.results.loops import Loops

    Marks = NDArray[np.bool_]
    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["CELLS", "Flow"]

CELLS = 300
"""Cells of equal length into which figures cut the window."""
_CODES = len(ERRORS) + 1
_UNFINISHED = len(ERRORS)
_THROTTLES = [code for code, error in enumerate(ERRORS) if error.status in (429, 503)]
_CODES_OF = {
    Outcome.COMPLETED: [int(ErrorCode.NONE)],
    Outcome.THROTTLED: _THROTTLES,
    Outcome.TIMED_OUT: [int(ErrorCode.FUNCTION_TIMEOUT)],
    Outcome.UNFINISHED: [_UNFINISHED],
}
_CODES_OF[Outcome.FAILED] = sorted(set(range(_CODES)).difference(*_CODES_OF.values()))


class Flow:
    """Folds requests into sums by cell of time; finer grids than the figures' are kept inside."""

    def __init__(
        self, loops: Loops, cuts: Cuts, window: tuple[float, float], crowded: bool
    ) -> None:
        """Sum over the cells of *cuts*, which hold those of :attr:`edges`.

        *crowded*: some instances take several requests at a time.
        """
        self._loops = loops
        self._crowded = crowded
        self._cuts = cuts
        self.edges: Floats = np.linspace(*window, CELLS + 1)
        """Of the figures' cells."""
        self._arrived, self._handed = Elapsed(loops, cuts), Elapsed(loops, cuts)
        self._left_served, self._left_waiting = Elapsed(loops, cuts), Elapsed(loops, cuts)
        self._begun, self._over = Elapsed(loops, cuts), Elapsed(loops, cuts)
        self._codes = np.zeros((len(cuts) + 1, _CODES), np.int64)
        self._peaks = np.zeros(CELLS, np.int64)
        self._edge = 0  # figures' edges whose level is known
        self._level = 0  # arrivals minus ends before what is in _ends
        self._ends = np.empty(0)
        self.peak = 0
        """Most requests in flight at one time in the window."""
        self.durations = 0.0
        """Seconds in the window between arrivals and ends, added up request by request."""

    def add(self, arrived: Instants, begun: Instants, left: Instants, handed: Marks) -> None:
        """Add requests; *begun* counts for those *handed* over."""
        self.durations += self._loops.total(arrived.times, left.times)
        self._arrived.add(arrived)
        self._handed.add(begun.select(handed))
        self._left_served.add(left.select(handed))
        if not handed.all():
            self._left_waiting.add(left.select(~handed))

    def count(self, cells: Ints, error: NDArray[np.integer], ended: Floats, counted: Marks) -> None:
        """Count requests by the cell of their arrival and by error; *ended* NaN: unfinished."""
        self._loops.count_codes(cells, error, ended, counted, self._codes)

    def settle(self, arrivals: Floats, ends: Floats, known: float) -> None:
        """Follow the number in flight through *arrivals* (in order) up to *known*."""
        ends = np.concatenate([self._ends, ends])
        highest = self._loops.follow(arrivals, ends, self._level, self.edges, self._peaks)
        self.peak = max(self.peak, highest)
        upto = int(np.searchsorted(self.edges, known, side="left"))
        edges = self.edges[self._edge : min(upto, CELLS)]
        before = np.searchsorted(arrivals, edges, side="right")
        at_edges = self._level + before - np.searchsorted(ends, edges, side="right")
        reached = slice(self._edge, self._edge + len(edges))
        self._peaks[reached] = np.maximum(self._peaks[reached], at_edges)
        self.peak = max(self.peak, int(at_edges.max(initial=0)))
        self._edge += len(edges)
        past = int(np.searchsorted(ends, known, side="left"))
        self._level += len(arrivals) - past
        self._ends = ends[past:]

    def add_busy(self, begin: Instants, end: Instants) -> None:
        """Add spans in which instances were busy, if any take several requests at a time."""
        if self._crowded:
            self._begun.add(begin)
            self._over.add(end)

    # ── figures ───────────────────────────────────────────────────────────────────────────

    def _mean(self, seconds: Floats) -> Floats:
        within = self._cuts.within(self.edges)[:-1]
        return np.bincount(within, weights=seconds, minlength=CELLS) / np.diff(self.edges)

    def flying(self) -> Floats:
        """Return seconds of requests between arrival and end, by finest cell."""
        left = self._left_served.seconds() + self._left_waiting.seconds()
        return self._arrived.seconds() - left

    def in_flight(self) -> Floats:
        """Return the mean number of requests in flight by the figures' cells."""
        return self._mean(self.flying())

    def served(self) -> Floats:
        """Return the mean number of requests on instances by the figures' cells."""
        return self._mean(self._handed.seconds() - self._left_served.seconds())

    def peaks(self) -> Floats:
        """Return the most requests in flight by the figures' cells."""
        return self._peaks.astype(np.float64)

    def busy(self) -> Floats:
        """Return the mean number of busy instances by the figures' cells."""
        if not self._crowded:
            return self.served()
        return self._mean(self._begun.seconds() - self._over.seconds())

    def codes(self, edges: Floats) -> NDArray[np.int64]:
        """Return requests by cell of *edges* (one of the grids) and error, unfinished last."""
        within = self._cuts.within(edges)[:-1]
        total = np.zeros((len(edges) - 1, _CODES), np.int64)
        np.add.at(total, within, self._codes[:-1])
        return total

    def outcomes(self, outcome: Outcome, edges: Floats) -> NDArray[np.int64]:
        """Return how many requests that arrived in each cell of *edges* ended so."""
        counts: NDArray[np.int64] = self.codes(edges)[:, _CODES_OF[outcome]].sum(axis=1)
        return counts
