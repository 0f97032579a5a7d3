"""The inner loops of the folds, in NumPy.

:mod:`fcsim.results.compiled_loops` has the same functions for numba. Both give the same bits:
sums are made row by row in the order given, and nothing but + - x / and comparisons is used.
Tables are changed in place. A time of NaN is still to come.
"""

from __future__ import annotations

from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.results.intervals import Window, inside, pieces
from fcsim.results.request_rules import broken_by, pointless
from fcsim.results.tally import Tally
from fcsim.sim.record import Kind, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]
    Ints = NDArray[Any]
    Marks = NDArray[np.bool_]
    Limits = dict[str, tuple[int, int]]
    Placed = tuple[Ints, Floats]
    Tables = tuple[Ints, Floats]

__all__ = [
    "FIRST", "HANDED", "LAST", "LASTED", "LEFT", "LONGEST", "UNION", "UNUSED", "Loops", "Tally",
    "add_up", "collect", "count_calls", "count_codes", "count_pairs", "elapse", "endings",
    "first_missing", "flawless", "follow", "place", "serve", "spread", "time_calls",
    "total",
]  # fmt: skip

Loops = ModuleType
"""This module or its compiled twin."""


# ── whether requests can be ─────────────────────────────────────────────────────────────────


def flawless(rows: Columns, limits: Limits, cold: Ints) -> bool:
    """Tell whether no rule on single requests is broken, and count *cold* ones by function.

    *limits* are least position and number of positions by column. False: nothing is counted.
    """
    if any(pointless("requests", rows, limits)) or any(broken_by(rows)):
        return False
    np.add.at(cold, rows["function"][rows["start"] == Start.COLD], 1)
    return True


# ── where instants lie ──────────────────────────────────────────────────────────────────────


def place(edges: Floats, times: Floats) -> Placed:
    """Return the cell of *edges* in which each time lies, and the time moved into the edges.

    What lies before all edges is in cell 0, what lies after them in the cell after the last.
    """
    cells = np.maximum(np.searchsorted(edges, times, side="right") - 1, 0)
    return cells, np.maximum(np.fmin(times, edges[-1]), edges[0])


def follow(arrivals: Floats, ends: Floats, level: int, edges: Floats, peaks: Ints) -> int:
    """Raise *peaks* to the most in flight after an arrival in each cell; return the most of all.

    *level* were in flight before these arrivals and ends, which are in order.
    """
    inner = slice(*np.searchsorted(arrivals, edges[[0, -1]]).tolist())
    gone = np.searchsorted(ends, arrivals[inner], side="right")
    levels = level + 1 + np.arange(len(arrivals))[inner] - gone
    np.maximum.at(peaks, np.searchsorted(edges, arrivals[inner], side="right") - 1, levels)
    return int(levels.max(initial=0))


def first_missing(places: Ints, values: Floats) -> Floats:
    """Return the *values* in order of their places 0, 1, … up to the first place not given."""
    size = int(places.max()) + 1 if len(places) else 0
    ordered, seen = np.empty(size), np.zeros(size, bool)
    ordered[places], seen[places] = values, True
    return ordered if seen.all() else ordered[: np.argmin(seen)]


# ── sums by cell of time ────────────────────────────────────────────────────────────────────


def total(begin: Floats, end: Floats) -> float:
    """Return the sum of *end* - *begin*."""
    return float(np.cumsum(end - begin)[-1]) if len(begin) else 0.0


def elapse(cells: Ints, times: Floats, ceiling: Floats, reached: Ints, rest: Floats) -> None:
    """Count instants by cell, and sum the seconds from each to the *ceiling* of its cell."""
    np.add.at(reached, cells, 1)
    np.add.at(rest, cells, ceiling[cells] - times)


def count_codes(cells: Ints, error: Ints, ended: Floats, counted: Marks, table: Ints) -> None:
    """Count requests by cell and error; those that have not *ended* in the last column."""
    code = np.where(np.isnan(ended), table.shape[1] - 1, error)
    np.add.at(table, (cells[counted], code[counted]), 1)


def spread(
    groups: Ints, begin: Placed, end: Placed, within: Ints, grid: Floats, table: Floats
) -> None:
    """Add the seconds of spans to *table* by group and cell of *grid*.

    *begin* and *end* are placed in finer cells, of which *within* tells the cell of the grid.
    Spans in one cell come first, then those that reach from one into another.
    """
    first = within[begin[0]]
    alone = first == within[end[0]]
    alone_in = np.where(first == len(grid) - 1, 0, first)  # after the grid: no second counts
    seconds = end[1] - begin[1]
    np.add.at(table, (groups[alone], alone_in[alone]), seconds[alone])
    crossing = np.flatnonzero(~alone)
    row, cell, part = pieces(begin[1][crossing], end[1][crossing], grid)
    np.add.at(table, (groups[crossing[row]], cell), part)


