"""What resident pools cost: their subscription, shared out among the functions that use them.

No price is documented; a pool without ``price_per_month`` is left out, which a warning says. A
month has 30 days. Functions share the price in proportion to the GPU memory that their instances
held in the window, times seconds, and equally when there were none. Rule of fcsim: the time of
such instances is not charged by use, their invocations are.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.intervals import overlap
from fcsim.results.pricing import Line, correction
from fcsim.results.times import HOUR
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Record

    Floats = NDArray[np.float64]

__all__ = ["resident_lines", "resident_per_month"]

_MONTH = 30 * 24 * HOUR


def resident_lines(record: Record) -> list[Line]:
    """Return a line for each function in a pool with a price."""
    begin, end = record.window
    months = (end - begin) / _MONTH
    return [
        correction(record.functions[row].name, "resident_pool", months * share, "month", price)
        for price, shares in _shares(record)
        for row, share in shares
    ]


def resident_per_month(record: Record) -> Floats:
    """Return what pools cost in 30 days, by function."""
    costs = np.zeros(len(record.functions))
    for price, shares in _shares(record):
        for row, share in shares:
            costs[row] += price * share
    return costs


def _shares(record: Record) -> Iterator[tuple[float, list[tuple[int, float]]]]:
    """Yield price and shares, by position of the function, of each pool that has a price."""
    if not record.scenario.resident_pools:
        return
    held = _held(record)
    for name, pool in record.scenario.resident_pools.items():
        rows = [row for row, one in enumerate(record.functions) if one.resident_pool == name]
        if pool.price_per_month is None or not rows:
            continue
        total = float(held[rows].sum())
        yield (
            pool.price_per_month,
            [(row, float(held[row]) / total if total else 1 / len(rows)) for row in rows],
        )


def _held(record: Record) -> Floats:
    """Return GPU memory times seconds of resident instances, by function."""
    chosen = np.flatnonzero(record.instances["kind"] == Kind.RESIDENT)
    instances = {name: record.instances[name][chosen] for name in ("function", "created", "gone")}
    lasting = overlap(instances["created"], instances["gone"], record.window)
    seconds = np.bincount(
        instances["function"], weights=lasting, minlength=len(record.functions)
    ).astype(np.float64)
    sizes = np.array([function.gpu_memory_size for function in record.functions])
    held: Floats = seconds * sizes
    return held
