"""What a reader of a scenario from CloudMonitor metrics must know, as remarks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from fcsim.importers.imported import Remark
from fcsim.importers.local_time import Clock
from fcsim.importers.metric_series import MetricSeries
from fcsim.importers.metrics import INVOCATIONS, METRICS
from fcsim.importers.service_from_metrics import service_time

__all__ = ["function_remarks", "source_remarks"]

_THROTTLES = ("FunctionConcurrencyThrottles", "FunctionResourceThrottles")


def source_remarks(series: MetricSeries, clock: Clock, zone_given: bool) -> Iterator[Remark]:
    """Yield what holds for all functions: clocks, duplicates, gaps, names."""
    yield from _clocks(clock, zone_given)
    if series.period > 1:
        text = f"{series.period} min: the greatest period that fits all times"
        yield Remark("assumed", "workload.*.arrivals.counts.interval", text)
    if series.combined:
        text = (
            f"{series.combined:,} minutes have several values: counts were added, means averaged, "
            "of levels and quantiles the largest was taken"
        )
        yield Remark("assumed", "duplicates", text)
    if series.overlapping:
        text = f"{series.overlapping:,} values stand in several files alike and were taken once"
        yield Remark("note", "duplicates", text)
    covered = series.covered
    holes = [minute for minute in series.window if minute not in covered]
    if holes:
        text = (
            f"{len(holes):,} of {len(series.window):,} periods have no value of any metric, so the "
            f"calls are unknown; they are simulated as none ({_times(holes, clock)})"
        )
        yield Remark("assumed", "gaps", text)
    unknown = [metric for metric in series.metrics if metric not in METRICS]
    if unknown:
        text = f"not among the platform's documented metrics: {', '.join(unknown[:8])}"
        yield Remark("note", "metrics", text)


def _clocks(clock: Clock, zone_given: bool) -> Iterator[Remark]:
    if clock.local and not zone_given:
        text = f"{clock.zone.key}: times have no offset; --time-zone names another zone"
        yield Remark("assumed", "time zone", text)
    if clock.repeated:
        text = (
            f"{clock.repeated:,} times lie in a local hour that occurs twice: the first row of a "
            "minute was taken as the earlier one, the second as the later"
        )
        yield Remark("assumed", "time zone", text)


def _times(minutes: Sequence[int], clock: Clock) -> str:
    shown = [f"{datetime.fromtimestamp(m * 60, clock.zone):%Y-%m-%d %H:%M}" for m in minutes[:3]]
    return ", ".join(shown) + (", …" if len(minutes) > 3 else "")


def function_remarks(series: MetricSeries, function: str, name: str) -> Iterator[Remark]:
    """Yield what holds for one *function*, called *name* in the scenario."""
    at = f"functions.{name}"
    yield Remark("assumed", f"{at}.service.time", service_time(series, function).rule)
    yield from _gaps(series, function, at)
    yield from _settings(series, function, at)
    if not function:
        yield Remark("assumed", at, "the source names no function; all calls are of one")
    for metric, text in (
        ("FunctionEnqueueCount", "asynchronous calls were queued; they arrive as synchronous ones"),
        ("FunctionGPUMemoryLimitMB", "it has a GPU; without gpu_config it runs on CPU here"),
    ):
        if any(series.of(metric, function).values()):
            yield Remark("not modelled", at, text)
    throttled = sum(sum(series.of(metric, function).values()) for metric in _THROTTLES)
    if throttled:
        yield Remark("note", at, f"{throttled:,.10g} calls were throttled (see the observed file)")


def _gaps(series: MetricSeries, function: str, at: str) -> Iterator[Remark]:
    calls, covered = series.of(INVOCATIONS, function), series.covered
    silent = sum(minute in covered and minute not in calls for minute in series.window)
    if silent:
        text = (
            f"{silent:,} of {len(series.window):,} periods have no {INVOCATIONS} while other "
            "values are there: no calls"
        )
        yield Remark("assumed", f"{at}.calls", text)


def _settings(series: MetricSeries, function: str, at: str) -> Iterator[Remark]:
    if series.of("FunctionMaxConcurrentRequests", function):
        text = "the largest FunctionMaxConcurrentRequests; the setting may be higher"
    else:
        text = "1: FunctionMaxConcurrentRequests was not exported"
    yield Remark("assumed", f"{at}.instance_concurrency", text)
    for metric, key in (
        ("FunctionMemoryLimitMB", "memory_size"),
        ("FunctionProvisionedCurrentInstance", "scaling_config.min_instances"),
    ):
        if len(set(series.of(metric, function).values())) > 1:
            text = f"{metric} changed; its most frequent value was taken"
            yield Remark("assumed", f"{at}.{key}", text)