# ── counts and sums by group ────────────────────────────────────────────────────────────────


def count_pairs(rows: Ints, columns: Ints, counted: Marks, table: Ints) -> None:
    """Count pairs of *rows* and *columns* in a table of both."""
    np.add.at(table, (rows[counted], columns[counted]), 1)


def endings(
    function: Ints, outcome: Ints, start: Ints, counted: Marks, kinds: Ints, number: int
) -> tuple[Ints, Ints]:
    """Return the counted rows that have an ending, and their function x *number* + ending.

    *kinds* tells the ending by outcome and start, -1 where there is none.
    """
    ending = kinds[outcome, start]
    rows = np.flatnonzero(counted & (ending >= 0))
    return rows, (function[rows] * number + ending[rows]).astype(np.int32)


def collect(
    groups: Ints, values: Floats, count: Ints, sums: Floats, least: Floats, most: Floats
) -> None:
    """Count and sum *values* by group, and keep the extremes."""
    np.add.at(count, groups, 1)
    np.add.at(sums, groups, values)
    np.minimum.at(least, groups, values)
    np.maximum.at(most, groups, values)


def add_up(groups: Ints, begin: Floats, end: Floats, sums: Floats) -> None:
    """Sum *end* - *begin* by group."""
    np.add.at(sums, groups, end - begin)


def count_calls(
    rows: Columns, cells: Ints, kind: Ints, status: Ints, counted: Marks, counts: Ints
) -> None:
    """Count calls by cell: all, on minimum instances, 2xx, 4xx, 5xx, errors, 429, 503.

    *kind* tells the kind of each instance, *status* the answer to each error.
    """
    error, instance = rows["error"], rows["instance"]
    minimum = ~np.isnan(rows["started"]) & (instance >= 0)
    minimum[minimum] = kind[instance[minimum]] != Kind.ON_DEMAND
    answer = np.where(np.isnan(rows["ended"]), 0, status[error])
    marks = (
        np.ones(len(error), bool), minimum, answer // 100 == 2, answer // 100 == 4,
        answer // 100 == 5, (answer == 200) & (error != 0), answer == 429, answer == 503,
    )  # fmt: skip
    for row, mark in zip(counts, marks, strict=True):
        np.add.at(row, cells[mark & counted], 1)


def time_calls(
    rows: Columns, cells: Ints, counted: Marks, answers: Ints, latency: Floats
) -> tuple[Ints, Floats]:
    """Return cell and seconds on the instance of each counted call that was served and ended.

    Counts them in *answers*, and sums the seconds from arrival to end in *latency*.
    """
    ended, started = rows["ended"], rows["started"]
    served = np.flatnonzero(counted & ~np.isnan(ended - started))
    cells, end = cells[served], ended[served]
    np.add.at(answers, cells, 1)
    np.add.at(latency, cells, end - rows["arrival"][served])
    return cells, end - started[served]


# ── what requests ask of instances ──────────────────────────────────────────────────────────


UNION, HANDED, LASTED, LONGEST, FIRST, LAST, LEFT, USES = range(8)
"""Columns of the table of what instances were used for, by instance."""
UNUSED = (0.0, 0.0, 0.0, 0.0, np.inf, -np.inf, 0.0)
"""A row of that table before the first request."""


def serve(
    rows: Columns, begin: Placed, end: Placed, within: Ints, window: Window, tables: Tables
) -> None:
    """Note requests that were handed over: calls by function and hour, and uses by instance.

    *within* tells the hour by the cell of *begin*; calls count from hand-over inside *window*.
    """
    (calls, use), instance = tables, rows["instance"]
    started, ended, lasting = rows["started"], rows["ended"], end[1] - begin[1]
    counted = inside(started, window)
    np.add.at(calls, (rows["function"][counted], within[begin[0][counted]]), 1)
    np.add.at(use[:, HANDED], instance, 1.0)
    np.add.at(use[:, LASTED], instance, lasting)
    np.maximum.at(use[:, LONGEST], instance, lasting)
    np.minimum.at(use[:, FIRST], instance, started)
    np.maximum.at(use[:, LAST], instance, np.fmax(started, ended))
    use[instance[np.isnan(ended)], LEFT] = 1.0
