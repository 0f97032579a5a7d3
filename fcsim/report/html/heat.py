"""Values over two knobs as a table of coloured cells."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import NamedTuple

from fcsim.report.html.markup import Child, Html, element

__all__ = ["Heat", "heat_map"]

_DEEPEST = 62
"""Per cent of colour in the cell of the greatest value: text on it can still be read."""


class Heat(NamedTuple):
    """A cell: its value (NaN: none), what is written in it, what is told under the pointer."""

    value: float
    told: Child
    hint: str | None = None


def heat_map(
    title: Child,
    columns: Sequence[Child],
    rows: Sequence[tuple[Child, Sequence[Heat]]],
    corner: Child = None,
    note: Child = None,
) -> Html:
    """Return a figure of *rows*, each a label and its cells; *corner* says what both sides are.

    The greatest value has the deepest colour, the least none.
    """
    known = [cell.value for _, cells in rows for cell in cells if not isnan(cell.value)]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)
    head = element("tr", element("th", corner), [element("th", c, scope="col") for c in columns])
    body = [
        element("tr", element("th", label, scope="row"), [_cell(cell, low, high) for cell in cells])
        for label, cells in rows
    ]
    made = element("table", element("thead", head), element("tbody", body), class_="heat")
    return element(
        "figure",
        element("figcaption", title),
        element("div", made, class_="scroll", tabindex=0),
        element("p", note, class_="note") if note else None,
        class_="chart",
    )


def _cell(cell: Heat, low: float, high: float) -> Html:
    if isnan(cell.value):
        return element("td", cell.told, title=cell.hint)
    depth = _DEEPEST * (cell.value - low) / (high - low) if high > low else 0.0
    colour = f"background:color-mix(in srgb,var(--blue) {depth:.0f}%,var(--paper))"
    return element("td", cell.told, title=cell.hint, style=colour)
