"""Minimum instances: what policies asked for, and what was there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fcsim.report.html.axis import clock_axis, linear_axis
from fcsim.report.html.chart import Hover, Series, chart, steps
from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.shown import Shown, beside
from fcsim.units import format_duration

if TYPE_CHECKING:
    from fcsim.report.html.axis import Axis
    from fcsim.results.result import Result

__all__ = ["minimum_section"]

_MOST_CHARTS = 12
_MEANING = (
    "An instance counts from the moment it is ready until it is taken out of service, so that what "
    "is there follows what is asked for by the time of a start."
)


class _Asked(NamedTuple):
    """One function over the cells of the course."""

    function: str
    target: Any
    ready: Any


def minimum_section(shown: Sequence[Shown]) -> Section | None:
    """Return targets against instances over time; None when no policy asked for anything."""
    if not any(list(_asked(one.result)) for one in shown):
        return None
    body = beside(shown, lambda one: _of_one(one.result))
    return Section("minimum", "Minimum instances", body)


def _asked(result: Result) -> Iterator[_Asked]:
    """Yield the functions whose policies ask for something, the one with most first."""
    course, names = result.minimum_course, result.bill.functions
    cells = len(np.unique(course["time"]))
    if not cells:
        return
    parts = {key: course[key].reshape(-1, cells) for key in ("function", "target", "ready")}
    for row in np.argsort(-parts["target"].sum(axis=1), kind="stable").tolist():
        if parts["target"][row].any() or parts["ready"][row].any():
            function = names[int(parts["function"][row][0])]
            yield _Asked(function, parts["target"][row], parts["ready"][row])


def _of_one(result: Result) -> Html | None:
    found = list(_asked(result))
    if not found:
        return None
    x = clock_axis(result.scenario)
    edges = np.append(np.unique(result.minimum_course["time"]), x.high)
    charts = [_chart(one, edges, x, alone=len(found) == 1) for one in found[:_MOST_CHARTS]]
    more = len(found) - _MOST_CHARTS
    rest = f"{more:,} more functions: see the table and minimum.csv."
    drawn = charts[0] if len(charts) == 1 else element("div", charts, class_="grid")
    return fragment(
        drawn,
        element("p", rest, class_="note") if more > 0 else None,
        element("p", _MEANING, class_="note"),
        _table(result, found),
    )


def _chart(one: _Asked, edges: Any, x: Axis, *, alone: bool) -> Html:
    series = [
        Series("in service", *steps(edges, one.ready), "sky", area=True),
        Series("asked for", *steps(edges, one.target), "vermilion"),
    ]
    y = linear_axis(float(max(one.ready.max(), one.target.max())), "instances", whole=True)
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()
    texts = [
        f"at {format_duration(at)}\nasked for: {target:,.3g}\nin service: {ready:,.3g}"
        for at, target, ready in zip(
            edges[:-1].tolist(), one.target.tolist(), one.ready.tolist(), strict=True
        )
    ]
    title = "Asked for and in service" if alone else name(one.function)
    hover = Hover(middles, texts)
    return chart(title, series, x, y, hover=hover, function=one.function)


def _table(result: Result, found: Sequence[_Asked]) -> Html:
    heads = ("asked for, mean", "in service, mean", "asked for, most", "missing, mean")
    columns = [Column("function"), *(Column(h, number=True) for h in heads),
               Column("policies", wide=True)]  # fmt: skip
    rows = [
        Row([name(one.function), *map(_cell, _figures(one)), _policies(result, one.function)],
            one.function)
        for one in found
    ]  # fmt: skip
    return table(columns, rows)


def _figures(one: _Asked) -> tuple[float, float, float, float]:
    missing = np.maximum(one.target - one.ready, 0.0)
    return (
        float(one.target.mean()), float(one.ready.mean()), float(one.target.max()),
        float(missing.mean()),
    )  # fmt: skip


def _cell(value: float) -> Cell:
    return Cell(f"{value:,.3g}", value)


def _policies(result: Result, function: str) -> str:
    """Say which policies set the minimum of *function*; a copy has those of its template."""
    known: Mapping[str, Any] = result.scenario.functions
    own = known.get(function) or known.get(function.partition("/")[0])
    if own is None:
        return ""
    config = own.scaling_config
    named = [f"schedule {policy.name}" for policy in config.scheduled_policies]
    named += [f"tracks {p.metric_type}: {p.name}" for p in config.horizontal_scaling_policies]
    return "; ".join(
        [*([f"minimum {config.min_instances}"] if config.min_instances else []), *named]
    )
