"""Predicted against observed: the held-out part of a log, replayed through the calibrated model.

Arrivals are replayed, service and start times are drawn from what was fitted. The replay begins
before the held-out part, with the requests that lead to it, so that the instances that were
alive then are alive in the simulation too.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.study.calibrate.log import Floats, Log
from fcsim.study.calibrate.report import shown
from fcsim.units import parse

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario
    from fcsim.study.calibrate.report import Calibration

__all__ = ["FIGURES", "Prediction", "cut", "observed", "predict"]

FIGURES = {
    "cold_start.ratio": ("cold ratio", "share"),
    "latency.p50": ("p50", "duration"),
    "latency.p95": ("p95", "duration"),
    "latency.p99": ("p99", "duration"),
    "instances.mean": ("mean instances", "number"),
}
"""KPIs that are compared: how they are shown, and their unit."""

_LEAD = 3600.0
"""Least seconds of the log that are replayed before the held-out part, if it has them."""


@dataclass(frozen=True)
class Prediction:
    """One figure of one function over the held-out part."""

    function: str
    figure: str
    """Name of the KPI."""
    observed: float
    """NaN where the log does not show it."""
    predicted: float
    """Mean over the replications."""
    low: float
    high: float
    """Between these 95 % of single runs lie (Student's t, prediction interval)."""

    @property
    def error(self) -> float:
        """Predicted minus observed."""
        return self.predicted - self.observed

    @property
    def relative(self) -> float:
        """The error as a share of what was observed."""
        return self.error / self.observed if self.observed else float("nan")

    def cells(self) -> list[str]:
        """Return function, figure, observed, predicted, interval, error and relative error."""
        name, unit = FIGURES[self.figure]
        low, high = shown(self.low, unit), shown(self.high, unit)
        relative = f"{self.relative * 100:+.1f} %" if self.relative == self.relative else "–"
        numbers = [shown(value, unit) for value in (self.observed, self.predicted)]
        spread = f"{low} to {high}" if low == low else "–"
        return [self.function, name, *numbers, spread, shown(self.error, unit), relative]


def cut(logs: Mapping[str, Log], holdout: str | float) -> float:
    """Return the instant at which the held-out part begins.

    *holdout* is a time (``8 h``), a share (``30 %``, 0.3), or 0 for none. Raises UsageError when
    it leaves nothing to fit.
    """
    first = min(float(log.arrival[0]) for log in logs.values())
    last = max(float(log.arrival[-1]) for log in logs.values())
    try:
        text = str(holdout)
        share = text.endswith("%") or text.replace(".", "", 1).isdecimal()
        kept = parse(holdout, "share") * (last - first) if share else parse(text, "duration")
    except ValueError as error:
        raise UsageError(f"holdout: {error}") from None
    if kept == 0:
        return float("inf")
    if not 0 < kept < last - first:
        raise UsageError(f"holdout {holdout} of a log of {shown(last - first, 'duration')} leaves "
                         "nothing to fit")  # fmt: skip
    return last - kept


def predict(
    report: Calibration,
    logs: Mapping[str, Log],
    begin: float,
    keep_alive: Mapping[str, float],
    replications: int,
) -> list[Prediction]:
    """Replay *logs* from *begin* on and compare; *keep_alive* ends what the log does not show."""
    import fcsim

    last = max(float(log.arrival[-1]) for log in logs.values())
    first = min(float(log.arrival[0]) for log in logs.values())
    lead = min(begin - first, max(_LEAD, 3 * max(keep_alive.values())))
    found: dict[tuple[str, str], list[float]] = {}
    seen = {name: observed(log, begin, last, keep_alive[name]) for name, log in logs.items()}
    with _replayed(report, logs, begin - lead, begin, last) as scenario:
        for replication in range(replications):
            result = fcsim.run(scenario, replication=replication, keep=False)
            for name in logs:
                for figure in FIGURES:
                    value = result.kpi(f"functions.{name}.{figure}")
                    found.setdefault((name, figure), []).append(value)
    return [
        Prediction(name, figure, seen[name][figure], *_spread(np.array(values)))
        for (name, figure), values in found.items()
        if len(logs[name].select(logs[name].arrival >= begin))
    ]


def _spread(values: Floats) -> tuple[float, float, float]:
    from scipy import stats

    n, mean = len(values), float(values.mean())
    if n < 2:
        return mean, float("nan"), float("nan")
    half = float(stats.t.ppf(0.975, n - 1) * values.std(ddof=1) * np.sqrt(1 + 1 / n))
    return mean, max(0.0, mean - half), mean + half


@contextmanager
def _replayed(
    report: Calibration, logs: Mapping[str, Log], origin: float, begin: float, last: float
) -> Iterator[Scenario]:
    """Yield the calibrated scenario with the arrivals of *logs* from *origin* on."""
    with tempfile.TemporaryDirectory() as folder:
        workload = {
            name: _workload(name, log.arrival[log.arrival >= origin] - origin, Path(folder))
            for name, log in logs.items()
            if log.arrival[-1] >= origin
        }
        changes: dict[str, Any] = {
            "workload": workload,
            "warm_up": f"{begin - origin!r} s",
            "horizon": f"{last - origin + 1e-3!r} s",
        }
        yield report.scenario(overrides=changes)


def _workload(name: str, times: Floats, folder: Path) -> dict[str, Any]:
    """Write a trace. Traces begin at 0 s: a first row there, cut off again, keeps the times."""
    path = folder / f"{name}.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([["time"], [0.0], *([time] for time in (times + 1e-6).tolist())])
    return {
        "function": name,
        "start": "1 us",
        "arrivals": {"trace": {"file": str(path), "time": "time"}},
    }


def observed(log: Log, begin: float, end: float, keep_alive: float) -> dict[str, float]:
    """Return the figures of a log from *begin* to *end*, by KPI.

    The log does not show when an instance goes: it counts until *keep_alive* after its last
    request. Without instance ids their number is NaN.
    """
    inside = (log.arrival >= begin) & (log.arrival <= end)
    good = inside & ~log.failed
    latency = (log.end - log.arrival)[good]
    if not len(latency):
        return dict.fromkeys(FIGURES, float("nan"))
    quantiles = np.quantile(latency, [0.5, 0.95, 0.99]).tolist()
    return {
        "cold_start.ratio": float(log.cold[good].mean()),
        **dict(zip(("latency.p50", "latency.p95", "latency.p99"), quantiles, strict=True)),
        "instances.mean": _instances(log, begin, end, keep_alive),
    }


def _instances(log: Log, begin: float, end: float, keep_alive: float) -> float:
    if not log.has_instances:
        return float("nan")
    log = log.select(log.instance >= 0)
    lives = []
    for rows in log.by_instance():
        minimum = bool(log.columns["minimum"][rows].any())
        first = float(log.arrival[rows].min())
        last = float(log.end[rows].max()) + (np.inf if minimum else keep_alive)
        lives.append((first, last))
    spans = np.clip(np.array(lives), begin, end)
    return float((spans[:, 1] - spans[:, 0]).sum() / (end - begin))
