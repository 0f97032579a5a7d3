"""The grids into which results cut time."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["HOUR", "STEPS", "bars", "clock_hours", "cut", "round_step"]

HOUR = 3600.0
STEPS = (
    *(0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
    *(60.0 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(HOUR * hours for hours in (1, 2, 3, 6, 12, 24, 48, 168, 720)),
)
"""Round lengths of time in seconds."""
_BARS = 150


def round_step(span: float, most: int) -> float:
    """Return the smallest round step in seconds that divides *span* into at most *most* parts."""
    return next((step for step in STEPS if span / step <= most), STEPS[-1])


def cut(begin: float, end: float, interval: float) -> Floats:
    """Return the edges of intervals that fill [begin, end]; the last may be shorter."""
    whole = int(np.ceil((end - begin) / interval))
    return np.append(begin + interval * np.arange(whole), end)


def bars(begin: float, end: float) -> Floats:
    """Return the edges of a figure's bars: round lengths, the last may be shorter."""
    return cut(begin, end, round_step(end - begin, _BARS))


def clock_hours(start: datetime, begin: float, end: float) -> Floats:
    """Return [begin, end] cut at the full hours of the clock that shows *start* at 0."""
    late = start.minute * 60.0 + start.second + start.microsecond / 1e6
    first, last = np.floor((begin + late) / HOUR) + 1, np.ceil((end + late) / HOUR)
    return np.concatenate([[begin], np.arange(first, last) * HOUR - late, [end]])
