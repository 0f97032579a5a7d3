"""Time distributions as a scenario names them: ``{lognormal: {median: 120 ms, p99: 900 ms}}``.

A bare duration is a constant. Sampling lives in :mod:`fcsim.workload.samplers`.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, Self

from pydantic import BeforeValidator, Field, model_validator

from fcsim.scenario.base import Duration, Model, OneOf, PositiveDuration

__all__ = [
    "Constant",
    "Empirical",
    "Exponential",
    "Gamma",
    "Lognormal",
    "Mixture",
    "Pareto",
    "PerFunction",
    "Quantiles",
    "TimeDistribution",
    "Uniform",
    "Weibull",
]


class Constant(Model):
    """Always the same time."""

    constant: Duration
    """The time; a bare time means the same."""


class Exponential(Model):
    """Exponential with this mean."""

    exponential: PositiveDuration
    """Mean."""


class UniformRange(Model):
    """Bounds of a uniform distribution."""

    low: Duration
    """Shortest time."""
    high: Duration
    """Longest time."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not exceed high")
        return self


class Uniform(Model):
    """Uniform between two times."""

    uniform: UniformRange


class LognormalShape(Model):
    """Log-normal by median and p99, or by mean and standard deviation."""

    median: PositiveDuration | None = None
    """With ``p99``."""
    p99: PositiveDuration | None = None
    """With ``median``."""
    mean: PositiveDuration | None = None
    """With ``sd``."""
    sd: PositiveDuration | None = None
    """Standard deviation, with ``mean``."""

    @model_validator(mode="after")
    def _one_pair(self) -> Self:
        if self.model_fields_set not in ({"median", "p99"}, {"mean", "sd"}):
            raise ValueError("give median and p99, or mean and sd")
        if self.median is not None and self.p99 is not None and self.p99 < self.median:
            raise ValueError("p99 must not be below the median")
        return self


class Lognormal(Model):
    """Log-normal: the usual shape of service and start times."""

    lognormal: LognormalShape


class GammaShape(Model):
    """Gamma by mean and coefficient of variation (standard deviation / mean)."""

    mean: PositiveDuration
    """Mean."""
    cv: Annotated[float, Field(gt=0)]
    """Standard deviation over mean."""


class Gamma(Model):
    """Gamma distribution; ``cv: 1`` is the exponential."""

    gamma: GammaShape


class WeibullShape(Model):
    """Weibull by shape k and scale."""

    shape: Annotated[float, Field(gt=0)]
    """k."""
    scale: PositiveDuration
    """Scale."""


class Weibull(Model):
    """Weibull distribution; a shape below 1 has a heavy tail."""

    weibull: WeibullShape


class ParetoShape(Model):
    """Pareto (type I): never below ``minimum``, tail index ``alpha``; optional cap."""

    minimum: PositiveDuration
    """Shortest time."""
    alpha: Annotated[float, Field(gt=0)]
    """Tail index; at most 1 has no mean."""
    maximum: PositiveDuration | None = None
    """Longer times are cut to this."""


class Pareto(Model):
    """Pareto distribution; values above ``maximum`` are set to it."""

    pareto: ParetoShape


class Quantiles(Model):
    """A distribution read from quantiles, linear between them.

    Either ``quantiles`` maps probability to time (``{0: 5 ms, 0.5: 80 ms, 1: 2 s}``), or
    ``file`` names a CSV of two columns, value and cumulative share, in ``unit``.
    """

    quantiles: dict[Annotated[float, Field(ge=0, le=1)], Duration] | None = None
    """Probability to time."""
    file: str | None = None
    """CSV of two columns, value and cumulative share, relative to the scenario."""
    unit: str = "ms"
    """Unit of the values in the file: us, ms, s, min or h."""
    maximum: PositiveDuration | None = None
    """Longer times are cut to this."""

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.quantiles is None) == (self.file is None):
            raise ValueError("give quantiles or file")
        if self.unit not in ("us", "ms", "s", "min", "h"):
            raise ValueError(f"unit {self.unit!r} is no time unit; accepted: us, ms, s, min, h")
        if self.quantiles is not None:
            points = sorted(self.quantiles.items())
            if len(points) < 2:
                raise ValueError("quantiles needs two points or more")
            if any(a[1] > b[1] for a, b in pairwise(points)):
                raise ValueError("quantiles must not fall as the probability rises")
        return self


class Empirical(Model):
    """A measured distribution, by quantiles or from a file."""

    empirical: Quantiles


class MixturePart(Model):
    """One component of a mixture with its weight."""

    weight: Annotated[float, Field(gt=0)]
    """Relative frequency."""
    time: TimeDistribution
    """Distribution of this component."""


class Mixture(Model):
    """A weighted mixture of distributions."""

    mixture: Annotated[list[MixturePart], Field(min_length=1)]
    """The components."""


class PerFunctionShape(Model):
    """A mean drawn once for each function, and the shape of its requests around that mean."""

    mean: TimeDistribution
    """Distribution of the means."""
    cv: Annotated[float, Field(ge=0)] = 1.0
    """Coefficient of variation of one function's requests: 0 constant, 1 exponential-like."""


class PerFunction(Model):
    """Each function of a fan-out draws its own mean; its requests are gamma around it."""

    per_function: PerFunctionShape


class ByShape(Model):
    """A distribution for each GPU type or each vCPU size."""

    gpu_type: dict[str, TimeDistribution] | None = None
    """A time for each GPU type."""
    cpu: dict[float, TimeDistribution] | None = None
    """A time for each vCPU size."""

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if (self.gpu_type is None) == (self.cpu is None):
            raise ValueError("give gpu_type or cpu")
        return self


class By(Model):
    """Times that depend on the instance's shape."""

    by: ByShape


def _constant(value: Any) -> Any:
    return {"constant": value} if isinstance(value, str | int | float) else value


TimeDistribution = Annotated[
    Constant
    | Exponential
    | Lognormal
    | Gamma
    | Uniform
    | Weibull
    | Pareto
    | Empirical
    | Mixture
    | PerFunction
    | By,
    OneOf("a time distribution"),
    BeforeValidator(_constant),
]

for _model in (MixturePart, Mixture, PerFunctionShape, PerFunction, ByShape, By):
    _model.model_rebuild()
