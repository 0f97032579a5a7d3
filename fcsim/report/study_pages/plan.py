"""The page of a plan: the cheapest setting that meets the objectives, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fcsim.report.estimates import plus_minus
from fcsim.report.html.markup import Child, Html, code, element, fragment, name, text
from fcsim.report.html.page import Section, page
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.plan_tables import answer, banded, flip_texts, premium_words
from fcsim.report.run_page.assumptions import assumptions_table
from fcsim.report.run_page.shown import labelled_table
from fcsim.report.study_pages import parts
from fcsim.report.study_pages.frontier import frontier, standing
from fcsim.report.swings import band_figures
from fcsim.report.values import count, cut, share
from fcsim.study.judgement import Verdict

if TYPE_CHECKING:
    from fcsim.study.judgement import Judgement
    from fcsim.study.plan.report import Plan
    from fcsim.study.plan.trials import Trial

__all__ = ["plan_page"]

_CLASSES = {Verdict.MET: "met", Verdict.MISSED: "missed", Verdict.INCONCLUSIVE: "open"}
_MOST_SETTINGS = 1000


def plan_page(plan: Plan, command: str = "") -> str:
    """Return the report of *plan* as HTML; *command* is what made it."""
    plain = plan.space.plain
    named = {"as it was given": plain, "chosen": plan.scenario} if plan.choice else {"": plain}
    tried = f"{count(len(plan.ranked))} of {count(plan.space.size)} settings"
    how = [f"{tried} in {count(plan.spent)} runs", f"search: {plan.search}",
           "common random numbers"]  # fmt: skip
    return page(
        f"{plain.name}: the cheapest setting that meets its objectives",
        [
            _answer(plan),
            Section("frontier", "Cost against latency", frontier(plan)),
            Section("settings", "All settings, the cheapest first", _settings(plan)),
            _assumptions(plan),
            Section("search", "How it was searched", _search(plan)),
            parts.scenarios_section(named),
            parts.repeat_section(command, named),
        ],
        lead=parts.facts(plain, how),
        filtered="Settings" if len(plan.ranked) > 1 else "",
    )


# ── answer ────────────────────────────────────────────────────────────────────────────────


def _answer(plan: Plan) -> Section:
    shown = plan.choice or plan.nearest
    body = fragment(
        element("p", element("strong", answer(plan))),
        element("h3", "Objectives at ", name(shown.label)),
        parts.answers(_judged(plan, one) for one in shown.judgements),
        _figures(plan, shown),
        _runners(plan),
        parts.remarks(plan.remarks),
    )
    return Section("answer", "Which setting?", body)


def _judged(plan: Plan, one: Judgement) -> Html:
    standing = element("span", str(one.verdict), class_=_CLASSES[one.verdict])
    objective = element("code", element("bdi", one.objective.text))
    return fragment(standing, text(": "), objective, " – ", _figure(plan, one))


def _figure(plan: Plan, one: Judgement) -> str:
    """Write the figure of an objective, which may be none, or that nothing completed."""
    found = one.estimate
    if math.isinf(found.value):
        return "no request completed"
    if math.isnan(found.value):
        return "there was nothing to measure"
    return plus_minus(Units(plan.space.plain), one.objective.name, found)


def _figures(plan: Plan, shown: Trial) -> Html:
    units = Units(plan.space.plain)
    columns = [Column("figure"), Column(name(shown.label), number=True)]
    if plan.shaken is not None:
        columns.append(Column("over the assumptions", number=True))
    rows: list[list[Child | Cell]] = []
    for kpi in plan.kpis:
        row: list[Child | Cell] = [code(kpi)]
        row.append(parts.interval_cell(units, kpi, shown.estimate(kpi)))
        if plan.shaken is not None:
            row.append(banded(plan, kpi).removeprefix("assumptions "))
        rows.append(row)
    return table(columns, rows, sortable=False)


def _runners(plan: Plan) -> Html | None:
    if plan.choice is None or not plan.runners:
        return None
    units, kpi = Units(plan.space.plain), plan.rules.minimise
    lines = []
    for runner in plan.runners:
        found = runner.premium(plan.choice)
        lines.append(fragment(name(runner.label), f": {premium_words(units, kpi, found)}"))
    heading = element("h3", "Runners-up, by their ", code(kpi))
    return fragment(heading, parts.answers(lines))


# ── settings ──────────────────────────────────────────────────────────────────────────────


def _settings(plan: Plan) -> Html:
    kpi = plan.rules.minimise
    columns = [
        Column("setting"), Column("verdict"), Column("runs", number=True),
        Column(code(kpi), number=True), Column("against the choice", number=True),
        *(Column(element("code", element("bdi", cut(o.text, 80))), number=True)
          for o in plan.rules.objectives),
    ]  # fmt: skip
    rows = [_row(plan, trial) for trial in plan.ranked[:_MOST_SETTINGS]]
    more = len(plan.ranked) - _MOST_SETTINGS
    left_out = f"{more:,} settings are left out; the table settings has them all."
    return fragment(table(columns, rows), parts.note(left_out) if more > 0 else None)


def _row(plan: Plan, trial: Trial) -> Row:
    units = Units(plan.space.plain)
    look = "met" if trial is plan.choice else _CLASSES[trial.verdict]
    cells: list[Child | Cell] = [
        Cell(name(trial.label), "-".join(f"{place:06}" for place in trial.setting)),
        element("span", "chosen" if trial is plan.choice else standing(trial), class_=look),
        Cell(count(len(trial.runs)), len(trial.runs)),
        parts.interval_cell(units, plan.rules.minimise, trial.cost),
        _premium(plan, trial, units),
        *(_objective_cell(plan, trial, place) for place in range(len(plan.rules.objectives))),
    ]
    return Row(cells, trial.label, "differs" if trial is plan.choice else None)


def _premium(plan: Plan, trial: Trial, units: Units) -> Cell:
    if plan.choice is None or trial is plan.choice:
        return Cell("", 0.0 if plan.choice else math.nan)
    found = trial.premium(plan.choice)
    written = plus_minus(units, plan.rules.minimise, found)
    return Cell(written if found.value < 0 else f"+{written}", found.value)


def _objective_cell(plan: Plan, trial: Trial, place: int) -> Cell:
    if place >= len(trial.judgements):
        return Cell("", math.nan)
    one = trial.judgements[place]
    look = _CLASSES[one.verdict] if len(trial.runs) > 1 else None
    return Cell(element("span", _figure(plan, one), class_=look), one.estimate.value)


# ── what it rests on ──────────────────────────────────────────────────────────────────────


def _assumptions(plan: Plan) -> Section:
    shaken = plan.shaken
    if shaken is None:
        return parts.preset_section(plan.space.plain, "fcsim plan --band --report")
    flips = flip_texts(plan)
    if flips:
        told = "The choice flips inside the band of the assumptions it rests on:"
    else:
        told = "The choice holds at every end of the assumptions it rests on."
    body = fragment(
        element("p", element("strong", told)),
        parts.answers(flips) if flips else None,
        parts.note(f"Not judged there: {'; '.join(shaken.unjudged)}.") if shaken.unjudged else None,
        band_figures(shaken.band),
        assumptions_table(shaken.band.base.first.assumptions, shaken.band),
    )
    return Section("assumptions", "Assumptions, and how much each matters", body)


def _search(plan: Plan) -> Html:
    rules = plan.rules
    rows = [
        ("search", plan.search),
        ("knobs", "; ".join(_knob(axis.path, axis.values) for axis in plan.space.axes)),
        ("settings", f"{count(len(plan.ranked))} simulated of {count(plan.space.size)}"),
        ("runs spent", count(plan.spent)),
        ("most runs in all", "no limit" if math.isinf(rules.budget) else count(rules.budget)),
        ("a setting is judged after", f"{', '.join(map(str, rules.looks))} runs"),
        ("confidence of a verdict", share(rules.confidence)),
        ("confidence of one look", f"{share(rules.narrow)}, so that all looks keep that"),
    ]
    if plan.shaken is not None:
        rows.append(("runs that moved assumptions", count(plan.shaken.spent)))
    return labelled_table([""], [(key, [name(value)]) for key, value in rows], number=False)


def _knob(path: str, values: Sequence[object]) -> str:
    if len(values) <= 8:
        return f"{path}: {', '.join(map(str, values))}"
    return f"{path}: {len(values)} values from {values[0]} to {values[-1]}"
