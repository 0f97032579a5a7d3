"""The scenario with defaults filled in, and how to run it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Child, Html, code, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Column, Row, table
from fcsim.report.run_page.shown import Shown, figures_table, labelled_table
from fcsim.report.scenario_lines import Line, scenario_lines

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = ["differing", "repeat_section", "scenario_section", "whole"]

_MOST_LINES = 1500


def scenario_section(shown: Sequence[Shown]) -> Section:
    """Return every value of the scenario; of several, first what differs."""
    named = {one.label: one.result.scenario for one in shown}
    body = whole(shown[0].result.scenario) if len(shown) == 1 else differing(named)
    return Section("scenario", "The scenario, defaults filled in", body)


def whole(scenario: Scenario) -> Html:
    """Return a table of every value of *scenario*."""
    lines = list(scenario_lines(scenario))
    columns = [Column("path"), Column("value", wide=True), Column("")]
    rows = [Row([_path(line.path), name(line.value), _origin(line)]) for line in lines]
    return fragment(table(columns, rows[:_MOST_LINES]), _left_out(len(rows)))


def differing(named: Mapping[str, Scenario]) -> Html:
    """Return what differs between scenarios, by their names, then what is the same."""
    found = [
        {line.path: line.value for line in scenario_lines(scenario)} for scenario in named.values()
    ]
    paths = list(dict.fromkeys(path for lines in found for path in lines))
    rows = [(path, [lines.get(path, "–") for lines in found]) for path in paths]
    unlike = [row for row in rows if len(set(row[1])) > 1]
    same = [row for row in rows if len(set(row[1])) == 1]
    told = [(_path(path), list(map(name, values))) for path, values in unlike[:_MOST_LINES]]
    columns = [Column("path"), Column("value", wide=True)]
    all_alike = [[_path(path), name(values[0])] for path, values in same[:_MOST_LINES]]
    return fragment(
        element("h3", "What differs"),
        labelled_table(list(named), told, number=False) if told else element("p", "Nothing."),
        element(
            "details",
            element("summary", f"What is the same ({len(same):,} values)"),
            table(columns, all_alike),
            _left_out(len(same)),
        ),
    )


def _path(path: str) -> Html:
    return code(path)


def _origin(line: Line) -> str:
    return "" if line.given else "default"


def _left_out(number: int) -> Html | None:
    more = number - _MOST_LINES
    told = f"{more:,} values are left out; scenario.json has them all."
    return element("p", told, class_="note") if more > 0 else None


def repeat_section(shown: Sequence[Shown]) -> Section:
    """Return command, seed, versions and digest."""
    commands = [one.result.command for one in shown]
    told = [element("pre", command) for command in dict.fromkeys(filter(None, commands))]
    note = "Equal digest, seed and versions give the same figures to the last bit on one machine."
    facts = figures_table(shown, _facts(shown), number=False)
    body = fragment(told, facts, element("p", note, class_="note"))
    return Section("repeat", "How to repeat it", body)


def _facts(shown: Sequence[Shown]) -> list[tuple[Child, list[Child]]]:
    results = [one.result for one in shown]
    versions = [result.versions for result in results]
    rows: list[tuple[Child, list[Child]]] = [
        ("scenario digest", [code(r.digest) for r in results]),
        ("seed", [str(r.seed) for r in results]),
        ("replication", [str(r.replication) for r in results]),
        (
            "preset",
            [f"{r.scenario.platform.preset}, {r.scenario.platform.region}" for r in results],
        ),
        ("price book", [r.bill.book for r in results]),
    ]
    names = dict.fromkeys(key for known in versions for key in known)
    rows += [(key, [known.get(key, "–") for known in versions]) for key in names]
    return rows
