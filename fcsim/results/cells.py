"""Time cut into cells, and seconds summed by cell without keeping what they are sums of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Cuts", "Elapsed", "Instants"]


class Instants(NamedTuple):
    """Moments, moved into the window (NaN to its end), and their cells.

    The cell of what lies after the window is the number of cells.
    """

    cells: Ints
    times: Floats

    def select(self, rows: NDArray[np.bool_]) -> Instants:
        """Return the moments marked in *rows*."""
        return self if rows.all() else Instants(self.cells[rows], self.times[rows])


class Cuts:
    """The finest cells that several grids over one window have in common."""

    def __init__(self, loops: Loops, window: tuple[float, float], *grids: Floats) -> None:
        """Cut *window* at every edge of *grids* that lies inside it."""
        self._loops = loops
        edges = np.unique(np.concatenate([window, *grids]))
        self.edges: Floats = edges[(edges >= window[0]) & (edges <= window[1])]

    def __len__(self) -> int:
        """Count cells."""
        return len(self.edges) - 1

    def instants(self, times: Floats) -> Instants:
        """Return where *times* lie; NaN lies after the window."""
        return Instants(*self._loops.place(self.edges, times))

    def within(self, grid: Floats) -> Ints:
        """Return the cell of *grid* in which each cell lies, and last the number of its cells."""
        inner = np.searchsorted(grid, self.edges[:-1], side="right") - 1
        return np.append(inner, len(grid) - 1)


class Elapsed:
    """Sums, by cell, of the seconds after each of many instants.

    Seconds between begins and ends are the difference of two such sums.
    """

    def __init__(self, loops: Loops, cuts: Cuts) -> None:
        """Sum over the cells of *cuts*."""
        self._loops, self._edges = loops, cuts.edges
        self._ceiling = np.append(cuts.edges[1:], cuts.edges[-1])
        self._reached = np.zeros(len(self._ceiling), np.int64)  # the last: after the window
        self._rest = np.zeros(len(self._ceiling))

    def add(self, at: Instants) -> None:
        """Add instants."""
        self._loops.elapse(*at, self._ceiling, self._reached, self._rest)

    def seconds(self) -> Floats:
        """Return the seconds of each cell after the instants."""
        before = np.cumsum(self._reached[:-1]) - self._reached[:-1]
        return self._rest[:-1] + before * np.diff(self._edges)
