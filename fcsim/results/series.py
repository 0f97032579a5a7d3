"""Time series under the platform's CloudMonitor names, exact from the record of a run.

CloudMonitor reports each metric for a period of 60 s (namespace ``acs_fc``); so does fcsim, or
for any other interval. Requests count in the interval of their arrival, so that a series adds
up to the KPI of the same window; CloudMonitor counts them when they end. Durations are in
milliseconds, as the platform gives them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from fcsim.errors import UsageError, nearest
from fcsim.results.folds import INTERVAL, Folds, folded
from fcsim.results.intervals import seconds_since
from fcsim.results.message_series import MESSAGE_METRICS, has_messages, message_series
from fcsim.sim.record import ERRORS, ErrorCode, Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]

__all__ = ["FUNCTION_METRICS", "REGION_METRICS", "Series", "series", "series_of"]

FUNCTION_METRICS: dict[str, str] = {
    "FunctionTotalInvocations": "requests that arrived",
    "FunctionProvisionInvocations": "of these: handed to a minimum or resident instance",
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
    "FunctionProvisionedCurrentInstance": "minimum and resident instances alive, time average",
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

NO_FUNCTIONS = (
    "the run has no time series of single functions, as it has many; "
    "ask for them with series='functions', or --series functions"
)
_STATUS = np.array([error.status for error in ERRORS])


@dataclass(frozen=True)
class Series:
    """Metrics by interval; interval k lies between ``edges`` k and k + 1 (simulated seconds)."""

    interval: float
    edges: Floats
    functions: tuple[str, ...]
    values: dict[str, Floats]
    """Function metrics, each an array of functions × intervals; NaN without any request.

    Empty, like ``functions``, when only the region was asked for.
    """
    region: dict[str, Floats]
    """Region metrics, one value an interval."""
    messages: dict[str, Floats] = field(default_factory=dict)
    """Metrics of asynchronous invocations like ``values``; empty without any invocation."""

    @property
    def times(self) -> Floats:
        """Where each interval begins."""
        return self.edges[:-1]

    def __getitem__(self, metric: str) -> Floats:
        """Return one metric: functions × intervals, or for the region one value an interval."""
        if metric in REGION_METRICS:
            return self.region[metric]
        known = {**FUNCTION_METRICS, **MESSAGE_METRICS}
        if metric not in known:
            names = [*known, *REGION_METRICS]
            raise UsageError(f"unknown metric {metric!r}{nearest(metric, names)}")
        if not self.values:
            raise UsageError(NO_FUNCTIONS)
        if metric in MESSAGE_METRICS and not self.messages:
            raise UsageError(f"no {metric}: the run has no asynchronous invocations")
        return {**self.values, **self.messages}[metric]

    def of(self, metric: str, function: str) -> Floats:
        """Return a metric of one function."""
        if not self.functions:
            raise UsageError(NO_FUNCTIONS)
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
        metrics = {**self.values, **self.messages}
        return table | {name: values.ravel() for name, values in metrics.items()}

    def region_columns(self) -> Columns:
        """Return tidy columns of the region, one row an interval."""
        return {"time": self.times, **{name: self[name] for name in REGION_METRICS}}


def series(record: Record, interval: float = INTERVAL, *, by_function: bool = True) -> Series:
    """Cut the window into intervals of *interval* seconds (the last may be shorter).

    It needs the record's requests. *by_function*: metrics of each function, too.
    """
    if not interval > 0:
        raise UsageError(f"the interval of a series must be above 0 s; got {interval!r}")
    return series_of(record, folded(record, by_function=by_function, interval=interval))


def series_of(record: Record, folds: Folds) -> Series:
    """Return the series that *folds* has kept of the requests of *record*."""
    edges, instances = folds.intervals, record.instances
    whole = np.zeros_like(instances["function"])
    region = _region(folds.flow.codes(edges)) | _instances(instances, whole, 1, edges)
    summed = {name: region[own].reshape(-1) for name, own in REGION_METRICS.items()}
    if folds.functions is None:
        return Series(folds.interval, edges, (), {}, summed)
    names = tuple(function.name for function in record.functions)
    values = folds.functions.values()
    values |= _instances(instances, instances["function"], len(names), edges)
    ordered = {name: values[name] for name in FUNCTION_METRICS}
    messages = message_series(record, edges) if has_messages(record) else {}
    return Series(folds.interval, edges, names, ordered, summed, messages)


def _region(codes: NDArray[np.int64]) -> dict[str, Floats]:
    """Return metrics of all functions together from requests by interval and error."""
    answered, status = codes[:, :-1], _STATUS
    errors = (status == 200) & (np.arange(len(status)) != ErrorCode.NONE)
    chosen = {
        "FunctionHTTPStatus4xx": status // 100 == 4,
        "FunctionHTTPStatus5xx": status // 100 == 5,
        "FunctionFunctionErrors": errors,
        "FunctionConcurrencyThrottles": status == 429,
        "FunctionResourceThrottles": status == 503,
    }
    found = {name: answered[:, mark].sum(axis=1) for name, mark in chosen.items()}
    found["FunctionTotalInvocations"] = codes.sum(axis=1)
    return {name: count.astype(np.float64) for name, count in found.items()}


def _instances(
    instances: Columns, owner: NDArray[np.integer], owners: int, edges: Floats
) -> dict[str, Floats]:
    """Return the mean number of instances alive by owner and interval."""
    found = {}
    on_demand = instances["kind"] == Kind.ON_DEMAND
    for name, chosen in (
        ("FunctionOndemandActiveInstance", on_demand),
        ("FunctionProvisionedCurrentInstance", ~on_demand),
    ):
        created, gone = (
            seconds_since(owner[chosen], instances[moment][chosen], owners, edges)
            for moment in ("created", "gone")
        )
        found[name] = np.maximum(created - gone, 0.0) / np.diff(edges)
    return found
