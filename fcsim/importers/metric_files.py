"""Exported metrics from files: one value a metric, function and time.

Three forms are read: *long* tables (one row a metric, function and time), *wide* tables (one
column a metric) and answers of the metric API (JSON with ``Datapoints``, a list or a text that
holds one). Tables are CSV, JSON lines or Parquet.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from fcsim.errors import UsageError
from fcsim.importers.local_time import Clock
from fcsim.importers.metrics import INVOCATIONS, METRICS, metric_called, statistics
from fcsim.importers.rejected import Rejected
from fcsim.importers.request_cells import words
from fcsim.importers.row_files import Cells, plain_name, read_rows
from fcsim.importers.text_lines import ByteStream, head, open_bytes

__all__ = ["Columns", "Point", "read_points"]

_TIME = ("timestamp", "time", "datetime", "date", "__time__", "@timestamp", "时间")
_FUNCTION = ("functionName", "function", "resource", "函数", "函数名称")
_METRIC = ("metricName", "metric", "指标", "指标名称")
_SERVICE = ("serviceName", "service")
_VALUES = ("value", "sum", "average", "maximum")
_LARGEST = 2**28
"""Largest answer of the API that is read whole, in bytes."""


class Point(NamedTuple):
    """One value."""

    file: int
    """Number of the file that it comes from."""
    metric: str
    function: str
    """"" for metrics of the region and in files without function names."""
    time: float
    """Seconds since 1970."""
    value: float


@dataclass(frozen=True)
class Columns:
    """Names of columns as the user gives them; None: recognised."""

    time: str | None = None
    function: str | None = None
    value: str | None = None
    metric: str | None = None
    """A column, or the metric of every row."""

    @property
    def fixed(self) -> str | None:
        """The metric of every row, if the user names one."""
        return metric_called(self.metric) if self.metric else None

    @property
    def names(self) -> Sequence[str]:
        """Columns that the user names, which the files must have."""
        given = (self.time, self.function, self.value, None if self.fixed else self.metric)
        return [name for name in given if name]


def read_points(
    paths: Sequence[Path], columns: Columns, clock: Clock, rejected: Rejected
) -> Iterator[Point]:
    """Yield every value of *paths*; rows that cannot be used go to *rejected*.

    Raises UsageError for a file that cannot be read at all.
    """
    for number, path in enumerate(paths):
        answer = _api_answer(path)
        for cells in _table(path, columns, rejected) if answer is None else [answer]:
            for row in _rows(cells, columns):
                point = _point(number, row, clock)
                if isinstance(point, str):
                    rejected.add(point, str(path), row.line)
                else:
                    rejected.used += 1
                    yield point


def _point(number: int, row: _Row, clock: Clock) -> Point | str:
    """Return the value of *row*, or the reason why it has none."""
    if not row.metric:
        return "its metric is missing"
    try:
        value = float(row.value)
    except (TypeError, ValueError, OverflowError):
        return "its value is missing" if row.value in (None, "") else "its value is not a number"
    if not (0 <= value < math.inf):
        return "its value is negative or not finite"
    seconds = clock.seconds(row.time, (number, row.metric, row.function))
    if isinstance(seconds, str):
        return seconds
    return Point(number, row.metric, row.function, seconds, value)


# ── tables and answers ────────────────────────────────────────────────────────────────────────


def _table(path: Path, columns: Columns, rejected: Rejected) -> Iterator[Cells]:
    wanted = [*_TIME, *_FUNCTION, *_METRIC, *_SERVICE, *_VALUES, *METRICS, *columns.names]
    unique = {plain_name(name): name for name in wanted}
    return read_rows(path, unique.values(), columns.names, rejected)


def _api_answer(path: Path) -> Cells | None:
    """Return the datapoints of an API answer, or None when the file is no such thing."""
    with open_bytes(path) as stream:
        if not head(stream).startswith((b"{", b"[")):
            return None
        try:
            document = json.loads(_whole(stream))
        except (EOFError, OSError, ValueError, RecursionError):
            return None
    answers = document if isinstance(document, list) else [document]
    rows = [row for one in answers if isinstance(one, dict) for row in _datapoints(path, one)]
    names = dict.fromkeys(name for row in rows for name in row)
    columns = {name: [row.get(name) for row in rows] for name in names}
    return Cells(str(path), range(1, len(rows) + 1), columns)


def _whole(stream: ByteStream) -> bytes:
    content = bytearray()
    while len(content) <= _LARGEST and (piece := stream.read1(2**20)):
        content += piece
    return bytes(content) if len(content) <= _LARGEST else b""


def _datapoints(path: Path, answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the datapoints of one answer by plain names; without the key it is one itself."""
    points: Any = answer.get("Datapoints", answer)
    if isinstance(points, str):
        try:
            points = json.loads(points or "[]")
        except ValueError:
            raise UsageError(f"{path}: Datapoints is a text, but no JSON list") from None
    told = {key: cell for key, cell in answer.items() if plain_name(key) == "metricname"}
    for point in points if isinstance(points, list) else [points]:
        if isinstance(point, dict):
            yield {plain_name(name): cell for name, cell in {**told, **point}.items()}


