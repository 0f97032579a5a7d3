"""Writes result folders, whole or not at all.

======================  ====================================================================
``manifest.json``       what was run: scenario, seed, versions, wall time, warnings
``scenario.json``       the scenario as understood, in seconds and bytes
``kpis.json``           every KPI, nested; null where a figure is not defined
``cold_start_phases``   ``.csv``: where starts spend their time
``series.csv``          function metrics by interval; intervals without any life are left out
``region.csv``          region metrics by interval
``course.csv``          instances and requests over 300 cells of the window
``callers.csv``         attempts, calls and messages over the same cells; where there are callers
``minimum.csv``         minimum instances asked for and there, likewise; where there are policies
``happenings.csv``      faults, deployments, states of functions; where there are any
``latency.csv``         the distribution of latency by kind of request
``transfers.csv``       transfers of layers by layer and source
``bill.csv``            the lines of the bill
``assumptions.json``    what the answer rests on and no document settles
``record.json``         only with records: functions, layers, counters, happenings
``requests`` …          ``requests``, ``instances``, ``pulls`` as ``.csv``, ``.npz``, ``.parquet``;
                        ``targets`` where policies moved minimum instances, ``calls`` and
                        ``attempts`` where there are callers; ``cache_events``, ``flows``,
                        ``link_rates`` and ``link_capacities`` of a traced run
======================  ====================================================================

Equal runs give equal bytes in every file but the manifest, which alone holds the wall time. What
studies keep in ``points/`` stays when a result takes the place of another.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError, nearest
from fcsim.results import tables
from fcsim.results.caller_course import CALLER_COURSE
from fcsim.results.course import COURSE
from fcsim.results.json_files import read_json, write_json
from fcsim.results.latency_curves import CurvePoint, curve_points
from fcsim.results.message_series import MESSAGE_METRICS
from fcsim.results.minimum_course import MINIMUM_COURSE
from fcsim.results.phases import PhaseRow
from fcsim.results.pricing import Line
from fcsim.results.series import FUNCTION_METRICS, Series
from fcsim.results.transfers import TransferRow

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.sim.trace import Trace

__all__ = [
    "CALLER_LAYOUT",
    "COURSE_LAYOUT",
    "FORMAT",
    "HAPPENING",
    "MANIFEST",
    "POINTS",
    "check_target",
    "folder_name",
    "minimum_layout",
    "save",
    "series_layout",
]

FORMAT = 1
"""Version of the layout of result folders."""
COURSE_LAYOUT = tables.Layout(dict.fromkeys(COURSE, np.float64), {})
"""Layout of ``course.csv``."""
CALLER_LAYOUT = tables.Layout(dict.fromkeys(CALLER_COURSE, np.float64), {})
"""Layout of ``callers.csv``."""
HAPPENING = ("kind", "text", "begin", "end", "function")
"""Columns of ``happenings.csv``: the fields of :class:`fcsim.sim.record.Happening`."""
MANIFEST = "manifest.json"
POINTS = "points"
"""Folder of the finished runs of studies inside a result folder."""
_UNSAFE = re.compile(r"[^\w.() +-]+")
"""What a scenario's name may hold and the name of a folder had better not."""


def save(result: Result, folder: Path, records: str | None = None) -> Path:
    """Write *result* to *folder*; see :meth:`fcsim.results.result.Result.save`."""
    if records is not None and records not in tables.FORMATS:
        hint = nearest(records, tables.FORMATS)
        raise UsageError(f"unknown format of records {records!r}{hint}")
    if records is not None:
        _check_rows(result, records)
    try:
        with _replacing(folder) as draft:
            _write_summary(result, draft)
            write_json(draft / MANIFEST, _manifest(result, records))
            if records is not None:
                _write_records(result, draft, records)
    except OSError as error:
        raise UsageError(f"cannot write results to {folder}: {error.strerror}") from error
    return folder


def _check_rows(result: Result, records: str) -> None:
    """Raise UsageError when requests are neither in memory nor written in this format."""
    if (result.rows is None or result.rows.form != records) and not result.record.requests:
        raise UsageError(
            f"the rows of requests were not kept and cannot be saved as {records}: "
            "run with keep=True, or let the run write them (--records parquet or csv)"
        )


def folder_name(name: str) -> str:
    """Return a name for a folder of results called *name*: one step, not hidden, not too long."""
    return _UNSAFE.sub("-", name)[:80].strip(". -") or "scenario"


