"""Keeps every request of a run."""

from __future__ import annotations

import numpy as np

from fcsim.sim.record import NUMBER, REQUEST_COLUMNS, Columns

__all__ = ["Collector"]


class Collector:
    """A sink that keeps all blocks (see :data:`fcsim.sim.requests.interface.Sink`)."""

    def __init__(self) -> None:
        """Start empty."""
        self._blocks: list[Columns] = []

    def __call__(self, block: Columns) -> None:
        """Keep *block*."""
        self._blocks.append(block)

    def columns(self) -> Columns:
        """Return the request columns in order of arrival, injected after generated ones."""
        if not self._blocks:
            return {name: np.zeros(0, dtype) for name, dtype in REQUEST_COLUMNS.items()}
        whole = {
            name: np.concatenate([block[name] for block in self._blocks])
            for name in (*REQUEST_COLUMNS, NUMBER)
        }
        number = whole.pop(NUMBER)
        order = np.lexsort((np.abs(number), number < 0, whole["arrival"]))
        return {name: column[order] for name, column in whole.items()}
