"""The inner loops of the folds, compiled: one pass each over the rows of a block.

The same functions, and the same bits, as :mod:`fcsim.results.loops`, which says what they mean.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fcsim.results.intervals import Window
from fcsim.results.loops import FIRST, HANDED, LAST, LASTED, LEFT, LONGEST, UNION, UNUSED
from fcsim.results.request_rules import REFUSALS
from fcsim.sim.record import Columns, ErrorCode, Kind, Outcome, Start

__all__ = [
    "FIRST", "HANDED", "LAST", "LASTED", "LEFT", "LONGEST", "UNION", "UNUSED", "Tally", "add_up",
    "collect", "count_calls", "count_codes", "count_pairs", "elapse", "endings", "first_missing",
    "flawless", "follow", "place", "serve", "spread", "time_calls", "total",
]  # fmt: skip

Ints = NDArray[Any]
Floats = NDArray[np.float64]
loop: Any = njit(cache=True)
ON_DEMAND, COLD = int(Kind.ON_DEMAND), int(Start.COLD)
COMPLETED, THROTTLED = int(Outcome.COMPLETED), int(Outcome.THROTTLED)
TIMED_OUT, UNFINISHED = int(Outcome.TIMED_OUT), int(Outcome.UNFINISHED)
FUNCTION_TIMEOUT = int(ErrorCode.FUNCTION_TIMEOUT)
NEAR = 8
"""Cells to walk from the last one found before searching by halves."""


# ── whether requests can be ─────────────────────────────────────────────────────────────────

RULED = ("function", "outcome", "start", "error", "instance")


def flawless(rows: Columns, limits: Any, cold: Ints) -> bool:
    """Look at all rules of :mod:`fcsim.results.request_rules` in one pass, then count."""
    bounds = np.array([limits[name] for name in RULED])
    positions = tuple(rows[name] for name in RULED)
    times = tuple(rows[name] for name in ("arrival", "started", "ended"))
    if not _flawless(*positions, *times, bounds, REFUSALS):
        return False
    _count_cold(rows["function"], rows["start"], cold)
    return True


@loop
def _flawless(function, outcome, start, error, instance, arrival, started, ended, bounds, refusals):
    for row in range(len(function)):
        if not (
            bounds[0, 0] <= function[row] < bounds[0, 1]
            and bounds[1, 0] <= outcome[row] < bounds[1, 1]
            and bounds[2, 0] <= start[row] < bounds[2, 1]
            and bounds[3, 0] <= error[row] < bounds[3, 1]
            and bounds[4, 0] <= instance[row] < bounds[4, 1]
        ):
            return False
        handed, over = started[row] == started[row], ended[row] == ended[row]
        if over == (outcome[row] == UNFINISHED):
            return False
        if (error[row] == 0) != (outcome[row] == COMPLETED or outcome[row] == UNFINISHED):
            return False
        if refusals[error[row]] != (outcome[row] == THROTTLED):
            return False
        if (error[row] == FUNCTION_TIMEOUT) != (outcome[row] == TIMED_OUT):
            return False
        if handed:
            if outcome[row] == THROTTLED or instance[row] < 0 or started[row] < arrival[row]:
                return False
        elif outcome[row] == COMPLETED or outcome[row] == TIMED_OUT:
            return False
        if not 0 <= arrival[row] < np.inf:
            return False
        if over and (ended[row] < arrival[row] or (handed and ended[row] < started[row])):
            return False
    return True


@loop
def _count_cold(function, start, cold):
    for row in range(len(function)):
        if start[row] == COLD:
            cold[function[row]] += 1


# ── where instants lie ──────────────────────────────────────────────────────────────────────


@loop
def place(edges, times):
    """Return cells and times; neighbouring times lie near each other, so each search is short."""
    cells, moved = np.empty(len(times), np.int64), np.empty(len(times))
    after = len(edges) - 1
    first, last = edges[0], edges[after]
    cell = 0
    for row in range(len(times)):
        time = times[row]
        if not time < last:
            cells[row] = after
            moved[row] = last
            continue
        if time < first:
            cells[row] = 0
            moved[row] = first
            continue
        steps = 0
        while time < edges[cell] and steps < NEAR:
            cell -= 1
            steps += 1
        while time >= edges[cell + 1] and steps < NEAR:
            cell += 1
            steps += 1
        if steps == NEAR:
            cell = np.searchsorted(edges, time, side="right") - 1
        cells[row] = cell
        moved[row] = time
    return cells, moved


@loop
def follow(arrivals, ends, level, edges, peaks):
    """Walk through arrivals, ends and cells together."""
    gone, cell, highest = 0, 0, 0
    for row in range(len(arrivals)):
        time = arrivals[row]
        while gone < len(ends) and ends[gone] <= time:
            gone += 1
        if not edges[0] <= time < edges[-1]:
            continue
        while time >= edges[cell + 1]:
            cell += 1
        now = level + row + 1 - gone
        peaks[cell] = max(peaks[cell], now)
        highest = max(highest, now)
    return highest


@loop
def first_missing(places, values):
    """Mark the places seen with numbers that no value can be: NaN."""
    size = 0
    for row in range(len(places)):
        size = max(size, places[row] + 1)
    ordered = np.full(size, np.nan)
    for row in range(len(places)):
        ordered[places[row]] = values[row]
    upto = 0
    while upto < size and ordered[upto] == ordered[upto]:
        upto += 1
    return ordered[:upto]


# ── sums by cell of time ────────────────────────────────────────────────────────────────────


@loop
def total(begin, end):
    """Add up one by one."""
    seconds = 0.0
    for row in range(len(begin)):
        seconds += end[row] - begin[row]
    return seconds


@loop
def elapse(cells, times, ceiling, reached, rest):
    """Count and sum in one pass."""
    for row in range(len(cells)):
        cell = cells[row]
        reached[cell] += 1
        rest[cell] += ceiling[cell] - times[row]


@loop
def count_codes(cells, error, ended, counted, table):
    """Count in one pass."""
    unfinished = table.shape[1] - 1
    for row in range(len(cells)):
        if counted[row]:
            code = error[row] if ended[row] == ended[row] else unfinished
            table[cells[row], code] += 1


def spread(groups: Ints, begin: Any, end: Any, within: Ints, grid: Floats, table: Floats) -> None:
    """Add spans in one cell, then those that cross."""
    if _spread_alone(groups, *begin, *end, within, len(grid), table):
        _spread_crossing(groups, *begin, *end, within, grid, table)


@loop
def _spread_alone(groups, begin_cells, begin, end_cells, end, within, edges, table):
    """Add the spans in one cell; tell whether there are others."""
    crossing = False
    for row in range(len(groups)):
        cell = within[begin_cells[row]]
        if cell != within[end_cells[row]]:
            crossing = True
            continue
        if cell == edges - 1:
            cell = 0  # after the grid: no second counts
        table[groups[row], cell] += end[row] - begin[row]
    return crossing


@loop
def _spread_crossing(groups, begin_cells, begin, end_cells, end, within, grid, table):
    """Cut the spans that reach from one cell into another."""
    for row in range(len(groups)):
        cell = within[begin_cells[row]]
        if cell == within[end_cells[row]]:
            continue
        while cell < len(grid) - 1 and grid[cell] < end[row]:
            upper, lower = min(end[row], grid[cell + 1]), max(begin[row], grid[cell])
            table[groups[row], cell] += upper - lower
            cell += 1


# ── counts and sums by group ────────────────────────────────────────────────────────────────


@loop
def count_pairs(rows, columns, counted, table):
    """Count in one pass."""
    for row in range(len(rows)):
        if counted[row]:
            table[rows[row], columns[row]] += 1


@loop
def endings(function, outcome, start, counted, kinds, number):
    """Choose in one pass."""
    rows, groups = np.empty(len(function), np.int64), np.empty(len(function), np.int32)
    size = 0
    for row in range(len(function)):
        ending = kinds[outcome[row], start[row]]
        if counted[row] and ending >= 0:
            rows[size] = row
            groups[size] = function[row] * number + ending
            size += 1
    return rows[:size], groups[:size]


@loop
def collect(groups, values, count, sums, least, most):
    """Note everything in one pass."""
    for row in range(len(groups)):
        group, value = groups[row], values[row]
        count[group] += 1
        sums[group] += value
        least[group] = min(least[group], value)
        most[group] = max(most[group], value)


@loop
def add_up(groups, begin, end, sums):
    """Add up one by one."""
    for row in range(len(groups)):
        sums[groups[row]] += end[row] - begin[row]


def count_calls(
    rows: Columns, cells: Ints, kind: Ints, status: Ints, counted: Ints, counts: Ints
) -> None:
    """Count in one pass."""
    names = ("error", "instance", "started", "ended")
    _count_calls(*(rows[name] for name in names), cells, kind, status, counted, counts)


@loop
def _count_calls(error, instance, started, ended, cells, kind, status, counted, counts):
    for row in range(len(cells)):
        if not counted[row]:
            continue
        cell = cells[row]
        counts[0, cell] += 1
        if started[row] == started[row] and instance[row] >= 0:
            counts[1, cell] += kind[instance[row]] != ON_DEMAND
        if ended[row] == ended[row]:
            answer = status[error[row]]
            counts[2, cell] += answer // 100 == 2
            counts[3, cell] += answer // 100 == 4
            counts[4, cell] += answer // 100 == 5
            counts[5, cell] += answer == 200 and error[row] != 0
            counts[6, cell] += answer == 429
            counts[7, cell] += answer == 503


def time_calls(
    rows: Columns, cells: Ints, counted: Ints, answers: Ints, latency: Floats
) -> tuple[Ints, Floats]:
    """Choose, count and sum in one pass."""
    names = ("arrival", "started", "ended")
    found: tuple[Ints, Floats] = _time_calls(
        *(rows[name] for name in names), cells, counted, answers, latency
    )
    return found


@loop
def _time_calls(arrival, started, ended, cells, counted, answers, latency):
    found, seconds = np.empty_like(cells), np.empty(len(cells))
    size = 0
    for row in range(len(cells)):
        lasting = ended[row] - started[row]
        if counted[row] and lasting == lasting:
            cell = cells[row]
            answers[cell] += 1
            latency[cell] += ended[row] - arrival[row]
            found[size] = cell
            seconds[size] = lasting
            size += 1
    return found[:size], seconds[:size]


# ── what requests ask of instances ──────────────────────────────────────────────────────────


def serve(rows: Columns, begin: Any, end: Any, within: Ints, window: Window, tables: Any) -> None:
    """Note everything in one pass."""
    names = ("function", "instance", "started", "ended")
    _serve(*(rows[name] for name in names), *begin, end[1], within, *window, *tables)


@loop
def _serve(
    function, instance, started, ended, begin_cells, begin, end, within, first, last, calls, use
):
    for row in range(len(function)):
        a, start = instance[row], started[row]
        if first <= start < last:
            calls[function[row], within[begin_cells[row]]] += 1
        lasting = end[row] - begin[row]
        use[a, HANDED] += 1.0
        use[a, LASTED] += lasting
        use[a, LONGEST] = max(use[a, LONGEST], lasting)
        use[a, FIRST] = min(use[a, FIRST], start)
        if ended[row] == ended[row]:
            use[a, LAST] = max(use[a, LAST], ended[row], start)
        else:
            use[a, LAST] = max(use[a, LAST], start)
            use[a, LEFT] = 1.0


# ── whole numbers ───────────────────────────────────────────────────────────────────────────

FREE = np.iinfo(np.int64).min
"""Key of a slot that is not used."""


class Tally:
    """How often each whole number was seen: a hash table with open addressing."""

    def __init__(self) -> None:
        """Start with nothing seen."""
        self._slots = np.full(1 << 12, FREE)
        self._counts = np.zeros(len(self._slots), np.int64)
        self._used = 0
        self._ordered: tuple[Ints, Ints] | None = None

    def add(self, keys: Ints) -> None:
        """Count *keys*, once each."""
        begin, self._ordered = 0, None
        while begin < len(keys):
            begin, self._used = _count(keys, begin, self._slots, self._counts, self._used)
            if begin < len(keys):
                self._grow()

    def merge(self, other: Self) -> None:
        """Count what *other* has counted."""
        self._ordered = None
        keys, counts = other.items()
        while 2 * (self._used + len(keys)) > len(self._slots):
            self._grow()
        self._used += _put(keys, counts, self._slots, self._counts)

    def items(self) -> tuple[Ints, Ints]:
        """Return the numbers seen, in order, and how often."""
        if self._ordered is None:
            seen = np.flatnonzero(self._slots != FREE)
            order = seen[np.argsort(self._slots[seen])]
            self._ordered = self._slots[order], self._counts[order]
        return self._ordered

    def _grow(self) -> None:
        keys, counts = self.items()
        self._slots = np.full(4 * len(self._slots), FREE)
        self._counts = np.zeros(len(self._slots), np.int64)
        _put(keys, counts, self._slots, self._counts)
        self._ordered = None


@loop
def _slot(key, slots):
    """Return the slot of *key*, or the free one that it would take."""
    mask = len(slots) - 1
    mixed = np.uint64(key) * np.uint64(0x9E3779B97F4A7C15)
    slot = np.int64(mixed >> np.uint64(32)) & mask
    while slots[slot] != key and slots[slot] != FREE:
        slot = (slot + 1) & mask
    return slot


@loop
def _count(keys, begin, slots, counts, used):
    """Count *keys* from *begin* on until half of the slots are used."""
    row = begin
    while row < len(keys) and 2 * used < len(slots):
        slot = _slot(keys[row], slots)
        if slots[slot] == FREE:
            slots[slot] = keys[row]
            used += 1
        counts[slot] += 1
        row += 1
    return row, used


@loop
def _put(keys, number, slots, counts):
    """Add *number* of each of *keys*; return how many of them are new."""
    new = 0
    for row in range(len(keys)):
        slot = _slot(keys[row], slots)
        if slots[slot] == FREE:
            slots[slot] = keys[row]
            new += 1
        counts[slot] += number[row]
    return new