# ── rows ──────────────────────────────────────────────────────────────────────────────────────


class _Row(NamedTuple):
    line: int
    metric: str
    function: str
    time: Any
    value: Any


def _rows(cells: Cells, columns: Columns) -> Iterator[_Row]:
    """Yield one row a value; empty cells of a wide table are no values."""
    if not cells.lines:
        return
    times = _column(cells, columns.time, _TIME)
    if times is None:
        raise UsageError(f"{cells.file}: no column of times ({', '.join(_TIME[:4])}); use --time")
    functions = _functions(cells, columns)
    wide = [name for name in METRICS if plain_name(name) in cells.columns]
    for metric in wide:
        column = cells.columns[plain_name(metric)]
        for line, function, time, value in zip(cells.lines, functions, times, column, strict=True):
            if value not in (None, ""):
                yield _Row(line, metric, _owner(metric, function), time, value)
    if not wide:
        metrics = _metrics(cells, columns)
        values = _values(cells, columns)
        for place, metric in enumerate(metrics):
            value = _value(values, metric, place)
            owner = _owner(metric, functions[place])
            yield _Row(cells.lines[place], metric, owner, times[place], value)


def _owner(metric: str, function: str) -> str:
    return "" if metric.startswith("Region") else function


def _column(cells: Cells, given: str | None, known: Sequence[str]) -> Sequence[Any] | None:
    """Return the column that the user names, or the first of the *known* ones."""
    for name in [given] if given else known:
        if plain_name(name) in cells.columns:
            return cells.columns[plain_name(name)]
    return None


def _functions(cells: Cells, columns: Columns) -> list[str]:
    rows = len(cells.lines)
    names = words(_column(cells, columns.function, _FUNCTION), rows)
    services = words(_column(cells, None, _SERVICE), rows)
    return [f"{a}/{b}" if a and b else b for a, b in zip(services, names, strict=True)]


def _metrics(cells: Cells, columns: Columns) -> list[str]:
    """Return each row's metric: from its column, or one for the whole file."""
    fixed = columns.fixed or _in_name(cells.file)
    column = None if columns.fixed else _column(cells, columns.metric, _METRIC)
    if column is None and fixed is None:
        raise UsageError(
            f"{cells.file}: no column of metric names and none that is a metric; name the column "
            f"or the metric with --metric, or call the file like {INVOCATIONS}.csv"
        )
    if column is None:
        return [str(fixed)] * len(cells.lines)
    texts = words(column, len(cells.lines))
    known = {text: metric_called(text) or text for text in set(texts)}
    return [known[text] for text in texts]


def _in_name(file: str) -> str | None:
    """Return the metric that the file's name holds, the longest one."""
    plain = plain_name(Path(file).name)
    found = [name for name in METRICS if plain_name(name) in plain]
    return max(found, key=len, default=None)


def _values(cells: Cells, columns: Columns) -> dict[str, Sequence[Any]]:
    """Return the columns of values by statistic; ``value`` is the one that the user names."""
    known = [plain_name(columns.value)] if columns.value else _VALUES
    found = {name: cells.columns[name] for name in known if name in cells.columns}
    if not found:
        raise UsageError(f"{cells.file}: no column of values ({', '.join(known)}); use --value")
    return {"value": found[known[0]]} if columns.value else found


def _value(values: Mapping[str, Sequence[Any]], metric: str, place: int) -> Any:
    for name in statistics(metric):
        if name in values and values[name][place] not in (None, ""):
            return values[name][place]
    return None
