"""Max-min fair rates by progressive filling.

The rates of all flows rise together until something is full: a link, or the cap of one flow. It
keeps the flows it limits at that level while the others rise on. What a link can still offer
each of its flows never falls meanwhile, so links wait in a heap and are looked at again only
when they come to its top.
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

__all__ = ["Bundle", "Link", "max_min_rates"]

NEVER = float("inf")


class Link:
    """Something with a capacity in bytes/s that flows share."""

    __slots__ = ("capacity", "name")

    def __init__(self, name: str, capacity: float) -> None:
        """Name the link and give its capacity in bytes/s (infinite: never a bottleneck)."""
        self.name = name
        self.capacity = capacity


class Bundle(NamedTuple):
    """Flows that always have the same rate."""

    cap: float
    """Most that one flow can have, in bytes/s."""
    links: tuple[tuple[Link, int], ...]
    """The links that they cross, each with the number of them that it carries."""


class _Level:
    """What a link has left for the flows that still rise."""

    __slots__ = ("bundles", "flows", "spare")

    def __init__(self, capacity: float) -> None:
        self.spare = capacity
        self.flows = 0
        self.bundles: list[int] = []

    def share(self) -> float:
        return max(0.0, self.spare) / self.flows if self.flows else NEVER


def max_min_rates(bundles: Sequence[Bundle]) -> list[float]:
    """Return the max-min fair rate, in bytes/s, of one flow of each bundle.

    No flow can be faster without making one that is not faster slower (Bertsekas and Gallager,
    Data Networks, section 6.5).
    """
    found: dict[Link, _Level] = {}
    for number, bundle in enumerate(bundles):
        for link, flows in bundle.links:
            level = found.get(link)
            if level is None:
                level = found[link] = _Level(link.capacity)
            level.flows += flows
            level.bundles.append(number)
    levels = list(found.values())
    # entries at one height come in a fixed order: links by number, then caps by ~bundle
    heap = [(level.share(), k) for k, level in enumerate(levels)]
    heap += [(bundle.cap, ~number) for number, bundle in enumerate(bundles)]
    heapify(heap)
    rates = [NEVER] * len(bundles)
    rising = set(range(len(bundles)))
    while rising:
        height, k = heappop(heap)
        if height == NEVER:
            break
        if k < 0:
            limited = rising.intersection((~k,))
        elif (share := levels[k].share()) > height:  # others on this link were kept below
            heappush(heap, (share, k))
            continue
        else:
            limited = rising.intersection(levels[k].bundles)
        rising -= limited
        for number in limited:
            rates[number] = height
            for link, flows in bundles[number].links:
                level = found[link]
                level.flows -= flows
                level.spare -= height * flows
    return rates
