"""What charts draw: curves, areas, dots, shaded spans, and what is told under the pointer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

__all__ = ["COLOURS", "Dots", "Hover", "Mark", "Series", "steps"]

COLOURS = (
    "blue", "orange", "green", "vermilion", "pink", "brown", "rose", "grey", "sky", "yellow", "ink"
)  # fmt: skip
"""Names of the colours that ``page.css`` defines, light and dark."""


@dataclass(frozen=True)
class Series:
    """Points of one curve, in the axes' values."""

    label: str
    x: ArrayLike
    y: ArrayLike
    colour: str
    area: bool = False
    """Filled down to zero, or to the area before it in the list: areas are stacked."""
    base: ArrayLike | None = None
    """The lower edge of an area that stands by itself, like an interval around a curve."""
    outline: bool = False
    """Whether the points are the outline of such an area."""
    dashed: bool = False
    thin: bool = False


@dataclass(frozen=True)
class Dots:
    """Points that no line joins, each with its intervals; NaN where one has none."""

    label: str
    x: ArrayLike
    y: ArrayLike
    colour: str
    across: tuple[ArrayLike, ArrayLike] | None = None
    """Lower and upper ends along x."""
    up: tuple[ArrayLike, ArrayLike] | None = None
    """Lower and upper ends along y."""
    square: bool = False
    ring: bool = False
    """Whether they are rings around other dots."""


@dataclass(frozen=True)
class Mark:
    """A span of x that is shaded: something happened then."""

    label: str
    begin: float
    end: float
    colour: str


@dataclass(frozen=True)
class Hover:
    """What is told under the pointer: at each *x*, or near each point of *x* and *y*, a text."""

    x: Sequence[float]
    texts: Sequence[str]
    y: Sequence[float] | None = None


def steps(edges: NDArray[np.float64], values: ArrayLike) -> tuple[Sequence[float], Sequence[float]]:
    """Return the points of a step curve: values[k] between edges k and k + 1."""
    return np.repeat(edges, 2)[1:-1].tolist(), np.repeat(np.asarray(values), 2).tolist()
