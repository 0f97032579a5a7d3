"""Takes down what traced caches and links tell, and makes columns of it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from itertools import repeat
from typing import TYPE_CHECKING

import numpy as np

from fcsim.errors import UsageError
from fcsim.sim.fairness import Link
from fcsim.sim.record import Columns
from fcsim.sim.recorder import PullFact
from fcsim.sim.trace import TRACE_COLUMNS, CacheEvent, Trace

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["MOST_ROWS", "Tracer"]

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
        self._endings: list[Callable[[float], None]] = []

    def at_end(self, tell: Callable[[float], None]) -> None:
        """Call *tell* with the time of the end, for what nobody has noticed before."""
        self._endings.append(tell)

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
        for tell in self._endings:
            tell(end)
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
