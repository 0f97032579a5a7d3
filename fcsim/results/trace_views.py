"""What a trace says of one cache or one link: pieces of time in which nothing changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fcsim.errors import UsageError, nearest
from fcsim.sim.trace import ZONE, CacheEvent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.scenario.model import Scenario
    from fcsim.sim.trace import Trace

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "Pieces",
    "Stack",
    "cache_capacity",
    "flows_on",
    "herd",
    "link_number",
    "rates",
    "stack",
    "stays",
]

_GOES = (CacheEvent.EVICTED, CacheEvent.EXPIRED, CacheEvent.LOST)
Span = tuple[float, float]


class Pieces(NamedTuple):
    """Amounts that their owners have from *begin* to *end* (infinite: still at the end)."""

    owner: Ints
    begin: Floats
    end: Floats
    value: Floats


class Stack(NamedTuple):
    """Amounts of several bands: ``amounts[:, k]`` from ``times[k]`` to ``times[k + 1]``."""

    times: Floats
    amounts: Floats


def stays(trace: Trace, place: int) -> Pieces:
    """Return how large (bytes) each entry of the cache at *place* is, and from when to when.

    *place* is the number of a host, or ZONE; owners are positions in the entries of the trace.
    """
    events = trace.cache_events
    here = np.flatnonzero(events["host"] == place)
    since: dict[int, tuple[float, float]] = {}
    rows: list[tuple[int, float, float, float]] = []
    names = ("event", "entry", "time", "bytes")
    for event, entry, time, size in zip(*(events[n][here].tolist() for n in names), strict=True):
        if event == CacheEvent.INSERTED:
            since[entry] = time, size
        elif event in _GOES:
            begin, held = since.pop(entry)
            rows.append((entry, begin, time, held))
    rows += [(entry, begin, np.inf, size) for entry, (begin, size) in since.items()]
    table = np.array(sorted(rows, key=lambda row: row[1]), dtype=np.float64).reshape(-1, 4)
    return Pieces(table[:, 0].astype(np.int64), table[:, 1], table[:, 2], table[:, 3])


def cache_capacity(scenario: Scenario, place: int) -> float:
    """Return the capacity in bytes of the cache at *place*."""
    tier = "zone" if place == ZONE else "host"
    given: float | None = getattr(scenario.caches, tier).capacity
    return float(scenario.parameters[f"cache.{tier}_capacity"].value if given is None else given)


def link_number(trace: Trace, link: str | None) -> int:
    """Return the position of *link*; None is the one that most bytes come from.

    UsageError when nothing went over it.
    """
    if link is None:
        if not len(trace.flows["bytes"]):
            raise UsageError("nothing was transferred in this run, so no link has shares")
        return int(np.bincount(trace.flows["link"], weights=trace.flows["bytes"]).argmax())
    if link not in trace.links:
        raise UsageError(f"nothing went over a link {link!r}{nearest(link, trace.links)}")
    return trace.links.index(link)


def flows_on(trace: Trace, link: int) -> Ints:
    """Return the rows of the flows over *link*, be it where they come from or a host's NIC."""
    there = (trace.flows["link"] == link) | (trace.flows["nic"] == link)
    return np.flatnonzero(there).astype(np.int64)


def rates(trace: Trace, flows: Ints) -> Pieces:
    """Return how fast (bytes/s) each of *flows* (owner: its row) is, and from when to when.

    Pieces in which a flow stands still are left out.
    """
    rows = np.flatnonzero(np.isin(trace.link_rates["flow"], flows))
    owner = trace.link_rates["flow"][rows].astype(np.int64)
    order = np.argsort(owner, kind="stable")  # rows of one flow are in order of time
    rows, owner = rows[order], owner[order]
    begin, value = trace.link_rates["time"][rows], trace.link_rates["rate"][rows]
    end = np.append(begin[1:], np.inf)
    end[np.append(owner[1:] != owner[:-1], True)[: len(end)]] = np.inf
    moves = value > 0
    return Pieces(owner[moves], begin[moves], end[: len(moves)][moves], value[moves])


def herd(begun: Floats, ended: Floats, size: Floats) -> Span:
    """Return when those intervals last that are close to each other and have the greatest *size*.

    Close are those less than the longest of all apart. They come in order of *begun*.
    """
    reached = np.maximum.accumulate(ended)
    longest = float((ended - begun).max())
    number = np.cumsum(np.append(False, begun[1:] > reached[:-1] + longest))
    chosen = number == np.bincount(number, weights=size).argmax()
    return float(begun[chosen].min()), float(ended[chosen].max())


def stack(pieces: Pieces, band: Ints, bands: int, span: Span) -> Stack:
    """Return the amounts of *pieces* summed in *bands*, *band* telling that of each piece."""
    begin, end = np.clip(pieces.begin, *span), np.clip(pieces.end, *span)
    lasting = end > begin
    begin, end, band, value = begin[lasting], end[lasting], band[lasting], pieces.value[lasting]
    times = np.unique(np.concatenate([span, begin, end]))
    changes = np.zeros((bands, len(times)))
    np.add.at(changes, (band, np.searchsorted(times, begin)), value)
    np.add.at(changes, (band, np.searchsorted(times, end)), -value)
    amounts = np.cumsum(changes, axis=1)[:, :-1]
    peak = amounts.max(initial=0.0)
    amounts[amounts < 1e-9 * peak] = 0.0  # what is left of sums and differences
    return Stack(times, amounts)
