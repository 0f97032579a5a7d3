"""Time series under the platform's CloudMonitor names, exact from the record of a run.

CloudMonitor reports each metric for a period of 60 s (namespace ``acs_fc``); so does fcsim, or
for any other interval. Requests count in the interval of their arrival, so that a series adds
up to the KPI of the same window; CloudMonitor counts them when they end. Durations are in
milliseconds, as the platform gives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.errors import UsageError, nearest
from fcsim.results.intervals import inside, occupancy, order_by, pieces
from fcsim.results.samples import rank
from fcsim.sim.record import ERRORS, ErrorCode, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]

__all__ = ["FUNCTION_METRICS", "REGION_METRICS", "Series", "cut", "series"]

FUNCTION_METRICS: dict[str, str] = {
    "FunctionTotalInvocations": "requests that arrived",
    "FunctionProvisionInvocations": "of these: handed to a minimum instance",
    "FunctionHTTPStatus2xx": "answered with 2xx, function errors included",
    "FunctionHTTPStatus4xx": "answered with 4xx, 429 included",
    "FunctionHTTPStatus5xx": "answered with 5xx, 503 included",
    "FunctionFunctionErrors": "errors of the function: time-out, out of memory, disk full",
    "FunctionConcurrencyThrottles": "refused with 429: quota, growth or maximum reached",
    "FunctionResourceThrottles": "refused with 503: no machine has room",
    "FunctionAvgDuration": "mean of hand-over → end, ms",
    "FunctionP90Duration": "90 % quantile of the same times, ms",
    "FunctionP99Duration": "99 % quantile of the same times, ms",
    "FunctionMaxDuration": "longest of the same times, ms",
    "FunctionLatencyAvg": "mean of arrival → end over the same requests, ms",
    "FunctionOndemandActiveInstance": "on-demand instances alive, time average",
    "FunctionProvisionedCurrentInstance": "minimum instances alive, time average",
    "FunctionMaxConcurrentRequests": "most requests at one time on one instance",
    "FunctionAvgConcurrentRequests": "requests on an instance, time average while it has any",
}
"""Metrics of a function, with fcsim's definition."""

REGION_METRICS: dict[str, str] = {
    "RegionTotalInvocations": "FunctionTotalInvocations",
    "RegionServerErrors": "FunctionHTTPStatus5xx",
    "RegionClientErrors": "FunctionHTTPStatus4xx",
    "RegionFunctionErrors": "FunctionFunctionErrors",
    "RegionThrottles": "FunctionConcurrencyThrottles",
    "RegionResourceThrottles": "FunctionResourceThrottles",
    "RegionConcurrentCount": "FunctionOndemandActiveInstance",
    "RegionProvisionedCurrentInstance": "FunctionProvisionedCurrentInstance",
}
"""Metrics of the region, each the sum over functions of a function metric."""

_STATUS = np.array([error.status for error in ERRORS])


@dataclass(frozen=True)
class Series:
    """Metrics by interval; interval k lies between ``edges`` k and k + 1 (simulated seconds)."""

    interval: float
    edges: Floats
    functions: tuple[str, ...]
    values: dict[str, Floats]
    """Function metrics, each an array of functions × intervals; NaN without any request."""

    @property
    def times(self) -> Floats:
        """Where each interval begins."""
        return self.edges[:-1]

    def __getitem__(self, metric: str) -> Floats:
        """Return one metric: functions × intervals, or for the region one value an interval."""
        if metric in REGION_METRICS:
            summed: Floats = self.values[REGION_METRICS[metric]].sum(axis=0)
            return summed
        if metric not in self.values:
            names = [*FUNCTION_METRICS, *REGION_METRICS]
            raise UsageError(f"unknown metric {metric!r}{nearest(metric, names)}")
        return self.values[metric]

    def of(self, metric: str, function: str) -> Floats:
        """Return a metric of one function."""
        if function not in self.functions:
            raise UsageError(f"unknown function {function!r}{nearest(function, self.functions)}")
        values: Floats = self[metric][self.functions.index(function)]
        return values

    def columns(self) -> Columns:
        """Return tidy columns, one row a function and interval: time, function (row), metrics."""
        count = len(self.times)
        table: Columns = {
            "time": np.tile(self.times, len(self.functions)),
            "function": np.repeat(np.arange(len(self.functions), dtype=np.int32), count),
        }
        return table | {name: values.ravel() for name, values in self.values.items()}

    def region_columns(self) -> Columns:
        """Return tidy columns of the region, one row an interval."""
        return {"time": self.times, **{name: self[name] for name in REGION_METRICS}}


def series(record: Record, interval: float = 60.0) -> Series:
    """Cut the window into intervals of *interval* seconds (the last may be shorter)."""
    if not interval > 0:
        raise UsageError(f"the interval of a series must be above 0 s; got {interval!r}")
    edges = cut(*record.window, interval)
    grid = _Grid(edges, len(record.functions))
    values = _invocations(record, grid) | _durations(record, grid)
    values |= _instances(record, grid) | _concurrency(record, grid)
    names = tuple(function.name for function in record.functions)
    return Series(interval, edges, names, {name: values[name] for name in FUNCTION_METRICS})


def cut(begin: float, end: float, interval: float) -> Floats:
    """Return the edges of intervals that fill [begin, end]; the last may be shorter."""
    whole = int(np.ceil((end - begin) / interval))
    return np.append(begin + interval * np.arange(whole), end)


