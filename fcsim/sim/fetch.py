"""Pieces on their way to one host: what accelerated loading and eager pull have in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from simpy.events import Event

from fcsim.sim.cache import LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Host
from fcsim.sim.network import Link, Network
from fcsim.sim.pieces import Image, Piece
from fcsim.sim.record import ErrorCode, Source
from fcsim.sim.recorder import PullFact, Recorder

__all__ = ["Fetch", "PullSettings", "Surroundings"]


@dataclass(frozen=True)
class PullSettings:
    """What all pulls share: rates in bytes/s, times in seconds."""

    parallel_layers: int
    unpack_rate: float
    read_rate: float
    zone_latency: float
    store: Link
    """The platform's internal store of converted images."""
    zone: Link


@dataclass(frozen=True)
class Surroundings:
    """What all pulls of a run work with."""

    clock: Clock
    network: Network
    zone_cache: LayerCache
    settings: PullSettings
    recorder: Recorder

    def call_after(self, delay: float, call: Callable[..., None], *arguments: Any) -> None:
        """Call *call* in *delay* seconds."""
        self.clock.call_at(self.clock.now + delay, call, *arguments)


class Fetch(ABC):
    """One fetch: pieces of one image that a host has begun to bring in.

    It belongs to the host and goes on if the start that began it fails.
    """

    def __init__(
        self, around: Surroundings, host: Host, image: Image, own: Sequence[Piece]
    ) -> None:
        """Note on *host* that *own* pieces of *image* are on their way."""
        self.around = around
        self.host = host
        self.image = image
        self.own = own
        self.begun = around.clock.now
        self.expect()

    @abstractmethod
    def expect(self) -> None:
        """Put an event for each piece into the host's ``fetching``."""

    @abstractmethod
    def begin(self) -> None:
        """Begin."""

    def source(self, piece: Piece, origin: Source) -> Source:
        """Return where *piece* comes from: the zone cache if it is there, else *origin*."""
        cache = self.around.zone_cache
        if not cache.has(piece.key):
            cache.looked((piece,), (piece,))
            return origin
        cache.touch(piece.key)
        cache.looked((piece,), ())
        return Source.ZONE

    def transferred(self, piece: Piece) -> None:
        """Keep what has been transferred in the zone."""
        self.around.zone_cache.add(piece.key, piece.transfer)

    def arrived(self, piece: Piece, fact: PullFact, error: ErrorCode) -> Event:
        """Record how *piece* ended; return the event of those who wait for it."""
        self.around.recorder.pulls.append(fact)
        if not error:
            self.host.cache.add(piece.key, piece.kept)
        return self.host.fetching.pop(piece.key)
