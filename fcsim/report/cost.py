"""The cost figure: what the money is spent on, and by which function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report import style
from fcsim.report.costs import RESOURCES, items
from fcsim.report.values import cut, money, share, write

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.results.result import Result

__all__ = ["cost_figure", "draw_cost", "draw_functions"]

_RESOURCES = {"cpu": "blue", "memory": "sky", "disk": "brown", "gpu": "green", "": "grey"}
_PARTS = {"active": "blue", "idle": "sky", "pull": "orange", "requests": "grey", "other": "pink"}
_MOST_ROWS = 12


def cost_figure(result: Result) -> Figure:
    """Draw the bill by purpose and resource and, if there are several functions, by function."""
    columns = 2 if len(result.bill.functions) > 1 else 1
    rows = max(len(items(result.bill)), min(len(result.bill.functions), _MOST_ROWS))
    size = (10.0, max(3.2, min(1.9 + 0.42 * rows, 7.5)))
    with style.sheet(result, size, ncols=columns, squeeze=False) as (figure, ((left, *right),)):
        style.headline(figure, cost_headline(result))
        draw_cost(left, result)
        for axes in right:
            draw_functions(axes, result)
    return figure


def cost_headline(result: Result) -> str:
    """Say in one sentence what the figure shows."""
    total, currency = result.bill.total, result.bill.currency
    scenario = result.scenario
    if not result.bill.lines:
        return "Nothing was used, so nothing is billed"
    dearest = items(result.bill)[0]
    return (
        f"{money(total, currency)} in {write(scenario.horizon - scenario.warm_up, 'duration')}, "
        f"{money(result.kpis['cost']['per_month'], currency)} in 30 days; "
        f"{share(dearest.amount / total, 2)} of it for {dearest.name}"
    )


def draw_cost(axes: Axes, result: Result) -> None:
    """Draw one bar a purpose, split by resource, with amount and share of the total."""
    bill, rows = result.bill, items(result.bill)
    if not rows:
        style.message(axes, "The bill has no lines.")
        return
    parts = {
        RESOURCES[resource]: (np.array([row.amounts.get(resource, 0.0) for row in rows]), colour)
        for resource, colour in _RESOURCES.items()
    }
    totals = [row.amount for row in rows]
    ends = _bars(axes, [row.name for row in rows], parts)
    _amounts(axes, ends, totals, bill.total)
    _finish(axes, result, "By purpose")


def draw_functions(axes: Axes, result: Result) -> None:
    """Draw one bar a function, the dearest first, split into active, idle, pull and fees."""
    functions = result.kpis["functions"]
    dearest = sorted(functions, key=lambda name: -functions[name]["cost"]["total"])
    rows = [functions[name]["cost"] for name in dearest]
    names = [cut(name, 22) for name in dearest]
    if len(rows) > _MOST_ROWS:
        rest = rows[_MOST_ROWS - 1 :]
        rows = [*rows[: _MOST_ROWS - 1], {key: sum(row[key] for row in rest) for key in rest[0]}]
        names = [*names[: _MOST_ROWS - 1], f"{len(rest)} others"]
    known = [part for part in _PARTS if part != "other"]
    parts = {part: (np.array([row[part] for row in rows]), _PARTS[part]) for part in known}
    totals = np.array([row["total"] for row in rows])
    parts["other"] = (totals - sum(values for values, _ in parts.values()), _PARTS["other"])
    ends = _bars(axes, names, parts)
    _amounts(axes, ends, totals.tolist(), result.bill.total)
    _finish(axes, result, "By function")


def _bars(axes: Axes, names: list[str], parts: dict[str, tuple[Any, str]]) -> Any:
    """Stack *parts* rightwards, what is negative leftwards from zero; return where bars end."""
    right, left = np.zeros(len(names)), np.zeros(len(names))
    seen = 1e-3 * max(float(np.abs(widths).max()) for widths, _ in parts.values())
    for part, (widths, colour) in parts.items():
        drawn = np.flatnonzero(np.abs(widths) > 0)
        begin = np.where(widths >= 0, right, left)[drawn]
        label = part if np.abs(widths).max() > seen else None
        fill = style.COLOURS[colour]
        axes.barh(drawn, widths[drawn], 0.66, begin, color=fill, label=label, linewidth=0)
        right, left = right + np.maximum(widths, 0), left + np.minimum(widths, 0)
    axes.set_yticks(np.arange(len(names)), names)
    axes.set_ylim(len(names) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    span = right.max() - left.min() or 1.0
    axes.set_xlim(left.min() * 1.1, right.max() + 0.45 * span)
    return right


def _finish(axes: Axes, result: Result, title: str) -> None:
    axes.set(xlabel=f"amount ({result.bill.currency})", title=title)
    style.legend_above(axes)


def _amounts(axes: Axes, ends: Any, totals: list[float], whole: float) -> None:
    for y, (end, total) in enumerate(zip(ends, totals, strict=True)):
        part = f"  ({share(total / whole, 2)})" if whole and total > 0 else ""
        style.note(axes, f"{money(total)}{part}", (end, y))