def check_target(folder: Path, records: str | None) -> None:
    """Raise UsageError for what :func:`save` could not do, before anything is simulated.

    That is a *folder* that holds something else, or a format of *records* that needs a package
    that is not installed.
    """
    _check_replaceable(folder.resolve(), folder)
    if records == "parquet" and find_spec("pyarrow") is None:
        raise UsageError("parquet needs pyarrow: pip install 'fcsim[parquet]', or use csv or npz")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """Yield a new folder that takes the place of *folder* when nothing went wrong."""
    target = folder.resolve()
    _check_replaceable(target, folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft, former = (target.with_name(f".{target.name}.{os.getpid()}.{x}") for x in ("new", "old"))
    draft.mkdir()
    try:
        yield draft
        _swap(draft, target, former)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _swap(draft: Path, target: Path, former: Path) -> None:
    try:
        if target.exists():
            target.rename(former)
        draft.rename(target)
    except BaseException:  # an interrupt, too, leaves what was there before
        if former.exists() and not target.exists():
            former.rename(target)
        raise
    if (former / POINTS).is_dir():
        (former / POINTS).rename(target / POINTS)
    shutil.rmtree(former, ignore_errors=True)


def _check_replaceable(target: Path, given: Path) -> None:
    if not target.exists():
        return
    if not target.is_dir():
        raise UsageError(f"cannot write results to {given}: it is a file")
    others = any(path.name != POINTS for path in target.iterdir())
    if others and not _is_result(target):
        raise UsageError(
            f"{given} holds something else than fcsim results and was not touched; "
            "name a new or empty folder"
        )


def _is_result(folder: Path) -> bool:
    try:
        return "fcsim_result" in read_json(folder / MANIFEST)
    except (OSError, ValueError):
        return False


def _write_summary(result: Result, folder: Path) -> None:
    write_json(folder / "scenario.json", result.scenario)
    write_json(folder / "kpis.json", result.kpis)
    write_json(folder / "assumptions.json", result.assumptions)
    tables.write_rows(folder / "cold_start_phases.csv", PhaseRow._fields, result.phases)
    tables.write_rows(folder / "bill.csv", Line._fields, result.bill.lines)
    _write_series(result.series, folder)
    tables.write(folder / "course.csv", result.course, COURSE_LAYOUT)
    _write_courses(result, folder)
    points = curve_points(result.latency_curves)
    tables.write_rows(folder / "latency.csv", CurvePoint._fields, points)
    tables.write_rows(folder / "transfers.csv", TransferRow._fields, result.transfers)


def _write_courses(result: Result, folder: Path) -> None:
    """Write what only some runs have: callers, policies, happenings."""
    if len(result.caller_course["time"]):
        tables.write(folder / "callers.csv", result.caller_course, CALLER_LAYOUT)
    if len(result.minimum_course["time"]):
        layout = minimum_layout(result.bill.functions)
        tables.write(folder / "minimum.csv", result.minimum_course, layout)
    if result.happenings:
        told = ([getattr(one, name) for name in HAPPENING] for one in result.happenings)
        rows = (["" if cell != cell else cell for cell in row] for row in told)
        tables.write_rows(folder / "happenings.csv", HAPPENING, rows)


def _write_series(series: Series, folder: Path) -> None:
    if series.functions:
        _write_function_series(series, folder)
    region = series.region_columns()
    rows = zip(*(column.tolist() for column in region.values()), strict=True)
    tables.write_rows(folder / "region.csv", list(region), rows)


def _write_function_series(series: Series, folder: Path) -> None:
    columns = series.columns()
    signs = ["TotalInvocations", "OndemandActiveInstance", "ProvisionedCurrentInstance"]
    if series.messages:
        signs += ["EnqueueCount", "AsyncMessagesBacklogV2", "AsyncEventExpiredDropped"]
    alive = np.any([columns[f"Function{sign}"] > 0 for sign in signs], axis=0)
    layout = series_layout(series.functions, messages=bool(series.messages))
    kept = {name: column[alive] for name, column in columns.items()}
    tables.write(folder / "series.csv", kept, layout)


def _write_records(result: Result, folder: Path, form: str) -> None:
    record, rows = result.record, result.rows
    functions = [function.name for function in record.functions]
    layouts = tables.layouts(functions, record.layers, list(record.scenario.workload))
    for name, layout in layouts.items():
        columns = getattr(record, name)
        if name in tables.OPTIONAL and not len(next(iter(columns.values()))):
            continue
        path = folder / f"{name}.{form}"
        if name == "requests" and not record.requests and rows is not None:
            shutil.copyfile(rows.path, path)
            continue
        tables.write(path, columns, layout)
    about: dict[str, Any] = {
        "functions": record.functions,
        "layers": record.layers,
        "counters": record.counters,
        "happenings": record.happenings,
        "assumptions": [parameter.name for parameter in record.assumptions],
    }
    if record.trace is not None:
        about["trace"] = _write_trace(record.trace, folder, form)
    write_json(folder / "record.json", about)


def _write_trace(trace: Trace, folder: Path, form: str) -> dict[str, list[str]]:
    """Write the tables of *trace* and return its names."""
    for name, layout in tables.trace_layouts(trace.entries, trace.links).items():
        tables.write(folder / f"{name}.{form}", getattr(trace, name), layout)
    return {"entries": trace.entries, "links": trace.links}


def _manifest(result: Result, records: str | None) -> dict[str, Any]:
    scenario = result.scenario
    return {
        "fcsim_result": FORMAT,
        "scenario": {"name": scenario.name, "digest": result.digest},
        "seed": result.seed,
        "replication": result.replication,
        "window": [scenario.warm_up, scenario.horizon],
        "series_interval": result.series.interval,
        "messages": bool(result.series.messages),
        "functions": list(result.bill.functions),
        "price_book": result.bill.book,
        "currency": result.bill.currency,
        "records": records,
        "warnings": result.warnings,
        **({"objectives_in_slices": result.sliced} if result.sliced else {}),
        "counters": result.counters,
        "command": result.command,
        "versions": result.versions,
        "engine": result.engine,
        "wall_seconds": result.wall_seconds,
    }


def minimum_layout(functions: tuple[str, ...]) -> tables.Layout:
    """Return the layout of ``minimum.csv``."""
    types = {**dict.fromkeys(MINIMUM_COURSE, np.float64), "function": np.int32}
    return tables.Layout(types, {"function": functions})


def series_layout(functions: tuple[str, ...], *, messages: bool) -> tables.Layout:
    """Return the layout of ``series.csv``, with the metrics of *messages* or without."""
    types = {"time": np.float64, "function": np.int32}
    metrics = [*FUNCTION_METRICS, *(MESSAGE_METRICS if messages else ())]
    return tables.Layout({**types, **dict.fromkeys(metrics, np.float64)}, {"function": functions})
