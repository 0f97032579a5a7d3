"""Transfers of layers summed by layer and source: what ``transfers.csv`` holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fcsim.results.intervals import inside
from fcsim.sim.record import Source

if TYPE_CHECKING:
    from fcsim.sim.record import Record

__all__ = ["TransferRow", "transfer_rows"]


class TransferRow(NamedTuple):
    """Transfers of one layer from one source to hosts that ended in the window."""

    layer: str
    source: str
    """``registry``, ``zone`` or ``accelerated``."""
    while_serving: int
    """1: read on demand after the start."""
    transfers: int
    bytes: float
    mean: float
    """Seconds from being asked for to being usable, over those that became usable."""
    max: float


def transfer_rows(record: Record) -> list[TransferRow]:
    """Return a row for each layer, source and moment (start or later) that occurred."""
    pulls = record.pulls
    ended = inside(pulls["transferred"], record.window)
    keys = np.stack([pulls[name][ended] for name in ("layer", "source", "while_serving")], axis=1)
    sizes, times = pulls["bytes"][ended], (pulls["unpacked"] - pulls["begun"])[ended]
    found, group = np.unique(keys.astype(np.int64), axis=0, return_inverse=True)
    rows = []
    for number, (layer, source, later) in enumerate(found.tolist()):
        mine = group.reshape(-1) == number
        known = times[mine][~np.isnan(times[mine])]
        mean, most = (known.mean(), known.max()) if len(known) else (np.nan, np.nan)
        rows.append(
            TransferRow(
                record.layers[layer], Source(source).name.lower(), later, int(mine.sum()),
                float(sizes[mine].sum()), float(mean), float(most),
            )
        )  # fmt: skip
    return rows
