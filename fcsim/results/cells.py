"""Time cut into cells, and seconds summed by cell without keeping what they are sums of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.intervals import pieces

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.intp]

__all__ = ["Cuts", "Elapsed", "Instants", "shares"]


@dataclass(frozen=True)
class Instants:
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

    def __init__(self, window: tuple[float, float], *grids: Floats) -> None:
        """Cut *window* at every edge of *grids* that lies inside it."""
        edges = np.unique(np.concatenate([window, *grids]))
        self.edges: Floats = edges[(edges >= window[0]) & (edges <= window[1])]

    def __len__(self) -> int:
        """Count cells."""
        return len(self.edges) - 1

    def instants(self, times: Floats) -> Instants:
        """Return where *times* lie; NaN lies after the window."""
        found = np.searchsorted(self.edges, times, side="right") - 1
        return Instants(np.maximum(found, 0), self._clip(times))

    def instants_in_order(self, times: Floats) -> Instants:
        """Return where *times* lie that never fall, NaN last."""
        below = np.searchsorted(times, self.edges[1:], side="left")
        number = np.diff(below, prepend=0, append=len(times))
        return Instants(np.repeat(np.arange(len(number)), number), self._clip(times))

    def instants_near(self, times: Floats, known: Floats, near: Instants) -> Instants:
        """Return where *times* lie, most of which equal those *known* to be at *near*."""
        other = np.flatnonzero(times != known)
        if not len(other):
            return near
        cells, clipped = near.cells.copy(), near.times.copy()
        found = self.instants(times[other])
        cells[other], clipped[other] = found.cells, found.times
        return Instants(cells, clipped)

    def _clip(self, times: Floats) -> Floats:
        clipped: Floats = np.maximum(np.fmin(times, self.edges[-1]), self.edges[0])
        return clipped

    def within(self, grid: Floats) -> Ints:
        """Return the cell of *grid* in which each cell lies, and last the number of its cells."""
        inner = np.searchsorted(grid, self.edges[:-1], side="right") - 1
        return np.append(inner, len(grid) - 1)


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

    def add(self, at: Instants) -> None:
        """Add instants."""
        size = len(self._rest)
        self.reached += np.bincount(at.cells, minlength=size)
        left = self._ceiling[at.cells] - at.times
        self._rest += np.bincount(at.cells, weights=left, minlength=size)

    def seconds(self) -> Floats:
        """Return the seconds of each cell after the instants."""
        before = np.cumsum(self.reached[:-1]) - self.reached[:-1]
        return self._rest[:-1] + before * np.diff(self._edges)


def shares(begin: Instants, end: Instants, within: Ints, grid: Floats) -> tuple[Ints, Ints, Floats]:
    """Cut spans at the edges of *grid*; return the row, the cell and the seconds of each piece.

    *within* is what :meth:`Cuts.within` returns for the grid. Most spans are short: only those
    that reach from one cell into another are cut.
    """
    cells = within[begin.cells]
    crossing = np.flatnonzero(cells != within[end.cells])
    last = np.where(cells == len(grid) - 1, 0, cells)  # after the window: no second counts
    seconds = end.times - begin.times
    if not len(crossing):
        return np.arange(len(cells)), last, seconds
    seconds[crossing] = 0.0
    row, cell, part = pieces(begin.times[crossing], end.times[crossing], grid)
    return (
        np.concatenate([np.arange(len(cells)), crossing[row]]),
        np.concatenate([last, cell]),
        np.concatenate([seconds, part]),
    )
