"""Where the simulation gets its requests: all workloads, merged, in blocks of arrays.

Streams: the arrivals of the workload ``visits`` have the entity ``visits``. What its requests
need has the entity ``visits/checkout``, or ``visits/checkout/<key>`` for a copy made by
``one_function_per``, so the draws of one function depend on no other. A mean drawn by
``per_function`` belongs to the function alone (``checkout/<key>``): two workloads agree on it.

A request that will end in an error of the function has a negative work, minus zero included: the
planes serve its amount and let it fail.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.scenario.arrivals import Users
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams
from fcsim.workload.arrivals import process
from fcsim.workload.fanout import FunctionCopy, expand, keys
from fcsim.workload.needs import Draws, Failures, draws_of, expected_of_users
from fcsim.workload.process import Array, Batch, Context, Process, in_order

__all__ = ["Block", "FunctionCopy", "Requests", "expand", "expected_requests"]

BLOCK = 65_536
"""Requests a block aims at, or more when there are very many sources."""


@dataclass(frozen=True)
class Block:
    """Requests in order of (time, source, index)."""

    end: float
    """Every request that arrives before this instant is in this block or an earlier one."""
    time: Array
    """Arrival, seconds of the run."""
    function: NDArray[np.int32]
    """Position in :attr:`Requests.functions`."""
    work: Array
    """Service time alone at full speed, seconds: ``service.time``, or as the trace recorded.

    Negative: it is served likewise and then fails (``service.failure``)."""
    cold_work: Array
    """The same for a request that causes its instance (``service.cold_time``)."""
    source: NDArray[np.int32]
    """Position in :attr:`Requests.sources`."""
    index: NDArray[np.int64]
    """k, the number of the request in its source from 0."""

    def __len__(self) -> int:
        """Count the requests."""
        return len(self.time)


class Requests:
    """All requests of one run that are settled beforehand, block by block."""

    def __init__(
        self, scenario: Scenario, streams: Streams, names: Collection[str] | None = None
    ) -> None:
        """Read what the workloads called *names* need; None: those without callers.

        ScenarioError for files and times that do not fit.
        """
        if names is None:
            names = [name for name, one in scenario.workload.items() if not one.has_callers]
        copies = expand(scenario)
        self.functions = [(copy.name, copy.template) for copy in copies]
        """Name and template of each function."""
        self.sources: list[tuple[str, str]] = []
        """Workload and function of each source, in the order that settles ties."""
        known = {(copy.template, copy.key): (place, copy) for place, copy in enumerate(copies)}
        self._feeds: list[_Feed] = []
        at: list[int] = []
        self.draws: list[Draws] = []
        """What each source draws from."""
        for name in names:
            workload = scenario.workload[name]
            wanted = keys(scenario, name) if workload.one_function_per else ("",)
            places, own = zip(*(known[workload.function, key] for key in wanted), strict=True)
            self.sources += [(name, copy.name) for copy in own]
            at += places
            self._feeds.append(_Feed(scenario, streams, name, own))
            self.draws += draws_of(scenario, streams, name, own)
        self.places: NDArray[np.int32] = np.array(at, np.int32)
        """Position in :attr:`functions` of each source's function."""
        self._failures = Failures.of(self.draws)
        self._own_cold_time = any(draws.cold_time for draws in self.draws)
        self._next = np.zeros(len(self.sources), np.int64)
        self._horizon, self._now = scenario.horizon, 0.0
        self._windows = _Windows(self._feeds, self._horizon, max(BLOCK, 64 * len(self.sources)))

    @property
    def expected(self) -> float:
        """About how many requests the run will have, on average."""
        return self._windows.expected

    def block(self, until: float | None = None) -> Block | None:
        """Return the next block, at most up to *until*; None when no request is left.

        Blocks follow each other without a gap and are empty only where *until* cuts them.
        Without *until* the next instant of a cut is chosen for a good size, and no request
        depends on where the cuts are.
        """
        limit = self._horizon if until is None else min(until, self._horizon)
        while self._feeds and self._now < self._horizon:
            self._now = max(self._now, min(self._windows.after(self._now), limit))
            block = self._merge(self._now)
            if len(block) or self._now >= limit < self._horizon:
                return block
        return None

    def _merge(self, end: float) -> Block:
        """Take all arrivals before *end* and put them in order of time, source and index."""
        batch, source = self._arrive(end)
        order = _order(batch.time, source)
        if order is not None:
            batch, source = batch.take(order), source[order]
        grouped = np.argsort(source, kind="stable") if len(self.sources) > 1 else _ALL
        size = np.bincount(source, minlength=len(self.sources))
        edges = np.concatenate(([0], np.cumsum(size)))
        work, cold_work = self._work(batch, edges, grouped)
        index = np.empty(len(batch.time), np.int64)
        index[grouped] = np.arange(len(index)) + np.repeat(self._next - edges[:-1], size)
        self._next += size
        if self._failures is not None:
            work, cold_work = self._failures.marked(source, index, work, cold_work)
        return Block(
            end=end,
            time=batch.time,
            function=self.places[source],
            work=work,
            cold_work=cold_work,
            source=source.astype(np.int32),
            index=index,
        )

    def _arrive(self, end: float) -> tuple[Batch, NDArray[np.unsignedinteger]]:
        """Return all arrivals before *end*, feed by feed, and the source of each.

        Sources are in the smallest type that fits: up to 16 bits NumPy sorts by radix.
        """
        batches, first = [], 0
        sources, kind = [], np.min_scalar_type(len(self.sources) - 1)
        for feed in self._feeds:
            batch = feed.until(end)
            batches.append(batch)
            sources.append((batch.rows + first).astype(kind))
            first += feed.sources
        return Batch.join(batches), np.concatenate(sources)

    def _work(self, batch: Batch, edges: NDArray[np.int64], grouped: Any) -> tuple[Array, Array]:
        """Draw for every request, recorded or cold or not, so that request k uses draw k.

        *grouped* puts requests in order of their sources, which begin and end at *edges*.
        """
        count = len(batch.time)
        drawn, cold = np.empty(count), np.empty(count) if self._own_cold_time else None
        for piece, one in _pieces(edges):
            draws = self.draws[one]
            drawn[piece] = draws.time(piece.stop - piece.start)
            if cold is not None:
                own = draws.cold_time
                cold[piece] = own(piece.stop - piece.start) if own else np.nan
        work = _scattered(drawn, grouped)
        if batch.work is not None:
            work = np.where(np.isnan(batch.work), work, batch.work)
        if cold is None:
            return work, work
        cold = _scattered(cold, grouped)
        return work, np.where(np.isnan(cold), work, cold)


