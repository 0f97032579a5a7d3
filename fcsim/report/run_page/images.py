"""Caches and registries: what was transferred, from where, and what hosts had already."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, table
from fcsim.report.run_page.shown import Shown, beside, figures_table
from fcsim.report.values import count, share
from fcsim.units import format_bytes, format_duration

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.results.transfers import TransferRow

__all__ = ["images_section"]

_SOURCES = {
    "registry": "registry",
    "zone": "zone cache",
    "accelerated": "converted store",
}
_MOST_ROWS = 300
_NOTE = (
    "Transfers to hosts that ended in the window. The converted store is the platform’s internal "
    "store of images prepared for accelerated loading."
)


def images_section(shown: Sequence[Shown]) -> Section:
    """Return figures of images, transfers by layer and source, and refusals of registries."""
    rows = [(told, [write(one.result) for one in shown]) for told, write in _FIGURES.items()]
    transfers = beside(shown, lambda one: _transfers(one.result, folded=len(shown) > 1))
    return Section(
        "images", "Caches and registries", fragment(figures_table(shown, rows), transfers)
    )


def _found(result: Result) -> str:
    image = result.kpis["image"]
    whole = image["bytes_pulled"] + image["bytes_from_cache"]
    part = f" ({share(image['bytes_from_cache'] / whole)})" if whole else ""
    return f"{format_bytes(image['bytes_from_cache'])}{part}"


_FIGURES: dict[str, Callable[[Result], str]] = {
    "transferred to hosts": lambda r: format_bytes(r.kpis["image"]["bytes_pulled"]),
    "found on hosts by starts": _found,
    "starts that transferred something": lambda r: count(r.kpis["image"]["pulls"]),
    "instance time spent pulling, as billed": lambda r: format_duration(
        r.kpis["image"]["pull_seconds"]
    ),
    "temporary passwords obtained (whole run)": lambda r: _counter(r, "credentials"),
    "requests that registries refused (whole run)": lambda r: _counter(r, "registry_refusals"),
}


def _counter(result: Result, key: str) -> str:
    return count(result.counters.get(key, float("nan")))


def _transfers(result: Result, *, folded: bool) -> Html:
    rows = result.transfers
    if not rows:
        return element("p", "No layer was transferred in the window.", class_="note")
    heads = ("transfers", "bytes", "mean time", "longest")
    columns = [Column("layer"), Column("from"), Column("while"),
               *(Column(head, number=True) for head in heads)]  # fmt: skip
    largest = sorted(rows, key=lambda row: -row.bytes)
    more = len(rows) - _MOST_ROWS
    left_out = f"{more:,} rows are left out; transfers.csv has them all."
    content = fragment(
        table(columns, [_row(row) for row in largest[:_MOST_ROWS]]),
        element("p", _NOTE, class_="note"),
        element("p", left_out, class_="note") if more > 0 else None,
    )
    return element("details", element("summary", "By layer"), content) if folded else content


def _row(row: TransferRow) -> list[Html | str | Cell]:
    return [
        name(row.layer),
        name(_SOURCES.get(row.source, row.source)),
        "serving" if row.while_serving else "starting",
        Cell(count(row.transfers), row.transfers),
        Cell(format_bytes(row.bytes), row.bytes),
        *(Cell(_time(seconds), seconds) for seconds in (row.mean, row.max)),
    ]


def _time(seconds: float) -> str:
    return "failed" if isnan(seconds) else format_duration(seconds)
