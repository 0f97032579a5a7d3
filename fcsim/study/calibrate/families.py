"""Families of time distributions, fitted by maximum likelihood, with exact or Fisher intervals.

The families are those of the scenario language, each in the parameters that a scenario writes.
*Exact* intervals (exponential, the median of the log-normal, Pareto) hold for any number of
observations; the others are Wald intervals of the expected Fisher information on the logarithm
of the parameter, which needs some twenty.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from fcsim.study.calibrate.log import Floats
from fcsim.study.calibrate.report import Estimate
from fcsim.study.calibrate.values import duration, rounded
from fcsim.workload.laws import Z99

__all__ = ["FAMILIES", "Candidate", "exponential", "gamma", "lognormal", "pareto", "weibull"]


@dataclass(frozen=True)
class Candidate:
    """One family fitted to a sample."""

    name: str
    written: dict[str, Any]
    """As the scenario file names it."""
    estimates: tuple[Estimate, ...]
    law: Any
    """The frozen SciPy distribution."""
    bic: float
    """Bayesian information criterion; the least wins."""


def _candidate(
    name: str, written: Any, estimates: tuple[Estimate, ...], law: Any, x: Floats
) -> Candidate:
    likelihood = float(np.sum(law.logpdf(x)))
    bic = len(estimates) * np.log(len(x)) - 2 * likelihood
    return Candidate(name, {name: written}, estimates, law, bic)


def exponential(x: Floats) -> Candidate:
    """Mean; exact interval from chi-square."""
    from scipy import stats

    n, mean = len(x), float(x.mean())
    low, high = (2 * n * mean / stats.chi2.ppf(q, 2 * n) for q in (0.975, 0.025))
    estimates = (Estimate("mean", mean, low, high),)
    return _candidate("exponential", duration(mean), estimates, stats.expon(scale=mean), x)


def lognormal(x: Floats) -> Candidate:
    """Median and p99; exact intervals from Student's t and its noncentral form."""
    from scipy import stats

    n, logs = len(x), np.log(x)
    mu, s = float(logs.mean()), float(logs.std(ddof=1))
    sigma = s * np.sqrt((n - 1) / n)
    half = stats.t.ppf(0.975, n - 1) * s / np.sqrt(n)
    estimates = (
        Estimate("median", np.exp(mu), np.exp(mu - half), np.exp(mu + half)),
        Estimate("p99", np.exp(mu + Z99 * s), *_p99_bounds(mu, s, n)),
    )
    written = {e.name: duration(e.value) for e in estimates}
    return _candidate("lognormal", written, estimates, stats.lognorm(sigma, scale=np.exp(mu)), x)


def _p99_bounds(mu: float, s: float, n: int) -> tuple[float, float]:
    from scipy import stats

    if n <= 500:
        factors = stats.nct.ppf([0.025, 0.975], n - 1, Z99 * np.sqrt(n)) / np.sqrt(n)
    else:
        half = stats.norm.ppf(0.975) * np.sqrt(1 / n + Z99**2 / (2 * n))
        factors = np.array([Z99 - half, Z99 + half])
    low, high = np.exp(mu + factors * s).tolist()
    return low, high


def gamma(x: Floats) -> Candidate | None:
    """Mean and coefficient of variation, which are orthogonal; Fisher information."""
    from scipy import optimize, special, stats

    n, mean = len(x), float(x.mean())
    gap = np.log(mean) - float(np.log(x).mean())

    def equation(log_k: float) -> float:
        return float(log_k - special.digamma(np.exp(log_k)) - gap)

    if gap <= 1e-9 or equation(-12.0) < 0:
        return None
    k = float(np.exp(optimize.brentq(equation, -12.0, 21.0)))
    cv = k**-0.5
    of_shape = 1 / np.sqrt(n * (special.polygamma(1, k) - 1 / k)) / (2 * k)
    estimates = (
        _on_logarithm("mean", mean, cv / np.sqrt(n)),
        _on_logarithm("cv", cv, of_shape, "number"),
    )
    written = {"mean": duration(mean), "cv": rounded(cv)}
    return _candidate("gamma", written, estimates, stats.gamma(k, scale=mean / k), x)


def weibull(x: Floats) -> Candidate | None:
    """Shape and scale; Fisher information."""
    from scipy import optimize, stats

    n, logs = len(x), np.log(x / x.max())

    def equation(k: float) -> float:
        weights = np.exp(k * logs)
        return float((weights * logs).sum() / weights.sum() - 1 / k - logs.mean())

    if equation(1e-3) > 0 or equation(200.0) < 0:
        return None
    k = float(optimize.brentq(equation, 1e-3, 200.0))
    scale = float(x.max() * np.mean(np.exp(k * logs)) ** (1 / k))
    estimates = (
        _on_logarithm("shape", k, np.sqrt(0.6079 / n), "number"),
        _on_logarithm("scale", scale, np.sqrt(1.1087 / n) / k),
    )
    written = {"shape": rounded(k), "scale": duration(scale)}
    return _candidate("weibull", written, estimates, stats.weibull_min(k, scale=scale), x)


def pareto(x: Floats) -> Candidate | None:
    """Minimum and tail index; exact intervals from F and chi-square."""
    from scipy import stats

    n, least = len(x), float(x.min())
    total = float(np.log(x / least).sum())
    if total <= 0:
        return None
    alpha = (n - 2) / total  # unbiased
    low, high = (stats.chi2.ppf([0.025, 0.975], 2 * n - 2) / (2 * total)).tolist()
    reach = stats.f.ppf(0.95, 2, 2 * n - 2) * total / (n - 1) / n
    estimates = (
        Estimate("minimum", least, least * np.exp(-reach), least),
        Estimate("alpha", alpha, low, high, "number"),
    )
    written = {"minimum": duration(least), "alpha": rounded(alpha)}
    return _candidate("pareto", written, estimates, stats.pareto(alpha, scale=least), x)


def _on_logarithm(name: str, value: float, error: float, unit: str = "duration") -> Estimate:
    factor = np.exp(1.959964 * error)
    return Estimate(name, value, float(value / factor), float(value * factor), unit)


FAMILIES = (exponential, lognormal, gamma, weibull, pareto)
"""What is tried, in this order."""
