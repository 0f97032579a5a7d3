"""Max-min fair rates by progressive filling."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from fcsim.sim.network import Link, Route

__all__ = ["max_min_rates"]

FEW = 24
"""Up to this many routes a plain loop is faster than arrays."""


def max_min_rates(routes: Sequence[Route]) -> list[float]:
    """Return the max-min fair rate, in bytes/s, of one transfer of each route."""
    return _by_loop(routes) if len(routes) <= FEW else _by_arrays(routes)


def _by_loop(routes: Sequence[Route]) -> list[float]:
    """Fill one bottleneck at a time; the routes it limits drop out with its level as rate."""
    rates = [0.0] * len(routes)
    spare = {link: link.capacity for route in routes for link in route.links}
    active = set(range(len(routes)))
    while active:
        users: dict[Link, int] = dict.fromkeys(spare, 0)
        for i in active:
            for link in routes[i].links:
                users[link] += len(routes[i].transfers)
        share = {link: max(0.0, spare[link]) / n for link, n in users.items() if n}
        level = min([*share.values(), *(routes[i].cap for i in active)])
        full = {link for link in share if share[link] <= level}
        for i in sorted(active):
            route = routes[i]
            if route.cap <= level or not full.isdisjoint(route.links):
                rates[i] = level
                active.discard(i)
                if level < np.inf:
                    for link in route.links:
                        spare[link] -= level * len(route.transfers)
    return rates


def _by_arrays(routes: Sequence[Route]) -> list[float]:
    """Do the same with one array operation for all routes of a step."""
    links = list({link: None for route in routes for link in route.links})
    number = {link: k for k, link in enumerate(links)}
    pairs = [(i, number[link]) for i, route in enumerate(routes) for link in route.links]
    of_route, of_link = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    weight = np.array([len(route.transfers) for route in routes], dtype=float)
    cap = np.array([route.cap for route in routes])
    spare = np.array([link.capacity for link in links], dtype=float)
    rates = np.zeros(len(routes))
    active = np.ones(len(routes), dtype=bool)
    while active.any():
        use = np.bincount(of_link, np.where(active, weight, 0.0)[of_route], len(links))
        share = np.full(len(links), np.inf)
        np.divide(np.maximum(spare, 0.0), use, out=share, where=use > 0)
        level = min(share.min(initial=np.inf), cap[active].min())
        limited = np.bincount(of_route, (share <= level)[of_link], len(routes)) > 0
        frozen = active & (limited | (cap <= level))
        rates[frozen] = level
        active &= ~frozen
        if level < np.inf:
            taken = np.where(frozen, level * weight, 0.0)
            spare -= np.bincount(of_link, taken[of_route], len(links))
    return [float(rate) for rate in rates]
