"""How long requests took, how they ended, and which functions they were for."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report.html.axis import Axis, duration_axis, rarity_axis, share_axis
from fcsim.report.html.chart import Hover, Series, chart
from fcsim.report.html.markup import Html, code, element, fragment, name
from fcsim.report.html.page import Section, grid
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.shown import Shown, beside, figures_table
from fcsim.report.values import count, money, share
from fcsim.sim.record import ERRORS
from fcsim.units import format_duration, format_number

if TYPE_CHECKING:
    from fcsim.results.latency_curves import Curve
    from fcsim.results.result import Result

__all__ = ["latency_section"]

_LOOKS = {
    "completed": ("all completed", "ink"),
    "warm": ("warm", "blue"),
    "waited": ("waited for a start", "orange"),
    "cold": ("cold", "vermilion"),
    "queued": ("queued", "pink"),
    "failed": ("failed", "brown"),
    "timed_out": ("timed out", "grey"),
}
_QUANTILES = ("mean", "p50", "p90", "p95", "p99", "p999", "max")
_KINDS = {"latency": "latency", "cold_start": "cold start", "queue": "in the queue"}
_MOST_FUNCTIONS = 500

Named = tuple["Curve", str, str]
"""A curve with its label and colour."""


def latency_section(shown: Sequence[Shown]) -> Section:
    """Return distributions and quantiles of latency, errors, and figures by function."""
    curves = _kinds(shown[0].result) if len(shown) == 1 else _results(shown)
    body = fragment(
        _charts(curves) if curves else element("p", "No request completed."),
        _times(shown),
        beside(shown, lambda one: _errors(one.result)),
        beside(shown, lambda one: _functions(one.result)),
    )
    return Section("latency", "Latency", body)


def _kinds(result: Result) -> list[Named]:
    return [
        (curve, f"{_LOOKS[curve.kind][0]} ({count(curve.number)})", _LOOKS[curve.kind][1])
        for curve in result.latency_curves
    ]


def _results(shown: Sequence[Shown]) -> list[Named]:
    return [
        (curve, one.label, one.colour)
        for one in shown
        for curve in one.result.latency_curves
        if curve.kind == "completed"
    ]


def _charts(curves: Sequence[Named]) -> Html:
    least = min(_least(curve) for curve, _, _ in curves)
    longest = max(curve.seconds[-1] for curve, _, _ in curves)
    x = duration_axis(least, longest, "time from arrival to response (log scale)")
    rarest = max(curve.number for curve, _, _ in curves)
    most = [_series(one, _rising) for one in curves]
    tails = [_series(one, _falling) for one in curves]
    hover = _hover(curves, x)
    return grid(
        chart("Share of requests that took at most x", most, x, share_axis(), hover=hover),
        chart(
            "Share of requests that took longer than x", tails, x, rarity_axis(rarest), hover=hover
        ),
    )


def _least(curve: Curve) -> float:
    positive = curve.seconds[curve.seconds > 0]
    return float(positive[0]) if len(positive) else 1e-3


def _series(one: Named, points: Any) -> Series:
    curve, label, colour = one
    x, y = points(curve)
    return Series(label, x, y, colour, dashed=curve.kind in ("failed", "timed_out"))


def _rising(curve: Curve) -> tuple[Any, Any]:
    x = np.repeat(curve.seconds, 2)
    y = np.concatenate([[0.0], np.repeat(curve.requests, 2)[:-1]]) / curve.number
    return x, y


def _falling(curve: Curve) -> tuple[Any, Any]:
    before = (curve.number - curve.requests + 1) / curve.number
    return np.repeat(curve.seconds, 2)[:-1], np.repeat(before, 2)[1:]


def _hover(curves: Sequence[Named], x: Axis) -> Hover:
    places = np.geomspace(x.low, x.high, 101)
    texts = []
    for place in places.tolist():
        lines = [f"{label}: {share(_upto(curve, place))} within" for curve, label, _ in curves]
        texts.append("\n".join([format_duration(place), *lines]))
    return Hover(places.tolist(), texts)


def _upto(curve: Curve, seconds: float) -> float:
    """Return the share that took at most *seconds*, between the points of the curve."""
    known = np.interp(seconds, curve.seconds, curve.requests, left=0.0)
    return float(known) / curve.number


# ── tables ────────────────────────────────────────────────────────────────────────────────


def _times(shown: Sequence[Shown]) -> Html | None:
    rows = []
    for group, told in _KINDS.items():
        for key in _QUANTILES:
            values = [one.result.kpis[group].get(key, float("nan")) for one in shown]
            if not all(map(isnan, values)):
                label = f"{told}, {'99.9 %' if key == 'p999' else key}"
                rows.append((label, [Cell(format_duration(v), v) for v in values]))
    return figures_table(shown, rows) if len(shown) > 1 else _wide_times(shown[0].result)


def _wide_times(result: Result) -> Html | None:
    heads = ["p99.9" if key == "p999" else key for key in _QUANTILES]
    columns = [Column(""), *(Column(head, number=True) for head in heads)]
    rows = []
    for group, told in _KINDS.items():
        figures = result.kpis[group]
        if not isnan(figures["mean"]):
            times = [figures.get(key) for key in _QUANTILES]
            rows.append([told, *("" if t is None else format_duration(t) for t in times)])
    return table(columns, rows, sortable=False) if rows else None


def _errors(result: Result) -> Html | None:
    numbers = [(error, result.kpis["errors"][error.name]) for error in ERRORS[1:]]
    rows = [
        [code(error.name), count(number), str(error.status), error.when]
        for error, number in numbers
        if number
    ]
    if not rows:
        return None
    columns = [Column("error"), Column("requests", number=True), Column("status", number=True),
               Column("when", wide=True)]  # fmt: skip
    return table(columns, rows)


def _functions(result: Result) -> Html | None:
    functions = result.kpis["functions"]
    if len(functions) < 2:
        return None
    busiest = sorted(functions, key=lambda key: -functions[key]["requests"]["arrived"])
    heads = ("requests", "success", "p50", "p99", "cold", "instances", result.bill.currency)
    columns = [Column("function"), *(Column(head, number=True) for head in heads)]
    rows = [Row([name(key), *_figures(functions[key])], key) for key in busiest[:_MOST_FUNCTIONS]]
    more = len(busiest) - _MOST_FUNCTIONS
    return fragment(
        table(columns, rows, caption="Functions, busiest first"),
        element("p", f"and {more:,} more", class_="note") if more > 0 else None,
    )


def _figures(kpis: dict[str, Any]) -> list[Cell]:
    requests, latency = kpis["requests"], kpis["latency"]
    return [
        Cell(count(requests["arrived"]), requests["arrived"]),
        Cell(share(requests["success_ratio"]), requests["success_ratio"]),
        Cell(format_duration(latency["p50"]), latency["p50"]),
        Cell(format_duration(latency["p99"]), latency["p99"]),
        Cell(count(requests["cold"]), requests["cold"]),
        Cell(format_number(kpis["instances"]["mean"]), kpis["instances"]["mean"]),
        Cell(money(kpis["cost"]["total"]), kpis["cost"]["total"]),
    ]
