"""How many requests one instance served at once, seen in rows that come about in order.

Only rows that are in the window together can be seen to overlap, so the answer is a lower bound:
as much as the log proves.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["InstanceSweep"]

WINDOW = 32_768
"""Rows that are kept for comparison with the next block: those that end last."""
TICK = 1e-3
"""Timestamps are whole milliseconds: shorter overlaps are not believed."""


class _Runs(NamedTuple):
    function: NDArray[np.int64]
    instance: NDArray[np.object_]
    start: NDArray[np.float64]
    end: NDArray[np.float64]

    def take(self, chosen: Any) -> _Runs:
        return _Runs(*(column[chosen] for column in self))


class InstanceSweep:
    """Counts overlapping requests by instance and keeps the most of each function."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._tail = _Runs(np.empty(0, np.int64), np.empty(0, object), np.empty(0), np.empty(0))
        self._most = np.zeros(0, np.int64)

    def most(self, function: int) -> int:
        """Return the most requests seen at once on one instance of *function*, 1 at least."""
        return max(int(self._most[function]) if function < len(self._most) else 1, 1)

    def add(
        self,
        function: NDArray[np.int64],
        instance: NDArray[np.object_],
        start: NDArray[np.float64],
        end: NDArray[np.float64],
    ) -> None:
        """Take rows, the *function* by number; rows without an instance are left out."""
        rows = _Runs(function, instance, start, end - TICK)
        rows = rows.take((instance != "") & (rows.end > start))
        runs = _Runs(*(np.concatenate(pair) for pair in zip(self._tail, rows, strict=True)))
        self._sweep(runs)
        latest = np.argsort(runs.end, kind="stable")[-WINDOW:]
        self._tail = runs.take(np.sort(latest))

    def _sweep(self, runs: _Runs) -> None:
        if not len(runs.start):
            return
        seen: dict[str, int] = {}
        codes = np.array([seen.setdefault(one, len(seen)) for one in runs.instance])
        step = np.repeat([1, -1], len(codes))
        time, place = np.concatenate((runs.start, runs.end)), np.tile(codes, 2)
        order = np.lexsort((step, time, place))  # an end comes before a start at its instant
        depth = np.cumsum(step[order])
        count = max(len(self._most), int(runs.function.max()) + 1)
        self._most = np.concatenate((self._most, np.zeros(count - len(self._most), np.int64)))
        np.maximum.at(self._most, np.tile(runs.function, 2)[order], depth)
