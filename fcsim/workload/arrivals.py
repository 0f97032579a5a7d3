"""Arrival processes that need no file: one short class each.

``start`` and ``end`` of a workload cut a process and never shift it; ``scale`` multiplies its
rate. Files are read by :mod:`fcsim.workload.traces`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import numpy as np

from fcsim.scenario import arrivals as models
from fcsim.streams import hash_uniforms
from fcsim.workload.process import (
    Array,
    Batch,
    Buffered,
    Context,
    Process,
    chunk_sizes,
    ordinals,
    round_randomly,
    unit_points,
)
from fcsim.workload.rates import DiurnalRate, MmppRate, Rate, SteadyRate, steps_rate
from fcsim.workload.samplers import mean, sampler
from fcsim.workload.traces import CountsArrivals, TraceArrivals

__all__ = [
    "BurstArrivals",
    "ConstantArrivals",
    "PoissonArrivals",
    "RenewalArrivals",
    "SumArrivals",
    "process",
]


class PoissonArrivals(Buffered):
    """Poisson arrivals at any rate: one unit-rate process, mapped through the inverse rate."""

    def __init__(self, rate: Rate, context: Context) -> None:
        """Take the rate before scaling."""
        super().__init__(context)
        self._rate = rate

    def chunks(self) -> Iterator[Batch]:
        """Yield arrivals in order from t = 0 on."""
        for points in unit_points(self.context.generator("points")):
            yield Batch(self._rate.inverse(points / self.context.scale))

    def cumulative(self, t: Array) -> Array:
        """Return how many arrivals there are in [0, t) on average."""
        return self._rate.cumulative(t) * self.context.scale


class ConstantArrivals(Buffered):
    """The k-th arrival at k / rate."""

    def __init__(self, rate: float, context: Context) -> None:
        """Take the rate before scaling."""
        super().__init__(context)
        self._rate = rate * context.scale

    def chunks(self) -> Iterator[Batch]:
        """Yield arrivals in order; none at rate 0."""
        first = 1
        for size in chunk_sizes() if self._rate > 0 else ():
            yield Batch(np.arange(first, first + size) / self._rate)
            first += size

    def cumulative(self, t: Array) -> Array:
        """Return how many arrivals there are in [0, t), fractions included."""
        return t * self._rate


class RenewalArrivals(Buffered):
    """Independent gaps, the first one from t = 0."""

    def __init__(self, gaps: Any, context: Context) -> None:
        """Take the gaps' distribution; ScenarioError when its mean is 0 or it has no one shape."""
        super().__init__(context)
        self._gaps = gaps
        try:
            self._mean = mean(gaps, context.folder)
        except ValueError as error:
            raise context.error(str(error)) from None
        if self._mean <= 0:
            raise context.error("gaps of 0 s never end; expected a mean above 0")

    def chunks(self) -> Iterator[Batch]:
        """Yield arrivals in order from t = 0 on."""
        context = self.context
        gaps = sampler(self._gaps, context.streams, "arrivals.gaps", context.entity, context.folder)
        last = 0.0
        for size in chunk_sizes():
            between = gaps.draw(size) / context.scale
            between[0] += last
            times = np.cumsum(between)
            last = float(times[-1])
            yield Batch(times)

    def cumulative(self, t: Array) -> Array:
        """Return about how many arrivals there are in [0, t)."""
        return t * (self.context.scale / self._mean)


