"""Cells of a request log as columns of numbers and texts, with the reason why a row is bad.

All values arrive as text in the log service (platform facts, section 10); JSON and Parquet may
hold numbers. A row with one cell that is not what its column promises is bad as a whole, since
its other cells may be displaced.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Faults", "flags", "names", "numbers", "words"]

Array = NDArray[np.float64]

_MISSING = frozenset({None, "", "-", "null", "NULL", "None", "NaN", "nan"})
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0", ""})
_NAME = re.compile(r"[\w.$/-]{1,256}", re.ASCII)


class Faults:
    """The first reason why each row of a block is bad."""

    def __init__(self, rows: int) -> None:
        """Begin with *rows* good rows."""
        self._reasons: list[str] = [""]
        self._row = np.zeros(rows, np.int16)

    def mark(self, bad: NDArray[np.bool_], reason: str) -> None:
        """Note *reason* for the *bad* rows that have none yet."""
        if bad.any():
            self._row[bad & (self._row == 0)] = len(self._reasons)
            self._reasons.append(reason)

    @property
    def good(self) -> NDArray[np.bool_]:
        """Which rows have no fault."""
        return np.equal(self._row, 0)

    def each(self) -> list[tuple[int, str]]:
        """Return position and reason of each bad row, in order."""
        return [(int(i), self._reasons[self._row[i]]) for i in np.flatnonzero(self._row)]


def numbers(
    cells: Sequence[Any] | None,
    name: str,
    faults: Faults,
    *,
    low: float = 0.0,
    high: float = np.inf,
    beyond: str = "",
    needed: bool = False,
) -> Array:
    """Return the column *name* as numbers, NaN where a cell is missing (or the column is).

    Marked are cells that are no number, not finite, negative, outside *low* to *high* (for the
    reason *beyond*), and missing ones if they are *needed*.
    """
    if cells is None:
        faults.mark(np.full(len(faults.good), needed), f"{name} is missing")
        return np.full(len(faults.good), np.nan)
    values, missing, unreadable = _read(cells)
    faults.mark(unreadable, f"{name} is not a number")
    if needed:
        faults.mark(missing, f"{name} is missing")
    faults.mark(np.isinf(values), f"{name} is not finite")
    faults.mark(values < 0, f"{name} is negative")
    faults.mark((values < low) | (values >= high), f"{name} {beyond}")
    return values


def _read(cells: Sequence[Any]) -> tuple[Array, NDArray[np.bool_], NDArray[np.bool_]]:
    """Return values, and which cells are missing and which are no number."""
    try:
        values = np.array([np.nan if cell in _MISSING else cell for cell in cells], np.float64)
        bad = np.zeros(len(values), bool)
    except (TypeError, ValueError, OverflowError):
        read = [_number(cell) for cell in cells]
        bad = np.array([value is None for value in read])
        values = np.array([np.nan if value is None else value for value in read])
    return values, np.isnan(values) & ~bad, bad


def _number(cell: Any) -> float | None:
    if isinstance(cell, list | dict):
        return None
    if cell in _MISSING:
        return float("nan")
    try:
        return float(cell)
    except (TypeError, ValueError):
        return None
    except OverflowError:
        return float("inf")


def flags(cells: Sequence[Any] | None, name: str, faults: Faults) -> NDArray[np.bool_]:
    """Return the column *name* as truth values; missing is false."""
    texts = [text.lower() for text in words(cells, len(faults.good))]
    faults.mark(
        np.array([text not in _TRUE and text not in _FALSE for text in texts], bool),
        f"{name} is neither true nor false",
    )
    return np.array([text in _TRUE for text in texts], bool)


def names(cells: Sequence[Any] | None, name: str, faults: Faults) -> list[str]:
    """Return the column *name* as names: letters, digits and ``_ - . $ /``, not empty."""
    texts = words(cells, len(faults.good))
    usable = {text: bool(_NAME.fullmatch(text)) for text in set(texts)}
    faults.mark(np.array([not text for text in texts], bool), f"{name} is missing")
    faults.mark(np.array([not usable[text] for text in texts], bool), f"{name} is no name")
    return texts


def words(cells: Sequence[Any] | None, rows: int) -> list[str]:
    """Return cells as text, "" where one is missing; equal texts of a block are one object."""
    if cells is None:
        return [""] * rows
    seen: dict[str, str] = {}
    texts = map(_word, cells)
    return [seen.setdefault(text, text) for text in texts]


def _word(cell: Any) -> str:
    if isinstance(cell, str):
        text = cell.strip()
        return "" if text in _MISSING else text
    return "" if cell is None else str(cell)
