"""A time distribution from the duration metrics of a function.

The durations that CloudMonitor gives are a mean and quantiles of each minute. Their means over
the minutes, weighted by calls, stand for the whole: exact for the mean, a stated approximation
for quantiles. A log-normal then takes two of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from fcsim.importers.metric_series import MetricSeries
from fcsim.importers.traffic import duration_text

__all__ = ["ServiceTime", "service_time"]

_Z90, _Z99 = 1.2815515655446004, 2.3263478740408408
"""Standard normal quantiles."""
UNKNOWN = 0.1


@dataclass(frozen=True)
class ServiceTime:
    """A time distribution in the words of the scenario, and where it comes from."""

    words: Any
    rule: str
    longest: float
    """Longest time that is known or implied (p99), in seconds."""


def service_time(series: MetricSeries, function: str) -> ServiceTime:
    """Return the service time of *function*.

    The first rule that applies: mean and p99, mean and p90, p90 and p99, p99 or p90 alone, mean
    alone, nothing.
    """
    mean, p90, p99, most = (
        None if value is None else value / 1e3
        for value in (
            series.weighted_mean("FunctionAvgDuration", function),
            series.weighted_mean("FunctionP90Duration", function),
            series.weighted_mean("FunctionP99Duration", function),
            max(series.of("FunctionMaxDuration", function).values(), default=None),
        )
    )
    words, rule, high = _fitted(mean, p90, p99)
    return ServiceTime(words, rule, max(high, most or 0.0))


def _fitted(mean: float | None, p90: float | None, p99: float | None) -> tuple[Any, str, float]:
    if mean and p99:
        return _lognormal(*_by_mean(mean, p99, _Z99), "FunctionAvgDuration and FunctionP99Duration")
    if mean and p90:
        return _lognormal(*_by_mean(mean, p90, _Z90), "FunctionAvgDuration and FunctionP90Duration")
    if p90 and p99:
        sigma = math.log(max(p99 / p90, 1.0)) / (_Z99 - _Z90)
        median = p90 / math.exp(_Z90 * sigma)
        return _lognormal(median, sigma, "FunctionP90Duration and FunctionP99Duration")
    if mean:
        words = {"exponential": duration_text(mean)}
        return words, "exponential around FunctionAvgDuration: no quantile is known", 5 * mean
    if p99 or p90:
        at, value, level = ("P99", p99, 0.99) if p99 else ("P90", p90, 0.9)
        mean = float(value or 0.0) / -math.log(1 - level)
        words = {"exponential": duration_text(mean)}
        return words, f"exponential through Function{at}Duration: no mean is known", 5 * mean
    rule = "exponential, 100 ms: the source has no durations"
    return {"exponential": duration_text(UNKNOWN)}, rule, 5 * UNKNOWN


def _by_mean(mean: float, quantile: float, z: float) -> tuple[float, float]:
    """Return median and sigma of the log-normal with this mean and quantile.

    ln(quantile / mean) = z sigma - sigma^2 / 2 has a solution up to z^2 / 2; a heavier tail gets
    the largest sigma (z), a quantile below the mean the smallest (0).
    """
    logarithm = min(max(math.log(quantile / mean), 0.0), z * z / 2)
    sigma = z - math.sqrt(z * z - 2 * logarithm)
    return mean * math.exp(-sigma * sigma / 2), sigma


def _lognormal(median: float, sigma: float, source: str) -> tuple[Any, str, float]:
    p99 = median * math.exp(_Z99 * sigma)
    words = {"lognormal": {"median": duration_text(median), "p99": duration_text(p99)}}
    return words, f"log-normal by {source}, means over minutes weighted by calls", p99
