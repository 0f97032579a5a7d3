"""Images on their way to hosts: what a start finds there, and what it has to wait for.

A piece counts as cached when it can be used: an eager layer when its *unpack* has ended. Starts
on one host that need one piece share its transfer; transfers belong to the host and outlive the
start that began them.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from simpy.events import Event

from fcsim.sim.accelerated import AcceleratedFetch
from fcsim.sim.cache import Group, LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.eager import EagerFetch
from fcsim.sim.fetch import PullSettings, Surroundings
from fcsim.sim.hosts import Host
from fcsim.sim.network import Network
from fcsim.sim.pieces import Image, Piece, pieces
from fcsim.sim.record import ErrorCode
from fcsim.sim.recorder import Recorder

__all__ = ["Image", "Piece", "PullSettings", "Pulls", "pieces"]


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
        self._around = Surroundings(clock, network, zone_cache, settings, recorder)

    def pull(
        self, host: Host, image: Image, absent: list[Piece]
    ) -> Generator[Event, Any, ErrorCode]:
        """Bring *absent* pieces of *image* to *host*; return how it ended."""
        own = [piece for piece in absent if piece.key not in host.fetching]
        if own:
            fetch = EagerFetch if image.mode == "eager" else AcceleratedFetch
            fetch(self._around, host, image, own).begin()
        worst = ErrorCode.NONE
        # pieces that arrive together have one event
        for event in dict.fromkeys(host.fetching[piece.key] for piece in absent):
            error = yield event
            worst = max(worst, error)
        return worst

    def read_later(self, host: Host, image: Image) -> Group:
        """Begin the reads that accelerated loading makes on demand while serving.

        Returns what is read, held like the layers of a start for as long as the instance lives.
        """
        held = host.cache.pin(image.later_keys)
        missing = host.cache.absent(held)
        if not missing:
            return held
        absent = [piece for piece in image.later if piece.key in missing]
        host.cache.looked(image.later, absent)
        own = [piece for piece in absent if piece.key not in host.fetching]
        if own:
            AcceleratedFetch(self._around, host, image, own, later=True).begin()
        return held
