"""Stacked bands with steps, and the colours of their owners."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report import style
from fcsim.units import format_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from numpy.typing import NDArray

    from fcsim.results.trace_views import Stack

    Floats = NDArray[np.float64]

__all__ = ["BANDS", "bytes_axis", "draw_stack", "draw_steps"]

BANDS = [
    style.COLOURS[name]
    for name in ("blue", "orange", "green", "pink", "sky", "brown", "yellow", "rose", "vermilion")
]
"""Colours of bands, in the order in which they are used."""


def draw_stack(
    axes: Axes,
    stacked: Stack,
    colours: Sequence[str],
    labels: Sequence[str | None],
    *,
    edges: bool = False,
) -> None:
    """Draw the bands of *stacked* above each other, with white *edges* between them or without.

    Bands without a label are not in the legend.
    """
    from matplotlib.collections import PolyCollection

    tops = np.cumsum(stacked.amounts, axis=0)
    for band, amounts in enumerate(stacked.amounts):
        shapes = [
            _outline(stacked.times[a : b + 1], tops[band, a:b], amounts[a:b])
            for a, b in _runs(amounts > 0)
        ]
        if shapes:
            look: dict[str, Any] = {"color": colours[band], "linewidth": 0.4}
            axes.add_collection(PolyCollection(shapes, label=labels[band] or "_", **look))
    if edges:
        _draw_edges(axes, stacked, tops)
    axes.set_xlim(stacked.times[0], stacked.times[-1])


def _draw_edges(axes: Axes, stacked: Stack, tops: Floats) -> None:
    """Draw a white line on top of each band; the more bands, the thinner.

    There are none at the ends of transfers: where one of many ends, all above it step down, and
    upright lines would hide them.
    """
    band, step = np.nonzero(stacked.amounts > 0)
    times = stacked.times
    width = min(0.6, 24 / max(len(tops), 1))
    look: dict[str, Any] = {"color": "white", "linewidth": width, "label": "_", "zorder": 1.5}
    axes.hlines(tops[band, step], times[step], times[step + 1], **look)


def _runs(there: NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Yield begin and end of each stretch of marks."""
    changes = np.flatnonzero(np.diff(np.concatenate([[0], there.astype(np.int8), [0]])))
    yield from zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True)


def _outline(edges: Floats, top: Floats, height: Floats) -> Floats:
    """Return the corners of a band with steps at *edges*."""
    x = np.repeat(edges, 2)[1:-1]
    high, low = np.repeat(top, 2), np.repeat(top - height, 2)
    return np.column_stack([np.append(x, x[::-1]), np.append(high, low[::-1])])


def draw_steps(axes: Axes, stacked: Stack, colour: str) -> None:
    """Draw the first band of *stacked* as a line with steps."""
    values = np.append(stacked.amounts[0], stacked.amounts[0, -1:])
    axes.step(stacked.times, values, where="post", color=colour, linewidth=1.3)


def bytes_axis(axis: Axis, suffix: str = "", parts: int = 6) -> None:
    """Write bytes with their units along *axis*, which is cut into at most *parts*."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(parts))
    axis.set_major_formatter(FuncFormatter(lambda y, _: f"{format_bytes(y)}{suffix}"))
