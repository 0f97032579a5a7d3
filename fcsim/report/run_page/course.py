"""Instances, requests in flight and refusals over time; small charts for busy functions."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report.html.axis import Axis, clock_axis, linear_axis
from fcsim.report.html.chart import Hover, Mark, Series, chart, steps
from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.run_page.happenings import marks
from fcsim.report.run_page.shown import Shown, beside
from fcsim.report.values import count
from fcsim.units import format_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]

__all__ = ["course_section"]

_INSTANCES = {
    "busy": ("busy", "blue"),
    "idle": ("idle", "sky"),
    "starting": ("starting or stopping", "orange"),
}
_REQUESTS = {"served": ("being served", "green"), "waiting": ("waiting", "rose")}
_TROUBLES = {
    "throttled": ("throttled", "orange"),
    "failed": ("failed", "vermilion"),
    "timed_out": ("timed out", "grey"),
    "unfinished": ("unfinished", "pink"),
}
_METRICS = {
    "requests": ("requests a minute", "green"),
    "instances": ("instances", "blue"),
    "throttled": ("throttled a minute", "orange"),
}
_BARS = 100
"""Intervals into which refusals are summed: 300 cells, three at a time."""
_MOST_FUNCTIONS = 12
_MOST_INTERVALS = 240


def course_section(shown: Sequence[Shown]) -> Section:
    """Return what happened over time; results that are compared share their scales."""
    tops = {
        column: max(float(one.result.course[column].max(initial=0)) for one in shown)
        for column in ("most_instances", "most_requests")
    }
    body = beside(shown, lambda one: _charts(one.result, tops))
    return Section("time", "Instances, requests and throttles over time", body)


def _charts(result: Result, tops: dict[str, float]) -> Html:
    course, x, happened = result.course, clock_axis(result.scenario), marks(result)
    draw = partial(_levels, course=course, x=x, tops=tops, happened=happened)
    return fragment(
        draw("Instances alive", _INSTANCES, "most_instances", minimum=True),
        draw("Requests in flight", _REQUESTS, "most_requests"),
        _troubles(course, x, happened),
        _functions(result, x),
    )


def _edges(times: Floats, x: Axis) -> Floats:
    return np.append(times, x.high)


def _levels(
    title: str,
    parts: dict[str, tuple[str, str]],
    most: str,
    *,
    course: Columns,
    x: Axis,
    tops: dict[str, float],
    happened: Sequence[Mark],
    minimum: bool = False,
) -> Html:
    edges = _edges(course["time"], x)
    series = [
        Series(label, *steps(edges, course[key]), colour, area=True)
        for key, (label, colour) in parts.items()
    ]
    if minimum and course["minimum"].any():
        points = steps(edges, course["minimum"])
        series.append(Series("minimum instances", *points, "ink", dashed=True))
    series.append(Series("most at once", *steps(edges, course[most]), "grey", thin=True))
    told = {**{key: label for key, (label, _) in parts.items()}, most: "most at once"}
    y = linear_axis(tops[most], whole=True)
    return chart(title, series, x, y, hover=_hover(edges, course, told, x), marks=happened)


def _hover(edges: Floats, columns: Columns, told: dict[str, str], x: Axis) -> Hover:
    middles = ((edges[:-1] + edges[1:]) / 2).tolist()
    texts = []
    for row, at in enumerate(edges[:-1].tolist()):
        lines = [f"{label}: {columns[key][row]:,.3g}" for key, label in told.items()]
        texts.append("\n".join([f"at {format_duration(at)}", *lines]))
    return Hover(middles, texts)


def _troubles(course: Columns, x: Axis, happened: Sequence[Mark]) -> Html:
    title = "Requests without success, by arrival"
    numbers = {key: course[key].reshape(_BARS, -1).sum(axis=1) for key in _TROUBLES}
    found = {key: values for key, values in numbers.items() if values.any()}
    if not found:
        return element("p", "Requests without success: none.", class_="note")
    edges = _edges(course["time"].reshape(_BARS, -1)[:, 0], x)
    series = [
        Series(
            f"{_TROUBLES[key][0]} ({count(values.sum())})", *steps(edges, values),
            _TROUBLES[key][1], area=True,
        )
        for key, values in found.items()
    ]  # fmt: skip
    y = linear_axis(float(sum(found.values(), np.zeros(_BARS)).max()), whole=True)
    told = {key: _TROUBLES[key][0] for key in found}
    each = f"requests in each {format_duration(float(edges[1] - edges[0]))}"
    hover = _hover(edges, found, told, x)
    return chart(title, series, x, y, hover=hover, note=each, marks=happened)


# ── functions ─────────────────────────────────────────────────────────────────────────────


def _functions(result: Result, x: Axis) -> Html | None:
    series, functions = result.series, result.kpis["functions"]
    if len(series.functions) < 2:
        return None
    busiest = sorted(series.functions, key=lambda key: -functions[key]["requests"]["arrived"])
    drawn = [_function(result, key, x) for key in busiest[:_MOST_FUNCTIONS]]
    more = len(busiest) - _MOST_FUNCTIONS
    heading = element("h3", "By function, busiest first")
    rest = element("p", f"{more:,} more functions: see series.csv.", class_="note")
    return fragment(heading, element("div", drawn, class_="grid"), rest if more > 0 else None)


def _function(result: Result, function: str, x: Axis) -> Html:
    series = result.series
    metrics = {
        "requests": series.of("FunctionTotalInvocations", function),
        "instances": series.of("FunctionOndemandActiveInstance", function)
        + series.of("FunctionProvisionedCurrentInstance", function),
        "throttled": series.of("FunctionConcurrencyThrottles", function)
        + series.of("FunctionResourceThrottles", function),
    }
    edges, columns = _coarser(series.edges, metrics)
    labels = {key: label for key, (label, _) in _METRICS.items()}
    curves = [
        Series(told, *steps(edges, columns[key]), _METRICS[key][1])
        for key, told in labels.items()
        if columns[key].any()
    ]
    y = linear_axis(max(float(values.max()) for values in columns.values()), whole=True)
    hover = _hover(edges, columns, labels, x)
    return chart(name(function), curves, x, y, hover=hover, function=function)


def _coarser(edges: Floats, metrics: dict[str, Floats]) -> tuple[Floats, dict[str, Floats]]:
    """Return means over so many intervals that not too many are left."""
    number = len(edges) - 1
    size = -(-number // _MOST_INTERVALS)
    firsts = np.arange(0, number, size)
    lengths = np.diff(np.append(firsts, number))
    columns = {key: np.add.reduceat(v, firsts) / lengths for key, v in metrics.items()}
    return np.append(edges[firsts], edges[-1]), columns
