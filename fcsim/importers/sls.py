"""A scenario from request-metric logs: every request of the log arrives when it did.

The service time of a warm row is ``durationMs``. That of a cold row must not hold the cold start;
:mod:`fcsim.importers.cold_rows` says how that is settled.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import UsageError
from fcsim.importers.cold_rows import ColdRows
from fcsim.importers.imported import Imported, Remark
from fcsim.importers.log_remarks import log_remarks
from fcsim.importers.log_summary import FunctionLog, LogSummary, by_code, quantiles
from fcsim.importers.request_files import Rejected, read_log
from fcsim.importers.trace_files import TraceFiles
from fcsim.importers.traffic import Called, duration_text, scenario_of

__all__ = ["LogOptions", "import_sls"]

Block = dict[str, NDArray[Any]]

_LEVELS = (0.0, 0.05, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)
ENOUGH = 20
"""Cold starts that a measured start time needs."""


@dataclass(frozen=True)
class LogOptions:
    """What the user says beside the log."""

    name: str = "imported"
    """Name of the scenario and of its files."""
    image: str | None = None
    """Compressed size of the images, as the scenario writes it."""
    functions: tuple[str, ...] = ()
    """Only these functions; all without any."""
    begin: float = -np.inf
    """Only requests from this time on, in seconds since 1970."""
    end: float = np.inf
    """Only requests before this time."""


def import_sls(paths: Sequence[Path], folder: Path, options: LogOptions) -> Imported:
    """Return the scenario of the logs *paths*; traces are written into *folder*.

    Raises UsageError when no row can be used.
    """
    rejected, summary = Rejected(), LogSummary()
    with TraceFiles(folder) as traces, tempfile.TemporaryFile(dir=folder) as aside:
        cold = ColdRows(aside)
        for block in _chosen(read_log(paths, rejected), options):
            codes = summary.add(block)
            cold.put(codes, block)
            warm = ~block["cold"]
            _write(traces, summary, codes[warm], block["arrival"][warm], block["duration"][warm])
        if not summary.functions:
            raise UsageError("no request of the log is of these functions and this time")
        for codes, arrival, service in cold:
            _write(traces, summary, codes, arrival, service)
    document, remarks = _scenario(summary, options, traces.suffix)
    remarks += log_remarks(summary, cold.remarks(), list(document.get("assumptions", ())))
    files = {f"{options.name}.{name}.{traces.suffix}": traces.path(name) for name in summary.names}
    return Imported(document, [*remarks, *rejected.remarks()], files)


def _chosen(blocks: Iterator[Block], options: LogOptions) -> Iterator[Block]:
    for block in blocks:
        keep = (block["arrival"] >= options.begin) & (block["arrival"] < options.end)
        if options.functions:
            keep &= np.isin(block["function"].astype(str), options.functions)
        if keep.any():
            yield block if keep.all() else {key: column[keep] for key, column in block.items()}


def _write(
    traces: TraceFiles,
    summary: LogSummary,
    codes: NDArray[np.int64],
    arrival: NDArray[np.float64],
    service: NDArray[np.float64],
) -> None:
    """Write requests to the traces of their functions."""
    summary.service.add(codes, service)
    for code, places in by_code(codes):
        traces.add(summary.names[code], arrival[places], service[places])


def _scenario(
    summary: LogSummary, options: LogOptions, suffix: str
) -> tuple[dict[str, Any], list[Remark]]:
    begin = np.floor(summary.first / 60) * 60
    horizon = (np.floor((summary.last - begin) / 60) + 1) * 60
    called = [
        _called(summary, log, f"{options.name}.{log.name}.{suffix}", begin)
        for log in summary.functions.values()
    ]
    start = datetime.fromtimestamp(begin, UTC)
    document, remarks = scenario_of(options.name, start, float(horizon), called, options.image)
    assumptions = _assumptions(summary)
    return document | ({"assumptions": assumptions} if assumptions else {}), remarks


def _called(summary: LogSummary, log: FunctionLog, file: str, begin: float) -> Called:
    trace = {"file": file, "time": "time", "duration": "service", "unit": "ms"}
    return Called(
        name=log.name,
        arrivals={"trace": {**trace, "origin": int(begin * 1e3)}},
        service_time=_empirical(quantiles(summary.service, _LEVELS, log.code)),
        longest=log.longest,
        memory=log.memory.most_common(1)[0][0] if log.memory else None,
        concurrency=summary.sweep.most(log.code),
        min_instances=summary.min_instances(log.code),
        server_start=_server_start(summary, log),
    )


def _empirical(values: Sequence[float]) -> dict[str, Any]:
    points = {level: duration_text(value) for level, value in zip(_LEVELS, values, strict=True)}
    return {"empirical": {"quantiles": points}}


def _server_start(summary: LogSummary, log: FunctionLog) -> dict[str, Any] | None:
    values = quantiles(summary.phases["server"], _LEVELS, log.code)
    return _empirical(values) if log.server_starts >= ENOUGH else None


def _assumptions(summary: LogSummary) -> dict[str, Any]:
    """Return what the log measures of the platform, where it has enough cold starts."""
    measured: dict[str, Any] = {}
    logs = summary.functions.values()
    if all(log.server_starts >= ENOUGH for log in logs):
        measured["start.create"] = {"value": "0 s", "source": "measured"}
    if sum(log.scheduled for log in logs) >= ENOUGH:
        placing = quantiles(summary.phases["schedule"], _LEVELS)
        measured["start.placing"] = {"value": _empirical(placing), "source": "measured"}
    return measured
