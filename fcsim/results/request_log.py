"""A run's requests in the platform's request-metric log format (platform facts, section 10).

One JSON object a line, every value as text, as the log service delivers it. Moments are whole
milliseconds since 1970 (13 digits) and durations have two decimals of a millisecond, so the end
of a request (hand-over + ``durationMs``) is known within a millisecond, not better: keep that in
mind where gaps or services of a few milliseconds are fitted.

``scheduleLatencyMs`` is the placing of a cold request's instance, and the wait of any other one;
``prepareCodeLatencyMs`` runs from placing to the image (credential and pull);
``runtimeInitializationMs`` is container creation and server start; ``invokeFunctionLatencyMs`` is
written at a cold start with an initializer only, which is what its documentation says.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.sim.record import ERRORS, InvocationType, Kind, Outcome, Start

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.sim.record import Record

__all__ = ["lines", "write"]


def write(result: Result, path: str | Path) -> Path:
    """Write the requests of *result* to *path*, whole or not at all, and return the path.

    Raises UsageError when the run kept no rows. What has not ended by the end of the run is not
    in a log.
    """
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(f"{line}\n" for line in lines(result.record))
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return target


def lines(record: Record) -> Iterator[str]:
    """Yield the log line of each request that ended, in order of arrival."""
    requests = {name: column.tolist() for name, column in _columns(record).items()}
    instances = {name: column.tolist() for name, column in record.instances.items()}
    origin, deliveries = record.scenario.start.timestamp(), _deliveries(record)
    for k, values in enumerate(zip(*requests.values(), strict=True)):
        row = dict(zip(requests, values, strict=True))
        if row["outcome"] == Outcome.UNFINISHED:
            continue
        row["delivers"] = (row["function"], row["arrival"]) in deliveries
        number = row["instance"]
        life = {name: column[number] for name, column in instances.items()} if number >= 0 else {}
        yield json.dumps(_entry(record, k, row, life, origin))


def _deliveries(record: Record) -> set[tuple[int, float]]:
    """Return function and arrival of the requests by which messages were delivered."""
    call = record.attempts["call"]
    own = record.calls["invocation_type"][call] == InvocationType.ASYNC
    function = record.calls["function"][call[own]]
    return set(zip(function.tolist(), record.attempts["begun"][own].tolist(), strict=True))


def _columns(record: Record) -> dict[str, Any]:
    wanted = (
        "function", "arrival", "started", "ended", "outcome", "error", "start", "instance",
    )  # fmt: skip
    return {name: record.requests[name] for name in wanted}


def _entry(
    record: Record, k: int, row: dict[str, Any], life: dict[str, Any], origin: float
) -> dict[str, str]:
    info = record.functions[row["function"]]
    error = ERRORS[row["error"]]
    served = row["started"] == row["started"]
    entry = {
        "functionName": info.name,
        "qualifier": "LATEST",
        "requestId": f"{record.seed}-{record.replication}-{k}",
        "operation": "InvokeFunction",
        "invocationType": "Async" if row["delivers"] else "Sync",
        "memoryMB": f"{info.memory_size / 2**20:.0f}",
        "durationMs": _ms(row["ended"] - row["started"]) if served else "0",
        "isColdStart": "true" if row["start"] == Start.COLD else "false",
        "hasFunctionError": "true" if error.name and error.status == 200 else "false",
        "statusCode": str(error.status),
        "errorType": error.name,
        "resourceMode": "Provision" if life and life["kind"] != Kind.ON_DEMAND else "OnDemand",
        "instanceID": f"c-{info.name}-{row['instance']}" if life else "",
        "scheduleLatencyMs": _schedule(row, life),
        "invocationStartTimestamp": _stamp(origin + row["arrival"]),
    }
    if served:
        entry["invokeFunctionStartTimestamp"] = _stamp(origin + row["started"])
    if row["start"] == Start.COLD and served:
        entry |= _cold_start(life, origin, initializer=_has_initializer(record, info.template))
    return {name: value for name, value in entry.items() if value}


def _schedule(row: dict[str, Any], life: dict[str, Any]) -> str:
    if row["start"] == Start.COLD and life:
        latency = life["placed"] - life["created"]
    else:
        latency = row["started"] - row["arrival"]
    return _ms(latency) if latency == latency else ""


def _cold_start(life: dict[str, Any], origin: float, *, initializer: bool) -> dict[str, str]:
    entry = {
        "instanceEvent": "ColdStart",
        "coldStartStartTimestamp": _stamp(origin + life["placed"]),
        "coldStartLatencyMs": _ms(life["ready"] - life["placed"]),
        "prepareCodeStartTimestamp": _stamp(origin + life["placed"]),
        "prepareCodeLatencyMs": _ms(life["pulled"] - life["placed"]),
        "runtimeInitializationStartTimestamp": _stamp(origin + life["pulled"]),
        "runtimeInitializationMs": _ms(life["served"] - life["pulled"]),
    }
    if initializer:
        entry["invokeFunctionLatencyMs"] = _ms(life["ready"] - life["served"])
    return entry


def _has_initializer(record: Record, template: str) -> bool:
    hooks = record.scenario.functions[template].instance_lifecycle_config
    return hooks.initializer is not None


def _ms(seconds: float) -> str:
    return f"{seconds * 1e3:.2f}"


def _stamp(moment: float) -> str:
    return f"{moment * 1e3:.0f}"
