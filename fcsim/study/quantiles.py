"""Intervals of quantiles, by way of the share of requests that are at most so long.

A run's own p99 is biased and skewed where requests depend on each other, so the mean of several
covers the truth too seldom. The share of requests up to a given time is a mean like any other. So
the quantile q is that of all runs (or parts of one run) together, and its interval holds the times
of which Student's t, on the logarithm of the odds, does not rule out that the share is q (Woodruff,
JASA 47, 1952, with the spread between runs).

Where there are so few requests that even independent ones would all be shorter than the quantile
too often, nothing that was seen can be the upper end, and it is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fcsim.study.estimates import CONFIDENCE, Estimate, estimate, half_width, mean_of, own_name
from fcsim.study.outcome import CURVE, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["QUANTILES", "estimate_of", "inverted", "pooled"]

QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
"""Levels by the last part of a KPI's name."""


def estimate_of(name: str, outcomes: Sequence[Outcome], confidence: float = CONFIDENCE) -> Estimate:
    """Return the KPI *name* over *outcomes* of independent runs, each by the method that fits.

    Quantiles of the latency of all requests are pooled. The others (of functions beside each
    other, of cold starts, of the queue, of outcomes without a curve) are means of the runs' own
    quantiles: rougher where a run has few such requests.
    """
    kpis = [outcome.kpis for outcome in outcomes]
    if not kpis:
        return mean_of([], confidence)
    group, _, level = own_name(name).rpartition(".")
    curves = [outcome.curve for outcome in outcomes]
    if group == "latency" and level in QUANTILES and any(curves) and _of_all(name, kpis[0]):
        counts = [run["requests.completed"] for run in kpis]
        return pooled(QUANTILES[level], curves, counts, confidence)
    return estimate(name, kpis, confidence)


def _of_all(name: str, run: Mapping[str, float]) -> bool:
    """Tell whether *name* is about all requests, as a function is that stands alone."""
    if not name.startswith("functions."):
        return True
    owner = name.removesuffix(own_name(name))
    return run[f"{owner}requests.completed"] == run["requests.completed"]


def inverted(
    q: float, places: Floats, shares: Floats, counts: Floats, confidence: float = CONFIDENCE
) -> Estimate:
    """Return the quantile *q* with its interval.

    *shares* has a row for each run (or part), of *counts* requests, and a column for each of the
    rising *places*: which share of the run's requests is at most so long.
    """
    weights = counts / counts.mean()
    together = weights @ shares / len(weights)
    spread = weights[:, None] * (shares - together)
    deviation = np.sqrt((spread**2).sum(axis=0) / (len(weights) - 1))
    open_ = (together > 0) & (together < 1)
    known, factor = together[open_], half_width(1.0, len(weights), confidence)
    distance = np.abs(np.log(known / (1 - known) * (1 - q) / q))
    excess = np.full(len(places), np.inf)
    excess[open_] = distance - factor * deviation[open_] / (known * (1 - known))
    value = float(np.interp(q, together, places))
    low, high = _ends(places, excess, value)
    if q ** counts.sum() > (1 - confidence) / 2:
        high = math.inf
    return Estimate(value, low, high, len(weights))


def _ends(places: Floats, excess: Floats, value: float) -> tuple[float, float]:
    """Return where *excess* falls below zero first and last; at least *value* is between."""
    fitting = np.flatnonzero(excess <= 0)
    if not len(fitting):
        return value, value
    first, last = int(fitting[0]), int(fitting[-1])
    low = _crossing(places, excess, first, first - 1) if first else float(places[0])
    high = _crossing(places, excess, last, last + 1) if last + 1 < len(places) else value
    return min(low, value), max(high, value)


def _crossing(places: Floats, excess: Floats, inside: int, outside: int) -> float:
    """Return where *excess* is zero on the way between two neighbours, on a straight line.

    Where it is infinite *outside*, at the shortest or longest request, that is the end.
    """
    if np.isinf(excess[outside]):
        return float(places[outside])
    part = excess[inside] / (excess[inside] - excess[outside])
    return float(places[inside] + part * (places[outside] - places[inside]))


def pooled(
    q: float,
    curves: Sequence[Sequence[float]],
    counts: Sequence[float],
    confidence: float = CONFIDENCE,
) -> Estimate:
    """Return the quantile *q* of the requests of several runs, given as curves of quantiles.

    Each of *curves* holds the latencies of one run at the levels of CURVE; runs without any
    request have none.
    """
    known = [(np.array(c), n) for c, n in zip(curves, counts, strict=True) if len(c) and n]
    if len(known) < 2:
        return mean_of([float(np.interp(q, _LEVELS, curve)) for curve, _ in known], confidence)
    places = np.unique(np.concatenate([curve for curve, _ in known]))
    shares = np.array([np.interp(places, curve, _LEVELS) for curve, _ in known])
    return inverted(q, places, shares, np.array([n for _, n in known]), confidence)


_LEVELS = np.minimum(CURVE, 1.0)
