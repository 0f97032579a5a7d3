"""The page of a sensitivity analysis: which parameters the figures hang on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.estimates import brief
from fcsim.report.html.axis import linear_axis
from fcsim.report.html.markup import Child, Html, code, element, fragment
from fcsim.report.html.page import Section, page
from fcsim.report.html.spans import Span, spans
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.run_page.assumptions import assumptions_table
from fcsim.report.study_pages import parts
from fcsim.report.values import count
from fcsim.results.price_book import price_book

if TYPE_CHECKING:
    from fcsim.study.indices import Influence, Sensitivity

    Writer = Callable[[float], str]

__all__ = ["sensitivity_page"]

_MOST = 12
_ROUNDING = 1e-9
"""Part of a measure below which its spread is rounding."""
_MEANING = (
    "share: of the variance of the figure over the ranges of the parameters, the part in which "
    "this one has a hand, alone or with others, so that shares may add up to more than 100 % "
    "(Sobol’). step: mean size of the effect of one step on Morris’ walks; spread: its standard "
    "deviation, from interactions and curvature."
)


def sensitivity_page(found: Sensitivity, command: str = "") -> str:
    """Return the report of *found* as HTML; *command* is what made it."""
    scenario = found.scenario
    how = [f"{count(found.runs)} runs", f"{len(found.names)} parameters", "common random numbers"]
    return page(
        f"{scenario.name}: what its figures hang on",
        [
            _answer(found),
            *(_section(found, place, kpi) for place, kpi in enumerate(found.kpis)),
            _parameters(found),
            parts.scenarios_section({"": scenario}),
            parts.repeat_section(command, {"": scenario}, [("runs", count(found.runs))]),
        ],
        lead=parts.facts(scenario, how),
        filtered="Parameters" if len(found.names) > 1 else "",
    )


def _answer(found: Sensitivity) -> Section:
    body = parts.answers(f"{found.sentence(kpi)}." for kpi in found.kpis)
    return Section("answer", "What do the figures hang on?", body)


def _section(found: Sensitivity, place: int, kpi: str) -> Section:
    body = fragment(_drawn(found, kpi), _table(found, kpi), parts.note(_MEANING))
    return Section(f"kpi-{place}", kpi, body)


def _drawn(found: Sensitivity, kpi: str) -> Html:
    """Draw shares with intervals, or the steps of Morris where there are no shares."""
    ranked = [one for one in found.ranked(kpi) if one.total > 0][:_MOST]
    if not ranked:
        return element("p", "No parameter moves it.")
    units = Units(found.scenario)
    size, sign = (0.01, "%") if found.indices else units.scale(kpi, [one.total for one in ranked])
    what = "share of the variance" if found.indices else "mean size of a step’s effect"
    most = max(one.total + (0.0 if isnan(one.error) else one.error) for one in ranked)
    axis = linear_axis(most / size, f"{what} ({sign})" if sign else what)
    rows = [_row(units, kpi, one, size, shares=bool(found.indices)) for one in ranked]
    return spans(fragment("What moves ", code(kpi)), rows, axis)


def _row(units: Units, kpi: str, one: Influence, size: float, *, shares: bool) -> Span:
    write = _percent if shares else lambda value: brief(units, kpi, value)
    told = f"{write(one.total)} ± {write(one.error)}"
    low, high = (max(one.total + way * one.error, 0.0) / size for way in (-1, 1))
    return Span(code(one.name), low, high, told, one.total / size, about=one.name)


def _percent(part: float) -> str:
    return f"{max(part, 0.0) * 100:.0f} %"


def _table(found: Sensitivity, kpi: str) -> Html:
    """Return the measures of both methods, a row a parameter, the one that matters most first."""
    units, shares, walks = Units(found.scenario), found.indices, found.screening
    columns = [Column("parameter")]
    if shares:
        columns += [Column(head, number=True) for head in ("share", "±", "alone")]
    if walks:
        columns += [Column(head, number=True) for head in ("step", "±", "spread")]
    by_share, by_walk = ({one.name: one for one in of.get(kpi, ())} for of in (shares, walks))
    names, idle = _moving(found, kpi)
    rows = []
    for name in names:
        cells: list[Child | Cell] = [code(name)]
        if shares:
            cells += _cells(by_share.get(name), _percent)
        if walks:
            cells += _cells(by_walk.get(name), lambda value: brief(units, kpi, value))
        rows.append(Row(cells, name))
    return fragment(
        table(columns, rows) if rows else None,
        parts.note(fragment("Without any effect: ", _listed(idle), ".")) if idle else None,
    )


def _moving(found: Sensitivity, kpi: str) -> tuple[list[str], list[str]]:
    """Return the parameters that move *kpi*, the one that moves it most first, and the others."""
    walked: Sequence[Influence] = found.screening.get(kpi, ())
    by_step = sorted(walked, key=lambda one: -one.total)
    order = {one.name: one.total for one in [*by_step, *found.ranked(kpi)]}
    first = [one.name for one in found.ranked(kpi)]
    names = list(dict.fromkeys([*first, *order]))
    return [n for n in names if order[n] > 0], [n for n in names if not order[n] > 0]


def _cells(one: Influence | None, write: Writer) -> list[Cell]:
    if one is None:
        return [Cell("", float("nan"))] * 3
    least = _ROUNDING * abs(one.total)
    values = [x if abs(x) > least else 0.0 for x in (one.total, one.error, one.alone)]
    return [Cell(write(value), value) for value in values]


def _parameters(found: Sensitivity) -> Section:
    """Return the assumptions that were varied with their ranges; and paths, by name."""
    prices = price_book(found.scenario)
    priced = {p.name: p for p in prices.assumptions(set(prices.values))}
    known = {**found.scenario.parameters, **priced}
    varied = [known[name] for name in found.names if name in known]
    paths = [name for name in found.names if name not in known]
    body = fragment(
        assumptions_table(varied) if varied else None,
        element("p", "Paths of the scenario: ", _listed(paths)) if paths else None,
    )
    return Section("assumptions", "What was varied", body)


def _listed(names: Sequence[str]) -> Html:
    return fragment(*(fragment(", " if k else "", code(name)) for k, name in enumerate(names)))
