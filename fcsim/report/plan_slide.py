"""A plan on one sheet for those who decide: what to choose, its price, and what it rests on."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import fill
from typing import TYPE_CHECKING

from fcsim.report import style
from fcsim.report.kpi_values import Units
from fcsim.report.plan import draw_frontier
from fcsim.report.plan_tables import answer, banded, flip_texts, premium_words
from fcsim.report.values import bounds, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.scenario.parameters import Parameter
    from fcsim.study.bands import Reach
    from fcsim.study.plan.report import Plan

__all__ = ["slide"]

_WIDTH = 62
_MOST = 5


def slide(plan: Plan) -> Figure:
    """Draw the frontier, the choice with its runners-up, what moves it, measured and assumed."""
    heights = (6.0, 1.0) if plan.shaken is None else (1.5, 1.0)
    grid = {"nrows": 2, "ncols": 2, "width_ratios": (1.35, 1.0), "height_ratios": heights}
    with style.sheet(plan, (12.8, 7.2), **grid) as (figure, axes):
        style.headline(figure, answer(plan))
        (frontier, choice), (moves, rests) = axes
        draw_frontier(frontier, plan)
        style.legend_above(frontier)
        _write(choice, "The choice and the runners-up", _choice(plan))
        _draw_moves(moves, plan)
        _write(rests, "Measured against assumed", _rests(plan))
    return figure


def _write(axes: Axes, title: str, paragraphs: Sequence[str]) -> None:
    axes.set_axis_off()
    axes.set_title(title)
    lines = [fill(text, _WIDTH, subsequent_indent="   ") for text in paragraphs]
    axes.text(
        0.0, 0.98, "\n".join(lines), transform=axes.transAxes, va="top", fontsize=9, linespacing=1.5
    )


def _choice(plan: Plan) -> list[str]:
    units, shown = Units(plan.space.plain), plan.choice or plan.nearest
    told = []
    for name in dict.fromkeys([plan.rules.minimise, plan.latency, *plan.kpis]):
        found, reach = shown.estimate(name), banded(plan, name)
        value = units.spread(name, found.value, found.half)
        told.append(f"{name}: {value}" + (f" ({reach})" if reach else ""))
    for place, runner in enumerate(plan.runners, start=1):
        found = runner.premium(plan.choice or runner)
        premium = premium_words(units, plan.rules.minimise, found)
        told.append(f"Runner-up {place}: {runner.label}, {premium}")
    if plan.shaken is not None:
        flips = flip_texts(plan)
        told.append(f"Flips at {flips[0]}" if flips else "Holds at every end of its assumptions")
        if len(flips) > 1:
            told.append(f"and at {len(flips) - 1} more")
    return [*told, f"{plan.spent:,} runs of {len(plan.ranked):,} settings ({plan.search})"]


def _draw_moves(axes: Axes, plan: Plan) -> None:
    """Draw how far single assumptions move latency at the choice, or its cost: what moves more."""
    if plan.shaken is None:
        axes.set_axis_off()
        return
    band = plan.shaken.band
    moved = [name for name in (plan.latency, plan.rules.minimise) if band.swings(name)]
    if not moved:
        style.message(axes, "no assumption moves latency or cost")
        return
    name = max(moved, key=lambda name: _width(band[name]))
    swings = band.swings(name)[:_MOST]
    size, sign = Units(plan.space.plain).scale(name, [swing.high for swing in swings])
    for place, swing in enumerate(swings):
        axes.barh(place, swing.width / size, left=swing.low / size, height=0.55,
                  color=style.COLOURS["sky"])  # fmt: skip
    axes.axvline(band[name].value / size, color=style.INK, linewidth=1)
    axes.set_yticks(range(len(swings)), [swing.assumption.name for swing in swings])
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.08)
    axes.grid(axis="y", visible=False)
    axes.xaxis.set_major_formatter(style.NUMBERS)
    axes.set(xlabel=f"{name} ({sign})" if sign else name)
    axes.set_title(f"What moves {name} most, one assumption at a time")


def _width(reach: Reach) -> float:
    return (reach.high - reach.low) / (abs(reach.value) or 1.0)


def _rests(plan: Plan) -> list[str]:
    if plan.shaken is None:
        return ["Assumptions were not moved (--band)."]
    found = plan.assumptions
    kpis = (plan.latency, plan.rules.minimise)
    moving = [s.assumption.name for name in kpis for s in plan.shaken.band.swings(name)]
    assumed = sorted(
        found["assumed"], key=lambda p: moving.index(p.name) if p.name in moving else len(moving)
    )
    told = [f"Measured or given: {len(found['measured'])}; assumed: {len(assumed)}"]
    told += [_line(p, p.source) for p in found["measured"][:_MOST]]
    return told + [_line(p, "assumed") for p in assumed[: 2 * _MOST - len(told)]]


def _line(parameter: Parameter, source: str) -> str:
    reach = bounds(parameter)
    text = f"{parameter.name} {written(parameter)}"
    return f"{text} ({source}{f', {reach}' if reach else ''})"
