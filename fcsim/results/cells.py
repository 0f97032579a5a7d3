"""Time cut into cells, and seconds summed by cell without keeping what they are sums of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Cuts", "Elapsed"]


class Cuts:
    """The finest cells that several grids over one window have in common."""

    def __init__(self, window: tuple[float, float], *grids: Floats) -> None:
        """Cut *window* at every edge of *grids* that lies inside it."""
        edges = np.unique(np.concatenate([window, *grids]))
        self.edges: Floats = edges[(edges >= window[0]) & (edges <= window[1])]

    def __len__(self) -> int:
        """Count cells."""
        return len(self.edges) - 1

    def cell(self, times: Floats) -> Ints:
        """Return the cell of each time: 0 also before the window, ``len`` after it or for NaN."""
        found = np.searchsorted(self.edges, times, side="right") - 1
        return np.maximum(found, 0)

    def clip(self, times: Floats) -> Floats:
        """Return *times* moved into the window, NaN to its end."""
        clipped: Floats = np.maximum(np.fmin(times, self.edges[-1]), self.edges[0])
        return clipped

    def within(self, grid: Floats) -> Ints:
        """Return the cell of *grid* in which each cell lies."""
        return np.searchsorted(grid, self.edges[:-1], side="right") - 1


class Elapsed:
    """Sums, by cell, of the seconds after each of many instants.

    Seconds between begins and ends are the difference of two such sums.
    """

    def __init__(self, cuts: Cuts) -> None:
        """Sum over the cells of *cuts*."""
        self._edges = cuts.edges
        self._ceiling = np.append(cuts.edges[1:], cuts.edges[-1])
        self.reached = np.zeros(len(self._ceiling), np.int64)
        """Instants by cell; the last item counts those after the window."""
        self._rest = np.zeros(len(self._ceiling))

    def add(self, cells: Ints, clipped: Floats) -> None:
        """Add instants that are *clipped* to the window and lie in *cells*."""
        size = len(self._rest)
        self.reached += np.bincount(cells, minlength=size)
        left = self._ceiling[cells] - clipped
        self._rest += np.bincount(cells, weights=left, minlength=size)

    def seconds(self) -> Floats:
        """Return the seconds of each cell after the instants."""
        before = np.cumsum(self.reached[:-1]) - self.reached[:-1]
        return self._rest[:-1] + before * np.diff(self._edges)
