"""Request logs from files: blocks of the columns of :mod:`fcsim.importers.request_log`.

CSV, JSON lines (each also as gzip) and Parquet with the platform's own field names (platform
facts, section 10). Files of any size are read in bounded memory; bad rows are counted by reason
and skipped. Rows of other operations than InvokeFunction are no requests and are counted too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import UsageError
from fcsim.importers.rejected import Rejected
from fcsim.importers.request_cells import Faults, flags, names, numbers, words
from fcsim.importers.request_log import LOG_COLUMNS
from fcsim.importers.row_files import Cells, plain_name, read_rows
from fcsim.units import MIB

__all__ = ["FIELDS", "NEEDED", "Rejected", "log_blocks", "read_log"]

NEEDED = ("functionName", "invocationStartTimestamp", "durationMs")
"""Fields without which a row says nothing."""

FIELDS = (
    *NEEDED,
    "serviceName",
    "operation",
    "instanceID",
    "invokeFunctionStartTimestamp",
    "scheduleLatencyMs",
    "isColdStart",
    "resourceMode",
    "invocationType",
    "coldStartLatencyMs",
    "prepareCodeLatencyMs",
    "runtimeInitializationMs",
    "invokeFunctionLatencyMs",
    "memoryMB",
    "memoryUsageMB",
    "statusCode",
    "errorType",
    "hasFunctionError",
)
"""Fields that are read; all others are ignored."""

_WEEK = 7 * 86_400_000.0
_OPERATIONS = frozenset({"", "InvokeFunction"})


def read_log(paths: Sequence[Path], rejected: Rejected) -> Iterator[dict[str, NDArray[Any]]]:
    """Yield the requests of *paths* in the order of the files, at most 65,536 rows at once.

    Raises UsageError for a file that cannot be read at all or lacks a needed column, and when no
    row of any file can be used.
    """
    _once(paths)
    for path in paths:
        yield from log_blocks(read_rows(path, FIELDS, NEEDED, rejected), rejected)
    if rejected.used == 0:
        raise UsageError("\n".join(["no row of the log can be used:", *rejected.lines()]))


def _once(paths: Sequence[Path]) -> None:
    seen: dict[Path, Path] = {}
    for path in paths:
        if path.resolve() in seen:
            raise UsageError(f"{path} is named twice; its requests would count twice")
        seen[path.resolve()] = path


def log_blocks(rows: Iterable[Cells], rejected: Rejected) -> Iterator[dict[str, NDArray[Any]]]:
    """Turn rows into blocks of LOG_COLUMNS; bad ones go to *rejected*."""
    for cells in rows:
        block = _block(cells, rejected)
        if len(block["arrival"]):
            yield block


def _block(cells: Cells, rejected: Rejected) -> dict[str, NDArray[Any]]:
    columns = {name: cells.columns.get(plain_name(name)) for name in FIELDS}
    faults = Faults(len(cells.lines))
    _check_operation(columns["operation"], faults)
    block = {**_texts(columns, faults), **_numbers(columns, faults)}
    for place, reason in faults.each():
        rejected.add(reason, cells.file, cells.lines[place])
    good = faults.good
    rejected.used += int(good.sum())
    return {name: np.asarray(block[name])[good].astype(kind) for name, kind in LOG_COLUMNS.items()}


def _check_operation(cells: Sequence[Any] | None, faults: Faults) -> None:
    operations = words(cells, len(faults.good))
    other = np.array([one not in _OPERATIONS for one in operations], bool)
    faults.mark(other, "operation is not InvokeFunction")


def _texts(columns: Mapping[str, Sequence[Any] | None], faults: Faults) -> dict[str, NDArray[Any]]:
    rows = len(faults.good)
    function = names(columns["functionName"], "functionName", faults)
    service = words(columns["serviceName"], rows)
    failed = flags(columns["hasFunctionError"], "hasFunctionError", faults)
    error = words(columns["errorType"], rows)
    return {
        "function": _objects(
            [f"{a}/{b}" if a else b for a, b in zip(service, function, strict=True)]
        ),
        "instance": _objects(words(columns["instanceID"], rows)),
        "cold": flags(columns["isColdStart"], "isColdStart", faults),
        "minimum": np.array(
            [one.lower() == "provision" for one in words(columns["resourceMode"], rows)], bool
        ),
        "asynchronous": np.array(
            [one.lower() == "async" for one in words(columns["invocationType"], rows)], bool
        ),
        "error": _objects(
            [
                text or ("hasFunctionError" if bad else "")
                for text, bad in zip(error, failed, strict=True)
            ]
        ),
    }


def _objects(texts: Sequence[str]) -> NDArray[np.object_]:
    column = np.empty(len(texts), object)
    column[:] = texts
    return column


def _numbers(
    columns: Mapping[str, Sequence[Any] | None], faults: Faults
) -> dict[str, NDArray[Any]]:
    def of(name: str, **checks: Any) -> NDArray[np.float64]:
        return numbers(columns[name], name, faults, needed=name in NEEDED, **checks)

    instant = partial(of, low=1e12, high=1e13, beyond="is not in milliseconds (13 digits)")
    span = partial(of, high=_WEEK, beyond="is more than 7 days")
    return {
        "arrival": instant("invocationStartTimestamp") / 1e3,
        "handed": instant("invokeFunctionStartTimestamp") / 1e3,
        "duration": span("durationMs") / 1e3,
        "schedule": span("scheduleLatencyMs") / 1e3,
        "cold_start": span("coldStartLatencyMs") / 1e3,
        "prepare": span("prepareCodeLatencyMs") / 1e3,
        "server": span("runtimeInitializationMs") / 1e3,
        "invoke": span("invokeFunctionLatencyMs") / 1e3,
        "memory": of("memoryMB") * MIB,
        "memory_used": of("memoryUsageMB") * MIB,
        "status": np.nan_to_num(of("statusCode", high=1000, beyond="is no HTTP status")).clip(
            0, 999
        ),
    }
