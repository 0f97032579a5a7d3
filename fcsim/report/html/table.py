"""Tables that can be sorted and filtered where there is JavaScript, and read where there is not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from typing import NamedTuple

from fcsim.report.html.markup import Child, Html, element, fragment, mark

__all__ = ["Cell", "Column", "Row", "table"]

_TALL = 60
"""Rows beyond which a table scrolls in its own box on screens."""


@dataclass(frozen=True)
class Column:
    """A column: its heading, and whether its cells are numbers (aligned right)."""

    heading: Child
    number: bool = False
    wide: bool = False
    """Whether its text may be long; such a column takes what room is left."""
    label: str = ""
    """What is written before its cells where the cells of a row stand below each other."""


class Cell(NamedTuple):
    """A cell that is shown otherwise than it is sorted: ``Cell("1.2 s", 1.2)``."""

    shown: Child
    key: float | str
    """What it is sorted by; NaN is last."""


class Row(NamedTuple):
    """Cells with the function they are about, for the page's filter."""

    cells: Sequence[Child | Cell]
    function: str | None = None
    kind: str | None = None
    """A class for the row's look: ``total``, ``same``."""


def table(
    columns: Sequence[Column],
    rows: Iterable[Row | Sequence[Child | Cell]],
    *,
    caption: Child = None,
    sortable: bool = True,
    totals: Iterable[Sequence[Child | Cell]] = (),
) -> Html:
    """Return a table; *totals* are rows that stay below the others when it is sorted.

    It scrolls in its own box where the screen is too narrow or the rows are many. On a phone the
    cells of a row with wide ones stand below each other.
    """
    head = element("tr", [_heading(column) for column in columns])
    body = [_row(columns, row if isinstance(row, Row) else Row(row)) for row in rows]
    foot = [_row(columns, Row(cells)) for cells in totals]
    inner = fragment(
        element("caption", caption) if caption else None,
        element("thead", head),
        element("tbody", body),
        element("tfoot", foot) if foot else None,
    )
    kinds = ["sortable"] if sortable and len(body) > 1 else []
    kinds += ["stack"] if any(column.wide for column in columns) else []
    made = element("table", inner, class_=" ".join(kinds) or None)
    return element("div", made, class_="scroll tall" if len(body) > _TALL else "scroll", tabindex=0)


def _heading(column: Column) -> Html:
    return element("th", column.heading, class_=_look(column), scope="col")


def _row(columns: Sequence[Column], row: Row) -> Html:
    cells = [_cell(column, cell) for column, cell in zip(columns, row.cells, strict=True)]
    return element("tr", cells, class_=row.kind, data_function=mark(row.function))


def _cell(column: Column, cell: Child | Cell) -> Html:
    label = column.label or None
    if not isinstance(cell, Cell):
        return element("td", cell, class_=_look(column), data_label=label)
    key = "" if isinstance(cell.key, float) and isnan(cell.key) else cell.key
    return element("td", cell.shown, class_=_look(column), data_sort=key, data_label=label)


def _look(column: Column) -> str | None:
    return "number" if column.number else "wide" if column.wide else None
