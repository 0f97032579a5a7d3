"""The page of a plan: the cheapest setting that meets the objectives, and what it rests on."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from fcsim.report.estimates import plus_minus
from fcsim.report.html.axis import linear_axis, log_axis, span_axis
from fcsim.report.html.chart import Dots, Hover, Series, chart
from fcsim.report.html.markup import Child, Html, code, element, fragment, name, text
from fcsim.report.html.page import Section, page
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.plan_tables import answer, banded, flip_texts
from fcsim.report.run_page.assumptions import assumptions_table
from fcsim.report.run_page.shown import labelled_table
from fcsim.report.study_pages import parts
from fcsim.report.swings import band_figures
from fcsim.report.values import count, cut, share
from fcsim.study.judgement import Verdict

if TYPE_CHECKING:
    from fcsim.report.html.axis import Axis
    from fcsim.study.judgement import Judgement
    from fcsim.study.plan.report import Plan
    from fcsim.study.plan.trials import Trial

__all__ = ["plan_page"]

_LOOKS = {
    Verdict.MET: ("met", "blue"),
    Verdict.MISSED: ("missed", "vermilion"),
    Verdict.INCONCLUSIVE: ("not judged, or open", "grey"),
}
_CLASSES = {Verdict.MET: "met", Verdict.MISSED: "missed", Verdict.INCONCLUSIVE: "open"}
_MOST_SETTINGS = 1000
_FAR = 6
"""Ratio of greatest to least value from which an axis is logarithmic."""


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
            Section("frontier", "Cost against latency", _frontier(plan)),
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
        lines.append(fragment(name(runner.label), f" is dearer by {plus_minus(units, kpi, found)}"))
    return fragment(element("h3", "Runners-up"), parts.answers(lines))


# ── frontier ──────────────────────────────────────────────────────────────────────────────


def _frontier(plan: Plan) -> Html:
    """Draw every setting with its intervals, the limits, and the best that can be had."""
    units, across, up = Units(plan.space.plain), plan.rules.minimise, plan.latency
    known = [t for t in plan.ranked if _finite(t.cost.value) and _finite(t.estimate(up).value)]
    if not known:
        return element("p", "No setting has both a cost and a latency.")
    (wide, x_sign), (high, y_sign) = (
        units.scale(kpi, [t.estimate(kpi).value for t in known]) for kpi in (across, up)
    )
    spots = {t: (t.cost.value / wide, t.estimate(up).value / high) for t in known}
    limits = [o.limit / high for o in plan.rules.objectives if o.name == up and o.every is None]
    x = _axis([spot[0] for spot in spots.values()], f"{across} ({x_sign})" if x_sign else across)
    y = _axis([*(s[1] for s in spots.values()), *limits], f"{up} ({y_sign})" if y_sign else up)
    series: list[Series | Dots] = [
        *_limits(plan, wide, high, x, y),
        Series("frontier", *_steps(spots.values()), "ink", thin=True),
        *_rings(plan, spots),
        *_shaken(plan, wide, high, spots),
    ]
    for verdict, (label, colour) in _LOOKS.items():
        of = [t for t in known if t.verdict is verdict]
        if of:
            title = f"{label} ({len(of)})"
            series.append(_dots(title, of, spots, up, wide, high, colour, verdict))
    texts = [_told(plan, trial) for trial in known]
    hover = Hover([s[0] for s in spots.values()], texts, [s[1] for s in spots.values()])
    note = "Each dot is a setting, with its intervals; those of few runs are wide."
    return chart("Each setting by what it costs and how long it takes", series, x, y,
                 hover=hover, note=note)  # fmt: skip


def _finite(value: float) -> bool:
    return math.isfinite(value)


def _axis(values: Sequence[float], label: str) -> Axis:
    """Return an axis of *values*, logarithmic where a few would squeeze the others together."""
    low, high = min(values), max(values)
    if low > 0 and high > _FAR * low:
        return log_axis(low, high, f"{label}, log scale")
    if low >= 0 and low < high / 2:
        return linear_axis(high * 1.05, label)
    room = (high - low) * 0.08
    return span_axis(low - room, high + room, label)


def _dots(
    label: str, of: Sequence[Trial], spots: dict[Trial, tuple[float, float]], up: str, wide: float,
    high: float, colour: str, verdict: Verdict,
) -> Dots:  # fmt: skip
    costs, times = [t.cost for t in of], [t.estimate(up) for t in of]
    return Dots(
        label,
        [spots[t][0] for t in of],
        [spots[t][1] for t in of],
        colour,
        across=([c.low / wide for c in costs], [c.high / wide for c in costs]),
        up=([t.low / high for t in times], [t.high / high for t in times]),
        square=verdict is Verdict.MISSED,
    )


def _limits(plan: Plan, wide: float, high: float, x: Axis, y: Axis) -> Iterator[Series]:
    """Yield the limits of objectives on either axis."""
    for objective in plan.rules.objectives:
        if objective.every is not None:
            continue
        if objective.name == plan.latency:
            at = objective.limit / high
            yield Series(objective.text, [x.low, x.high], [at, at], "green", dashed=True)
        elif objective.name == plan.rules.minimise:
            at = objective.limit / wide
            yield Series(objective.text, [at, at], [y.low, y.high], "brown", dashed=True)


def _steps(spots: Iterable[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """Return the points that no other beats in both, by cost, as the steps of a line."""
    xs: list[float] = []
    ys: list[float] = []
    for x, y in sorted(spots):
        if not ys or y < ys[-1]:
            if ys:
                xs.append(x)
                ys.append(ys[-1])
            xs.append(x)
            ys.append(y)
    return xs, ys


def _rings(plan: Plan, spots: dict[Trial, tuple[float, float]]) -> Iterator[Dots]:
    for label, colour, of in (
        ("runners-up", "grey", plan.runners),
        ("chosen", "ink", [plan.choice] if plan.choice else []),
    ):
        seen = [spots[trial] for trial in of if trial in spots]
        if seen:
            told = f"{label}: {cut(of[0].label, 60)}" if len(seen) == 1 else label
            yield Dots(told, [s[0] for s in seen], [s[1] for s in seen], colour, ring=True)


def _shaken(
    plan: Plan, wide: float, high: float, spots: dict[Trial, tuple[float, float]]
) -> Iterator[Dots]:
    """Yield what assumptions do to the choice."""
    if plan.shaken is None or plan.choice not in spots:
        return
    band = plan.shaken.band
    x, y = spots[plan.choice]
    across, up = band[plan.rules.minimise], band[plan.latency]
    yield Dots(
        "assumptions at their ends", [x], [y], "orange",
        across=([across.low / wide], [across.high / wide]),
        up=([up.low / high], [up.high / high]),
    )  # fmt: skip


def _told(plan: Plan, trial: Trial) -> str:
    units = Units(plan.space.plain)
    lines = [cut(trial.label, 80), f"{_verdict(trial)}, {count(len(trial.runs))} runs"]
    for kpi in dict.fromkeys([plan.rules.minimise, plan.latency]):
        found = trial.estimate(kpi)
        lines.append(f"{kpi}: {plus_minus(units, kpi, found)}")
    return "\n".join(lines)


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
        element("span", "chosen" if trial is plan.choice else _verdict(trial), class_=look),
        Cell(count(len(trial.runs)), len(trial.runs)),
        parts.interval_cell(units, plan.rules.minimise, trial.cost),
        _premium(plan, trial, units),
        *(_objective_cell(plan, trial, place) for place in range(len(plan.rules.objectives))),
    ]
    return Row(cells, trial.label, "differs" if trial is plan.choice else None)


def _verdict(trial: Trial) -> str:
    if len(trial.runs) < 2 and trial.verdict is Verdict.INCONCLUSIVE:
        return f"not judged: {trial.skipped}" if trial.skipped else "not judged"
    return str(trial.verdict)


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