_ALL = slice(None)
"""The order of what is in order."""


def _order(time: Array, source: NDArray[np.unsignedinteger]) -> NDArray[np.int64] | None:
    """Return the order by time, and by *source* where times tie; None: they are in order."""
    tied = time[1:] == time[:-1]
    if ((time[1:] > time[:-1]) | (tied & (source[1:] >= source[:-1]))).all():
        return None
    return in_order(time, source)


def _scattered(grouped: Array, order: Any) -> Array:
    """Put values that are in *order* to where they belong."""
    if order is _ALL:
        return grouped
    scattered = np.empty_like(grouped)
    scattered[order] = grouped
    return scattered


class _Windows:
    """Chooses blocks of about equal size from the expected number of requests over time."""

    def __init__(self, feeds: Sequence[_Feed], horizon: float, size: int) -> None:
        self._times = np.linspace(0.0, horizon, 1025)
        total = sum((feed.expected(self._times) for feed in feeds), np.zeros(1025))
        self._totals = np.maximum.accumulate(total)
        self._horizon, self._size = horizon, size
        self.expected = float(self._totals[-1])

    def after(self, now: float) -> float:
        """Return the end of the window that begins at *now*."""
        target = float(np.interp(now, self._times, self._totals)) + self._size
        if target >= self.expected:
            return self._horizon
        end = float(np.interp(target, self._totals, self._times))
        return max(end, float(np.nextafter(now, np.inf)))


class _Feed:
    """The arrivals of one workload entry."""

    def __init__(
        self, scenario: Scenario, streams: Streams, name: str, copies: Sequence[FunctionCopy]
    ) -> None:
        self._process = _arrivals(scenario, streams, name)
        self._share = scenario.workload[name].share
        self.sources = len(copies)
        self._chances: list[np.random.Generator] = []
        if self._share < 1:
            entities = [f"{name}/{copy.entity}" for copy in copies]
            self._chances = [streams.generator("workload.share", one) for one in entities]

    def expected(self, t: Array) -> Array:
        return self._process.expected(t) * self._share

    def until(self, t: float) -> Batch:
        """Return all further arrivals before *t* in order of time; rows are sources."""
        batch = self._process.until(t)
        if self.sources == 1:
            batch = Batch(batch.time, None, batch.work)
        return batch.take(self._kept(batch)) if self._chances else batch

    def _kept(self, batch: Batch) -> NDArray[np.bool_]:
        """Choose the workload's share of the arrivals, drawn in each source's own stream."""
        chance = np.empty(len(batch.time))
        for one, rows in enumerate(self._rows(batch)):
            if len(rows):
                chance[rows] = self._chances[one].random(len(rows))
        return chance < self._share

    def _rows(self, batch: Batch) -> list[NDArray[np.int64]]:
        """Return which arrivals each source has."""
        size = np.bincount(batch.rows, minlength=self.sources)
        return np.split(np.argsort(batch.rows, kind="stable"), np.cumsum(size)[:-1])


def _pieces(edges: NDArray[np.int64]) -> Iterator[tuple[slice, int]]:
    """Yield the part between edges i and i + 1, and i, for each part that is not empty."""
    bounds = edges.tolist()
    for one, (begin, end) in enumerate(pairwise(bounds)):
        if begin < end:
            yield slice(begin, end), one


def _arrivals(scenario: Scenario, streams: Streams, name: str) -> Process:
    """Return the arrival process of the workload called *name*, cut at the horizon."""
    workload, clock = scenario.workload[name], scenario.start
    end = scenario.horizon if workload.end is None else min(workload.end, scenario.horizon)
    context = Context(
        streams=streams,
        entity=name,
        path=f"workload.{name}.arrivals",
        folder=scenario.file("."),
        start=workload.start,
        end=end,
        scale=workload.scale,
        midnight=clock.hour * 3600 + clock.minute * 60 + clock.second + clock.microsecond / 1e6,
    )
    return process(workload.arrivals, context)


def expected_requests(scenario: Scenario) -> float:
    """Return about how many requests a run of *scenario* has, on average.

    Exact for Poisson processes of any rate, constant rates, bursts, traces and counts; for
    renewals the horizon over the mean gap, for users as if nobody waited. Retries do not count.
    Files are read, but nothing is drawn.
    """
    at = np.array([scenario.horizon])
    total = 0.0
    for name, workload in scenario.workload.items():
        if isinstance(workload.arrivals, Users):
            total += expected_of_users(scenario, name)
            continue
        count = _arrivals(scenario, Streams(scenario.seed), name).expected(at)
        total += float(count[0]) * workload.share
    return total
