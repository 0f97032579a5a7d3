"""Samplers: a time distribution drawn from its named streams.

The rule of every sampler: draw k of a stream is the same however calls are grouped, so that
``draw(a)`` and then ``draw(b)`` give what ``draw(a + b)`` gives, to the bit. A mixture draws its
choice and every component for each value, needed or not, each from a stream of its own.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import repeat
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from fcsim.scenario import distributions as models
from fcsim.streams import Streams
from fcsim.workload.laws import Array, Law, law

__all__ = [
    "LONGEST",
    "Sampler",
    "ScalarStream",
    "mean",
    "resolve_by",
    "sampler",
    "samplers",
]

LONGEST = 1e12
"""Seconds; longer draws, which only absurdly heavy tails make, are cut to it, so all is finite."""


class Sampler(Protocol):
    """Draws times from named streams."""

    def draw(self, n: int) -> Array:
        """Return the next *n* values in seconds, finite and not negative."""


class _LawSampler:
    """One law and one stream, which is made when it is first drawn from."""

    __slots__ = ("_entity", "_generator", "_law", "_purpose", "_streams")

    def __init__(self, law: Law, streams: Streams, purpose: str, entity: str) -> None:
        self._law = law
        self._streams, self._purpose, self._entity = streams, purpose, entity
        self._generator: np.random.Generator | None = None

    def draw(self, n: int) -> Array:
        if self._generator is None:
            self._generator = self._streams.generator(self._purpose, self._entity)
        return np.minimum(self._law.draw(self._generator, n), LONGEST)


class _ConstantSampler:
    """Always the same value: it needs no stream."""

    def __init__(self, value: float) -> None:
        self._value = min(value, LONGEST)

    def draw(self, n: int) -> Array:
        return np.full(n, self._value)


class _MixtureSampler:
    """A stream for the choice and a sampler for each component."""

    def __init__(
        self, weights: list[float], parts: list[Sampler], choice: np.random.Generator
    ) -> None:
        self._limits = np.cumsum(weights)[:-1] / math.fsum(weights)
        self._parts, self._choice = parts, choice

    def draw(self, n: int) -> Array:
        chosen = np.searchsorted(self._limits, self._choice.random(n), side="right")
        values: Array = np.stack([part.draw(n) for part in self._parts])
        return values[chosen, np.arange(n)]


class MakeSampler(Protocol):
    """Makes the samplers of one distribution."""

    def __call__(self, entity: str, owner: str | None = None) -> Sampler:
        """Return that of *entity*; the means of ``per_function`` are those of *owner*."""


def sampler(
    distribution: Any,
    streams: Streams,
    purpose: str,
    entity: str,
    base_dir: Path = Path(),
) -> Sampler:
    """Return the sampler of *distribution* in the stream (*purpose*, *entity*)."""
    return samplers(distribution, streams, purpose, base_dir)(entity)


def samplers(
    distribution: Any, streams: Streams, purpose: str, base_dir: Path = Path()
) -> MakeSampler:
    """Return what makes the samplers of *distribution* in the streams of *purpose*.

    A mixture uses the streams ``purpose.choice`` and ``purpose.0``, ``purpose.1``, …. The mean of
    ``per_function`` is one draw from the stream (``purpose.mean``, owner); requests are gamma
    around it with the given coefficient of variation, or constant where that is 0. Raises
    ValueError for ``by``, which :func:`resolve_by` settles first.
    """
    match distribution:
        case models.By():
            raise ValueError("`by` depends on the instance's shape, which is not known here")
        case models.PerFunction(per_function=shape):
            return _around_own_mean(shape, streams, purpose, base_dir)
        case models.Mixture(mixture=parts):
            return _mixed(parts, streams, purpose, base_dir)
        case models.Constant(constant=value):
            constant = _ConstantSampler(value)
            return lambda entity, owner=None: constant
        case single:
            one = law(single, base_dir)
            return lambda entity, owner=None: _LawSampler(one, streams, purpose, entity)


def _around_own_mean(
    shape: models.PerFunctionShape, streams: Streams, purpose: str, base_dir: Path
) -> MakeSampler:
    means = samplers(shape.mean, streams, f"{purpose}.mean", base_dir)

    def make(entity: str, owner: str | None = None) -> Sampler:
        average = float(means(entity if owner is None else owner).draw(1)[0])
        return sampler(_around(average, shape.cv), streams, purpose, entity, base_dir)

    return make


def _mixed(
    parts: list[models.MixturePart], streams: Streams, purpose: str, base_dir: Path
) -> MakeSampler:
    weights = [part.weight for part in parts]
    own = [samplers(part.time, streams, f"{purpose}.{i}", base_dir) for i, part in enumerate(parts)]

    def make(entity: str, owner: str | None = None) -> Sampler:
        choice = streams.generator(f"{purpose}.choice", entity)
        return _MixtureSampler(weights, [one(entity, owner) for one in own], choice)

    return make


def _around(average: float, cv: float) -> Any:
    if cv == 0 or average == 0:
        return models.Constant.model_construct(constant=average)
    shape = models.GammaShape.model_construct(mean=average, cv=cv)
    return models.Gamma.model_construct(gamma=shape)


def resolve_by(distribution: Any, *, gpu_type: str | None, cpu: float) -> Any:
    """Return *distribution* with every ``by`` replaced by the entry for this instance shape.

    An instance without a GPU has the type ``none``.
    Raises ValueError naming the shapes that are given when this one is not among them.
    """
    match distribution:
        case models.By(by=shapes):
            if shapes.gpu_type is not None:
                chosen = _entry("gpu_type", gpu_type or "none", shapes.gpu_type)
            else:
                chosen = _entry("cpu", cpu, shapes.cpu or {})
            return resolve_by(chosen, gpu_type=gpu_type, cpu=cpu)
        case models.Mixture(mixture=parts):
            resolved = [
                part.model_copy(update={"time": resolve_by(part.time, gpu_type=gpu_type, cpu=cpu)})
                for part in parts
            ]
            return models.Mixture.model_construct(mixture=resolved)
        case models.PerFunction(per_function=shape):
            average = resolve_by(shape.mean, gpu_type=gpu_type, cpu=cpu)
            return models.PerFunction.model_construct(
                per_function=shape.model_copy(update={"mean": average})
            )
    return distribution


def _entry(key: str, wanted: Any, given: dict[Any, Any]) -> Any:
    if wanted in given:
        return given[wanted]
    available = ", ".join(str(name) for name in given)
    raise ValueError(f"no time for {key} {wanted}; times are given for {available}")


def mean(distribution: Any, base_dir: Path = Path()) -> float:
    """Return the mean of *distribution* in seconds; infinite where the tail is that heavy.

    Raises ValueError for ``by``, which :func:`resolve_by` settles first.
    """
    match distribution:
        case models.By():
            raise ValueError("`by` depends on the instance's shape, which is not known here")
        case models.PerFunction(per_function=shape):
            return mean(shape.mean, base_dir)
        case models.Mixture(mixture=parts):
            weights = math.fsum(part.weight for part in parts)
            return math.fsum(part.weight * mean(part.time, base_dir) for part in parts) / weights
    return law(distribution, base_dir).mean()


class ScalarStream:
    """The values of a sampler one at a time, for draws that belong to one instance each.

    ``next()`` returns the next value in seconds.
    """

    __slots__ = ("is_constant", "next")

    def __init__(self, sampler: Sampler, block: int = 64) -> None:
        """Hand out *sampler*'s sequence, fetched *block* values at a time."""
        self.next: Callable[[], float]
        self.is_constant = isinstance(sampler, _ConstantSampler)
        """Whether all values are the same."""
        if self.is_constant:
            self.next = repeat(float(sampler.draw(1)[0])).__next__
        else:
            self.next = self._each(sampler, block).__next__

    @staticmethod
    def _each(sampler: Sampler, block: int) -> Iterator[float]:
        while True:
            yield from sampler.draw(block).tolist()
