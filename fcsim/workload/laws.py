"""The mathematics of each time distribution: how it draws and what its mean is.

A law holds numbers only. Which stream it draws from, and what a mixture or a fan-out of
functions makes of several laws, is the business of :mod:`fcsim.workload.samplers`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from fcsim import units
from fcsim.scenario import distributions as models
from fcsim.workload.tables import DataFile, read_pairs

__all__ = ["Array", "Law", "law"]

Array = NDArray[np.float64]

Z99 = 2.3263478740408408
"""The standard normal's 99 % quantile."""


class Law(Protocol):
    """A distribution of times, in seconds."""

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        """Return *n* values, drawn one after another: how draws are grouped changes nothing."""

    def mean(self) -> float:
        """Return the mean; infinite where the tail is that heavy."""


@dataclass(frozen=True)
class _Constant:
    value: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return np.full(n, self.value)

    def mean(self) -> float:
        return self.value


@dataclass(frozen=True)
class _Exponential:
    scale: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return generator.exponential(self.scale, n)

    def mean(self) -> float:
        return self.scale


@dataclass(frozen=True)
class _Uniform:
    low: float
    high: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return generator.uniform(self.low, self.high, n)

    def mean(self) -> float:
        return (self.low + self.high) / 2


@dataclass(frozen=True)
class _Lognormal:
    mu: float
    sigma: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return generator.lognormal(self.mu, self.sigma, n)

    def mean(self) -> float:
        return math.exp(self.mu + self.sigma**2 / 2)


@dataclass(frozen=True)
class _Gamma:
    average: float
    cv: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return generator.gamma(self.cv**-2, self.average * self.cv**2, n)

    def mean(self) -> float:
        return self.average


@dataclass(frozen=True)
class _Weibull:
    shape: float
    scale: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return self.scale * generator.weibull(self.shape, n)

    def mean(self) -> float:
        try:
            return self.scale * math.gamma(1 + 1 / self.shape)
        except OverflowError:
            return math.inf


@dataclass(frozen=True)
class _Pareto:
    minimum: float
    alpha: float
    maximum: float

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        return np.minimum(self.minimum * (1 + generator.pareto(self.alpha, n)), self.maximum)

    def mean(self) -> float:
        low, high, alpha = self.minimum, self.maximum, self.alpha
        if high <= low:
            return high
        if alpha == 1:
            return low * (1 + math.log(high / low))
        if high == math.inf:
            return alpha * low / (alpha - 1) if alpha > 1 else math.inf
        # The integral of P(X > x): 1 up to the minimum, (minimum / x) ** alpha up to the cap.
        return low * (1 + (1 - math.pow(low / high, alpha - 1)) / (alpha - 1))


class _Empirical:
    """Linear between the points (share, value); the first value also stands below its share."""

    def __init__(self, shares: Array, values: Array, maximum: float) -> None:
        self._shares = np.concatenate(([0.0], shares, [1.0]))
        self._values = np.concatenate((values[:1], values, values[-1:]))
        self._maximum = maximum
        width, rise = np.diff(self._shares), np.diff(self._values)
        slopes = np.divide(rise, width, out=np.zeros_like(rise), where=width > 0)
        self._slopes = np.append(slopes, 0.0)

    def draw(self, generator: np.random.Generator, n: int) -> Array:
        uniform = generator.random(n)
        point = np.searchsorted(self._shares, uniform, side="right") - 1
        above = (uniform - self._shares[point]) * self._slopes[point]
        values: Array = np.minimum(self._values[point] + above, self._maximum)
        return values

    def mean(self) -> float:
        low, high = self._values[:-1], self._values[1:]
        cap = self._maximum
        rising = np.divide(cap - low, high - low, out=np.ones_like(low), where=high > low)
        below = np.clip(rising, 0, 1)  # part of each piece that the cap leaves alone
        kept = (np.minimum(low, cap) + np.minimum(high, cap)) / 2 * below
        return float(np.sum(np.diff(self._shares) * (kept + (1 - below) * np.minimum(cap, high))))


def law(distribution: Any, base_dir: Path) -> Law:
    """Return the law of *distribution*; a file that it names is relative to *base_dir*.

    Raises TypeError for ``mixture``, ``per_function`` and ``by``, which are more than one law,
    and ScenarioError for a file of quantiles that cannot be read.
    """
    match distribution:
        case models.Constant(constant=value):
            return _Constant(value)
        case models.Exponential(exponential=mean):
            return _Exponential(mean)
        case models.Uniform(uniform=bounds):
            return _Uniform(bounds.low, bounds.high)
        case models.Lognormal(lognormal=shape):
            return _lognormal(shape)
        case models.Gamma(gamma=shape):
            return _Gamma(shape.mean, shape.cv)
        case models.Weibull(weibull=shape):
            return _Weibull(shape.shape, shape.scale)
        case models.Pareto(pareto=shape):
            return _Pareto(shape.minimum, shape.alpha, _or_infinite(shape.maximum))
        case models.Empirical(empirical=quantiles):
            return _empirical(quantiles, base_dir)
    raise TypeError(f"{type(distribution).__name__} is not a single law")


def _lognormal(shape: Any) -> _Lognormal:
    if shape.median is not None:
        mu = math.log(shape.median)
        return _Lognormal(mu, (math.log(shape.p99) - mu) / Z99)
    variance = math.log1p((shape.sd / shape.mean) ** 2)
    return _Lognormal(math.log(shape.mean) - variance / 2, math.sqrt(variance))


def _empirical(quantiles: models.Quantiles, base_dir: Path) -> _Empirical:
    maximum = _or_infinite(quantiles.maximum)
    if quantiles.file is None:
        points = sorted((quantiles.quantiles or {}).items())
        shares, values = (
            np.array(column, dtype=np.float64) for column in zip(*points, strict=True)
        )
        return _Empirical(shares, values, maximum)
    file = DataFile.locate(base_dir, quantiles.file, "empirical.file")
    return _from_file(file, quantiles.unit, maximum)


@lru_cache(maxsize=16)
def _from_file(file: DataFile, unit: str, maximum: float) -> _Empirical:
    """Read a file once for all the functions of a fan-out."""
    values, shares = read_pairs(file)
    return _Empirical(shares, values * units.UNITS["duration"][unit], maximum)


def _or_infinite(maximum: float | None) -> float:
    return math.inf if maximum is None else maximum
