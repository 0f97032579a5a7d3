"""Intervals from one long run: its window is cut into equal parts, as if each were a run.

The estimate is the run's own figure; the spread of the parts around it gives the interval
(sectioning: Asmussen and Glynn, Stochastic Simulation, III.5), for means and shares (batch means)
as for quantiles, whose parts would be biased if they were averaged.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fcsim.errors import UsageError
from fcsim.results.vocabulary import BY_NAME
from fcsim.sim.record import Outcome, Start
from fcsim.study.estimates import CONFIDENCE, Estimate, half_width, within_reach

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]

__all__ = ["BATCHES", "Batches", "batch_means"]

BATCHES = 20
"""Parts of the window unless another number is asked for (10 to 30: Schmeiser 1982)."""

_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_LEAST_ABOVE = 5
"""Requests above a quantile that each part should have on average."""


@dataclass(frozen=True)
class Batches:
    """KPIs of one run with intervals from the parts of its window."""

    estimates: Mapping[str, Estimate]
    parts: Mapping[str, Floats]
    """Each KPI in each part; NaN where it is not defined."""
    correlation: float
    """Of the mean latency in neighbouring parts."""
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> Estimate:
        """Return the estimate of one KPI."""
        if name not in self.estimates:
            raise UsageError(f"no interval for {name!r}; there are {', '.join(self.estimates)}")
        return self.estimates[name]

    def to_frame(self) -> pd.DataFrame:
        """Return one row a KPI: value, low, high, runs (parts)."""
        import pandas as pd

        rows = {name: vars(found) for name, found in self.estimates.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("kpi").reset_index()


def batch_means(result: Result, batches: int = BATCHES, confidence: float = CONFIDENCE) -> Batches:
    """Return intervals for latencies, shares and instances of one long run.

    It holds for a load that does not change with time, a warm-up that is left out, and parts
    that are long beside the time the system takes to forget. The last is tested: a warning says
    when neighbouring parts still look alike. Raises UsageError when the run kept no rows.
    """
    if batches < 5:
        raise UsageError(f"batch means need at least 5 batches; got {batches}")
    if not result.record.requests:
        raise UsageError("batch means need the rows of requests: run(scenario, keep=True)")
    scenario = result.scenario
    edges = np.linspace(scenario.warm_up, scenario.horizon, batches + 1)
    parts = {**_request_parts(result.record.requests, edges), **_instance_parts(result, edges)}
    found = {
        name: _section(result.kpi(name), part, name, confidence) for name, part in parts.items()
    }
    correlation = _lag1(parts["latency.mean"])
    told = [*_correlated(correlation, batches), *_thin(result, batches)]
    return Batches(found, parts, correlation, tuple(told))


def _section(value: float, parts: Floats, name: str, confidence: float) -> Estimate:
    known = parts[~np.isnan(parts)]
    if len(known) < 2:
        return Estimate(value, np.nan, np.nan, len(known))
    deviation = float(np.sqrt(((known - value) ** 2).sum() / (len(known) - 1)))
    half = half_width(deviation, len(known), confidence)
    found = Estimate(value, value - half, value + half, len(known))
    return within_reach(found, BY_NAME[name])


def _request_parts(requests: Columns, edges: Floats) -> dict[str, Floats]:
    inside = (requests["arrival"] >= edges[0]) & (requests["arrival"] < edges[-1])
    order = np.argsort(requests["arrival"][inside], kind="stable")
    rows = {name: column[inside][order] for name, column in requests.items()}
    cuts = np.searchsorted(rows["arrival"], edges[1:-1])
    groups = [
        dict(zip(rows, part, strict=True))
        for part in zip(*(np.split(column, cuts) for column in rows.values()), strict=True)
    ]
    return {
        name: np.array([figure(group) for group in groups]) for name, figure in _figures().items()
    }


def _figures() -> dict[str, Callable[[Columns], float]]:
    """Return what to compute in each part, by KPI."""
    shares: dict[str, Callable[[Columns], float]] = {
        "cold_start.ratio": lambda rows: _share(rows["start"] == Start.COLD, rows),
        "queue.ratio": lambda rows: _share(rows["start"] == Start.QUEUED, rows),
    }
    return {
        "latency.mean": lambda rows: _over(_latency(rows), np.mean),
        **{f"latency.{name}": _quantile(q) for name, q in _QUANTILES.items()},
        "requests.success_ratio": lambda rows: _over(_completed(rows), np.mean),
        **shares,
    }


def _quantile(q: float) -> Callable[[Columns], float]:
    return lambda rows: _over(_latency(rows), lambda values: np.quantile(values, q))


def _completed(rows: Columns) -> NDArray[np.bool_]:
    done: NDArray[np.bool_] = rows["outcome"] == Outcome.COMPLETED
    return done


def _latency(rows: Columns) -> Floats:
    done = _completed(rows)
    spent: Floats = rows["ended"][done] - rows["arrival"][done]
    return spent


def _share(marks: NDArray[np.bool_], rows: Columns) -> float:
    done = _completed(rows)
    return float(marks.sum() / done.sum()) if done.any() else float("nan")


def _over(values: NDArray[np.generic], figure: Callable[[NDArray[np.generic]], float]) -> float:
    return float(figure(values)) if len(values) else float("nan")


def _instance_parts(result: Result, edges: Floats) -> dict[str, Floats]:
    """Return the time average of instances alive in each part."""
    instances = result.record.instances
    created = instances["created"]
    gone = np.where(np.isnan(instances["gone"]), np.inf, instances["gone"])
    alive = [
        np.clip(np.minimum(gone, end) - np.maximum(created, begin), 0, None).sum() / (end - begin)
        for begin, end in pairwise(edges.tolist())
    ]
    return {"instances.mean": np.array(alive)}


def _lag1(parts: Floats) -> float:
    known = parts[~np.isnan(parts)]
    centred = known - known.mean() if len(known) > 2 else np.zeros(3)
    total = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / total if total else 0.0


def _correlated(correlation: float, batches: int) -> list[str]:
    """Warn when the correlation is more than chance allows (one-sided, 5 %)."""
    if correlation <= 1.645 / np.sqrt(batches):
        return []
    return [
        f"neighbouring parts of the run are alike (correlation {correlation:.2f}), so its "
        "intervals are too narrow: make the horizon longer, take fewer batches, or use --reps"
    ]


def _thin(result: Result, batches: int) -> list[str]:
    per_part = result.kpi("requests.completed") / batches
    weak = [name for name, q in _QUANTILES.items() if per_part * (1 - q) < _LEAST_ABOVE]
    if not weak:
        return []
    return [
        f"each part has about {per_part:,.0f} completed requests, too few for "
        f"{', '.join(f'latency.{name}' for name in weak)}: their intervals are rough"
    ]
