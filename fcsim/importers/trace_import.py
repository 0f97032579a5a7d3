"""A scenario from one trace file: the right keys for its format, its clock, its traps.

The file itself is read strictly, as a run reads it: a bad cell is an error with its place.
"""

from __future__ import annotations

import math
import shutil
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.importers.imported import Imported, Remark
from fcsim.importers.trace_formats import Layout, layout_of
from fcsim.importers.traffic import Called, duration_text, scenario_of
from fcsim.scenario.arrivals import CountsFile, TraceFile
from fcsim.workload.tables import DataFile, is_number
from fcsim.workload.trace_table import TraceTable, read_trace
from fcsim.workload.traces import read_counts

__all__ = ["TraceOptions", "import_trace"]

_LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 1.0)
_START = datetime.fromisoformat("2026-01-05T00:00:00+08:00")
"""Start of a scenario whose trace has no date: the language's own default, a Monday."""
_UNITS = {10: "s", 13: "ms", 16: "us"}
"""Unit of a time since 1970 by its digits."""


@dataclass(frozen=True)
class TraceOptions:
    """What the user says beside the file."""

    name: str = "imported"
    image: str | None = None
    """Compressed size of the image, as the scenario writes it."""
    form: str | None = None
    """Format; None: recognised by the columns."""


def import_trace(path: Path, folder: Path, options: TraceOptions) -> Imported:
    """Return the scenario of the trace *path*, which is copied into *folder*.

    Raises UsageError for columns that fit no format and ScenarioError for a bad cell.
    """
    if path.is_dir() or not path.exists():
        raise UsageError(f"{path}: expected a file: CSV, JSON lines or Parquet")
    file = DataFile.locate(path.parent, path.name, "")
    layout = layout_of(file.names(), options.form)
    called, start, horizon = (_trace if layout.kind == "trace" else _counts)(file, layout)
    copied = f"{options.name}.{layout.kind}{path.suffix}"
    called.arrivals = {layout.kind: {"file": copied, **called.arrivals}}
    called.one_function_per = layout.one_function_per
    document, remarks = scenario_of(options.name, start or _START, horizon, [called], options.image)
    if start is None:
        text = f"{_START.isoformat()}: the file has no date"
        remarks.append(Remark("assumed", "start", text))
    shutil.copyfile(path, folder / copied)
    return Imported(document, [*layout.remarks, *remarks], {copied: folder / copied})


def _trace(file: DataFile, layout: Layout) -> tuple[Called, datetime | None, float]:
    """Return the function, the date of t = 0 if it is known, and the horizon."""
    keys = {**layout.keys, **_unit(file, layout.keys["time"])}
    dated = not _numeric(file, keys["time"]) or "unit" in keys
    if not dated:
        table = read_trace(file, _spec(keys))
        return _called(keys, table, layout), None, _minutes(table.time[-1])
    numeric = "unit" in keys
    epoch: float | str = 0 if numeric else "1970-01-01T00:00:00Z"
    table = read_trace(file, _spec({**keys, "origin": epoch}))
    begin = math.floor(table.time[0] / 60) * 60
    start = datetime.fromtimestamp(begin, UTC)
    factor = {"s": 1, "ms": 1000, "us": 1_000_000}[keys.get("unit", "s")]
    keys["origin"] = begin * factor if numeric else start.isoformat()
    return _called(keys, table, layout), start, _minutes(table.time[-1] - begin)


def _spec(keys: dict[str, Any]) -> TraceFile:
    return TraceFile.model_validate({"file": "", **keys})


def _numeric(file: DataFile, column: str) -> bool:
    first = next(iter(file.rows([column])), None)
    return first is not None and len(first.lines) > 0 and is_number(first.cells[column][0])


def _unit(file: DataFile, column: str) -> dict[str, str]:
    """Return the unit of numeric times that count from 1970, recognised by their digits."""
    if not _numeric(file, column):
        return {}
    first = float(next(iter(file.rows([column]))).cells[column][0])
    digits = len(f"{first:.0f}")
    return {"unit": _UNITS[digits]} if digits in _UNITS and first > 0 else {}


def _called(keys: dict[str, Any], table: TraceTable, layout: Layout) -> Called:
    known = table.work[np.isfinite(table.work)]
    if not len(known):
        text = "exponential, 100 ms: the file has no durations"
        layout.remarks.append(Remark("assumed", "functions.app.service.time", text))
        return Called("app", keys, {"exponential": "100 ms"}, 0.5)
    values = np.quantile(known, _LEVELS).tolist()
    points = {one: duration_text(value) for one, value in zip(_LEVELS, values, strict=True)}
    time = {"empirical": {"quantiles": points}}
    return Called("app", keys, time, float(known.max()))


def _counts(file: DataFile, layout: Layout) -> tuple[Called, datetime | None, float]:
    table = read_counts(file, CountsFile.model_validate({"file": "", **layout.keys}))
    text = "exponential, 100 ms: counts have no durations"
    layout.remarks.append(Remark("assumed", "functions.app.service.time", text))
    called = Called("app", dict(layout.keys), {"exponential": "100 ms"}, 0.5)
    return called, None, table.counts.shape[1] * 60.0


def _minutes(seconds: float) -> float:
    """Return a horizon of whole minutes that *seconds* lies in."""
    return (math.floor(seconds / 60) + 1) * 60.0
