"""Metrics of the platform by name (platform facts, section 9), and how their values add up."""

from __future__ import annotations

from collections.abc import Sequence

from fcsim.importers.row_files import plain_name

__all__ = ["INVOCATIONS", "METRICS", "combined", "metric_called", "statistics"]

INVOCATIONS = "FunctionTotalInvocations"

_COUNTS = """
RegionTotalInvocations RegionServerErrors RegionClientErrors RegionFunctionErrors RegionThrottles
RegionResourceThrottles FunctionTotalInvocations FunctionProvisionInvocations
FunctionHTTPStatus2xx FunctionHTTPStatus3xx FunctionHTTPStatus4xx FunctionHTTPStatus5xx
FunctionServerErrors FunctionClientErrors FunctionFunctionErrors FunctionConcurrencyThrottles
FunctionResourceThrottles FunctionEnqueueCount FunctionDequeueCount
FunctionAsyncEventExpiredDropped FunctionDestinationErrors FunctionDestinationSucceeded
"""
_MEANS = """
FunctionAvgDuration FunctionLatencyAvg FunctionAsyncMessageLatencyAvg
FunctionAvgConcurrentRequests FunctionAvgvCPUCores FunctionAvgvCPUUtilization
FunctionAvgMemoryUsageMB FunctionAvgMemoryUtilization FunctionRXBytesPerSec FunctionTXBytesPerSec
FunctionGPUMemoryUsagePercent FunctionGPUSMPercent FunctionGPUEncoderPercent
FunctionGPUDecoderPercent
"""
_LEVELS = """
RegionConcurrencyLimit RegionConcurrentCount RegionProvisionedCurrentInstance FunctionP90Duration
FunctionP99Duration FunctionMaxDuration FunctionMemoryLimitMB FunctionMaxMemoryUsage
FunctionOndemandInstanceQuota FunctionOndemandActiveInstance FunctionProvisionedCurrentInstance
FunctionAsyncMessageLatencyMax FunctionAsyncMessagesBacklogV2 FunctionAsyncMessagesInProcess
FunctionMaxConcurrentRequests FunctionvCPUQuotaCores FunctionMaxvCPUCores
FunctionMaxvCPUUtilization FunctionMaxMemoryUsageMB FunctionMaxMemoryUtilization
FunctionGPUMemoryLimitMB FunctionGPUMaxMemoryUsage
"""

METRICS: dict[str, str] = {
    **dict.fromkeys(_COUNTS.split(), "count"),
    **dict.fromkeys(_MEANS.split(), "mean"),
    **dict.fromkeys(_LEVELS.split(), "level"),
}
"""Kind of each metric: a ``count`` adds up, a ``mean`` averages, of a ``level`` the most holds."""

_PLAIN = {plain_name(name): name for name in METRICS}
_STATISTICS = {
    "count": ("value", "sum", "average", "maximum"),
    "mean": ("value", "average", "sum", "maximum"),
    "level": ("value", "maximum", "average", "sum"),
}


def metric_called(text: str) -> str | None:
    """Return the metric that *text* names, whatever its case and separators."""
    return _PLAIN.get(plain_name(text))


def statistics(metric: str) -> Sequence[str]:
    """Return the columns that may hold the value of *metric*, the fitting statistic first."""
    return _STATISTICS[METRICS.get(metric, "level")]


def combined(metric: str, values: Sequence[float]) -> float:
    """Return one value for several of one *metric*, function and minute."""
    match METRICS.get(metric, "level"):
        case "count":
            return sum(values)
        case "mean":
            return sum(values) / len(values)
        case _:
            return max(values)
