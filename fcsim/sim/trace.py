"""What a traced run leaves beside its record: caches and links, moment by moment.

Plain columns of facts, like those of :mod:`fcsim.sim.record`. Only runs that are asked for a
trace keep it; it changes nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from fcsim.sim.record import Columns

__all__ = ["TRACE_COLUMNS", "ZONE", "CacheEvent", "Trace"]

ZONE = -1
"""Stands for the zone cache where others have a host's number."""


class CacheEvent(IntEnum):
    """What happened to an entry of a cache."""

    INSERTED = 0
    """It can be used from here on: its unpack has ended."""
    HIT = 1
    """A start, or a transfer from the zone, found it."""
    MISSED = 2
    """A start or a transfer did not find it; it may have been on its way for another."""
    EVICTED = 3
    """It went, so that another has room (or because the policy keeps nothing)."""
    EXPIRED = 4
    """Its lifetime ended."""
    LOST = 5
    """Its host crashed."""


TRACE_COLUMNS: dict[str, dict[str, type]] = {
    "cache_events": {
        "time": np.float64,
        "host": np.int32,  # ZONE: the zone cache
        "entry": np.int32,  # position in Trace.entries
        "bytes": np.float64,  # what it takes there: unpacked on hosts, compressed in the zone
        "event": np.int8,  # CacheEvent
    },
    "flows": {
        "link": np.int32,  # position in Trace.links: where it comes from
        "nic": np.int32,  # likewise: the host's
        "bytes": np.float64,
        "begun": np.float64,
        "ended": np.float64,  # NaN: still under way at the end
        "pull": np.int32,  # row of the first layer that it carries, -1: none ended
        "layers": np.int32,  # so many rows of pulls from there on
    },
    "link_rates": {
        "time": np.float64,  # from here on, until the flow's next row
        "link": np.int32,
        "flow": np.int32,  # row in flows
        "rate": np.float64,  # bytes/s; 0 at its end
    },
    "link_capacities": {
        "time": np.float64,  # from here on; a link's first row: when it was first used
        "link": np.int32,
        "capacity": np.float64,  # bytes/s; infinite: no limit
    },
}
"""Tables of a trace and their columns."""


@dataclass
class Trace:
    """The trace of one run: names, and the tables of TRACE_COLUMNS."""

    entries: list[str]
    """What caches held: layers, parts of layers that accelerated loading reads, models."""
    links: list[str]
    cache_events: Columns
    """In order of time."""
    flows: Columns
    """Transfers, in order of beginning."""
    link_rates: Columns
    """In order of time; a row where the rate of a flow changes."""
    link_capacities: Columns
    """In order of time."""
