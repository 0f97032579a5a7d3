"""Gives intervals lanes, so that those in one lane do not overlap."""

from __future__ import annotations

import heapq

__all__ = ["Lanes"]


class Lanes:
    """Lanes that intervals take and give back; always the lowest free one."""

    def __init__(self) -> None:
        """Begin without lanes."""
        self.number = 0
        """Lanes in use so far."""
        self._free: list[int] = []
        self._taken: list[tuple[int, int]] = []

    def place(self, begin: int, end: int) -> int:
        """Return the lane of an interval; they come in order of *begin*.

        An interval that begins when another ends may follow it in its lane.
        """
        while self._taken and self._taken[0][0] <= begin:
            heapq.heappush(self._free, heapq.heappop(self._taken)[1])
        if self._free:
            lane = heapq.heappop(self._free)
        else:
            lane, self.number = self.number, self.number + 1
        heapq.heappush(self._taken, (end, lane))
        return lane
