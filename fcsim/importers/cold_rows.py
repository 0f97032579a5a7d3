"""Service times of cold rows, which only the whole log can settle.

The documents do not say whether ``durationMs`` of a cold row begins with the cold start. A log
can prove that it does not: by one cold row whose ``durationMs`` is shorter than its
``coldStartLatencyMs``, failed requests aside (they may end before anything ran). Without such a
row the cold start is taken off.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.importers.imported import Remark

__all__ = ["ColdRows"]

Array = NDArray[np.float64]
Block = dict[str, NDArray[Any]]


class ColdRows:
    """Cold rows in a temporary file, until it is known what their duration holds."""

    def __init__(self, file: Any) -> None:
        """Keep rows in *file*, a binary file open for reading and writing."""
        self._file = file
        self._blocks = self._rows = self._shorter = self._compared = 0

    def put(self, codes: NDArray[np.int64], block: Block) -> None:
        """Keep the cold rows of *block*."""
        cold = block["cold"]
        if not cold.any():
            return
        duration, start = block["duration"][cold], block["cold_start"][cold]
        rows = np.array([codes[cold].astype(float), block["arrival"][cold], duration, start])
        np.save(self._file, rows)
        self._blocks += 1
        self._rows += int(cold.sum())
        served = (block["status"][cold] < 400) & (block["error"][cold] == "")
        self._compared += int((served & (start > 0)).sum())
        self._shorter += int((served & (duration < start)).sum())

    def __iter__(self) -> Iterator[tuple[NDArray[np.int64], Array, Array]]:
        """Yield function numbers, arrivals and service times (0 at least), block by block."""
        self._file.seek(0)
        for _ in range(self._blocks):
            code, arrival, duration, start = np.load(self._file)
            inside = 0.0 if self._shorter else np.nan_to_num(start)
            yield code.astype(np.int64), arrival, np.maximum(duration - inside, 0.0)

    def remarks(self) -> list[Remark]:
        """Return what was made of the durations of cold rows."""
        if not self._compared:
            text = "no row has a coldStartLatencyMs; durationMs of cold rows stands as it is"
            return [Remark("assumed", "durationMs", text)] if self._rows else []
        if self._shorter:
            text = (
                f"{self._shorter:,} of {self._compared:,} cold rows take less than their "
                "coldStartLatencyMs, so durationMs holds no cold start and is the service time"
            )
            return [Remark("note", "durationMs", text)]
        text = (
            f"none of {self._compared:,} cold rows takes less than its coldStartLatencyMs, so "
            "durationMs is taken to hold the cold start, which was taken off"
        )
        return [Remark("assumed", "durationMs", text)]
