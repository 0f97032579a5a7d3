"""Counts of times in narrow bins: quantiles within 0.1 % in little memory.

A bin holds the doubles whose exponent and first BITS bits of mantissa are the same: 2**BITS bins
of equal width between two powers of two. Whatever lies in it is told as the value whose relative
distance to both ends is the same, less than 2**-(BITS + 1), 0.098 %. Zero has its own bin (and
what is nearly zero, below 10**-308). That counts of bins add up, so that histograms merge without
loss and in any order, is the idea of DDSketch (Masson, Rim and Lee, 2019); bins by bits are those
of HdrHistogram (Tene, 2012).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from fcsim.results import loops as numpy_loops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["BITS", "ERROR", "SPAN", "Histogram"]

BITS = 9
"""Leading bits of the mantissa that tell bins apart."""
ERROR = 2.0 ** -(BITS + 1)
"""Largest relative error of a value told by its bin."""
_SHIFT = 52 - BITS
SPAN = 1 << (11 + BITS)
"""Bins of one group; every positive double has one."""


class Histogram:
    """Values at least 0 of many groups, each counted in its bin."""

    def __init__(self, loops: Loops = numpy_loops) -> None:
        """Start empty."""
        self._tally = loops.Tally()

    def add(self, groups: NDArray[np.integer], values: Floats) -> None:
        """Add *values*, each with its group (0 or more)."""
        bins = np.abs(values).view(np.int64) >> _SHIFT  # abs: -0.0 is 0
        self._tally.add(bins + groups.astype(np.int64) * SPAN)

    def merge(self, other: Self) -> None:
        """Add what *other* has counted."""
        self._tally.merge(other._tally)

    def __len__(self) -> int:
        """Count the bins that hold something."""
        return len(self._tally.items()[0])

    def bins(self) -> tuple[Ints, Floats, Ints]:
        """Return group, value and count of each bin, by group and value."""
        keys, counts = self._tally.items()
        group, place = np.divmod(keys, SPAN)
        low, high = ((place + k << _SHIFT).view(np.float64) for k in (0, 1))
        return group, np.where(place > 0, low * (2 * high / (low + high)), 0.0), counts
