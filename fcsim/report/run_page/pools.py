"""GPU and resident pools: who had which cards, for how long, and what they cost."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report.costs import PURPOSES
from fcsim.report.html.axis import clock_axis, linear_axis
from fcsim.report.html.chart import COLOURS, Hover, Series, chart, steps
from fcsim.report.html.markup import Html, code, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.shown import Shown, beside
from fcsim.report.values import money, share, write
from fcsim.scenario.shapes import gpu_memory
from fcsim.units import GIB, format_duration

if TYPE_CHECKING:
    from fcsim.results.pricing import Line
    from fcsim.results.result import Result
    from fcsim.scenario.functions import Function

__all__ = ["pools_section"]

_MOST_ROWS = 500
_MOST_CURVES = 8


def pools_section(shown: Sequence[Shown]) -> Section | None:
    """Return what the bill holds of GPUs and resident pools; None when it holds neither."""
    if not any(_of_gpus(one.result) or one.result.scenario.resident_pools for one in shown):
        return None
    body = fragment(
        beside(shown, lambda one: _pools(one.result)),
        beside(shown, lambda one: _instances(one.result)),
        beside(shown, lambda one: _gpus(one.result)),
    )
    return Section("pools", "GPUs and resident pools", body)


def _of_gpus(result: Result) -> list[Line]:
    return [line for line in result.bill.lines if line.item.partition(".")[2] == "gpu"]


def _function(result: Result, function: str) -> Function | None:
    """Return the function of the scenario; a copy that a trace made has that of its template."""
    known: Mapping[str, Function] = result.scenario.functions
    return known.get(function) or known.get(function.partition("/")[0])


# ── resident pools ────────────────────────────────────────────────────────────────────────


def _users(result: Result, pool: str) -> list[str]:
    return [
        key
        for key in result.bill.functions
        if (own := _function(result, key)) is not None
        and own.scaling_config.resident_pool_id == pool
    ]


def _pools(result: Result) -> Html | None:
    pools = result.scenario.resident_pools
    if not pools:
        return None
    columns = [Column("resident pool"), Column("cards", number=True), Column("card"),
               Column("price in 30 days", number=True), Column("functions", wide=True)]  # fmt: skip
    rows = [
        [name(key), str(pool.cards), code(pool.gpu_type), _price(result, pool.price_per_month),
         _shares(result, _users(result, key))]
        for key, pool in pools.items()
    ]  # fmt: skip
    return table(columns, rows)


def _price(result: Result, price: float | None) -> str:
    return "not given, so not billed" if price is None else money(price, result.bill.currency)


def _shares(result: Result, users: Sequence[str]) -> list[Html | str]:
    """Name the functions of a pool, with the part of its price that each bears."""
    borne = {key: sum(line.amount for line in result.bill.lines
                      if line.function == key and line.item == "resident_pool")
             for key in users}  # fmt: skip
    total = sum(borne.values())
    told: list[Html | str] = []
    for place, key in enumerate(users):
        part = f" ({share(borne[key] / total, 2)} of its price)" if total else ""
        told += [", " if place else "", name(key), part]
    return told or ["none"]


def _instances(result: Result) -> Html | None:
    """Draw the minimum and resident instances of functions that are in a pool."""
    series = result.series
    pools = result.scenario.resident_pools
    users = [key for pool in pools for key in _users(result, pool) if key in series.functions]
    if not users:
        return None
    x, edges = clock_axis(result.scenario), series.edges
    curves = {key: series.of("FunctionProvisionedCurrentInstance", key) for key in users}
    most = sorted(curves, key=lambda key: -float(curves[key].sum()))[:_MOST_CURVES]
    drawn = [
        Series(key, *steps(edges, curves[key]), COLOURS[place % len(COLOURS)], area=True)
        for place, key in enumerate(most)
    ]
    y = linear_axis(float(np.sum([curves[key] for key in most], axis=0).max()), whole=True)
    texts = [
        "\n".join([f"at {format_duration(at)}", *(f"{k}: {curves[k][row]:,.3g}" for k in most)])
        for row, at in enumerate(edges[:-1].tolist())
    ]
    hover = Hover(((edges[:-1] + edges[1:]) / 2).tolist(), texts)
    more = len(users) - len(most)
    note = f"And {more:,} more functions: see series.csv." if more > 0 else None
    return chart("Instances in resident pools", drawn, x, y, hover=hover, note=note)


# ── GPUs by use ───────────────────────────────────────────────────────────────────────────


def _gpus(result: Result) -> Html | None:
    lines = _of_gpus(result)
    if not lines:
        return None
    columns = [
        Column("function"), Column("card"), Column("GPU memory", number=True), Column("for"),
        Column("GB-seconds", number=True), Column("instance time", number=True),
        Column("amount", number=True),
    ]  # fmt: skip
    rows = [Row(list(_row(result, line)), line.function) for line in lines[:_MOST_ROWS]]
    total = ["total", "", "", "", "", "", money(sum(line.amount for line in lines))]
    more = len(lines) - _MOST_ROWS
    left_out = f"{more:,} lines are left out; bill.csv has them all."
    return fragment(
        table(columns, rows, totals=[total], caption=f"GPU time by use ({result.bill.currency})"),
        element("p", left_out, class_="note") if more > 0 else None,
    )


def _row(result: Result, line: Line) -> Iterator[Any]:
    own = _function(result, line.function)
    gpu = None if own is None else own.gpu_config
    size = 0.0 if gpu is None else gpu_memory(gpu)
    purpose = line.item.partition(".")[0]
    seconds = line.quantity / (size / GIB) if size else float("nan")
    yield name(line.function)
    yield code(gpu.gpu_type) if gpu else ""
    yield Cell(write(size, "memory") if size else "", size)
    yield PURPOSES.get(purpose, purpose)
    yield Cell(f"{line.quantity:,.0f}", line.quantity)
    yield Cell(format_duration(seconds), seconds)
    yield Cell(money(line.amount), line.amount)
