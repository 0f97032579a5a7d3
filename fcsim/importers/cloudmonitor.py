"""A scenario from exported CloudMonitor metrics: calls a minute, and what was observed.

Calls become a counts file, one column a function; every value that was exported stands in
``NAME.observed.csv`` (time, function, metric, value) to compare a run with.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fcsim.errors import UsageError
from fcsim.importers.imported import Imported
from fcsim.importers.local_time import Clock, zone_called
from fcsim.importers.metric_files import Columns, read_points
from fcsim.importers.metric_remarks import function_remarks, source_remarks
from fcsim.importers.metric_series import MetricSeries
from fcsim.importers.metrics import INVOCATIONS
from fcsim.importers.rejected import Rejected
from fcsim.importers.service_from_metrics import service_time
from fcsim.importers.traffic import Called, scenario_name, scenario_of
from fcsim.units import MIB

__all__ = ["ZONE", "MetricOptions", "import_cloudmonitor"]

_LONGEST = 366 * 1440
"""Most minutes of a scenario: a stray time must not make a counts file of centuries."""

ZONE = "Asia/Shanghai"
"""Zone of times without an offset when none is given: that of the platform's main regions."""


@dataclass(frozen=True)
class MetricOptions:
    """What the user says beside the metrics."""

    name: str = "imported"
    """Name of the scenario and of its files."""
    image: str | None = None
    """Compressed size of the images, as the scenario writes it."""
    time: str | None = None
    """Column of times; None: recognised, as for the next three."""
    function: str | None = None
    value: str | None = None
    metric: str | None = None
    """Column of metric names, or the metric that all rows hold."""
    time_zone: str | None = None
    """Zone of times without an offset."""
    begin: float = -math.inf
    """Only values from this time on, in seconds since 1970."""
    end: float = math.inf
    """Only values before this time."""


def import_cloudmonitor(paths: Sequence[Path], folder: Path, options: MetricOptions) -> Imported:
    """Return the scenario of the metrics in *paths*; its files are written into *folder*.

    Raises UsageError when no value can be used or calls were not exported.
    """
    rejected, clock = Rejected(), Clock(zone_called(options.time_zone or ZONE))
    columns = Columns(options.time, options.function, options.value, options.metric)
    points = read_points(paths, columns, clock, rejected)
    series = MetricSeries(one for one in points if options.begin <= one.time < options.end)
    _check(series, rejected)
    names = _names(series)
    counts = f"{options.name}.counts.csv"
    window = series.window
    called = [_called(series, function, name, counts) for function, name in names.items()]
    start = datetime.fromtimestamp(window.start * 60, clock.zone)
    horizon = len(window) * window.step * 60.0
    document, remarks = scenario_of(options.name, start, horizon, called, options.image)
    remarks += source_remarks(series, clock, options.time_zone is not None)
    for function, name in names.items():
        remarks += function_remarks(series, function, name)
    files = {
        counts: _write_counts(folder / "counts.csv", series, names),
        f"{options.name}.observed.csv": _write_observed(folder / "observed.csv", series, names),
    }
    return Imported(document, [*remarks, *rejected.remarks()], files)


def _check(series: MetricSeries, rejected: Rejected) -> None:
    if not rejected.used:
        raise UsageError("\n".join(["no value can be used:", *rejected.lines()]))
    if not series.functions:
        found = ", ".join(series.metrics[:8])
        raise UsageError(f"no calls: expected the metric {INVOCATIONS}; found {found or 'nothing'}")
    if len(series.window) * series.period > _LONGEST:
        first, last = (_moment(minute) for minute in (series.window[0], series.window[-1]))
        raise UsageError(
            f"calls from {first} to {last} are more than 366 days apart; cut with --from and --to"
        )


def _names(series: MetricSeries) -> dict[str, str]:
    """Return the name in the scenario of each function; ``time`` is taken by the counts file."""
    names: dict[str, str] = {}
    for function in series.functions:
        names[function] = scenario_name(function, ["time", *names.values()])
    return names


def _called(series: MetricSeries, function: str, name: str, counts: str) -> Called:
    service = service_time(series, function)
    memory = series.most_common("FunctionMemoryLimitMB", function)
    at_once = max(series.of("FunctionMaxConcurrentRequests", function).values(), default=1.0)
    minimum = series.most_common("FunctionProvisionedCurrentInstance", function)
    arrivals: dict[str, Any] = {"file": counts, "columns": name}
    if series.period > 1:
        arrivals["interval"] = f"{series.period} min"
    return Called(
        name=name,
        arrivals={"counts": arrivals},
        service_time=service.words,
        longest=service.longest,
        memory=memory * MIB if memory else None,
        concurrency=max(math.ceil(at_once), 1),
        min_instances=round(minimum or 0),
    )


# ── files ─────────────────────────────────────────────────────────────────────────────────────


def _write_counts(path: Path, series: MetricSeries, names: dict[str, str]) -> Path:
    calls = [series.of(INVOCATIONS, function) for function in names]
    rows = (
        [_moment(minute), *(f"{one.get(minute, 0):.10g}" for one in calls)]
        for minute in series.window
    )
    return _write(path, ["time", *names.values()], rows)


def _write_observed(path: Path, series: MetricSeries, names: dict[str, str]) -> Path:
    rows = (
        [_moment(minute), names.get(function, function), metric, f"{value:.10g}"]
        for minute, function, metric, value in series
    )
    return _write(path, ["time", "function", "metric", "value"], rows)


def _moment(minute: int) -> str:
    return datetime.fromtimestamp(minute * 60, UTC).isoformat()


def _write(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    return path
