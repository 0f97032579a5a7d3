"""Time in pieces: overlaps with a window, shares of a grid's cells, and unions of requests.

Times are seconds. A begin of NaN never happened; an end of NaN or infinity is still to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "Occupancy",
    "Spans",
    "busy_spans",
    "inside",
    "occupancy",
    "occupied",
    "order_by",
    "overlap",
    "pieces",
    "seconds_since",
]

Window = tuple[float, float]


@dataclass(frozen=True)
class Spans:
    """Intervals of time, each owned by an instance (a row number)."""

    owner: Ints
    begin: Floats
    end: Floats

    def select(self, owned: NDArray[np.bool_]) -> Spans:
        """Return the spans whose owner is marked in *owned* (one mark an instance)."""
        kept = owned[self.owner]
        return Spans(self.owner[kept], self.begin[kept], self.end[kept])


@dataclass(frozen=True)
class Occupancy:
    """Requests on instances: hand-over times and end times, each sorted within its instance.

    The i-th start and the i-th end of an instance need not belong to one request.
    """

    owner: Ints
    begins: Floats
    ends: Floats

    def first(self, n: int = 1) -> NDArray[np.bool_]:
        """Mark the first *n* rows of each instance."""
        early = np.ones(len(self.owner), dtype=bool)
        early[n:] = self.owner[n:] != self.owner[:-n]
        return early


def inside(times: Floats, window: Window) -> NDArray[np.bool_]:
    """Mark times in [begin, end) of *window*; NaN is outside."""
    return (times >= window[0]) & (times < window[1])


def overlap(begin: Floats, end: Floats, window: Window) -> Floats:
    """Return the seconds of each interval that lie in *window*."""
    begin, end = _clip(begin, end, window)
    return np.maximum(end - begin, 0.0)


def _clip(begin: Floats, end: Floats, window: Window) -> tuple[Floats, Floats]:
    never, open_end = np.isnan(begin), np.isnan(end)
    begin = np.clip(np.where(never, window[1], begin), *window)
    return begin, np.clip(np.where(open_end, window[1], end), *window)


def pieces(begin: Floats, end: Floats, edges: Floats) -> tuple[Ints, Ints, Floats]:
    """Cut intervals at *edges*; return the row, the cell and the seconds of each piece.

    Cell k lies between edges k and k + 1. What lies outside all cells is left out.
    """
    begin, end = _clip(begin, end, (edges[0], edges[-1]))
    first = np.searchsorted(edges, begin, side="right") - 1
    last = np.searchsorted(edges, end, side="left")
    number = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(begin)), number)
    step = np.arange(len(row)) - np.repeat(np.cumsum(number) - number, number)
    cell = first[row] + step
    seconds = np.minimum(end[row], edges[cell + 1]) - np.maximum(begin[row], edges[cell])
    return row, cell, seconds


def order_by(groups: NDArray[np.integer], values: Floats, count: int) -> Ints:
    """Return the order that sorts by group (below *count*) and, inside a group, by value."""
    order = np.argsort(values, kind="stable")
    # In the smallest type that fits: up to 16 bits NumPy sorts by radix, five times faster.
    small = groups.astype(np.min_scalar_type(max(count - 1, 0)))
    return order[np.argsort(small[order], kind="stable")]


def occupancy(requests: Columns) -> Occupancy:
    """Sort the requests that were handed to an instance (unfinished ones: no end)."""
    handed = np.flatnonzero(~np.isnan(requests["started"]) & (requests["instance"] >= 0))
    owner = requests["instance"][handed].astype(np.int64)
    ends = requests["ended"][handed]
    return occupied(owner, requests["started"][handed], np.where(np.isnan(ends), np.inf, ends))


def occupied(owner: Ints, begins: Floats, ends: Floats) -> Occupancy:
    """Sort requests on instances; *ends* are infinite where they are still to come."""
    count = int(owner.max()) + 1 if len(owner) else 0
    by_begin, by_end = order_by(owner, begins, count), order_by(owner, ends, count)
    return Occupancy(owner[by_begin], begins[by_begin], ends[by_end])


def busy_spans(occupied: Occupancy) -> Spans:
    """Return the times in which an instance had a request, as disjoint spans.

    A span begins at the start before which as many requests had ended as had started: the
    i-th start (counted from 0), when the i-th smallest end is earlier.
    """
    if not len(occupied.owner):
        return Spans(occupied.owner, occupied.begins, occupied.ends)
    opens = occupied.first()
    opens[1:] |= occupied.ends[:-1] < occupied.begins[1:]
    closes = np.append(opens[1:], True)
    return Spans(occupied.owner[opens], occupied.begins[opens], occupied.ends[closes])


def seconds_since(owner: NDArray[np.integer], times: Floats, owners: int, edges: Floats) -> Floats:
    """Return the seconds of each interval between *edges* that lie after *times*, by owner."""
    number = len(edges) - 1
    times = np.clip(np.where(np.isnan(times), edges[-1], times), edges[0], edges[-1])
    interval = np.minimum(np.searchsorted(edges, times, side="right"), number) - 1
    cells, size = owner.astype(np.int64) * number + interval, owners * number
    reached = np.bincount(cells, minlength=size).reshape(owners, number)
    left = np.bincount(cells, weights=edges[interval + 1] - times, minlength=size)
    before = np.cumsum(reached, axis=1) - reached
    return left.reshape(owners, number) + before * np.diff(edges)
