"""A sweep as tidy tables and files. Equal sweeps give equal bytes, however they were run."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from functools import partial
from importlib.util import find_spec
from io import StringIO
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim import __version__
from fcsim.errors import UsageError
from fcsim.results.vocabulary import find
from fcsim.scenario.identity import digest

if TYPE_CHECKING:
    from fcsim.study.sweep import Sweep

__all__ = ["TABLES", "rows_of", "save", "sweep_json"]

Row = dict[str, Any]


def rows_of(sweep: Sweep, table: str) -> list[Row]:
    """Return the rows of one of TABLES."""
    return list(TABLES[table](sweep))


def _runs(sweep: Sweep) -> Iterator[Row]:
    columns = {name: _kind(sweep, name) for name in sweep.columns}
    for run in sweep.runs:
        kpis = run.outcome.kpis
        figures = {name: kind(kpis.get(name, nan)) for name, kind in columns.items()}
        place = {"point": run.point, **_setting(sweep, run.point), "replication": run.replication}
        yield {**place, **figures, "error": run.outcome.error}


def _summary(sweep: Sweep) -> Iterator[Row]:
    for point in dict.fromkeys(run.point for run in sweep.runs):
        setting = _setting(sweep, point)
        for name in sweep.columns:
            found = sweep.estimate(point, name)
            figures = {"mean": found.value, "low": found.low, "high": found.high}
            yield {"point": point, **setting, "kpi": name, **figures, "runs": found.runs}


TABLES: dict[str, Callable[[Sweep], Iterator[Row]]] = {"runs": _runs, "summary": _summary}
"""Tables by name."""


def _setting(sweep: Sweep, point: int) -> Row:
    setting = sweep.settings[point - 1]
    return {path: _cell(setting[path]) for path in sweep.paths}


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _kind(sweep: Sweep, name: str) -> Callable[[float], float]:
    _, kpi = find(name, sweep.scenario.functions)
    return _whole if kpi.unit == "count" else float


def _whole(value: float) -> float:
    return value if isnan(value) else int(value)


def save(sweep: Sweep, folder: Path, form: str = "csv") -> Path:
    """Write ``runs``, ``summary`` and ``sweep.json`` into *folder*, each whole or not at all."""
    if form not in ("csv", "parquet"):
        raise UsageError(f"unknown form {form!r} of tables; accepted: csv, parquet")
    if form == "parquet" and find_spec("pyarrow") is None:
        raise UsageError("parquet needs pyarrow: pip install 'fcsim[parquet]', or use csv")
    folder.mkdir(parents=True, exist_ok=True)
    for table in TABLES:
        rows = rows_of(sweep, table)
        writer = _write_csv if form == "csv" else _write_parquet
        _whole_file(folder / f"{table}.{form}", partial(writer, rows))
    text = json.dumps(sweep_json(sweep), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    _whole_file(folder / "sweep.json", lambda path: _write_text(path, text))
    return folder


def _whole_file(target: Path, write: Callable[[Path], None]) -> None:
    passing = target.with_name(f"{target.name}.tmp")
    write(passing)
    passing.replace(target)


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _write_csv(rows: list[Row], path: Path) -> None:
    stream = StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "" if value != value else value for key, value in row.items()})
    _write_text(path, stream.getvalue())


def _write_parquet(rows: list[Row], path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if len({type(value) for value in frame[name]}) > 1 and frame[name].dtype == object:
            frame[name] = frame[name].astype(str)
    frame.to_parquet(path, index=False)


def sweep_json(sweep: Sweep) -> dict[str, Any]:
    """Return the sweep as one document; undefined figures are null, and nothing is timed."""
    part, parts = sweep.shard
    return {
        "fcsim": __version__,
        "scenario": sweep.scenario.name,
        "digest": digest(sweep.scenario),
        "seed": sweep.seed,
        "replications": sweep.reps,
        "shard": f"{part}/{parts}",
        "vary": list(sweep.paths),
        "points": [
            _point(sweep, point) for point in dict.fromkeys(run.point for run in sweep.runs)
        ],
        "failures": [
            {"point": run.point, "replication": run.replication, "error": run.outcome.error}
            for run in sweep.failures
        ],
    }


def _point(sweep: Sweep, point: int) -> Row:
    kpis = {}
    for name in sweep.columns:
        found = sweep.estimate(point, name)
        figures = {"mean": found.value, "low": found.low, "high": found.high}
        kpis[name] = {key: None if isnan(value) else value for key, value in figures.items()}
    return {"point": point, "setting": sweep.settings[point - 1], "kpis": kpis}
