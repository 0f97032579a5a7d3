"""What came out of one run, as studies keep it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fcsim.results.result import Result
from fcsim.results.vocabulary import flatten

__all__ = ["CURVE", "Outcome", "curve_of", "kpis_of", "outcome_of"]

CURVE = tuple(k / 200 for k in range(198)) + tuple(0.99 + k / 2000 for k in range(21))
"""Levels of the quantiles in :attr:`Outcome.curve`: 0 to 1, denser from 0.99 on."""


@dataclass(frozen=True)
class Outcome:
    """What a point came to; equal points have equal outcomes, but for the seconds."""

    key: str
    """The key of its point."""
    kpis: dict[str, float]
    """KPIs by dotted name, functions included, and figures of objectives in slices of time by
    their text; NaN where one is not defined."""
    seconds: float
    """Wall time of the run."""
    error: str = ""
    """Why there are no KPIs; empty when there are."""
    curve: tuple[float, ...] = ()
    """Quantiles in seconds of the latency of completed requests, at the levels of CURVE."""


def outcome_of(result: Result, key: str = "") -> Outcome:
    """Return the outcome of a run that was made whole."""
    return Outcome(key, kpis_of(result), result.wall_seconds, curve=curve_of(result))


def kpis_of(result: Result) -> dict[str, float]:
    """Return the KPIs of *result* by dotted name."""
    return {name: float(value) for name, value in flatten(result.kpis).items()}


def curve_of(result: Result) -> tuple[float, ...]:
    """Return the latency of completed requests of *result* at the levels of CURVE."""
    latencies = result.folds.summary.completed()
    number = int(latencies.count[0])
    if not number:
        return ()
    place = np.minimum(CURVE, 1.0) * (number - 1)
    below = np.floor(place).astype(np.int64)
    low, high = (latencies.at(0, np.minimum(below + k, number - 1)) for k in (0, 1))
    return tuple((low + (high - low) * (place - below)).tolist())
