"""Data files that a scenario names: CSV, JSON lines and Parquet, read in chunks of rows.

A cell that cannot be used is an error with the file, its line and its column. Nothing is
guessed and no row is skipped, since a silently shorter trace would answer another question.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate, islice
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import Problem, ScenarioError

__all__ = ["DataFile", "Rows", "is_number", "read_pairs"]

CELLS = 2**18
"""Cells read at once; as text they take some 20 MB."""


@dataclass(frozen=True)
class DataFile:
    """A file that exists, with what messages about it say. Equal while the file is unchanged."""

    path: Path
    shown: str
    """Name as the scenario gives it."""
    at: str
    """Path in the scenario of the key that names the file."""
    stamp: tuple[int, int]
    """Time of change and size: a cache keyed with this notices a new version."""

    @classmethod
    def locate(cls, folder: Path, shown: str, at: str) -> Self:
        """Find the file that the scenario calls *shown*; ScenarioError when there is none."""
        path = folder / shown
        try:
            stat = path.stat()
        except OSError:
            raise ScenarioError(
                [Problem(f"no file {shown!r}; paths are relative to the scenario", at)]
            ) from None
        if not path.is_file():
            raise ScenarioError([Problem(f"{shown!r} is no file", at)])
        return cls(path, shown, at, (stat.st_mtime_ns, stat.st_size))

    def error(self, message: str, line: int = 0, column: int = 0) -> ScenarioError:
        """Return the error that says *message* about this place in the file."""
        return ScenarioError([Problem(message, self.at, self.shown, line, column)])

    def names(self) -> list[str]:
        """Return the names of the columns; ScenarioError for an empty or unreadable file."""
        with _readable(self):
            names = _FORMATS.get(self.path.suffix.lower(), _Csv).names(self)
        if not names:
            raise self.error("the file is empty; expected a header and one row or more")
        return names

    def rows(self, wanted: Sequence[str]) -> Iterator[Rows]:
        """Yield the *wanted* columns in chunks; ScenarioError names a missing column."""
        names = self.names()
        for name in wanted:
            if name not in names:
                shown = ", ".join(names[:8]) + (", …" if len(names) > 8 else "")
                raise self.error(f"no column {name!r}; the columns are {shown}", 1, 1)
        with _readable(self):
            yield from _FORMATS.get(self.path.suffix.lower(), _Csv).rows(self, wanted, names)


class Rows(NamedTuple):
    """Some rows of a table: cells by column, and where each row stands in the file."""

    lines: Sequence[int]
    cells: Mapping[str, Sequence[Any]]
    positions: Mapping[str, int]
    """Number of each column in the file, from 1."""

    def first(self, count: int) -> Rows:
        """Return the first *count* rows."""
        cells = {name: column[:count] for name, column in self.cells.items()}
        return Rows(self.lines[:count], cells, self.positions)

    def keep(self, chosen: Sequence[bool]) -> Rows:
        """Return the chosen rows."""
        kept = [i for i, keep in enumerate(chosen) if keep]
        cells = {name: [column[i] for i in kept] for name, column in self.cells.items()}
        return Rows([self.lines[i] for i in kept], cells, self.positions)


@contextmanager
def _readable(file: DataFile) -> Iterator[None]:
    """Turn what readers raise into one ScenarioError about the file."""
    try:
        yield
    except UnicodeDecodeError:
        raise file.error("not UTF-8 text; expected .csv, .jsonl or .parquet") from None
    except (csv.Error, OSError) as error:
        raise file.error(f"cannot be read ({error})") from None


class _Csv:
    """Comma separated values with a header, UTF-8."""

    @staticmethod
    def names(file: DataFile) -> list[str]:
        with file.path.open(encoding="utf-8-sig", newline="") as text:
            return [name.strip() for name in next(csv.reader(text), [])]

    @staticmethod
    def rows(file: DataFile, wanted: Sequence[str], names: list[str]) -> Iterator[Rows]:
        positions = {name: names.index(name) + 1 for name in wanted}
        with file.path.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            next(reader)
            line = reader.line_num
            while chunk := list(islice(reader, _rows_at_once(names))):
                lines = _line_numbers(chunk, line + 1, reader.line_num)
                line = reader.line_num
                if set(map(len, chunk)) != {len(names)}:
                    lines, chunk = _full_rows(file, lines, chunk, len(names))
                columns = list(zip(*chunk, strict=True)) or [()] * len(names)
                yield Rows(
                    lines, {name: columns[positions[name] - 1] for name in wanted}, positions
                )


def _line_numbers(rows: Sequence[list[str]], first: int, last: int) -> Sequence[int]:
    """Return the line on which each row begins; quoted cells may span several."""
    if last - first + 1 == len(rows):
        return range(first, last + 1)
    heights = [1 + sum(cell.count("\n") for cell in row) for row in rows]
    return [first + before for before in accumulate(heights[:-1], initial=0)]


def _full_rows(
    file: DataFile, lines: Sequence[int], rows: Sequence[list[str]], width: int
) -> tuple[Sequence[int], list[list[str]]]:
    """Drop blank lines; ScenarioError at the first row of another width."""
    kept = [(line, row) for line, row in zip(lines, rows, strict=True) if row]
    for line, row in kept:
        if len(row) != width:
            raise file.error(f"{len(row)} cells; the header has {width}", line, 1)
    return [line for line, _ in kept], [row for _, row in kept]


class _JsonLines:
    """One JSON object a line; the first one's keys are the columns."""

    @staticmethod
    def names(file: DataFile) -> list[str]:
        with file.path.open(encoding="utf-8-sig") as text:
            for line, content in enumerate(text, 1):
                if content.strip():
                    return list(_JsonLines._object(file, line, content))
        return []

    @staticmethod
    def rows(file: DataFile, wanted: Sequence[str], names: list[str]) -> Iterator[Rows]:
        positions = {name: names.index(name) + 1 for name in wanted}
        with file.path.open(encoding="utf-8-sig") as text:
            numbered = ((i, content) for i, content in enumerate(text, 1) if content.strip())
            while chunk := list(islice(numbered, _rows_at_once(names))):
                objects = [_JsonLines._object(file, line, content) for line, content in chunk]
                cells = {name: [one.get(name) for one in objects] for name in wanted}
                yield Rows([line for line, _ in chunk], cells, positions)

    @staticmethod
    def _object(file: DataFile, line: int, content: str) -> dict[str, Any]:
        try:
            value = json.loads(content)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            raise file.error(f"expected one JSON object a line; got {content[:40].strip()!r}", line)
        return value


