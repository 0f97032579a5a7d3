"""Request logs of other platforms: columns by another name and in another unit.

A :class:`Mapping` says which column of a CSV, ``.jsonl`` or parquet file is which column of a
request log (:data:`fcsim.importers.request_log.LOG_COLUMNS`). What it does not name is unknown.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim import units
from fcsim.errors import UsageError, nearest
from fcsim.importers.request_log import LOG_COLUMNS
from fcsim.workload.cells import as_text, instants, numbers
from fcsim.workload.tables import DataFile, Rows, is_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Block = dict[str, NDArray[Any]]

__all__ = ["MAPPINGS", "Column", "read_mapped", "read_mapping"]

_TRUE = ("true", "1", "yes", "cold")
_MEMORY = ("memory", "memory_used")


@dataclass(frozen=True)
class Column:
    """A column of the file, and the unit of its numbers."""

    name: str
    unit: str = "s"

    @classmethod
    def parse(cls, target: str, text: str) -> Column:
        """Read ``NAME`` or ``NAME:UNIT`` for the log column *target*; UsageError if unusable."""
        if target not in LOG_COLUMNS:
            raise UsageError(f"no log column {target!r}{nearest(target, LOG_COLUMNS)}")
        name, colon, unit = text.rpartition(":")
        if not colon:
            name, unit = text, "MB" if target in _MEMORY else "s"
        known = units.UNITS["memory" if target in _MEMORY else "duration"]
        if LOG_COLUMNS[target] is np.float64 and unit not in known:
            raise UsageError(f"{target}={text}: unknown unit {unit!r}{nearest(unit, known)}")
        return cls(name, unit)


MAPPINGS: dict[str, dict[str, Column]] = {
    "lambda2020": {
        "function": Column("experiment_file"),
        "instance": Column("instance"),
        "arrival": Column("client_start_s"),
        "duration": Column("client_elapsed_s"),
        "cold": Column("is_cold"),
    }
}
"""Mappings by name: ``lambda2020`` reads the requests of Mahmoudi and Khazaei (IEEE TCC 2020),
whose only duration that includes a cold start is the client's round trip."""


def read_mapping(name: str | None, pairs: Sequence[str]) -> dict[str, Column]:
    """Return the mapping called *name*, or in the YAML file *name*, changed by *pairs*.

    A pair is ``TARGET=NAME[:UNIT]``. The file is a mapping of the same: ``arrival: start:ms``.
    Raises UsageError for an unknown name, target or unit, and without ``arrival``.
    """
    mapping = _named(name) if name is not None else {}
    for pair in pairs:
        target, equals, text = pair.partition("=")
        if not equals:
            raise UsageError(f"expected TARGET=COLUMN[:UNIT]; got {pair!r}")
        mapping[target] = Column.parse(target, text)
    missing = [target for target in ("arrival", "duration") if target not in mapping]
    if missing:
        raise UsageError(f"the mapping names no column for {' and '.join(missing)}")
    return mapping


def _named(name: str) -> dict[str, Column]:
    from fcsim.scenario.yaml12 import parse

    if name in MAPPINGS:
        return dict(MAPPINGS[name])
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"no mapping and no file {name!r}{nearest(name, MAPPINGS)}")
    content = parse(path.read_bytes(), name).data
    if not isinstance(content, Mapping):
        raise UsageError(f"{name}: expected lines TARGET: COLUMN[:UNIT]")
    return {str(key): Column.parse(str(key), str(value)) for key, value in content.items()}


def read_mapped(paths: Sequence[Path], mapping: Mapping[str, Column]) -> Iterator[Block]:
    """Yield blocks of LOG_COLUMNS from files with other columns.

    Raises ScenarioError with file, line and column for a cell that cannot be used.
    """
    wanted = list(dict.fromkeys(column.name for column in mapping.values()))
    for path in paths:
        file = DataFile.locate(path.parent, path.name, "")
        for rows in file.rows(wanted):
            if rows.lines:
                yield _block(file, rows, mapping)


def _block(file: DataFile, rows: Rows, mapping: Mapping[str, Column]) -> Block:
    count = len(rows.lines)
    return {
        name: _column(file, rows, mapping[name], name, kind)
        if name in mapping
        else _unknown(kind, count)
        for name, kind in LOG_COLUMNS.items()
    }


def _unknown(kind: type, count: int) -> NDArray[Any]:
    if kind is np.object_:
        return np.full(count, "", dtype=object)
    return np.full(count, np.nan) if kind is np.float64 else np.zeros(count, dtype=kind)


def _column(file: DataFile, rows: Rows, column: Column, target: str, kind: type) -> NDArray[Any]:
    cells = rows.cells[column.name]
    if kind is np.object_:
        return np.array([as_text(cell) for cell in cells], dtype=object)
    if kind is np.bool_:
        return np.array([as_text(cell).lower() in _TRUE for cell in cells])
    if target == "arrival" and not is_number(cells[0]):
        accepted = "a number, or ISO 8601 text"
        return instants(file, rows, column.name, accepted) / 1e6
    values = numbers(file, rows, column.name, "a number that is not negative")
    if kind is not np.float64:
        return values.astype(kind)
    return values * units.UNITS["memory" if target in _MEMORY else "duration"][column.unit]
