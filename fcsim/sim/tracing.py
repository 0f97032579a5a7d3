"""A cache and a network that tell a tracer what happens to them, moment by moment.

They stand in for the plain ones in runs that are traced, and decide nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from typing import TYPE_CHECKING

from fcsim.sim.cache import Entry, Group, LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.network import NEVER, Link, Network, Transfer
from fcsim.sim.trace import ZONE, CacheEvent
from fcsim.sim.tracer import Tracer

if TYPE_CHECKING:
    from fcsim.sim.pieces import Piece

__all__ = ["TracedCache", "TracedNetwork"]


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
        tracer.at_end(self._tell_expired)

    def absent(self, group: Group) -> frozenset[Hashable]:
        """Tell that a start has found all; one that has not looks again, and tells later."""
        keys = super().absent(group)
        if not keys:
            for key in group.keys:
                self._tell(self._now(), key, self._entries[key].size, CacheEvent.HIT)
        return keys

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

    def _tell_expired(self, now: float) -> None:
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
