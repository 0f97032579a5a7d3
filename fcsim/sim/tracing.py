"""Keeps a trace: a cache and a network that tell what happens to them, moment by moment.

They stand in for the plain ones in runs that are traced, and decide nothing.
"""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Collection, Hashable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from fcsim.errors import UsageError
from fcsim.sim.cache import Entry, LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.network import NEVER, Link, Network, Transfer
from fcsim.sim.record import Columns
from fcsim.sim.recorder import PullFact
from fcsim.sim.trace import TRACE_COLUMNS, ZONE, CacheEvent, Trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.pieces import Piece

__all__ = ["MOST_ROWS", "TracedCache", "TracedNetwork", "Tracer"]

MOST_ROWS = 10_000_000
"""Rows of one table of a trace (some hundred megabytes)."""
_PARTS = {"layer": "{}", "start": "{} (at start)", "later": "{} (while serving)"}


class Rows:
    """An append-only table of numbers."""

    def __init__(self, table: str) -> None:
        """Start *table* of TRACE_COLUMNS without rows."""
        self._table = table
        self._types = TRACE_COLUMNS[table]
        self._cells = array("d")

    def __len__(self) -> int:
        return len(self._cells) // len(self._types)

    def append(self, *values: float) -> None:
        """Add a row; UsageError when the trace is too long."""
        self._cells.extend(values)
        _check(self._table, len(self))

    def put(self, row: int, column: str, value: float) -> None:
        """Replace one value."""
        self._cells[row * len(self._types) + list(self._types).index(column)] = value

    def columns(self) -> Columns:
        """Return the table as columns."""
        cells = np.array(self._cells).reshape(-1, len(self._types))
        return {
            name: cells[:, k].astype(dtype) for k, (name, dtype) in enumerate(self._types.items())
        }


class Rates:
    """The rates of flows: the table that grows fastest, as each change may concern them all."""

    def __init__(self) -> None:
        """Start without rows."""
        self._times, self._flows, self._rates = array("d"), array("i"), array("d")

    def extend(self, time: float, rates: Mapping[int, float]) -> None:
        """Add the new *rates* of flows at *time*; UsageError when the trace is too long."""
        self._times.extend(repeat(time, len(rates)))
        self._flows.extend(rates)
        self._rates.extend(rates.values())
        _check("link_rates", len(self._times))

    def columns(self, links: NDArray[np.int32]) -> Columns:
        """Return the table, *links* being those of the flows; the last row of an instant counts."""
        time, flow, rate = (np.array(one) for one in (self._times, self._flows, self._rates))
        order = np.lexsort((time, flow))
        again = np.zeros(len(time), dtype=bool)
        again[order[:-1]] = (np.diff(flow[order]) == 0) & (np.diff(time[order]) == 0)
        rows = np.flatnonzero(~again)
        return {"time": time[rows], "link": links[flow[rows]], "flow": flow[rows],
                "rate": rate[rows]}  # fmt: skip


def _check(table: str, rows: int) -> None:
    if rows > MOST_ROWS:
        raise UsageError(
            f"the trace has more than {MOST_ROWS:,} rows of {table}: "
            "trace a shorter run, or one with fewer instances"
        )


class Tracer:
    """All that a trace keeps."""

    def __init__(self) -> None:
        """Start without facts."""
        self._cache_events, self._flows = Rows("cache_events"), Rows("flows")
        self._rates, self._capacities = Rates(), Rows("link_capacities")
        self._entries: dict[Hashable, int] = {}
        self._links: dict[Link, int] = {}
        self._caches: list[TracedCache] = []

    def follow(self, cache: TracedCache) -> None:
        """Ask *cache* at the end what has expired and nobody has noticed."""
        self._caches.append(cache)

    def cached(
        self, time: float, place: int, key: Hashable, size: float, event: CacheEvent
    ) -> None:
        """Note an *event* of entry *key* of the cache at *place*."""
        entry = self._entries.setdefault(key, len(self._entries))
        self._cache_events.append(time, place, entry, size, event)

    def capacity(self, time: float, link: Link) -> None:
        """Note the capacity of *link* from *time* on."""
        number = self._links.setdefault(link, len(self._links))
        self._capacities.append(time, number, link.capacity)

    def began(self, time: float, source: Link, nic: Link, size: float) -> None:
        """Note that a transfer began; they come in order of their numbers."""
        for link in (source, nic):
            if link not in self._links:
                self.capacity(time, link)
        ends = self._links[source], self._links[nic]
        self._flows.append(*ends, size, time, math.nan, -1, 0)

    def changed(self, time: float, rates: Mapping[int, float], ended: Iterable[int]) -> None:
        """Note the new *rates* of flows from *time* on, and those that have *ended*."""
        self._rates.extend(time, rates)
        for flow in ended:
            self._flows.put(flow, "ended", time)

    def trace(self, end: float, pulls: Sequence[PullFact], layers: Sequence[str]) -> Trace:
        """Return what was kept up to *end*; *pulls* are the rows, *layers* their names."""
        for cache in self._caches:
            cache.tell_expired(end)
        events = self._cache_events.columns()
        order = np.argsort(events["time"], kind="stable")  # expiry is noticed later
        flows = self._flows.columns()
        return Trace(
            entries=_unique(_name(key, layers) for key in self._entries),
            links=[link.name for link in self._links],
            cache_events={name: column[order] for name, column in events.items()},
            flows=_with_rows(flows, pulls),
            link_rates=self._rates.columns(flows["link"]),
            link_capacities=self._capacities.columns(),
        )


