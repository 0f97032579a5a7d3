"""Intervals from one long run: its window is cut into equal parts, as if each were a run.

The estimate is the run's own figure. For means and shares the spread of the parts around it gives
the interval (batch means; around the whole, not around their own mean: sectioning, Asmussen and
Glynn, Stochastic Simulation, III.5); for quantiles see :mod:`fcsim.study.quantiles`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.results.vocabulary import BY_NAME
from fcsim.sim.record import Outcome, Start
from fcsim.study.estimates import (
    CONFIDENCE,
    TRIALS,
    Estimate,
    half_width,
    within_reach,
    without_event,
)
from fcsim.study.quantiles import QUANTILES, inverted

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]

__all__ = ["BATCHES", "Batches", "batch_means"]

BATCHES = 20
"""Parts of the window unless another number is asked for (10 to 30: Schmeiser 1982)."""

_PLACES = 1000
"""Times at which shares are looked at, and as many in the tail."""
_LEAST_ABOVE = 5
"""Requests above a quantile that each part should have on average."""


@dataclass(frozen=True)
class Batches:
    """KPIs of one run with intervals from the parts of its window."""

    estimates: Mapping[str, Estimate]
    parts: Mapping[str, Floats]
    """Each KPI in each part; NaN where it is not defined."""
    number: int
    """Parts of the window."""
    confidence: float
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
    requests = result.record.requests
    spent = _latencies(requests, edges)
    parts = {
        "latency.mean": _each(spent, np.mean),
        **_shares(requests, edges),
        **_instances(result, edges),
    }
    found = {name: _section(result, name, part, confidence) for name, part in parts.items()}
    thin = _thin(result, batches)
    for name, q in QUANTILES.items():
        if f"latency.{name}" not in thin:
            found[f"latency.{name}"] = _quantile(q, spent, confidence)
    correlation = _lag1(parts["latency.mean"])
    told = [*_correlated(correlation, batches), *_left_out(thin, batches)]
    return Batches(found, parts, batches, confidence, correlation, tuple(told))


def _section(result: Result, name: str, parts: Floats, confidence: float) -> Estimate:
    value, known = result.kpi(name), parts[~np.isnan(parts)]
    if len(known) < 2:
        return Estimate(value, np.nan, np.nan, len(known))
    deviation = float(np.sqrt(((known - value) ** 2).sum() / (len(known) - 1)))
    half = half_width(deviation, len(known), confidence)
    found = Estimate(value, value - half, value + half, len(known))
    if name in TRIALS and value in (0.0, 1.0):
        return without_event(found, result.kpi(TRIALS[name]), confidence)
    return within_reach(found, BY_NAME[name])


def _quantile(q: float, spent: Sequence[Floats], confidence: float) -> Estimate:
    parts = [np.sort(part) for part in spent if len(part)]
    together = np.sort(np.concatenate(parts))
    tail = 1 - np.geomspace(1 / len(together), 0.5, _PLACES)
    places = np.unique(np.quantile(together, np.append(np.linspace(0, 1, _PLACES), tail)))
    shares = np.array([np.searchsorted(part, places, "right") / len(part) for part in parts])
    counts = np.array([len(part) for part in parts])
    found = inverted(q, places, shares, counts, confidence)
    return replace(found, value=float(np.quantile(together, q)))


def _latencies(requests: Columns, edges: Floats) -> list[Floats]:
    """Return the latencies of completed requests by the part in which they arrived."""
    arrival = requests["arrival"]
    return _split(requests["ended"] - arrival, arrival, _counted(requests, edges, True), edges)


def _shares(requests: Columns, edges: Floats) -> dict[str, Floats]:
    arrival, done = requests["arrival"], requests["outcome"] == Outcome.COMPLETED
    succeeded = _split(done, arrival, _counted(requests, edges, False), edges)
    starts = _split(requests["start"], arrival, _counted(requests, edges, True), edges)
    return {
        "requests.success_ratio": _each(succeeded, np.mean),
        "cold_start.ratio": _each([start == Start.COLD for start in starts], np.mean),
        "queue.ratio": _each([start == Start.QUEUED for start in starts], np.mean),
    }


def _counted(requests: Columns, edges: Floats, completed: bool) -> NDArray[np.bool_]:
    arrival = requests["arrival"]
    inside: NDArray[np.bool_] = (arrival >= edges[0]) & (arrival < edges[-1])
    return inside & (requests["outcome"] == Outcome.COMPLETED) if completed else inside


def _split(
    values: NDArray[Any], arrival: Floats, marks: NDArray[np.bool_], edges: Floats
) -> list[NDArray[Any]]:
    """Return the marked *values* by the part in which their request arrived."""
    order = np.argsort(arrival[marks], kind="stable")
    cuts = np.searchsorted(arrival[marks][order], edges[1:-1])
    return np.split(values[marks][order], cuts)


def _each(groups: Sequence[NDArray[Any]], figure: Callable[..., Any]) -> Floats:
    return np.array([float(figure(group)) if len(group) else np.nan for group in groups])


def _instances(result: Result, edges: Floats) -> dict[str, Floats]:
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
    """Return the quantiles of which too few requests lie beyond in each part."""
    per_part = result.kpi("requests.completed") / batches
    return [f"latency.{x}" for x, q in QUANTILES.items() if per_part * (1 - q) < _LEAST_ABOVE]


def _left_out(thin: list[str], batches: int) -> list[str]:
    if not thin:
        return []
    few = f"fewer than {_LEAST_ABOVE} requests beyond them in each of {batches} parts"
    return [f"no interval for {', '.join(thin)}: {few}"]
