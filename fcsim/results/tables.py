"""Columns in files: CSV that people read, npz, and parquet. All give back the same values.

CSV and parquet write names (of functions, outcomes, errors …) where columns hold positions, and
CSV leaves a moment that was never reached empty; its numbers are Python's shortest exact ones.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError, nearest
from fcsim.sim.record import (
    ATTEMPT_COLUMNS,
    CALL_COLUMNS,
    ERRORS,
    INSTANCE_COLUMNS,
    PULL_COLUMNS,
    REQUEST_COLUMNS,
    TARGET_COLUMNS,
    CallStatus,
    InvocationType,
    Kind,
    Outcome,
    Source,
    Start,
)
from fcsim.sim.trace import TRACE_COLUMNS, CacheEvent

if TYPE_CHECKING:
    from fcsim.sim.record import Columns

__all__ = [
    "FORMATS",
    "OPTIONAL",
    "Layout",
    "layouts",
    "parquet_table",
    "pyarrow_modules",
    "read",
    "read_rows",
    "trace_layouts",
    "write",
    "write_csv_rows",
    "write_rows",
]


@dataclass(frozen=True)
class Layout:
    """Columns of a table with their types, and the names behind columns of positions."""

    types: dict[str, Any]
    names: dict[str, Sequence[str]]

    def empty(self) -> Columns:
        """Return columns without rows."""
        return {name: np.empty(0, dtype) for name, dtype in self.types.items()}

    def text(self, column: str, values: Any) -> list[Any]:
        """Return a column as CSV writes it."""
        if column in self.names:
            names = self.names[column]
            return [names[code] for code in values.tolist()]
        listed: list[Any] = values.tolist()
        if values.dtype.kind == "f" and np.isnan(values).any():
            return ["" if value != value else value for value in listed]
        return listed

    def parse(self, column: str, values: Sequence[str]) -> Any:
        """Return a column from what CSV holds."""
        dtype = self.types[column]
        if column in self.names:
            codes = {name: code for code, name in enumerate(self.names[column])}
            return np.array([codes[value] for value in values], dtype=dtype)
        if np.dtype(dtype).kind == "f":
            return np.array([float(value) if value else np.nan for value in values], dtype=dtype)
        return np.array([int(value) for value in values], dtype=dtype)


_RECORD_TABLES = {
    "requests": REQUEST_COLUMNS,
    "instances": INSTANCE_COLUMNS,
    "pulls": PULL_COLUMNS,
    "targets": TARGET_COLUMNS,
    "calls": CALL_COLUMNS,
    "attempts": ATTEMPT_COLUMNS,
}
OPTIONAL = ("targets", "calls", "attempts")
"""Tables that are only written when they have rows."""


def layouts(
    functions: Sequence[str], layers: Sequence[str], workloads: Sequence[str] = ()
) -> dict[str, Layout]:
    """Return the layouts of a record's tables, given its names."""
    names: dict[str, Sequence[str]] = {
        "function": functions,
        "layer": layers,
        "workload": workloads,
        "status": _members(CallStatus),
        "invocation_type": _members(InvocationType),
        "outcome": _members(Outcome),
        "start": _members(Start),
        "kind": _members(Kind),
        "source": _members(Source),
        "error": [error.name for error in ERRORS],
    }
    return {
        table: Layout(types, {name: names[name] for name in types if name in names})
        for table, types in _RECORD_TABLES.items()
    }


def trace_layouts(entries: Sequence[str], links: Sequence[str]) -> dict[str, Layout]:
    """Return the layouts of a trace's tables, given its names."""
    names = {"entry": entries, "event": _members(CacheEvent), "link": links, "nic": links}
    return {
        table: Layout(types, {name: names[name] for name in types if name in names})
        for table, types in TRACE_COLUMNS.items()
    }


def _members(enumeration: type[IntEnum]) -> list[str]:
    return [member.name.lower() for member in enumeration]


def write(path: Path, columns: Columns, layout: Layout) -> None:
    """Write *columns* in the format of the suffix of *path*."""
    FORMATS[_format(path.suffix[1:])][0](path, columns, layout)


def read(path: Path, layout: Layout) -> Columns:
    """Read back what :func:`write` wrote."""
    return FORMATS[_format(path.suffix[1:])][1](path, layout)


def _format(name: str) -> str:
    if name not in FORMATS:
        raise UsageError(f"unknown format of records {name!r}{nearest(name, FORMATS)}")
    return name


def write_rows(path: Path, header: Sequence[str], rows: Iterable[Iterable[Any]]) -> None:
    """Write a CSV file, the same bytes on every system."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def read_rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return header and rows of a CSV file."""
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def _write_csv(path: Path, columns: Columns, layout: Layout) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerow(layout.types)
        write_csv_rows(file, columns, layout)


def write_csv_rows(file: IO[str], columns: Columns, layout: Layout) -> None:
    """Append *columns* to an open CSV file."""
    texts = [layout.text(name, columns[name]) for name in layout.types]
    csv.writer(file, lineterminator="\n").writerows(zip(*texts, strict=True))


def _read_csv(path: Path, layout: Layout) -> Columns:
    header, rows = read_rows(path)
    cells: Iterable[Sequence[str]] = zip(*rows, strict=True) if rows else [()] * len(header)
    return {name: layout.parse(name, values) for name, values in zip(header, cells, strict=True)}


def _write_npz(path: Path, columns: Columns, layout: Layout) -> None:
    with path.open("wb") as file:
        stored: dict[str, Any] = {name: columns[name] for name in layout.types}
        np.savez_compressed(file, **stored)


def _read_npz(path: Path, layout: Layout) -> Columns:
    with np.load(path) as stored:
        return {name: stored[name] for name in layout.types}


def _write_parquet(path: Path, columns: Columns, layout: Layout) -> None:
    _, parquet = pyarrow_modules()
    parquet.write_table(parquet_table(columns, layout), path, compression="zstd")


def parquet_table(columns: Columns, layout: Layout) -> Any:
    """Return *columns* as an Arrow table, positions as dictionaries of names."""
    arrow, _ = pyarrow_modules()
    arrays = {}
    for name in layout.types:
        arrays[name] = arrow.array(columns[name], from_pandas=False)
        if name in layout.names:
            names = arrow.array(list(layout.names[name]), arrow.string())
            arrays[name] = arrow.DictionaryArray.from_arrays(arrays[name], names)
    return arrow.table(arrays)


def _read_parquet(path: Path, layout: Layout) -> Columns:
    _, parquet = pyarrow_modules()
    table = parquet.read_table(path)
    columns: Columns = {}
    for name, dtype in layout.types.items():
        column = table.column(name).combine_chunks()
        if name in layout.names:
            columns[name] = layout.parse(name, column.to_pylist())
        else:
            columns[name] = column.to_numpy(zero_copy_only=False).astype(dtype)
    return columns


def pyarrow_modules() -> tuple[Any, Any]:
    """Return pyarrow and pyarrow.parquet; UsageError says what to install."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise UsageError("parquet needs pyarrow: pip install 'fcsim[parquet]'") from None
    return pyarrow, pyarrow.parquet


FORMATS: dict[str, tuple[Callable[..., None], Callable[..., Columns]]] = {
    "csv": (_write_csv, _read_csv),
    "npz": (_write_npz, _read_npz),
    "parquet": (_write_parquet, _read_parquet),
}
"""How each format of records is written and read."""
