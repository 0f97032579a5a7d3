"""Accelerated loading: one read of all absent pieces from each source."""

from __future__ import annotations

from dataclasses import dataclass

from simpy.events import Event

from fcsim.sim.fetch import Fetch, Surroundings
from fcsim.sim.hosts import Host
from fcsim.sim.pieces import Image, Piece
from fcsim.sim.record import ErrorCode, Source
from fcsim.sim.recorder import PullFact

__all__ = ["AcceleratedFetch"]


@dataclass(slots=True)
class _Read:
    source: Source
    pieces: list[Piece]
    flowing: float = 0.0
    flow: int = -1


class AcceleratedFetch(Fetch):
    """Pieces that can be used once all of them have been read."""

    def __init__(
        self,
        around: Surroundings,
        host: Host,
        image: Image,
        own: list[Piece],
        *,
        later: bool = False,
    ) -> None:
        """Fetch *own* pieces; *later* tells that they are read while serving."""
        self._later = later
        self._reads: list[_Read] = []
        self._open = 0
        super().__init__(around, host, image, own)

    def expect(self) -> None:
        """All pieces arrive together: one event."""
        self._end = Event(self.around.clock)
        self.host.fetching.update((piece.key, self._end) for piece in self.own)

    def begin(self) -> None:
        """Ask each source for what it has."""
        found: dict[Source, list[Piece]] = {Source.ZONE: [], Source.ACCELERATED: []}
        for piece in self.own:
            found[self.source(piece, Source.ACCELERATED)].append(piece)
        self._reads = [_Read(source, part) for source, part in found.items() if part]
        self._open = len(self._reads)
        for read in self._reads:
            self._ask(read)

    def _ask(self, read: _Read) -> None:
        latency = self.around.settings.zone_latency
        if latency:
            self.around.call_after(latency, self._flow, read)
        else:
            self._flow(read)

    def _flow(self, read: _Read) -> None:
        around, settings = self.around, self.around.settings
        read.flowing = around.clock.now
        link = settings.zone if read.source == Source.ZONE else settings.store
        size = sum(piece.transfer for piece in read.pieces)
        transfer = around.network.transfer(link, self.host.nic, size, settings.read_rate)
        read.flow = transfer.number
        transfer.callbacks.append(lambda _: self._ended(read))

    def _ended(self, read: _Read) -> None:
        for piece in read.pieces:
            self.transferred(piece)
        self._open -= 1
        if self._open:
            return
        now, number = self.around.clock.now, self.host.number
        for read in self._reads:
            for piece in read.pieces:
                fact = PullFact(
                    number, piece.layer, read.source, piece.transfer, self.begun, self._later,
                    flowing=read.flowing, transferred=now, unpacked=now, flow=read.flow,
                )  # fmt: skip
                self.arrived(piece, fact, ErrorCode.NONE)
        self._end.succeed(ErrorCode.NONE)
