"""What every arrival process is: arrivals handed out in order, up to any instant.

A process makes its arrivals in chunks whose sizes depend on nothing outside it, and a buffer
cuts them at the instants that the caller asks for. Where the caller cuts can therefore change
no arrival, not even its last bit.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import Problem, ScenarioError
from fcsim.streams import Streams

__all__ = [
    "Array",
    "Batch",
    "Buffered",
    "Context",
    "Process",
    "chunk_sizes",
    "in_order",
    "ordinals",
    "round_randomly",
    "unit_points",
]

Array = NDArray[np.float64]


class Batch(NamedTuple):
    """Arrivals in order of time."""

    time: Array
    """Seconds of the run, float64, never falling."""
    row: NDArray[np.int64] | None = None
    """Row (counts) or key (trace) of the file that each came from; None: there is no file."""
    work: Array | None = None
    """Recorded service time in seconds, NaN where there is none; None: nothing is recorded."""

    @classmethod
    def join(cls, batches: Sequence[Batch]) -> Self:
        """Return the batches one behind the other."""
        if len(batches) == 1:
            return cls(*batches[0])
        time = np.concatenate([batch.time for batch in batches])
        rows, works = [batch.row for batch in batches], [batch.work for batch in batches]
        return cls(time, _joined(rows, batches, 0), _joined(works, batches, np.nan))

    def take(self, chosen: Any) -> Batch:
        """Return the arrivals that an index array, mask or slice chooses."""
        row, work = (None if part is None else part[chosen] for part in (self.row, self.work))
        return Batch(self.time[chosen], row, work)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows, 0 where there is no file."""
        return np.zeros(len(self.time), np.int64) if self.row is None else self.row


def _joined(columns: Sequence[Any], batches: Sequence[Batch], missing: float) -> Any:
    """Return a column of all batches, filled with *missing* where one has none."""
    if all(column is None for column in columns):
        return None
    return np.concatenate(
        [
            np.full(len(batch.time), missing) if column is None else column
            for column, batch in zip(columns, batches, strict=True)
        ]
    )


@dataclass(frozen=True)
class Context:
    """What a process needs to know besides its own numbers."""

    streams: Streams
    entity: str
    """Name of its streams: the workload's, and a part's in a sum."""
    path: str
    """Path in the scenario, for messages."""
    folder: Path = Path()
    """Where file names start."""
    start: float = 0.0
    end: float = float("inf")
    scale: float = 1.0
    midnight: float = 0.0
    """Local time of day at t = 0, in seconds."""

    def generator(self, purpose: str) -> np.random.Generator:
        """Return this process's stream for *purpose*."""
        return self.streams.generator(f"arrivals.{purpose}", self.entity)

    def error(self, message: str) -> ScenarioError:
        """Return the error that says *message* about this process."""
        return ScenarioError([Problem(message, self.path)])


class Process(ABC):
    """Arrivals on the run's clock; those outside [start, end) are cut, the others unmoved."""

    @abstractmethod
    def until(self, t: float) -> Batch:
        """Return all further arrivals before *t*, in order; calls must go on in time."""

    @abstractmethod
    def expected(self, t: Array) -> Array:
        """Return about how many arrivals there are before each *t*, on average."""


class Buffered(Process):
    """A process that yields chunks, and a buffer to cut them."""

    def __init__(self, context: Context) -> None:
        """Begin at the run's beginning."""
        self.context = context
        self._source: Iterator[Batch] | None = None
        self._ready, self._given = Batch(np.empty(0)), 0
        self._reached = 0.0

    @abstractmethod
    def chunks(self) -> Iterator[Batch]:
        """Yield arrivals in order from t = 0 on; times at or past the end may be infinite."""

    @abstractmethod
    def cumulative(self, t: Array) -> Array:
        """Return about how many arrivals there are in [0, t), on average."""

    def until(self, t: float) -> Batch:
        """Return all further arrivals before *t*, in order; calls must go on in time."""
        bound = min(t, self.context.end)
        while self._reached < bound:
            self._fetch()
        begin = self._given
        self._given = max(begin, int(self._ready.time.searchsorted(bound)))
        return self._ready.take(slice(begin, self._given))

    def _fetch(self) -> None:
        if self._source is None:
            self._source = self.chunks()
        chunk = next(self._source, None)
        if chunk is None:
            self._reached = np.inf
        elif len(chunk.time):
            # Rounding in an inverse may put a point an ulp before its predecessor.
            time = np.maximum.accumulate(np.maximum(chunk.time, self._reached))
            self._reached = float(time[-1])
            kept = slice(*time.searchsorted((self.context.start, self.context.end)))
            more = Batch(time, chunk.row, chunk.work).take(kept)
            self._ready = Batch.join([self._ready.take(slice(self._given, None)), more])
            self._given = 0

    def expected(self, t: Array) -> Array:
        """Return about how many arrivals there are before each *t*, on average."""
        start, end = self.context.start, self.context.end
        within = np.clip(t, start, max(start, end))
        return self.cumulative(within) - self.cumulative(np.full(len(t), start))


def in_order(time: Array, then: NDArray[np.integer] | None = None) -> NDArray[np.int64]:
    """Return the stable order by time, and by *then* where times tie."""
    order = np.argsort(time)  # several times as fast as a stable sort, but ties in any order
    ordered = time[order]
    if not (ordered[1:] == ordered[:-1]).any():
        return order
    return np.lexsort((time,) if then is None else (then, time))


def chunk_sizes() -> Iterator[int]:
    """Yield 64, 128, … 65536, 65536, …: little for the idle, much for the busy."""
    size = 64
    while True:
        yield size
        size = min(2 * size, 65_536)


def unit_points(generator: np.random.Generator) -> Iterator[Array]:
    """Yield the points of a Poisson process of rate 1, in chunks of fixed sizes."""
    last = 0.0
    for size in chunk_sizes():
        gaps = generator.exponential(size=size)
        gaps[0] += last
        points = np.cumsum(gaps)
        last = float(points[-1])
        yield points


def round_randomly(x: Array, uniform: Array) -> NDArray[np.int64]:
    """Round each *x* up with the probability of its fraction: 1.3 is 2 in 30 % of cases."""
    whole = np.floor(x)
    return whole.astype(np.int64) + (uniform < x - whole)


def ordinals(sizes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return 0, 1, … size - 1 for each size in turn."""
    begins = np.cumsum(sizes) - sizes
    return np.arange(int(np.sum(sizes)), dtype=np.int64) - np.repeat(begins, sizes)
