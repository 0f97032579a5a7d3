"""Images on their way to hosts: accelerated loading and eager pull.

A *piece* is what a start must find on its host: a whole layer (eager), or the part of a layer
that accelerated loading reads before the server answers. Pieces with one digest are one piece,
in whichever images they occur. A piece counts as cached when it can be used: an eager layer when
its *unpack* has ended. Starts on one host that need one piece share its transfer; transfers
belong to the host and outlive the start that began them.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from simpy.events import Event

from fcsim.sim.cache import LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Host
from fcsim.sim.network import Link, Network
from fcsim.sim.record import ErrorCode, Source
from fcsim.sim.recorder import PullFact, Recorder
from fcsim.sim.registry import Registry

__all__ = ["Image", "Piece", "PullSettings", "Pulls", "pieces"]

Steps = Generator[Event, Any, ErrorCode]


@dataclass(frozen=True)
class Piece:
    """A layer, or the part of it that is read: bytes to transfer, bytes kept on the host."""

    key: tuple[int, str]
    layer: int
    transfer: float
    kept: float


@dataclass(frozen=True)
class Image:
    """An image ready to be pulled in one mode: its pieces, base layer first."""

    name: str
    mode: str
    """``accelerated``, ``eager`` or ``none``."""
    registry: Registry
    pieces: tuple[Piece, ...]
    later: tuple[Piece, ...] = ()
    """What accelerated loading reads on demand while serving."""

    @cached_property
    def keys(self) -> list[Any]:
        """Keys of the pieces a start needs."""
        return [piece.key for piece in self.pieces]

    @cached_property
    def size(self) -> float:
        """Bytes that a start needs, on the wire."""
        return sum(piece.transfer for piece in self.pieces)


def pieces(
    layers: list[tuple[int, float, float]], part: str, share: float = 1.0
) -> tuple[Piece, ...]:
    """Return *share* of each layer (number, compressed, uncompressed) as pieces; no repeats."""
    unique = {number: (compressed, size) for number, compressed, size in layers}
    return tuple(
        Piece((number, part), number, compressed * share, size * share)
        for number, (compressed, size) in unique.items()
        if share > 0
    )


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


class Pulls:
    """All pulls of a run."""

    def __init__(
        self,
        clock: Clock,
        network: Network,
        zone_cache: LayerCache,
        settings: PullSettings,
        recorder: Recorder,
    ) -> None:
        """Pull over *network*, through *zone_cache*."""
        self._clock = clock
        self._network = network
        self._zone_cache = zone_cache
        self._settings = settings
        self._recorder = recorder

    def missing(self, host: Host, image: Image) -> list[Piece]:
        """Return the pieces that *host* has not; what it has counts as used."""
        absent = []
        for piece in image.pieces:
            if host.cache.has(piece.key):
                host.cache.touch(piece.key)
            else:
                absent.append(piece)
        return absent

    def pull(self, host: Host, image: Image, absent: list[Piece]) -> Steps:
        """Bring *absent* pieces of *image* to *host*; return how it ended."""
        own = [piece for piece in absent if piece.key not in host.fetching]
        for piece in own:
            host.fetching[piece.key] = Event(self._clock)
        waits = [host.fetching[piece.key] for piece in absent]
        if own:
            fetch = self._eager if image.mode == "eager" else self._accelerated
            self._clock.process(fetch(host, image, own))
        worst = ErrorCode.NONE
        for event in waits:
            error = yield event
            worst = max(worst, error)
        return worst

    def read_later(self, host: Host, image: Image) -> None:
        """Begin the reads that accelerated loading makes on demand while serving."""
        own = [
            piece
            for piece in image.later
            if not host.cache.has(piece.key) and piece.key not in host.fetching
        ]
        if own:
            for piece in own:
                host.fetching[piece.key] = Event(self._clock)
            self._clock.process(self._accelerated(host, image, own, later=True))

    # ── accelerated: one read of all absent pieces from each source ───────────────────────

    def _accelerated(
        self, host: Host, image: Image, own: list[Piece], *, later: bool = False
    ) -> Generator[Event, Any, None]:
        begun = self._clock.now
        parts = []
        for source in (Source.ZONE, Source.ACCELERATED):
            part = [piece for piece in own if self._source(piece, Source.ACCELERATED) == source]
            if part:
                parts.append((source, part))
        reads = [self._read(host, part, source) for source, part in parts]
        flows = [self._clock.process(read) for read in reads[1:]]
        facts = yield from reads[0]
        for flow in flows:
            facts += yield flow
        for piece, source, flowing in facts:
            fact = PullFact(host.number, piece.layer, source, piece.transfer, begun, later)
            fact.flowing = flowing
            fact.transferred = fact.unpacked = self._clock.now
            self._recorder.pulls.append(fact)
            self._arrived(host, piece, ErrorCode.NONE)

    def _read(
        self, host: Host, part: list[Piece], source: Source
    ) -> Generator[Event, Any, list[tuple[Piece, Source, float]]]:
        settings = self._settings
        if settings.zone_latency:
            yield self._clock.timeout(settings.zone_latency)
        flowing = self._clock.now
        link = settings.zone if source == Source.ZONE else settings.store
        size = sum(piece.transfer for piece in part)
        yield self._network.transfer(link, host.nic, size, settings.read_rate)
        for piece in part:
            self._zone_cache.add(piece.key, piece.transfer)
        return [(piece, source, flowing) for piece in part]

    # ── eager: parallel transfers, unpacking in order ─────────────────────────────────────

    def _eager(self, host: Host, image: Image, own: list[Piece]) -> Generator[Event, Any, None]:
        begun = self._clock.now
        error = yield from image.registry.request()  # the manifest
        facts = {piece: PullFact(host.number, piece.layer, Source.REGISTRY, piece.transfer, begun)
                 for piece in own}  # fmt: skip
        transferred = {piece: Event(self._clock) for piece in own}
        queue = iter(own)
        if not error:
            for _ in range(min(self._settings.parallel_layers, len(own))):
                self._clock.process(self._transfers(host, image, queue, facts, transferred))
        for piece in image.pieces:
            if piece not in facts:
                if piece.key in host.fetching and not error:
                    error = yield host.fetching[piece.key]
                continue
            if not error:
                error = yield transferred[piece]
                if error:
                    deque(queue, maxlen=0)  # ask for no more layers
            if not error:
                yield self._clock.timeout(piece.kept / self._settings.unpack_rate)
                facts[piece].unpacked = self._clock.now
            self._recorder.pulls.append(facts[piece])
            self._arrived(host, piece, error)

    def _transfers(
        self,
        host: Host,
        image: Image,
        queue: Iterator[Piece],
        facts: dict[Piece, PullFact],
        transferred: dict[Piece, Event],
    ) -> Generator[Event, Any, None]:
        """Transfer one layer after the other from the image's *queue*."""
        for piece in queue:
            source = self._source(piece, Source.REGISTRY)
            facts[piece].source = source
            error = yield from self._transfer(host, image, piece, facts[piece])
            transferred[piece].succeed(error)

    def _transfer(self, host: Host, image: Image, piece: Piece, fact: PullFact) -> Steps:
        if fact.source == Source.ZONE:
            if self._settings.zone_latency:
                yield self._clock.timeout(self._settings.zone_latency)
            source, cap = self._settings.zone, math.inf
        else:
            error = yield from image.registry.request()
            if error:
                return error
            source = image.registry.link
            cap = image.registry.settings.connection_bandwidth
        fact.flowing = self._clock.now
        yield self._network.transfer(source, host.nic, piece.transfer, cap)
        fact.transferred = self._clock.now
        self._zone_cache.add(piece.key, piece.transfer)
        return ErrorCode.NONE

    # ── both ──────────────────────────────────────────────────────────────────────────────

    def _source(self, piece: Piece, origin: Source) -> Source:
        if not self._zone_cache.has(piece.key):
            return origin
        self._zone_cache.touch(piece.key)
        return Source.ZONE

    def _arrived(self, host: Host, piece: Piece, error: ErrorCode) -> None:
        event = host.fetching.pop(piece.key)
        if not error:
            host.cache.add(piece.key, piece.kept)
        event.succeed(error)
