"""Resident pools: GPU cards that are subscribed to (platform facts, section 2; S22, S45).

Instances in a pool know no growth limit and no regional quota; they are there as long as cards
are. Cards of the pool's last host that are beyond its number belong to others.
"""

from __future__ import annotations

from fcsim.sim.hosts import Amounts, Pool

__all__ = ["ResidentPool"]


class ResidentPool:
    """The cards of one pool, on hosts of their own."""

    def __init__(self, hosts: Pool, cards: int) -> None:
        """Start with all *cards* free."""
        self.hosts = hosts
        self.free = float(cards)

    def place(self, function: int, cards: float, need: Amounts) -> int | None:
        """Take *cards* and *need* on a host; None when there are not enough."""
        if cards > self.free:
            return None
        index = self.hosts.place(function, need, ())
        if index is not None:
            self.free -= cards
        return index

    def give_back(self, cards: float) -> None:
        """Take back the cards of an instance; its host has got back the rest."""
        self.free += cards
