"""Arrivals recorded in files: one row a request (traces), or counts a minute.

Reading is apart from arriving: :func:`read_counts` here, and
:func:`fcsim.workload.trace_table.read_trace`, turn a file into plain arrays, kept for the next
run of the same process as long as the file does not change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fcsim.scenario import arrivals as models
from fcsim.streams import hash_uniforms
from fcsim.workload.cells import matrix, numbers, texts
from fcsim.workload.process import (
    Array,
    Batch,
    Buffered,
    Context,
    in_order,
    ordinals,
    round_randomly,
)
from fcsim.workload.tables import DataFile, Rows
from fcsim.workload.trace_table import read_trace

__all__ = [
    "CountsArrivals",
    "CountsTable",
    "TraceArrivals",
    "read_counts",
]

AT_ONCE = 65_536
"""Requests and cells of counts that are turned into arrivals at once."""

_COUNT = "a number of requests, not negative"


@dataclass(frozen=True)
class CountsTable:
    """Requests in each interval."""

    counts: Array
    """Rows x intervals, as in the file."""
    keys: tuple[str, ...]
    """Name of each row: its ``row_key``, or its number from 1. Empty for a long file."""


@lru_cache(maxsize=8)
def read_counts(file: DataFile, spec: models.CountsFile) -> CountsTable:
    """Read counts; ScenarioError names the first cell that cannot be used.

    A column called ``columns`` makes it a long file, one row an interval. Otherwise it is wide:
    columns ``<columns>1``, ``<columns>2``, … (or from 0), one row a function; rows of one
    ``row_key`` are added up.
    """
    names = file.names()
    if spec.columns in names:
        return _read_long(file, spec)
    columns = _count_columns(file, spec.columns, names)
    seen: dict[str, int] = {}
    counts: list[Array] = []
    wanted = columns if spec.row_key is None else [spec.row_key, *columns]
    read = 0
    for every in file.rows(wanted):
        rows = every if spec.rows is None else every.first(spec.rows - read)
        keys = _row_names(file, rows, spec.row_key, read)
        for key, row in zip(keys, matrix(file, rows, columns, _COUNT), strict=True):
            if key in seen:
                counts[seen[key]] = counts[seen[key]] + row
            else:
                seen[key] = len(counts)
                counts.append(row)
        read += len(rows.lines)
        if read == spec.rows:
            break
    if not counts:
        raise file.error("no rows below the header")
    return CountsTable(np.array(counts), tuple(seen))


def _read_long(file: DataFile, spec: models.CountsFile) -> CountsTable:
    if spec.row_key is not None:
        raise file.error(
            f"row_key needs one row a function, but column {spec.columns!r} makes it a long file"
        )
    columns = [numbers(file, rows, spec.columns, _COUNT) for rows in file.rows([spec.columns])]
    if not columns:
        raise file.error("no rows below the header")
    return CountsTable(np.concatenate(columns)[None, : spec.rows], ())


def _count_columns(file: DataFile, prefix: str, names: list[str]) -> list[str]:
    """Return the count columns in order of their numbers, which must not skip one."""
    numbered = {
        int(name[len(prefix) :]): name
        for name in names
        if name.startswith(prefix) and name[len(prefix) :].isdecimal()
    }
    if not numbered:
        raise file.error(f"no column {prefix!r} (long) and none like '{prefix}1' (wide)", 1, 1)
    first = 0 if 0 in numbered else 1
    for number in range(first, first + len(numbered)):
        if number not in numbered:
            raise file.error(f"column '{prefix}{number}' is missing", 1, 1)
    return [numbered[number] for number in sorted(numbered)]


def _row_names(file: DataFile, rows: Rows, row_key: str | None, read: int) -> list[str]:
    if row_key is not None:
        return texts(file, rows, row_key)
    return [str(number) for number in range(read + 1, read + 1 + len(rows.lines))]


class TraceArrivals(Buffered):
    """Recorded instants; a scale repeats or drops each row, at random for its fraction."""

    def __init__(self, spec: models.TraceFile, context: Context) -> None:
        """Read the file; ScenarioError when it cannot be used."""
        super().__init__(context)
        self.table = read_trace(_file(spec.file, context, "trace"), spec)

    def chunks(self) -> Iterator[Batch]:
        """Yield arrivals in order; copies of a row come at one instant."""
        key = self.context.streams.key("arrivals.trace", self.context.entity)
        table, scale = self.table, self.context.scale
        every = Batch(table.time, table.key, table.work)
        for begin in range(0, len(table.time), AT_ONCE):
            rows = table.row[begin : begin + AT_ONCE]
            times = round_randomly(np.full(len(rows), scale), hash_uniforms(key, rows))
            yield every.take(np.repeat(np.arange(begin, begin + len(rows)), times))

    def cumulative(self, t: Array) -> Array:
        """Return how many arrivals there are in [0, t)."""
        return self.table.time.searchsorted(t).astype(np.float64) * self.context.scale


class CountsArrivals(Buffered):
    """Counts an interval, scaled, divided and then rounded at random, cell by cell.

    What is random about a cell hangs on the row's name, the interval and the number of the
    request in it. So a row's arrivals do not depend on other rows, and (placed at random) a
    larger scale adds requests to those that a smaller one has.
    """

    def __init__(self, spec: models.CountsFile, context: Context) -> None:
        """Read the file; ScenarioError when it cannot be used."""
        super().__init__(context)
        self.table = read_counts(_file(spec.file, context, "counts"), spec)
        self._spec = spec

    def chunks(self) -> Iterator[Batch]:
        """Yield the arrivals of some intervals at a time, of all rows together."""
        rounding, placing = self._keys("round"), self._keys("place")
        for begin, end in pairwise(self._cuts()):
            row, interval = np.nonzero(self.table.counts[:, begin:end])
            interval += begin
            exact = self.table.counts[row, interval] * self.context.scale / self._spec.divide
            sizes = round_randomly(exact, hash_uniforms(rounding[row], interval))
            row, interval = np.repeat(row, sizes), np.repeat(interval, sizes)
            time = (interval + self._place(placing[row], interval, sizes)) * self._spec.interval
            yield Batch(time, row).take(in_order(time))

    def _cuts(self) -> list[int]:
        """Return where to cut the intervals so that a chunk has few cells and few requests."""
        rows, intervals = self.table.counts.shape
        last = int(min(intervals, np.ceil(self.context.end / self._spec.interval)))
        requests = self.table.counts[:, :last].sum(axis=0) * self.context.scale / self._spec.divide
        group = np.cumsum(requests + rows) // AT_ONCE
        return [0, *(np.flatnonzero(np.diff(group)) + 1).tolist(), last]

    def _keys(self, purpose: str) -> NDArray[np.uint64]:
        streams, entity = self.context.streams, self.context.entity
        return np.array(
            [
                streams.key(f"arrivals.counts.{purpose}", f"{entity}/{name}")
                for name in self.table.keys or ("",)
            ],
            dtype=np.uint64,
        )

    def _place(
        self, keys: NDArray[np.uint64], interval: NDArray[np.int64], sizes: NDArray[np.int64]
    ) -> Array:
        """Return where in its interval each request falls, in [0, 1)."""
        if self._spec.placement == "start":
            return np.zeros(len(interval))
        if self._spec.placement == "even":
            middle: Array = (ordinals(sizes) + 0.5) / np.repeat(sizes, sizes)
            return middle
        return hash_uniforms(keys, interval, ordinals(sizes))

    def cumulative(self, t: Array) -> Array:
        """Return about how many arrivals there are in [0, t), on average."""
        totals = np.concatenate(([0.0], np.cumsum(self.table.counts.sum(axis=0))))
        edges = np.arange(len(totals)) * self._spec.interval
        reached: Array = np.interp(t, edges, totals) * (self.context.scale / self._spec.divide)
        return reached


def _file(name: str, context: Context, kind: str) -> DataFile:
    return DataFile.locate(context.folder, name, f"{context.path}.{kind}.file")
