"""Clients, users and messages: what they asked for, how often, and what became of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report.html.axis import clock_axis, linear_axis
from fcsim.report.html.chart import Hover, Series, chart, steps
from fcsim.report.html.markup import Child, Html, code, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.run_page.shown import Shown, beside, figures_table
from fcsim.report.values import count, share
from fcsim.results.vocabulary import KPIS
from fcsim.units import format_duration

if TYPE_CHECKING:
    from fcsim.report.html.axis import Axis
    from fcsim.results.result import Result

__all__ = ["callers_section"]

_SENT = {"first_attempts": ("first attempts", "blue"), "retries": ("retries", "orange")}
_ENDS = {
    "succeeded": ("succeeded", "green"),
    "failed": ("given up after an error", "vermilion"),
    "expired": ("dropped as too old", "grey"),
    "unfinished": ("unfinished", "pink"),
}
_QUEUE = {"in_process": ("in process", "green"), "backlog": ("backlog", "rose")}
_BARS = 100
"""Intervals into which counts are summed: 300 cells, three at a time."""
_MOST_FUNCTIONS = 500
_OF_FUNCTIONS = (
    ("calls.arrived", "calls"), ("calls.success_ratio", "succeeded"),
    ("calls.attempts_per_call", "requests each"), ("messages.accepted", "messages"),
    ("messages.delivered", "delivered"), ("messages.failed", "given up"),
    ("messages.expired", "dropped"), ("messages.on_success", "told on_success"),
    ("messages.on_failure", "told on_failure"),
)  # fmt: skip


def callers_section(shown: Sequence[Shown]) -> Section | None:
    """Return what callers saw; None when there are none."""
    if not any(len(one.result.caller_course["time"]) for one in shown):
        return None
    body = fragment(
        beside(shown, lambda one: _sentences(one.result)),
        beside(shown, lambda one: _charts(one.result)),
        _figures(shown),
        beside(shown, lambda one: _functions(one.result)),
    )
    return Section("callers", "Clients, users and messages", body)


def _sentences(result: Result) -> Html | None:
    told = [*_of_calls(result.kpis["calls"]), *_of_messages(result.kpis["messages"])]
    lines = [element("li", sentence) for sentence in told]
    return element("ul", lines, class_="answers") if lines else None


def _of_calls(calls: Mapping[str, Any]) -> list[str]:
    if not calls["arrived"]:
        return []
    return [
        f"{count(calls['arrived'])} calls send {calls['attempts_per_call']:.3g} requests each; "
        f"{share(calls['success_ratio'])} are answered in the end."
    ]


def _of_messages(messages: Mapping[str, Any]) -> list[str]:
    accepted = messages["accepted"]
    if not accepted:
        return []
    ends = [("delivered", "delivered"), ("failed", "given up"), ("expired", "dropped as too old"),
            ("unfinished", "unfinished")]  # fmt: skip
    told = [f"{count(messages[key])} {word}" for key, word in ends if messages[key]]
    slowest = messages["delay"]["max"]
    last = f"; the slowest took {format_duration(slowest)}" if slowest == slowest else ""
    return [f"Of {count(accepted)} messages {', '.join(told)}{last}."]


# ── over time ─────────────────────────────────────────────────────────────────────────────


def _charts(result: Result) -> Html | None:
    course, x = result.caller_course, clock_axis(result.scenario)
    if not len(course["time"]):
        return None
    return fragment(
        _attempts(course, x) if course["first_attempts"].any() else None,
        _ends(course, "calls", "Calls by their beginning", x),
        *(_queue(course, x) if course["backlog"].any() or course["in_process"].any() else ()),
        _ends(course, "messages", "Messages by their acceptance", x),
    )


def _summed(course: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
    return {key: course[key].reshape(_BARS, -1).sum(axis=1) for key in names}


def _edges(course: Mapping[str, Any], x: Axis, size: int = 1) -> Any:
    return np.append(course["time"][::size], x.high)


def _attempts(course: Mapping[str, Any], x: Axis) -> Html:
    edges = _edges(course, x, len(course["time"]) // _BARS)
    sent = _summed(course, [*_SENT, "answered"])
    rates = {key: numbers / np.diff(edges) for key, numbers in sent.items()}
    series = [
        Series(told, *steps(edges, rates[key]), colour, area=True)
        for key, (told, colour) in _SENT.items()
    ]
    series.append(Series("of both: completed", *steps(edges, rates["answered"]), "ink"))
    y = linear_axis(float((rates["first_attempts"] + rates["retries"]).max()), "requests/s")
    told = {key: f"{label}/s" for key, (label, _) in _SENT.items()} | {"answered": "completed/s"}
    hover = _hover(edges, rates, told)
    return chart("Requests that callers send", series, x, y, hover=hover)


def _ends(course: Mapping[str, Any], noun: str, title: str, x: Axis) -> Html | None:
    names = {f"{noun}_{end}": look for end, look in _ENDS.items() if f"{noun}_{end}" in course}
    numbers = {key: n for key, n in _summed(course, names).items() if n.any()}
    if not numbers:
        return None
    edges = _edges(course, x, len(course["time"]) // _BARS)
    series = [
        Series(f"{names[key][0]} ({count(n.sum())})", *steps(edges, n), names[key][1], area=True)
        for key, n in numbers.items()
    ]
    y = linear_axis(float(sum(numbers.values(), np.zeros(_BARS)).max()), whole=True)
    hover = _hover(edges, numbers, {key: names[key][0] for key in numbers})
    note = f"{noun} in each {format_duration(float(edges[1] - edges[0]))}"
    if len(series) == 1:
        note = f"{series[0].label}; {note}"
    return chart(title, series, x, y, hover=hover, note=note)


def _queue(course: Mapping[str, Any], x: Axis) -> list[Html]:
    edges = _edges(course, x)
    series = [
        Series(told, *steps(edges, course[key]), colour, area=True)
        for key, (told, colour) in _QUEUE.items()
    ]
    y = linear_axis(float((course["in_process"] + course["backlog"]).max()), whole=True)
    told = {key: label for key, (label, _) in _QUEUE.items()}
    levels = chart("Messages that have not ended", series, x, y, hover=_hover(edges, course, told))
    ages = course["oldest"]
    longest = float(ages.max())
    unit, factor = next((u, f) for u, f in _UNITS if longest >= 2 * f or f == 1)
    age = [Series("", course["time"].tolist(), (ages / factor).tolist(), "blue", area=True)]
    texts = [f"at {format_duration(t)}\n{format_duration(a)}"
             for t, a in zip(course["time"].tolist(), ages.tolist(), strict=True)]  # fmt: skip
    hover = Hover(course["time"].tolist(), texts)
    y = linear_axis(longest / factor, unit)
    return [levels, chart("Age of the oldest of them", age, x, y, hover=hover)]


_UNITS = (("h", 3600.0), ("min", 60.0), ("s", 1.0))


def _hover(edges: Any, columns: Mapping[str, Any], told: Mapping[str, str]) -> Hover:
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()
    texts = [
        "\n".join(
            [f"at {format_duration(at)}"]
            + [f"{label}: {columns[key][row]:,.3g}" for key, label in told.items()]
        )
        for row, at in enumerate(edges[:-1].tolist())
    ]
    return Hover(middles, texts)


# ── figures ───────────────────────────────────────────────────────────────────────────────


def _figures(shown: Sequence[Shown]) -> Html | None:
    """Return the KPIs of calls and messages that some result has."""
    rows: list[tuple[Child, list[Child]]] = []
    for group, first in (("calls.", "calls.arrived"), ("messages.", "messages.accepted")):
        if any(one.result.kpi(first) for one in shown):
            names = [kpi.name for kpi in KPIS if kpi.name.startswith(group)]
            rows += [(code(key), [_written(one.result, key) for one in shown]) for key in names]
    return figures_table(shown, rows) if rows else None


def _written(result: Result, key: str) -> str:
    return Units(result.scenario).measured(key, result.kpi(key))


def _functions(result: Result) -> Html | None:
    """Return calls and messages by function, with what destinations were told."""
    busy = {
        key: kpis
        for key, kpis in result.kpis["functions"].items()
        if kpis["calls"]["arrived"] or kpis["messages"]["accepted"]
    }
    used = [(kpi, head) for kpi, head in _OF_FUNCTIONS if any(_of(k, kpi) for k in busy.values())]
    if not used or (len(busy) < 2 and not any("told" in head for _, head in used)):
        return None
    columns = [Column("function"), *(Column(head, number=True) for _, head in used)]
    units = Units(result.scenario)
    rows = [
        Row([name(key), *(Cell(units.measured(kpi, _of(kpis, kpi)), _of(kpis, kpi))
                          for kpi, _ in used)], key)
        for key, kpis in list(busy.items())[:_MOST_FUNCTIONS]
    ]  # fmt: skip
    more = len(busy) - _MOST_FUNCTIONS
    return fragment(
        table(columns, rows, caption="By function"),
        element("p", f"and {more:,} more", class_="note") if more > 0 else None,
    )


def _of(kpis: Mapping[str, Any], name: str) -> float:
    group, key = name.split(".")
    return float(kpis[group][key])
