"""Charts: curves and stacked areas over an axis, as SVG that fits any width.

The drawing is stretched, the text beside it is not, so labels keep their size on a phone. Values
appear under the pointer where there is JavaScript.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report.html.markup import Child, Html, element, fragment, mark

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from fcsim.report.html.axis import Axis

__all__ = ["COLOURS", "Hover", "Series", "chart", "steps"]

COLOURS = (
    "blue", "orange", "green", "vermilion", "pink", "brown", "rose", "grey", "sky", "yellow", "ink"
)  # fmt: skip
"""Names of the colours that ``page.css`` defines, light and dark."""

_SIZE = 1000
"""Width and height of the drawing in its own units."""

_FEW = 4
"""Ticks for which a phone has room; of more it shows every second."""


@dataclass(frozen=True)
class Series:
    """Points of one curve, in the axes' values."""

    label: str
    x: ArrayLike
    y: ArrayLike
    colour: str
    area: bool = False
    """Filled down to zero, or to the area before it in the list: areas are stacked."""
    dashed: bool = False
    thin: bool = False


@dataclass(frozen=True)
class Hover:
    """What is told under the pointer: at each *x* (in order) one text."""

    x: Sequence[float]
    texts: Sequence[str]


def chart(
    title: Child,
    series: Sequence[Series],
    x: Axis,
    y: Axis,
    *,
    hover: Hover | None = None,
    function: str | None = None,
    note: Child = None,
) -> Html:
    """Return a figure with *title*, legend, drawing and axis labels.

    *function* says which function it is about, for the page's filter; *note* stands below.
    """
    data = None if hover is None else _data(hover, x)
    plot = element("div", _drawing(series, x, y), _ticks(x, y), class_="plot", data_hover=data)
    return element(
        "figure",
        element("figcaption", title),
        _legend(series) if len(series) > 1 else None,
        element("p", y.label, class_="unit") if y.label else None,
        plot,
        element("p", x.label, class_="axis") if x.label else None,
        element("p", note, class_="note") if note else None,
        class_="chart",
        data_function=mark(function),
    )


def steps(edges: NDArray[np.float64], values: ArrayLike) -> tuple[Sequence[float], Sequence[float]]:
    """Return the points of a step curve: values[k] between edges k and k + 1."""
    return np.repeat(edges, 2)[1:-1].tolist(), np.repeat(np.asarray(values), 2).tolist()


def _drawing(series: Sequence[Series], x: Axis, y: Axis) -> Html:
    lines = [_rule(y.at(value), vertical=False) for value, _ in y.ticks]
    lines += [_rule(x.at(value), vertical=True) for value, _ in x.ticks]
    below: NDArray[np.float64] | None = None
    curves = []
    for one in series:
        values = np.asarray(one.y, dtype=float)
        if one.area:
            floor = np.zeros(len(values)) if below is None else below
            below = floor + values
            curves.append(_area(one, floor, below, x, y))
        else:
            curves.append(_curve(one, values, x, y))
    box = f"0 0 {_SIZE} {_SIZE}"
    return element(
        "svg", lines, curves, viewBox=box, preserveAspectRatio="none", aria_hidden="true"
    )


def _rule(place: float, *, vertical: bool) -> Html:
    if vertical:
        at = round(place * _SIZE)
        return element("line", x1=at, x2=at, y1=0, y2=_SIZE, class_="rule")
    at = round((1 - place) * _SIZE)
    return element("line", x1=0, x2=_SIZE, y1=at, y2=at, class_="rule")


def _curve(one: Series, values: NDArray[np.float64], x: Axis, y: Axis) -> Html:
    kinds = ["line", f"s-{one.colour}", "dashed" if one.dashed else "", "thin" if one.thin else ""]
    path = "M" + _points(one.x, values, x, y)
    return element("path", d=path, class_=" ".join(filter(None, kinds)))


def _area(
    one: Series, low: NDArray[np.float64], high: NDArray[np.float64], x: Axis, y: Axis
) -> Html:
    there = _points(one.x, high, x, y)
    back = _points(np.asarray(one.x)[::-1], low[::-1], x, y)
    return element("path", d=f"M{there}L{back}Z", class_=f"f-{one.colour}")


def _points(xs: ArrayLike, ys: NDArray[np.float64], x: Axis, y: Axis) -> str:
    found: list[tuple[int, int]] = []
    for at, value in zip(np.asarray(xs).tolist(), ys.tolist(), strict=True):
        point = round(x.at(at) * _SIZE), round((1 - y.at(value)) * _SIZE)
        if not found or found[-1] != point:
            found.append(point)
    return " ".join(f"{a} {b}" for a, b in _without_middle(found))


def _without_middle(points: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Leave out points between two others of one height or one place."""
    kept = points[:1]
    for point, after in pairwise(points[1:]):
        flat = kept[-1][1] == point[1] == after[1]
        upright = kept[-1][0] == point[0] == after[0] and (
            (point[1] - kept[-1][1]) * (after[1] - point[1]) >= 0
        )
        if not flat and not upright:
            kept.append(point)
    return kept + points[1:][-1:]


def _ticks(x: Axis, y: Axis) -> Html:
    marks = [_tick("y", f"bottom:{100 * y.at(value):.4g}%", text) for value, text in y.ticks]
    for number, (value, text) in enumerate(x.ticks):
        place = x.at(value)
        kind = "x end" if place > 0.94 else "x begin" if place < 0.04 else "x"
        if number % 2 and len(x.ticks) > _FEW:
            kind += " odd"
        marks.append(_tick(kind, f"left:{100 * place:.4g}%", text))
    return fragment(*marks)


def _tick(kind: str, place: str, text: str) -> Html:
    return element("span", text, class_=f"tick {kind}", style=place)


def _legend(series: Sequence[Series]) -> Html:
    keys = (element("span", _swatch(one), one.label) for one in series)
    return element("p", keys, class_="legend")


def _swatch(one: Series) -> Html:
    kind = "area" if one.area else "dash" if one.dashed else "stroke"
    return element("i", class_=f"{kind} b-{one.colour}")


def _data(hover: Hover, x: Axis) -> str:
    places = [round(100 * x.at(at), 2) for at in hover.x]
    return json.dumps([places, list(hover.texts)], ensure_ascii=False, separators=(",", ":"))
