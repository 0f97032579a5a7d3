"""A sweep as tidy tables and files. Equal sweeps give equal bytes, however they were run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import isnan, nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim import __version__
from fcsim.results.vocabulary import BY_NAME
from fcsim.scenario.identity import digest
from fcsim.study.estimates import own_name
from fcsim.study.table_files import check_form, plain_cell, write_document, write_rows

if TYPE_CHECKING:
    from fcsim.study.sweep import Sweep

__all__ = ["TABLES", "rows_of", "save", "sweep_json"]

Row = dict[str, Any]


def rows_of(sweep: Sweep, table: str) -> list[Row]:
    """Return the rows of one of TABLES."""
    return list(TABLES[table](sweep))


def _runs(sweep: Sweep) -> Iterator[Row]:
    columns = {name: _kind(name) for name in sweep.columns}
    for run in sweep.runs:
        kpis = run.outcome.kpis
        figures = {name: kind(kpis.get(name, nan)) for name, kind in columns.items()}
        place = {"point": run.point, **_setting(sweep, run.point), "replication": run.replication}
        yield {**place, **figures, "error": run.outcome.error}


def _summary(sweep: Sweep) -> Iterator[Row]:
    for point in sweep.points:
        setting = _setting(sweep, point)
        for name in sweep.columns:
            found = sweep.estimate(point, name)
            figures = {"value": found.value, "low": found.low, "high": found.high}
            yield {"point": point, **setting, "kpi": name, **figures, "runs": found.runs}


TABLES: dict[str, Callable[[Sweep], Iterator[Row]]] = {"runs": _runs, "summary": _summary}
"""Tables by name."""


def _setting(sweep: Sweep, point: int) -> Row:
    setting = sweep.settings[point - 1]
    return {path: plain_cell(setting[path]) for path in sweep.paths}


def _kind(name: str) -> Callable[[float], float]:
    kpi = BY_NAME[own_name(name)]
    return _whole if kpi.unit == "count" else float


def _whole(value: float) -> float:
    return value if isnan(value) else int(value)


def save(sweep: Sweep, folder: Path, form: str = "csv") -> Path:
    """Write ``runs``, ``summary`` and ``sweep.json`` into *folder* and return it."""
    check_form(form)
    for table in TABLES:
        write_rows(rows_of(sweep, table), folder, table, form)
    write_document(sweep_json(sweep), folder, "sweep")
    return folder


def sweep_json(sweep: Sweep) -> dict[str, Any]:
    """Return the sweep as one document; nothing in it depends on time, place or workers."""
    part, parts = sweep.shard
    return {
        "fcsim": __version__,
        "scenario": sweep.scenario.name,
        "digest": digest(sweep.scenario),
        "seed": sweep.seed,
        "replications": sweep.reps,
        "shard": f"{part}/{parts}",
        "vary": list(sweep.paths),
        "points": [_point(sweep, point) for point in sweep.points],
        "failures": [
            {"point": run.point, "replication": run.replication, "error": run.outcome.error}
            for run in sweep.failures
        ],
    }


def _point(sweep: Sweep, point: int) -> Row:
    kpis = {}
    for name in sweep.columns:
        found = sweep.estimate(point, name)
        kpis[name] = {"value": found.value, "low": found.low, "high": found.high}
    return {"point": point, "setting": sweep.settings[point - 1], "kpis": kpis}
