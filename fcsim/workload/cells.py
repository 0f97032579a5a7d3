"""Columns of cells as numbers, instants and text; the first bad cell is an error that locates."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from fcsim.workload.tables import DataFile, Rows, is_number

__all__ = ["as_text", "instant", "instants", "matrix", "numbers", "texts"]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def numbers(file: DataFile, rows: Rows, name: str, accepted: str) -> NDArray[np.float64]:
    """Return a column as numbers, finite and not negative; ScenarioError at the first other."""
    cells = rows.cells[name]
    try:
        values = np.array(cells, dtype=np.float64)
    except (TypeError, ValueError):
        values = np.array([float(cell) if is_number(cell) else np.nan for cell in cells])
    _refuse(file, rows, name, ~(np.isfinite(values) & (values >= 0)), accepted)
    return values


def matrix(file: DataFile, rows: Rows, names: Sequence[str], accepted: str) -> NDArray[np.float64]:
    """Return many columns like :func:`numbers`, as an array of rows x columns."""
    try:
        values = np.array([rows.cells[name] for name in names], dtype=np.float64)
        usable = bool(np.all(np.isfinite(values) & (values >= 0)))
    except (TypeError, ValueError):
        usable = False
    if not usable:  # one by one, to find the place
        values = np.array([numbers(file, rows, name, accepted) for name in names])
    return values.T


def instants(file: DataFile, rows: Rows, name: str, accepted: str) -> NDArray[np.int64]:
    """Return a column of ISO 8601 text as microseconds since 1970; without an offset it is UTC."""
    parsed = [instant(cell) for cell in rows.cells[name]]
    _refuse(file, rows, name, np.array([one is None for one in parsed], dtype=bool), accepted)
    return np.array(parsed, dtype=np.int64)


def instant(cell: object) -> int | None:
    """Return a moment or ISO 8601 text as microseconds since 1970, None for anything else."""
    try:
        moment = cell if isinstance(cell, datetime) else datetime.fromisoformat(str(cell).strip())
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def texts(file: DataFile, rows: Rows, name: str) -> list[str]:
    """Return a column as text; ScenarioError at the first empty cell."""
    shown = [as_text(cell) for cell in rows.cells[name]]
    _refuse(file, rows, name, np.array([not cell for cell in shown]), "text that is not empty")
    return shown


def as_text(cell: object) -> str:
    """Return a cell as text; what is no text reads as in JSON: ``true``, ``12.5``."""
    if isinstance(cell, str):
        return cell
    return "" if cell is None else json.dumps(cell, default=str)


def _refuse(file: DataFile, rows: Rows, name: str, bad: NDArray[np.bool_], accepted: str) -> None:
    """Raise the error about the first bad cell, if there is one."""
    if not bad.any():
        return
    row = int(np.argmax(bad))
    cell = rows.cells[name][row]
    given = "nothing" if cell is None or cell == "" else repr(cell)
    message = f"column {name!r}: got {given}; expected {accepted}"
    raise file.error(message, rows.lines[row], rows.positions[name])
