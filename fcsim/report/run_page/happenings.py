"""What happened to a run: faults, deployments, and states of functions."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.html.axis import clock_axis
from fcsim.report.html.chart import Mark
from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.spans import Span, spans
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.shown import Shown, beside
from fcsim.units import format_duration

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.sim.record import Happening

__all__ = ["happenings_section", "marks"]

_COLOURS = {"fault": "vermilion", "deployment": "green", "state": "grey"}
_PLURALS = {"fault": "faults", "deployment": "deployments", "state": "states of functions"}
_NAMED = 4
"""With more happenings than these, charts name only their kinds."""
_MOST_MARKS = 60
_MOST_SPANS = 20
_MOST_ROWS = 500


def happenings_section(shown: Sequence[Shown]) -> Section | None:
    """Return happenings on the time axis and as a table; None when nothing happened."""
    if not any(one.result.happenings for one in shown):
        return None
    body = beside(shown, lambda one: _of_one(one.result))
    return Section("happenings", "Faults, deployments and states", body)


def marks(result: Result) -> list[Mark]:
    """Return what the window saw, to be shaded in charts over time; kinds share a colour."""
    found = _seen(result)[:_MOST_MARKS]
    by_name = len(found) <= _NAMED
    return [
        Mark(
            _text(one, result) if by_name else _PLURALS[one.kind],
            max(one.begin, result.scenario.warm_up),
            result.scenario.horizon if isnan(one.end) else one.end,
            _COLOURS[one.kind],
        )
        for one in found
    ]


def _seen(result: Result) -> list[Happening]:
    """Return what the window saw, once each, in order of time."""
    begin, end = result.scenario.warm_up, result.scenario.horizon
    inside = [one for one in result.happenings if one.begin < end and not one.end < begin]
    once = {(one.kind, one.text, one.function, one.begin): one for one in inside}
    return sorted(once.values(), key=lambda one: one.begin)


def _text(one: Happening, result: Result) -> str:
    """Name the function, too, where there are several."""
    several = one.function and len(result.kpis["functions"]) > 1
    return f"{one.function} {one.text}" if several else one.text


def _of_one(result: Result) -> Html | None:
    found = _seen(result)
    if not found:
        return element("p", "Nothing in the window.", class_="note") if result.happenings else None
    x = clock_axis(result.scenario)
    rows = [
        Span(
            name(_text(one, result)), one.begin, x.high if isnan(one.end) else one.end,
            _lasting(one), colour=_COLOURS[one.kind], about=one.function or None,
        )
        for one in found[:_MOST_SPANS]
    ]  # fmt: skip
    return fragment(spans("In their time", rows, x), _table(found))


def _lasting(one: Happening) -> str:
    return "to the end" if isnan(one.end) else format_duration(one.end - one.begin)


def _table(found: Sequence[Happening]) -> Html:
    columns = [Column("kind"), Column("what", wide=True), Column("function"),
               *(Column(head, number=True) for head in ("from", "until", "lasting"))]  # fmt: skip
    rows = [
        Row(
            [
                one.kind, name(one.text), name(one.function) if one.function else "",
                Cell(format_duration(one.begin), one.begin),
                Cell("" if isnan(one.end) else format_duration(one.end), one.end),
                Cell(_lasting(one), one.end - one.begin),
            ],
            one.function or None,
        )
        for one in found[:_MOST_ROWS]
    ]  # fmt: skip
    more = len(found) - _MOST_ROWS
    left_out = f"{more:,} rows are left out; happenings.csv has them all."
    return fragment(
        table(columns, rows), element("p", left_out, class_="note") if more > 0 else None
    )
