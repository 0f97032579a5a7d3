"""Charts: curves, areas and dots over an axis, as SVG that fits any width.

The drawing is stretched, the text beside it is not, so labels keep their size on a phone. Values
appear under the pointer where there is JavaScript.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report.html.markup import Child, Html, element, fragment, mark
from fcsim.report.html.series import COLOURS, Dots, Hover, Mark, Series, steps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from fcsim.report.html.axis import Axis

__all__ = ["COLOURS", "Dots", "Hover", "Mark", "Series", "chart", "steps"]

_SIZE = 1000
"""Width and height of the drawing in its own units."""

_FEW = 4
"""Ticks for which a phone has room; of more it shows every second."""


def chart(
    title: Child,
    series: Sequence[Series | Dots],
    x: Axis,
    y: Axis,
    *,
    hover: Hover | None = None,
    function: str | None = None,
    note: Child = None,
    marks: Sequence[Mark] = (),
) -> Html:
    """Return a figure with *title*, legend, drawing and axis labels.

    *function* says which function it is about, for the page's filter; *note* stands below;
    *marks* are drawn behind the curves.
    """
    data = None if hover is None else _data(hover, x, y)
    drawing = _drawing(series, marks, x, y)
    plot = element("div", drawing, _ticks(x, y), class_="plot", data_hover=data)
    return element(
        "figure",
        element("figcaption", title),
        _legend(series, marks) if len(series) + len(marks) > 1 else None,
        element("p", y.label, class_="unit") if y.label else None,
        plot,
        element("p", x.label, class_="axis") if x.label else None,
        element("p", note, class_="note") if note else None,
        class_="chart",
        data_function=mark(function),
    )


def _drawing(series: Sequence[Series | Dots], marks: Sequence[Mark], x: Axis, y: Axis) -> Html:
    lines = [_rule(y.at(value), vertical=False) for value, _ in y.ticks]
    lines += [_rule(x.at(value), vertical=True) for value, _ in x.ticks]
    below: NDArray[np.float64] | None = None
    curves: list[Html] = []
    for one in series:
        if isinstance(one, Dots):
            curves += _dots(one, x, y)
            continue
        values = np.asarray(one.y, dtype=float)
        if one.outline:
            path = f"M{_points(one.x, values, x, y)}Z"
            curves.append(element("path", d=path, class_=f"band f-{one.colour}"))
        elif one.base is not None:
            curves.append(_area(one, np.asarray(one.base, dtype=float), values, x, y))
        elif one.area:
            floor = np.zeros(len(values)) if below is None else below
            below = floor + values
            curves.append(_area(one, floor, below, x, y))
        else:
            curves.append(_curve(one, values, x, y))
    box = f"0 0 {_SIZE} {_SIZE}"
    drawn = [*(_shade(one, x) for one in marks), *lines, *curves]
    return element("svg", drawn, viewBox=box, preserveAspectRatio="none", aria_hidden="true")


def _shade(one: Mark, x: Axis) -> Html:
    """Return the shaded span, at least wide enough to be seen, and a line where it begins."""
    left, right = (round(x.at(at) * _SIZE) for at in (one.begin, one.end))
    box = element(
        "rect",
        x=left,
        y=0,
        width=max(right - left, 1),
        height=_SIZE,
        class_=f"shade f-{one.colour}",
    )
    begin = element("line", x1=left, x2=left, y1=0, y2=_SIZE, class_=f"line thin s-{one.colour}")
    return fragment(box, begin)


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
    kind = f"f-{one.colour}" if one.base is None else f"band f-{one.colour}"
    return element("path", d=f"M{there}L{back}Z", class_=kind)


def _dots(dots: Dots, x: Axis, y: Axis) -> list[Html]:
    """Return dots as lines without length, whose ends are round or square on any screen."""
    path = "".join(f"M{at[0]} {at[1]}h0" for at in _spots(dots.x, dots.y, x, y) if at)
    if dots.ring:
        return [
            element("path", d=path, class_=kind)
            for kind in (f"dot ring s-{dots.colour}", "dot hole")
        ]
    bars = []
    if dots.across is not None:
        bars += _lines(dots.across[0], dots.y, dots.across[1], dots.y, x, y)
    if dots.up is not None:
        bars += _lines(dots.x, dots.up[0], dots.x, dots.up[1], x, y)
    kind = f"dot{' square' if dots.square else ''} s-{dots.colour}"
    whiskers = element("path", d="".join(bars), class_=f"line thin s-{dots.colour}")
    return [*([whiskers] if bars else []), element("path", d=path, class_=kind)]


def _lines(
    x1: ArrayLike, y1: ArrayLike, x2: ArrayLike, y2: ArrayLike, x: Axis, y: Axis
) -> list[str]:
    """Return a line from each point (x1, y1) to (x2, y2), of those that are defined."""
    ends = [_spots(x1, y1, x, y), _spots(x2, y2, x, y)]
    return [
        f"M{begin[0]} {begin[1]}L{end[0]} {end[1]}"
        for begin, end in zip(*ends, strict=True)
        if begin is not None and end is not None
    ]


def _spots(xs: ArrayLike, ys: ArrayLike, x: Axis, y: Axis) -> list[tuple[int, int] | None]:
    """Return the places of points in the drawing; None of those that are not defined."""
    pairs = zip(np.asarray(xs, float).tolist(), np.asarray(ys, float).tolist(), strict=True)
    return [
        None if isnan(a) or isnan(b) else (round(x.at(a) * _SIZE), round((1 - y.at(b)) * _SIZE))
        for a, b in pairs
    ]


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


def _legend(series: Sequence[Series | Dots], marks: Sequence[Mark]) -> Html | None:
    """Return what colours mean; what has no label (or that of another one) has no entry."""
    parts = {one.label: one for one in (*series, *marks) if one.label}
    if not parts:
        return None
    keys = (element("span", _swatch(one), label) for label, one in parts.items())
    return element("p", keys, class_="legend")


def _swatch(one: Series | Dots | Mark) -> Html:
    return element("i", class_=f"{_look(one)} b-{one.colour}")


def _look(one: Series | Dots | Mark) -> str:
    if isinstance(one, Mark):
        return "area shade"
    if isinstance(one, Dots):
        return "spot ring" if one.ring else "spot square" if one.square else "spot"
    if one.area or one.base is not None:
        return "area" if one.area else "area shade"
    return "dash" if one.dashed else "stroke"


def _data(hover: Hover, x: Axis, y: Axis) -> str:
    found: list[list[float] | list[str]] = [_percents(hover.x, x), list(hover.texts)]
    if hover.y is not None:
        found.append(_percents(hover.y, y))
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def _percents(values: Sequence[float], axis: Axis) -> list[float]:
    return [round(100 * axis.at(value), 2) for value in values]
