"""Traces as arrays: one row a request, with its time, service time and key."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from fcsim.scenario import arrivals as models
from fcsim.workload.cells import as_text, instant, instants, numbers, texts
from fcsim.workload.process import Array
from fcsim.workload.tables import DataFile, Rows, is_number

__all__ = ["TraceTable", "read_trace"]

_PER_SECOND = {"s": 1.0, "ms": 1e3, "us": 1e6}
_TIME = "a number that is not negative, or ISO 8601 text like 2026-11-23T08:00:00+08:00"


@dataclass(frozen=True)
class TraceTable:
    """A trace, sorted by time."""

    time: Array
    """Seconds since ``origin``, or since the first request."""
    work: Array
    """Service time in seconds, recorded or by tokens; NaN where the trace has none."""
    key: NDArray[np.int64]
    """Position in ``keys``; 0 where the trace has none."""
    keys: tuple[str, ...]
    """Values of ``row_key`` in order of appearance; empty without ``row_key``."""
    row: NDArray[np.int64]
    """Position among the rows that were read, before sorting."""


def read_trace(file: DataFile, spec: models.TraceFile) -> TraceTable:
    """Read a trace; ScenarioError names the first cell that cannot be used."""
    return _read_trace(file, spec.model_dump_json())


@lru_cache(maxsize=8)
def _read_trace(file: DataFile, options: str) -> TraceTable:
    spec = _spec(options)
    if spec.time_is == "end" and spec.duration is None and spec.tokens is None:
        raise file.error("time_is: end needs duration, the column to subtract")
    by_tokens = (spec.tokens.input, spec.tokens.output) if spec.tokens else ()
    wanted = [spec.time, *filter(None, (spec.duration, spec.row_key)), *by_tokens, *spec.where]
    seen: dict[str, int] = {}
    numeric: bool | None = None
    times, durations, codes = [], [], []
    for every in file.rows(list(dict.fromkeys(wanted))):
        rows = _matching(every, spec.where)
        if not rows.lines:
            continue
        if numeric is None:
            numeric = is_number(rows.cells[spec.time][0])
        times.append((numbers if numeric else instants)(file, rows, spec.time, _TIME))
        durations.append(_work(file, rows, spec))
        codes.append(_codes(file, rows, spec.row_key, seen))
    if not times:
        raise file.error("no row matches `where`" if spec.where else "no rows below the header")
    raw, work = np.concatenate(times), np.concatenate(durations)
    zero = raw.min() if spec.origin is None else _origin(file, spec.origin, bool(numeric))
    time = np.asarray(raw - zero, np.float64) / (_PER_SECOND[spec.unit] if numeric else 1e6)
    if spec.time_is == "end":
        time = time - work
    if spec.origin is None:
        time = time - time.min()
    elif time.min() < 0:
        raise file.error(f"origin {spec.origin} is {-time.min():g} s after the earliest row")
    order = np.argsort(time, kind="stable")
    return TraceTable(time[order], work[order], np.concatenate(codes)[order], tuple(seen), order)


def _spec(options: str) -> models.TraceFile:
    """Return the model from its JSON, whose numbers have no units any more."""
    values = json.loads(options)
    if values["tokens"] is not None:
        values["tokens"] = models.Tokens.model_construct(**values["tokens"])
    return models.TraceFile.model_construct(**values)


def _origin(file: DataFile, origin: float | str, numeric: bool) -> float:
    """Return the origin on the clock of the time column: in its unit, or in microseconds."""
    parsed = float(origin) if is_number(origin) else instant(origin)
    if parsed is None or numeric != is_number(origin):
        kind = "a number" if numeric else "ISO 8601 text"
        raise file.error(f"origin {origin!r} is not {kind}, as the times of the trace are")
    return float(parsed)


def _matching(rows: Rows, where: Mapping[str, str]) -> Rows:
    for name, value in where.items():
        rows = rows.keep([as_text(cell) == value for cell in rows.cells[name]])
    return rows


def _work(file: DataFile, rows: Rows, spec: models.TraceFile) -> Array:
    """Return the service time of each row in seconds: recorded, by its tokens, or NaN."""
    if spec.tokens is not None:
        return _by_tokens(file, rows, spec.tokens)
    if spec.duration is None:
        return np.full(len(rows.lines), np.nan)
    accepted = f"a number that is not negative, in {spec.unit}"
    return numbers(file, rows, spec.duration, accepted) / _PER_SECOND[spec.unit]


def _by_tokens(file: DataFile, rows: Rows, tokens: models.Tokens) -> Array:
    accepted = "a number of tokens, not negative"
    read, written = (numbers(file, rows, name, accepted) for name in (tokens.input, tokens.output))
    return tokens.fixed + tokens.per_input * read + tokens.per_output * written


def _codes(file: DataFile, rows: Rows, name: str | None, seen: dict[str, int]) -> NDArray[np.int64]:
    if name is None:
        return np.zeros(len(rows.lines), np.int64)
    keys = texts(file, rows, name)
    return np.array([seen.setdefault(key, len(seen)) for key in keys], dtype=np.int64)
