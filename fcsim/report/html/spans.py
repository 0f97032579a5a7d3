"""Intervals below each other on one axis: a dot each, and how far it may be off."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Child, Html, element, mark

if TYPE_CHECKING:
    from fcsim.report.html.axis import Axis

__all__ = ["Span", "spans"]


@dataclass(frozen=True)
class Span:
    """A row: an interval, perhaps a value in it, and what is written at its end."""

    label: Child
    low: float
    high: float
    """NaN: there is no interval."""
    told: Child
    value: float | None = None
    """Where the dot is; without one the interval is drawn as a bar."""
    colour: str = "blue"
    about: str | None = None
    """What the page's filter looks for."""
    hint: str | None = None
    """What is told under the pointer."""


def spans(
    title: Child,
    rows: Sequence[Span],
    axis: Axis,
    note: Child = None,
    *,
    lines: Sequence[float] = (),
    strip: tuple[float, float] | None = None,
) -> Html:
    """Return a figure of *rows* over *axis*, with *lines* at some values through all of them.

    The first line is drawn through, the others are dotted. *strip* is shaded behind all rows,
    like the sampling interval beside those of assumptions.
    """
    behind = [] if strip is None else [_reach(axis, *strip, "strip")]
    for number, line in enumerate(lines):
        look = "rule dotted" if number else "rule"
        behind.append(element("i", class_=look, style=_left(axis, line)))
    return element(
        "figure",
        element("figcaption", title),
        element("div", [_row(row, axis, behind) for row in rows], _ticks(axis), class_="spans"),
        element("p", axis.label, class_="note") if axis.label else None,
        element("p", note, class_="note") if note else None,
        class_="chart",
    )


def _row(row: Span, axis: Axis, behind: Sequence[Html]) -> Html:
    parts = list(behind)
    if not isnan(row.low) and not isnan(row.high):
        look = "range" if row.value is None else "whisker"
        parts.append(_reach(axis, row.low, row.high, f"{look} b-{row.colour}"))
    if row.value is not None and not isnan(row.value):
        parts.append(element("i", class_=f"spot b-{row.colour}", style=_left(axis, row.value)))
    return element(
        "div",
        element("span", row.label, class_="name"),
        element("span", parts, class_="track", title=row.hint),
        element("span", row.told, class_="value"),
        class_="row",
        data_function=mark(row.about),
    )


def _reach(axis: Axis, low: float, high: float, look: str) -> Html:
    left, right = axis.at(low), axis.at(high)
    return element(
        "i", class_=look, style=f"left:{100 * left:.4g}%;width:{100 * (right - left):.4g}%"
    )


def _left(axis: Axis, value: float) -> str:
    return f"left:{100 * axis.at(value):.4g}%"


def _ticks(axis: Axis) -> Html:
    marks = [
        element("span", text, class_=_kind(axis.at(value), k), style=_left(axis, value))
        for k, (value, text) in enumerate(axis.ticks)
    ]
    return element("div", element("span", marks, class_="ticks"), class_="row scale")


def _kind(place: float, number: int) -> str:
    """Return the classes of a tick: at either end it must not reach beyond; odd ones may go."""
    side = " begin" if place < 0.02 else " end" if place > 0.98 else ""
    return f"tick{side}{' odd' if number % 2 else ''}"
