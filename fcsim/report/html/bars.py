"""Horizontal bars, each of coloured parts, with a value beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fcsim.report.html.markup import Child, Html, element, mark

__all__ = ["Bar", "bars"]


@dataclass(frozen=True)
class Bar:
    """A row: parts by name (not negative, in one unit), and what is written at their end."""

    label: Child
    parts: Mapping[str, float]
    value: Child
    function: str | None = None
    hints: Mapping[str, str] | None = None
    """What is told under the pointer, by part."""


def bars(
    title: Child,
    rows: Sequence[Bar],
    colours: Mapping[str, str],
    note: Child = None,
    *,
    least: float = 0.0,
) -> Html:
    """Return a figure of *rows*; *colours* names the colour of each part, in order of drawing.

    The longest row is as long as there is room, or shorter, so that *least* would have room:
    figures with one *least* have one scale.
    """
    widest = max([least, *(sum(row.parts.values()) for row in rows)]) or 1.0
    used = [part for part in colours if any(row.parts.get(part, 0) > 0 for row in rows)]
    legend = [element("span", element("i", class_=f"area b-{colours[p]}"), p) for p in used]
    return element(
        "figure",
        element("figcaption", title),
        element("p", legend, class_="legend") if len(used) > 1 else None,
        element("div", [_row(row, used, colours, widest) for row in rows], class_="bars"),
        element("p", note, class_="note") if note else None,
        class_="chart",
    )


def _row(row: Bar, used: Sequence[str], colours: Mapping[str, str], widest: float) -> Html:
    hints = row.hints or {}
    parts = [
        element(
            "i",
            class_=f"b-{colours[part]}",
            style=f"width:{100 * row.parts[part] / widest:.4g}%",
            title=f"{part} {hints.get(part, '')}".strip(),
        )
        for part in used
        if row.parts.get(part, 0) > 0
    ]
    return element(
        "div",
        element("span", row.label, class_="name"),
        element("span", parts, class_="bar"),
        element("span", row.value, class_="value"),
        data_function=mark(row.function),
    )
