"""Where cold starts spend their time."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.html.bars import Bar, bars
from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.shown import Shown, beside
from fcsim.report.values import count
from fcsim.results.instance_figures import PHASES
from fcsim.units import format_duration

if TYPE_CHECKING:
    from fcsim.results.phases import PhaseRow
    from fcsim.results.result import Result

__all__ = ["starts_section"]

_COLOURS = dict(zip(PHASES, ("grey", "pink", "blue", "sky", "orange", "green"), strict=True))
_MOST = 20
_MOST_ROWS = 600
_MEANINGS = (
    "placing: finding a host; credential: the temporary password for the registry; pull: image "
    "ready on the host; create: container started; server: its HTTP server answers; initializer."
)


def starts_section(shown: Sequence[Shown]) -> Section:
    """Return mean phases as bars and their spread as a table."""
    if len(shown) == 1:
        body = _of_one(shown[0].result)
    else:
        body = fragment(_of_all(shown), beside(shown, lambda one: _table(one.result)))
    return Section("starts", "Where cold starts spend their time", body)


def _of_one(result: Result) -> Html:
    if not result.phases:
        return element("p", "No instance became ready after the start of the window.")
    by_function = _by_function(result.phases)
    slowest = sorted(by_function, key=lambda key: -_total(by_function[key]))
    rows = [_bar(key, by_function[key]) for key in slowest[:_MOST]]
    more = len(slowest) - _MOST
    note = f"{_MEANINGS} And {more:,} more functions, in the table." if more > 0 else _MEANINGS
    drawn = bars("Mean time of a start, by phase", rows, _COLOURS, note)
    return fragment(drawn, _table(result))


def _of_all(shown: Sequence[Shown]) -> Html:
    rows = []
    for one in shown:
        means = _means(one.result)
        total = format_duration(sum(means.values())) if means else "no starts"
        rows.append(Bar(name(one.label), means, total, hints=_hints(means)))
    return bars("Mean time of a start, by phase", rows, _COLOURS, _MEANINGS)


def _means(result: Result) -> dict[str, float]:
    phases = result.kpis["cold_start"]["phase"]
    return {key: p["mean"] for key, p in phases.items() if not isnan(p["mean"])}


def _by_function(rows: Sequence[PhaseRow]) -> dict[str, list[PhaseRow]]:
    found: dict[str, list[PhaseRow]] = {}
    for row in rows:
        found.setdefault(row.function, []).append(row)
    return found


def _total(rows: Sequence[PhaseRow]) -> float:
    return sum(row.mean for row in rows)


def _bar(function: str, rows: Sequence[PhaseRow]) -> Bar:
    means = {row.phase: row.mean for row in rows}
    number = max(row.starts for row in rows)
    value = f"{format_duration(sum(means.values()))} ({count(number)})"
    return Bar(name(function), means, value, function, _hints(means))


def _hints(means: dict[str, float]) -> dict[str, str]:
    return {phase: format_duration(mean) for phase, mean in means.items()}


def _table(result: Result) -> Html | None:
    if not result.phases:
        return None
    heads = ("starts", "mean", "p50", "p95", "p99", "max")
    columns = [Column("function"), Column("phase"), *(Column(h, number=True) for h in heads)]
    rows = [
        Row(
            [name(row.function), row.phase, count(row.starts),
             *(Cell(format_duration(seconds), seconds) for seconds in row[3:])],
            row.function,
        )
        for row in result.phases[:_MOST_ROWS]
    ]  # fmt: skip
    more = len(result.phases) - _MOST_ROWS
    left_out = f"{more:,} rows are left out; cold_start_phases.csv has them all."
    return fragment(
        table(columns, rows), element("p", left_out, class_="note") if more > 0 else None
    )
