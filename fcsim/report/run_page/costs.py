"""The bill: what the money is spent on, and every line of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fcsim.report.costs import RESOURCES, items
from fcsim.report.html.bars import Bar, bars
from fcsim.report.html.markup import Html, code, element, fragment, name
from fcsim.report.html.page import Section, grid
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.shown import Shown, beside, figures_table
from fcsim.report.values import money, share, write

if TYPE_CHECKING:
    from fcsim.results.bill import Bill
    from fcsim.results.pricing import Line
    from fcsim.results.result import Result

__all__ = ["bill_section"]

_COLOURS = {"vCPU": "blue", "memory": "sky", "disk": "brown", "GPU": "green", "other": "grey"}
_PARTS = {"active": "blue", "idle": "sky", "pull": "orange", "requests": "grey"}
_MOST_FUNCTIONS = 12
_MOST_LINES = 1500


def bill_section(shown: Sequence[Shown]) -> Section:
    """Return totals, the bill by purpose and by function, and its lines."""
    dearest = max((item.amount for one in shown for item in items(one.result.bill)), default=0.0)
    body = fragment(
        figures_table(shown, _totals(shown)),
        beside(shown, lambda one: _drawn(one.result, dearest)),
        beside(shown, lambda one: _lines(one.result.bill, folded=len(shown) > 1)),
    )
    return Section("bill", "The bill", body)


def _totals(shown: Sequence[Shown]) -> list[tuple[str, list[str]]]:
    results = [one.result for one in shown]
    return [
        ("in the window", [_money(r, r.bill.total) for r in results]),
        ("the window’s length", [_length(r) for r in results]),
        ("in 30 days like this", [_money(r, r.kpis["cost"]["per_month"]) for r in results]),
        ("price book", [r.bill.book for r in results]),
    ]


def _money(result: Result, amount: float) -> str:
    return money(amount, result.bill.currency)


def _length(result: Result) -> str:
    return write(result.scenario.horizon - result.scenario.warm_up, "duration")


def _drawn(result: Result, dearest: float) -> Html:
    purposes = _purposes(result.bill, dearest)
    if len(result.bill.functions) < 2:
        return purposes
    return grid(purposes, _functions(result))


def _purposes(bill: Bill, dearest: float) -> Html:
    rows, negative = [], []
    for item in items(bill):
        if item.amount <= 0:
            negative.append(f"{item.name} {money(item.amount)}")
            continue
        parts = {RESOURCES[key]: max(amount, 0.0) for key, amount in item.amounts.items()}
        value = f"{money(item.amount)} ({share(item.amount / bill.total, 2)})" if bill.total else ""
        hints = {part: money(amount, bill.currency) for part, amount in parts.items()}
        rows.append(Bar(item.name, parts, value, hints=hints))
    note = f"Taken off: {', '.join(negative)}." if negative else None
    return bars(f"By purpose ({bill.currency})", rows, _COLOURS, note, least=dearest)


def _functions(result: Result) -> Html:
    functions = result.kpis["functions"]
    dearest = sorted(functions, key=lambda key: -functions[key]["cost"]["total"])
    rows = []
    for function in dearest[:_MOST_FUNCTIONS]:
        costs = functions[function]["cost"]
        parts = {part: max(costs[part], 0.0) for part in _PARTS}
        rows.append(Bar(name(function), parts, money(costs["total"]), function))
    more = len(dearest) - _MOST_FUNCTIONS
    note = f"And {more:,} more functions." if more > 0 else None
    return bars(f"By function ({result.bill.currency})", rows, _PARTS, note)


# ── lines ─────────────────────────────────────────────────────────────────────────────────


def _lines(bill: Bill, *, folded: bool) -> Html:
    columns = [
        Column("function"), Column("item"), Column("quantity", number=True), Column("unit"),
        Column("CU", number=True), Column("price", number=True), Column("amount", number=True),
    ]  # fmt: skip
    rows = [Row(_line(line), line.function or None) for line in bill.lines[:_MOST_LINES]]
    total = ["total", "", "", "", "", "", money(bill.total)]
    more = len(bill.lines) - _MOST_LINES
    left_out = f"{more:,} lines are left out; bill.csv has them all."
    lines = fragment(
        table(columns, rows, totals=[total]),
        element("p", _RULE, class_="note"),
        element("p", left_out, class_="note") if more > 0 else None,
    )
    return element("details", element("summary", "All lines"), lines) if folded else lines


_RULE = (
    "amount = CU × price; for lines without CU, quantity × price. Prices and amounts in the book’s "
    "currency."
)


def _line(line: Line) -> list[Html | str | Cell]:
    return [
        name(line.function) if line.function else "account",
        code(line.item),
        Cell(
            f"{line.quantity:,.4g}" if line.quantity < 1000 else f"{line.quantity:,.0f}",
            line.quantity,
        ),
        line.unit,
        Cell(f"{line.cu:,.4g}" if line.cu < 1000 else f"{line.cu:,.0f}", line.cu),
        Cell(f"{line.price:.6g}", line.price),
        Cell(f"{line.amount:,.6f}", line.amount),
    ]
