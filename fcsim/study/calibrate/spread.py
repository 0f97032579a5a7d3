"""Which distribution a sample of times has: a constant, a family, or its own quantiles.

All families are fitted by maximum likelihood and compared by the Bayesian information criterion
(BIC). The best one is taken if its curve runs within :func:`tolerance` of the empirical one,
where that distance is the Kolmogorov-Smirnov distance; else the quantiles themselves are
written, with distribution-free intervals.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from fcsim.study.calibrate.families import FAMILIES, Candidate
from fcsim.study.calibrate.log import Floats
from fcsim.study.calibrate.report import Estimate, Fit
from fcsim.study.calibrate.values import duration

__all__ = ["ENOUGH", "Sample", "fit_times", "order_interval", "resolution", "tolerance"]

ENOUGH = 20
"""Fewest observations of a distribution."""
_SHARES = (0.0, 0.01, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1.0)


@dataclass(frozen=True)
class Sample:
    """The evidence behind a fitted distribution."""

    values: Floats
    """Sorted."""
    candidates: tuple[Candidate, ...]
    """All families, best first."""
    chosen: str
    """Name of a candidate, ``constant`` or ``empirical``."""


def tolerance(n: int) -> float:
    """Return the largest distance between curves at which a family is accepted.

    The 1 % level of the Kolmogorov-Smirnov test (generous, as the parameters were fitted too),
    but no less than 0.02, since no family is ever exactly true of very many requests.
    """
    return max(1.63 / math.sqrt(n), 0.02)


def resolution(values: Floats) -> float:
    """Return the step in which times were logged: 1 ms, 0.1 ms, or 10 us and finer."""
    for step in (1e-3, 1e-4):
        if np.allclose(values / step, np.rint(values / step), rtol=0, atol=1e-3):
            return step
    return 1e-5


def fit_times(path: str, values: Floats) -> Fit:
    """Fit the distribution of *values* in seconds, which stands at *path*."""
    step = resolution(values)
    x = np.sort(np.maximum(values, step / 2))
    if x[-1] - x[0] <= 2 * step:
        return _constant(path, x, step)
    found = [candidate for family in FAMILIES if (candidate := family(x)) is not None]
    candidates = tuple(sorted(found, key=lambda candidate: candidate.bic))
    best, warnings = candidates[0], list(_coarse(x, step))
    distance = _distance(best, x)
    if distance > tolerance(len(x)):
        return _empirical(path, x, candidates, distance, warnings)
    rule = f"{best.name} by least BIC ({_table(candidates)}); KS distance {distance:.3f}"
    warnings += _heavy(best)
    sample = Sample(x, candidates, best.name)
    return Fit(path, best.written, best.estimates, len(x), rule, tuple(warnings), sample)


def order_interval(x: Floats, share: float) -> tuple[float, float]:
    """Return the 95 % interval of a quantile of the sorted *x* from its order statistics.

    It holds whatever the distribution; an end that the sample does not reach is its extreme.
    """
    from scipy import stats

    n = len(x)
    low, high = stats.binom.ppf([0.025, 0.975], n, share).astype(int)
    return float(x[max(low - 1, 0)]), float(x[min(high, n - 1)])


def _constant(path: str, x: Floats, step: float) -> Fit:
    value = float(np.median(x)) if x[-1] > step / 2 else 0.0
    estimate = Estimate("constant", value, max(0.0, x[0] - step / 2), x[-1] + step / 2)
    rule = f"all equal within the log's resolution of {step * 1e3:g} ms"
    sample = Sample(x, (), "constant")
    return Fit(path, duration(value), (estimate,), len(x), rule, (), sample)


def _empirical(
    path: str,
    x: Floats,
    candidates: tuple[Candidate, ...],
    distance: float,
    warnings: list[str],
) -> Fit:
    shares = [share for share in _SHARES if min(share, 1 - share) * len(x) >= 5 or share in (0, 1)]
    points = {share: duration(float(np.quantile(x, share))) for share in shares}
    estimates = tuple(
        Estimate(f"p{share * 100:g}", float(np.quantile(x, share)), *order_interval(x, share))
        for share in (0.5, 0.95, 0.99)
    )
    rule = (
        f"empirical quantiles: the best family, {candidates[0].name}, is {distance:.3f} away "
        f"(accepted: {tolerance(len(x)):.3f}); intervals from order statistics"
    )
    sample = Sample(x, candidates, "empirical")
    written: Any = {"empirical": {"quantiles": points}}
    return Fit(path, written, estimates, len(x), rule, tuple(warnings), sample)


def _distance(candidate: Candidate, x: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance; ties, as rounding makes them, count once."""
    values, counts = np.unique(x, return_counts=True)
    above = np.cumsum(counts) / len(x)
    model = candidate.law.cdf(values)
    below = above - counts / len(x)
    return float(np.maximum(np.abs(above - model), np.abs(model - below)).max())


def _table(candidates: tuple[Candidate, ...]) -> str:
    least = candidates[0].bic
    return ", ".join(f"{one.name} +{one.bic - least:.1f}" for one in candidates[1:])


def _coarse(x: Floats, step: float) -> list[str]:
    if np.median(x) >= 20 * step:
        return []
    return [f"half of the times are below 20 steps of the log ({step * 1e3:g} ms): read with care"]


def _heavy(best: Candidate) -> list[str]:
    if best.name != "pareto" or best.estimates[1].value > 2:
        return []
    moments = "mean" if best.estimates[1].value <= 1 else "variance"
    return [f"the fitted tail has no finite {moments}: set pareto.maximum by hand"]