@dataclass(frozen=True)
class _Grid:
    """Cells of functions × intervals."""

    edges: Floats
    functions: int

    @property
    def shape(self) -> tuple[int, int]:
        return self.functions, len(self.edges) - 1

    @property
    def size(self) -> int:
        return self.functions * (len(self.edges) - 1)

    def cell(
        self, function: NDArray[np.integer], interval: NDArray[np.integer]
    ) -> NDArray[np.int64]:
        return function.astype(np.int64) * self.shape[1] + interval

    def arrivals(self, requests: Columns) -> NDArray[np.int64]:
        """Return the cell of each request, -1 outside the window."""
        interval = np.searchsorted(self.edges, requests["arrival"], side="right") - 1
        cell = self.cell(requests["function"], interval)
        return np.where(inside(requests["arrival"], (self.edges[0], self.edges[-1])), cell, -1)

    def since(self, function: NDArray[np.integer], times: Floats) -> Floats:
        """Return the seconds of each cell that lie after *times*, summed; NaN never comes."""
        edges = self.edges
        times = np.clip(np.where(np.isnan(times), edges[-1], times), edges[0], edges[-1])
        interval = np.minimum(np.searchsorted(edges, times, side="right"), len(edges) - 1) - 1
        cells = self.cell(function, interval)
        reached = self.sums(cells)
        before = np.cumsum(reached, axis=1) - reached
        return self.sums(cells, edges[interval + 1] - times) + before * np.diff(edges)

    def sums(self, cells: NDArray[np.int64], weights: Floats | None = None) -> Floats:
        """Add up *weights* (1 each) by cell, leaving out cell -1."""
        kept = cells >= 0
        if weights is not None:
            weights = weights[kept]
        total = np.bincount(cells[kept], weights=weights, minlength=self.size)
        return total.astype(np.float64).reshape(self.shape)


def _invocations(record: Record, grid: _Grid) -> dict[str, Floats]:
    requests = record.requests
    cells, error = grid.arrivals(requests), requests["error"]
    answered = np.where(np.isnan(requests["ended"]), 0, _STATUS[error])
    handed = ~np.isnan(requests["started"]) & (requests["instance"] >= 0)
    provisioned = np.zeros(len(cells), dtype=bool)
    provisioned[handed] = record.instances["kind"][requests["instance"][handed]] == Kind.MINIMUM
    chosen = {
        "FunctionTotalInvocations": np.ones(len(cells), dtype=bool),
        "FunctionProvisionInvocations": provisioned,
        "FunctionHTTPStatus2xx": answered // 100 == 2,
        "FunctionHTTPStatus4xx": answered // 100 == 4,
        "FunctionHTTPStatus5xx": answered // 100 == 5,
        "FunctionFunctionErrors": (answered == 200) & (error != ErrorCode.NONE),
        "FunctionConcurrencyThrottles": answered == 429,
        "FunctionResourceThrottles": answered == 503,
    }
    return {name: grid.sums(cells[mark]) for name, mark in chosen.items()}


def _durations(record: Record, grid: _Grid) -> dict[str, Floats]:
    requests = record.requests
    cells = grid.arrivals(requests)
    ended = (cells >= 0) & ~np.isnan(requests["started"]) & ~np.isnan(requests["ended"])
    cells, started, end = cells[ended], requests["started"][ended], requests["ended"][ended]
    duration = rank(cells, (end - started) * 1e3, grid.size)
    latency = grid.sums(cells, (end - requests["arrival"][ended]) * 1e3)
    return {
        "FunctionAvgDuration": duration.mean().reshape(grid.shape),
        "FunctionP90Duration": duration.quantile(0.9).reshape(grid.shape),
        "FunctionP99Duration": duration.quantile(0.99).reshape(grid.shape),
        "FunctionMaxDuration": duration.max().reshape(grid.shape),
        "FunctionLatencyAvg": _divide(latency, duration.count.reshape(grid.shape), np.nan),
    }


def _instances(record: Record, grid: _Grid) -> dict[str, Floats]:
    instances = record.instances
    found = {}
    for name, kind in (
        ("FunctionOndemandActiveInstance", Kind.ON_DEMAND),
        ("FunctionProvisionedCurrentInstance", Kind.MINIMUM),
    ):
        chosen = instances["kind"] == kind
        function = instances["function"][chosen]
        created, gone = (grid.since(function, instances[c][chosen]) for c in ("created", "gone"))
        found[name] = np.maximum(created - gone, 0.0) / np.diff(grid.edges)
    return found


def _concurrency(record: Record, grid: _Grid) -> dict[str, Floats]:
    """Follow how many requests each instance has from one change to the next."""
    instances = record.instances
    count = len(instances["created"])
    occupied = occupancy(record.requests, count)
    # Ends first: where an end and a start coincide, the sort keeps them in this order.
    times = np.concatenate([occupied.ends, occupied.begins])
    owner, change = np.tile(occupied.owner, 2), np.repeat([-1, 1], len(occupied.owner))
    order = order_by(owner, times, count)
    times, owner, level = times[order], owner[order], np.cumsum(change[order])
    lasting = np.flatnonzero(level[:-1] > 0)
    row, interval, seconds = pieces(times[lasting], times[lasting + 1], grid.edges)
    cells = grid.cell(instances["function"][owner[lasting[row]]], interval)
    held = level[lasting[row]].astype(np.float64)
    highest = np.zeros(grid.size)
    np.maximum.at(highest, cells[seconds > 0], held[seconds > 0])
    return {
        "FunctionMaxConcurrentRequests": highest.reshape(grid.shape),
        "FunctionAvgConcurrentRequests": _divide(
            grid.sums(cells, held * seconds), grid.sums(cells, seconds), 0.0
        ),
    }


def _divide(part: Floats, whole: NDArray[np.generic], otherwise: float) -> Floats:
    ratio = np.full(part.shape, otherwise)
    np.divide(part, whole, out=ratio, where=whole.astype(np.float64) > 0)
    return ratio
