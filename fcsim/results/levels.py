"""Numbers that rise and fall over time (instances, requests in flight), and points for curves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Level", "level", "thin"]


@dataclass(frozen=True)
class Level:
    """A step function of time: ``values[k]`` holds from ``times[k]`` on, 0 before the first."""

    times: NDArray[np.float64]
    values: NDArray[np.float64]

    def mean(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the exact time average between neighbouring *edges*."""
        if not len(self.times):
            return np.zeros(len(edges) - 1)
        area = np.concatenate([[0.0], np.cumsum(self.values[:-1] * np.diff(self.times))])
        before = np.searchsorted(self.times, edges, side="right") - 1
        inside = np.maximum(before, 0)
        reach = area[inside] + self.values[inside] * (edges - self.times[inside])
        return np.diff(np.where(before < 0, 0.0, reach)) / np.diff(edges)

    def peak(self, edges: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the greatest value between neighbouring *edges*, the left one included."""
        padded = np.concatenate([[0.0], self.values])
        first = np.searchsorted(self.times, edges[:-1], side="right")
        last = np.searchsorted(self.times, edges[1:], side="left")
        bounds = np.column_stack([first, np.maximum(last, first) + 1]).ravel()
        return np.maximum.reduceat(np.append(padded, 0.0), bounds)[::2]


def level(begins: ArrayLike, ends: ArrayLike) -> Level:
    """Return how many intervals [begin, end) hold at each time.

    An interval whose begin is NaN never was; one whose end is NaN never ends.
    """
    begin, end = np.asarray(begins, dtype=float), np.asarray(ends, dtype=float)
    times = np.concatenate([begin[~np.isnan(begin)], end[~np.isnan(begin) & ~np.isnan(end)]])
    changes = np.ones(len(times))
    changes[np.count_nonzero(~np.isnan(begin)) :] = -1.0
    order = np.argsort(times, kind="stable")
    values = np.cumsum(changes[order])
    last = np.append(np.diff(times[order]) > 0, True)[: len(times)]
    return Level(times[order][last], values[last])


def thin(
    number: int, at: Callable[[NDArray[np.int64]], NDArray[np.float64]], most: int = 2000
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sorted values and, for each, the share of all that are not greater.

    There are *number* values, and *at* returns those at given ranks (from 0). Beyond *most* a
    selection is returned, each point exact: evenly spread ranks, and ranks that grow denser
    towards either end, so that the tails keep every extreme.
    """
    ranks = np.arange(number)
    if number > most:
        towards = np.rint(np.geomspace(1, number, most // 3)).astype(int)
        even = np.linspace(0, number - 1, most // 3).astype(int)
        ranks = np.unique(np.concatenate([towards - 1, even, number - towards]))
    return at(ranks), (ranks + 1) / number