class BurstArrivals(Buffered):
    """Bursts at ``first``, ``first + every``, …, each spread evenly over ``within``."""

    def __init__(self, shape: models.BurstShape, context: Context) -> None:
        """Take the bursts; ScenarioError when one would reach into the next."""
        super().__init__(context)
        if shape.within > shape.every:
            raise context.error(
                f"within ({shape.within:g} s) must not exceed every ({shape.every:g} s)"
            )
        self._shape = shape

    def chunks(self) -> Iterator[Batch]:
        """Yield arrivals in order; a scaled size is rounded at random, burst by burst."""
        shape, size = self._shape, self._shape.size * self.context.scale
        key = self.context.streams.key("arrivals.bursts", self.context.entity)
        at_once = max(1, int(4096 / max(size, 1)))
        for first in count(0, at_once):
            bursts = np.arange(first, min(first + at_once, shape.count or np.inf), dtype=np.int64)
            begins = shape.first + bursts * shape.every
            if not len(bursts) or begins[0] >= self.context.end:
                return
            sizes = round_randomly(np.full(len(bursts), size), hash_uniforms(key, bursts))
            spread = ordinals(sizes) / np.repeat(sizes, sizes)
            yield Batch(np.repeat(begins, sizes) + shape.within * spread)

    def cumulative(self, t: Array) -> Array:
        """Return how many arrivals there are in [0, t), whole bursts counted at their begin."""
        shape = self._shape
        bursts = np.ceil(np.maximum(t - shape.first, 0.0) / shape.every)
        return np.minimum(bursts, shape.count or np.inf) * (shape.size * self.context.scale)


class SumArrivals(Process):
    """Several processes together; of simultaneous arrivals the earlier part's come first."""

    def __init__(self, parts: list[Process]) -> None:
        """Merge *parts*."""
        self._parts = parts

    def until(self, t: float) -> Batch:
        """Return all further arrivals before *t*, in order; calls must go on in time."""
        merged = Batch.join([part.until(t) for part in self._parts])
        return merged.take(np.argsort(merged.time, kind="stable"))

    def expected(self, t: Array) -> Array:
        """Return about how many arrivals there are before each *t*, on average."""
        total: Array = np.sum([part.expected(t) for part in self._parts], axis=0)
        return total


def process(arrivals: Any, context: Context) -> Process:
    """Build the process that a workload's ``arrivals`` describe.

    Raises ScenarioError for what only the whole shows: files, bursts that overlap, gaps of 0 s.
    """
    match arrivals:
        case models.Poisson(poisson=rate):
            return PoissonArrivals(SteadyRate(rate), context)
        case models.ConstantRate(constant=rate):
            return ConstantArrivals(rate, context)
        case models.Renewal(renewal=gaps):
            return RenewalArrivals(gaps, context)
        case models.Steps(steps=steps):
            return PoissonArrivals(steps_rate(steps), context)
        case models.Diurnal(diurnal=shape):
            return PoissonArrivals(_diurnal_rate(shape, context.midnight), context)
        case models.Mmpp(mmpp=states):
            stays, choices = context.generator("stays"), context.generator("states")
            return PoissonArrivals(MmppRate(states, stays, choices, context.end), context)
        case models.Bursts(bursts=shape):
            return BurstArrivals(shape, context)
        case models.Trace(trace=file):
            return TraceArrivals(file, context)
        case models.Counts(counts=file):
            return CountsArrivals(file, context)
        case models.Sum(sum=parts):
            return SumArrivals([process(part, own) for part, own in _parts(parts, context)])
    raise TypeError(f"{type(arrivals).__name__} is no arrival process")


def _diurnal_rate(shape: models.DiurnalShape, midnight: float) -> DiurnalRate:
    hours, minutes = shape.peak.split(":")
    peak = int(hours) * 3600 + int(minutes) * 60 - midnight
    return DiurnalRate(shape.low, shape.high, peak, shape.period)


def _parts(parts: list[Any], context: Context) -> Iterator[tuple[Any, Context]]:
    """Name each part by its kind, ``poisson``, then ``poisson.2``: a new kind renames none."""
    seen: Counter[str] = Counter()
    for number, part in enumerate(parts):
        (kind,) = type(part).model_fields
        seen[kind] += 1
        name = kind if seen[kind] == 1 else f"{kind}.{seen[kind]}"
        entity, path = f"{context.entity}/{name}", f"{context.path}.sum.{number}"
        yield part, replace(context, entity=entity, path=path)