class _Parquet:
    """Apache Parquet, through pyarrow; "lines" are row numbers from 1."""

    @staticmethod
    def names(file: DataFile) -> list[str]:
        return list(_Parquet._open(file).schema_arrow.names)

    @staticmethod
    def rows(file: DataFile, wanted: Sequence[str], names: list[str]) -> Iterator[Rows]:
        positions = {name: names.index(name) + 1 for name in wanted}
        line = 1
        for batch in _Parquet._open(file).iter_batches(_rows_at_once(names), columns=list(wanted)):
            cells = {name: batch.column(name).to_pylist() for name in wanted}
            yield Rows(list(range(line, line + batch.num_rows)), cells, positions)
            line += batch.num_rows

    @staticmethod
    def _open(file: DataFile) -> Any:
        try:
            from pyarrow import ArrowInvalid, parquet
        except ImportError:
            raise file.error("Parquet needs pyarrow: pip install 'fcsim[parquet]'") from None
        try:
            return parquet.ParquetFile(file.path)
        except ArrowInvalid:
            raise file.error("not a Parquet file; expected .csv, .jsonl or .parquet") from None


_FORMATS: dict[str, type[_Csv] | type[_JsonLines] | type[_Parquet]] = {
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
    ".parquet": _Parquet,
}


def _rows_at_once(names: Sequence[str]) -> int:
    return max(1, CELLS // len(names))


def is_number(cell: object) -> bool:
    """Say whether *cell* is a number or text that is one."""
    try:
        float(cell)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def read_pairs(file: DataFile) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Read a CSV of two columns without a header: values, and their cumulative shares.

    Raises ScenarioError unless both rise (or stay) down the file and shares lie in 0 to 1.
    """
    expected = "expected two numbers a line without a header: value, cumulative share (0 to 1)"
    pairs: list[tuple[float, float]] = []
    with _readable(file), file.path.open(encoding="utf-8-sig", newline="") as text:
        reader = csv.reader(text)
        for row in filter(None, reader):
            if len(row) != 2 or not all(map(is_number, row)):
                raise file.error(f"got {','.join(row)!r}; {expected}", reader.line_num, 1)
            value, share = float(row[0]), float(row[1])
            floor = pairs[-1] if pairs else (0.0, 0.0)
            if not (floor[0] <= value < np.inf and floor[1] <= share <= 1):
                message = f"got {value:g},{share:g} after {floor[0]:g},{floor[1]:g}; {expected}"
                raise file.error(f"{message}, neither falling", reader.line_num, 1)
            pairs.append((value, share))
    if not pairs:
        raise file.error(f"the file is empty; {expected}")
    values, shares = np.array(pairs).T
    return values, shares
