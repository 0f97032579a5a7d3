"""KPIs of calls (of clients and users) and of messages (asynchronous invocations)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.intervals import inside
from fcsim.results.samples import Ranked, rank
from fcsim.sim.record import CallStatus, InvocationType

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.request_summary import Table
    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]
    Marks = NDArray[np.bool_]

__all__ = ["call_figures", "told"]

_COUNTED = {
    InvocationType.SYNC: {
        "calls.completed": CallStatus.SUCCEEDED,
        "calls.failed": CallStatus.FAILED,
        "calls.unfinished": CallStatus.UNFINISHED,
    },
    InvocationType.ASYNC: {
        "messages.delivered": CallStatus.SUCCEEDED,
        "messages.failed": CallStatus.FAILED,
        "messages.expired": CallStatus.EXPIRED,
        "messages.unfinished": CallStatus.UNFINISHED,
    },
}
_QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


def call_figures(record: Record) -> Table:
    """Return the KPIs ``calls`` and ``messages``: one value a function, the overall one last.

    They cover what began, or was accepted, in the window.
    """
    calls = record.calls
    counted = inside(calls["arrival"], record.window)
    table: Table = {}
    for kind, names in _COUNTED.items():
        rows = counted & (calls["invocation_type"] == kind)
        chosen = {name: column[rows] for name, column in calls.items()}
        arrived, per, times = _NAMES[kind]
        number, attempts = _sums(record, chosen), _sums(record, chosen, chosen["attempts"])
        table[arrived] = number
        for name, status in names.items():
            table[name] = _sums(record, chosen, chosen["status"] == status)
        table[per] = _ratio(attempts, number)
        table |= {f"{times}.{name}": values for name, values in _times(record, chosen).items()}
    table["calls.success_ratio"] = _ratio(table["calls.completed"], table["calls.arrived"])
    return table | _of_destinations(record, counted)


_NAMES = {
    InvocationType.SYNC: ("calls.arrived", "calls.attempts_per_call", "calls.latency"),
    InvocationType.ASYNC: ("messages.accepted", "messages.attempts_per_message", "messages.delay"),
}
"""Names of the number, of attempts by call, and of the times."""


def _sums(record: Record, calls: Columns, weights: NDArray[np.generic] | None = None) -> Floats:
    """Sum *weights* (1 without any) by function, and over all."""
    sums = np.bincount(calls["function"], weights=weights, minlength=len(record.functions))
    return np.append(sums, sums.sum()).astype(np.float64)


def _ratio(part: Floats, whole: Floats) -> Floats:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _times(record: Record, calls: Columns) -> Table:
    """Return figures of the time from the beginning of a call to its success."""
    done = calls["status"] == CallStatus.SUCCEEDED
    times = (calls["ended"] - calls["arrival"])[done]
    count = len(record.functions)
    own = rank(calls["function"][done], times, count)
    every = rank(np.zeros(len(times), np.int64), times, 1)
    return {
        name: np.concatenate([figure, whole])
        for (name, figure), whole in zip(
            _figures(own).items(), _figures(every).values(), strict=True
        )
    }


def _figures(ranked: Ranked) -> dict[str, Floats]:
    quantiles = {name: ranked.quantile(q) for name, q in _QUANTILES.items()}
    return {"mean": ranked.mean(), **quantiles, "max": ranked.max()}


# ── destinations ──────────────────────────────────────────────────────────────────────────────


def told(record: Record) -> dict[str, Marks]:
    """Mark the messages of whose end a destination is told, by name of the destination."""
    calls = record.calls
    status, is_message = calls["status"], calls["invocation_type"] == InvocationType.ASYNC
    failed = (status == CallStatus.FAILED) | (status == CallStatus.EXPIRED)
    ends = {"on_success": status == CallStatus.SUCCEEDED, "on_failure": failed}
    return {
        name: is_message & marks & _has_destination(record, name)[calls["function"]]
        for name, marks in ends.items()
    }


def _has_destination(record: Record, name: str) -> Marks:
    """Mark the functions that have the destination called *name*."""
    templates = [record.scenario.functions[info.template] for info in record.functions]
    configs = [function.async_invoke_config.destination_config for function in templates]
    return np.array([getattr(config, name) is not None for config in configs], dtype=bool)


def _of_destinations(record: Record, counted: Marks) -> Table:
    calls = record.calls
    return {
        f"messages.{name}": _sums(record, calls, marks & counted)
        for name, marks in told(record).items()
    }