def _with_rows(flows: Columns, pulls: Sequence[PullFact]) -> Columns:
    """Say which rows of *pulls* each flow carried; those of one flow follow each other."""
    for row, fact in enumerate(pulls):
        if fact.flow >= 0:
            if not flows["layers"][fact.flow]:
                flows["pull"][fact.flow] = row
            flows["layers"][fact.flow] += 1
    return flows


def _name(key: Hashable, layers: Sequence[str]) -> str:
    """Return how people call what a cache holds under *key*: a piece's, or a model's."""
    if isinstance(key, tuple):
        return f"model of {key[1]}"
    part, number = str(key).split()
    return _PARTS[part].format(layers[int(number)])


def _unique(names: Iterable[str]) -> list[str]:
    """Return *names*, those that came before with a number."""
    found: dict[str, None] = {}
    for name in names:
        own, number = name, 1
        while own in found:
            number += 1
            own = f"{name} ({number})"
        found[own] = None
    return list(found)


class TracedCache(LayerCache):
    """A cache that tells a tracer what happens to its entries."""

    def __init__(
        self,
        capacity: float,
        lifetime: float,
        policy: str,
        now: Callable[[], float],
        tracer: Tracer,
        place: int,
    ) -> None:
        """Start empty at *place*: a host's number, or ZONE."""
        super().__init__(capacity, lifetime, policy, now)
        self._tracer = tracer
        self._place = place
        self._is_lost = False
        tracer.follow(self)

    def looked(self, pieces: Sequence[Piece], absent: Collection[Piece]) -> None:
        """Tell which *pieces* were found."""
        for piece in pieces:
            size = piece.transfer if self._place == ZONE else piece.kept
            event = CacheEvent.MISSED if piece in absent else CacheEvent.HIT
            self._tell(self._now(), piece.key, size, event)

    def add(self, key: Hashable, size: float) -> None:
        """Tell what is new."""
        entry = self._entries.get(key)
        if entry is not None and not self._is_pinned(key) and self._now() > self._end(key, entry):
            self._tell(self._end(key, entry), key, entry.size, CacheEvent.EXPIRED)
            entry = None
        if entry is None:
            self._tell(self._now(), key, size, CacheEvent.INSERTED)
        super().add(key, size)

    def clear(self) -> None:
        """Tell that everything is lost."""
        self._is_lost = True
        super().clear()
        self._is_lost = False

    def tell_expired(self, now: float) -> None:
        """Tell what has expired by *now* and was not looked for since."""
        for key, entry in self._entries.items():
            if not self._is_pinned(key) and now > self._end(key, entry):
                self._tell(self._end(key, entry), key, entry.size, CacheEvent.EXPIRED)

    def _drop(self, key: Hashable) -> None:
        entry, now = self._entries[key], self._now()
        if not self._is_pinned(key) and now > self._end(key, entry):
            self._tell(self._end(key, entry), key, entry.size, CacheEvent.EXPIRED)
        else:
            event = CacheEvent.LOST if self._is_lost else CacheEvent.EVICTED
            self._tell(now, key, entry.size, event)
        super()._drop(key)

    def _end(self, key: Hashable, entry: Entry) -> float:
        """Return when a loose *entry* expires: not while it was held."""
        self._settle(key, entry)
        return max(entry.used, self._policy.expires_from(entry) + self._lifetime)

    def _tell(self, time: float, key: Hashable, size: float, event: CacheEvent) -> None:
        self._tracer.cached(time, self._place, key, size, event)


class TracedNetwork(Network):
    """A network that tells a tracer how fast each transfer flows."""

    def __init__(self, clock: Clock, tracer: Tracer) -> None:
        """Start idle."""
        super().__init__(clock)
        self._tracer = tracer
        self._rates: dict[int, float] = {}
        """Rates of transfers under way, by their numbers."""

    def transfer(self, source: Link, nic: Link, size: float, cap: float = NEVER) -> Transfer:
        """Tell that a transfer begins."""
        done = super().transfer(source, nic, size, cap)
        if done.number >= 0:
            self._tracer.began(self._clock.now, source, nic, size)
        return done

    def set_capacity(self, link: Link, capacity: float) -> None:
        """Tell the new capacity."""
        super().set_capacity(link, capacity)
        self._tracer.capacity(self._clock.now, link)

    def _recompute(self) -> None:
        super()._recompute()
        before, self._rates = self._rates, self._present()
        ended = [flow for flow in before if flow not in self._rates]
        changed = dict.fromkeys(ended, 0.0)
        for flow, rate in self._rates.items():
            if before.get(flow) != rate:
                changed[flow] = rate
        self._tracer.changed(self._clock.now, changed, ended)

    def _present(self) -> dict[int, float]:
        """Return the rate of each transfer under way."""
        rates: dict[int, float] = {}
        for port in self._ports.values():
            for route in port.routes.values():
                rate = 0.0 if route.lane is None else route.lane.rate
                for transfer in route.transfers:
                    rates[transfer[1]] = rate
        return rates
