"""Eager pull: manifest, parallel transfers of layers, unpacking in order."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial

from simpy.events import Event

from fcsim.sim.fetch import Fetch, Surroundings
from fcsim.sim.hosts import Host
from fcsim.sim.pieces import Image, Piece
from fcsim.sim.record import ErrorCode, Source
from fcsim.sim.recorder import PullFact

__all__ = ["EagerFetch"]


class EagerFetch(Fetch):
    """Layers that can be used one by one, each when its unpack has ended."""

    def __init__(
        self, around: Surroundings, host: Host, image: Image, own: Sequence[Piece]
    ) -> None:
        """Fetch *own* layers of *image*."""
        super().__init__(around, host, image, own)
        self._facts = {
            piece: PullFact(host.number, piece.layer, Source.REGISTRY, piece.transfer, self.begun)
            for piece in own
        }
        self._to_transfer = iter(own)
        self._to_unpack = iter(image.pieces)
        self._awaited: Piece | None = None
        self._outcomes: dict[Piece, ErrorCode] = {}

    def expect(self) -> None:
        """Layers arrive one by one: an event each."""
        for piece in self.own:
            self.host.fetching[piece.key] = Event(self.around.clock)

    def begin(self) -> None:
        """Ask for the manifest."""
        self.image.registry.request(self._answered)

    def _answered(self, error: ErrorCode) -> None:
        if error:
            self._give_up(error)
            return
        for _ in range(min(self.around.settings.parallel_layers, len(self.own))):
            self._transfer_next()
        self._unpack_next()

    # ── each connection transfers one layer after the other ───────────────────────────────

    def _transfer_next(self) -> None:
        piece = next(self._to_transfer, None)
        if piece is None:
            return
        fact = self._facts[piece]
        fact.source = self.source(piece, Source.REGISTRY)
        latency = self.around.settings.zone_latency
        if fact.source == Source.REGISTRY:
            self.image.registry.request(partial(self._flow, piece))
        elif latency:
            self.around.call_after(latency, self._flow, piece)
        else:
            self._flow(piece)

    def _flow(self, piece: Piece, error: ErrorCode = ErrorCode.NONE) -> None:
        if error:
            self._ended(piece, error)
            return
        fact, around, registry = self._facts[piece], self.around, self.image.registry
        fact.flowing = around.clock.now
        if fact.source == Source.ZONE:
            source, cap = around.settings.zone, math.inf
        else:
            source, cap = registry.link, registry.settings.connection_bandwidth
        transfer = around.network.transfer(source, self.host.nic, piece.transfer, cap)
        fact.flow = transfer.number
        transfer.callbacks.append(lambda _: self._flowed(piece))

    def _flowed(self, piece: Piece) -> None:
        self._facts[piece].transferred = self.around.clock.now
        self.transferred(piece)
        self._ended(piece, ErrorCode.NONE)

    def _ended(self, piece: Piece, error: ErrorCode) -> None:
        self._outcomes[piece] = error
        self._transfer_next()
        if piece is self._awaited:
            self._unpack(piece)

    # ── layers are unpacked in the image's order ──────────────────────────────────────────

    def _unpack_next(self) -> None:
        """Unpack the next layer, or wait for it: also for one that another fetch brings."""
        self._awaited = None
        for piece in self._to_unpack:
            if piece in self._facts:
                self._awaited = piece
                if piece in self._outcomes:
                    self._unpack(piece)
                return
            event = self.host.fetching.get(piece.key)
            if event is not None:
                event.callbacks.append(self._other_arrived)
                return

    def _other_arrived(self, event: Event) -> None:
        if event.value:
            self._give_up(event.value)
        else:
            self._unpack_next()

    def _unpack(self, piece: Piece) -> None:
        error = self._outcomes[piece]
        if error:
            self._give_up(error)
            return
        time = piece.kept / self.around.settings.unpack_rate
        self.around.call_after(time, self._unpacked, piece)

    def _unpacked(self, piece: Piece) -> None:
        self._facts[piece].unpacked = self.around.clock.now
        self._arrived(piece, ErrorCode.NONE)
        self._unpack_next()

    def _give_up(self, error: ErrorCode) -> None:
        """Ask for no more layers; all that have not arrived fail."""
        self._to_transfer = iter(())
        awaited, self._awaited = self._awaited, None
        left = [] if awaited is None else [awaited]
        left += [piece for piece in self._to_unpack if piece in self._facts]
        for piece in left:
            self._arrived(piece, error)

    def _arrived(self, piece: Piece, error: ErrorCode) -> None:
        self.arrived(piece, self._facts[piece], error).succeed(error)
