"""The page of a comparison: scenarios under the same random numbers, difference by difference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report.compare_words import change_text, percent
from fcsim.report.html.axis import duration_axis, rarity_axis, share_axis, span_axis
from fcsim.report.html.bars import Bar, bars
from fcsim.report.html.chart import Hover, Series, chart
from fcsim.report.html.markup import Html, code, element, fragment, name
from fcsim.report.html.page import Section, grid, page
from fcsim.report.html.spans import Span, spans
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.run_page.shown import COLOURS
from fcsim.report.study_pages import parts
from fcsim.report.study_pages.choice import choice_section
from fcsim.report.values import cut, share
from fcsim.results.instance_figures import PHASES
from fcsim.study.outcome import CURVE
from fcsim.units import format_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.report.html.axis import Axis
    from fcsim.study.compare import Comparison
    from fcsim.study.estimates import Estimate

    Curves = dict[str, NDArray[np.float64]]

__all__ = ["compare_page"]

_PHASES = dict(zip(PHASES, ("grey", "pink", "blue", "sky", "orange", "green"), strict=True))
_LEVELS = np.array(CURVE)
_RAREST = 1000
"""Requests of which the rarest is one that curves still show."""
_MOST_RUNS = 500
_BEYOND = "An interval that ends at the edge reaches beyond it."
_NOISE = (
    "noise left: variance of the paired difference over that of a difference between independent "
    "runs; the less, the more the common random numbers help."
)


def compare_page(found: Comparison, command: str = "") -> str:
    """Return the report of *found* as HTML; *command* is what made it."""
    names = list(found.scenarios)
    title = (
        " and ".join(names) if len(names) < 3 else f"{found.scenario.name}: {len(names)} scenarios"
    )
    how = [parts.runs_each(found.reps, found.confidence), "common random numbers"]
    return page(
        f"{cut(title, 100)} compared",
        [
            _answer(found),
            _differences(found),
            _latency(found),
            _starts(found),
            _runs(found),
            choice_section(found),
            parts.scenarios_section(found.scenarios),
            parts.repeat_section(command, found.scenarios, [("runs of each", str(found.reps))]),
        ],
        lead=parts.facts(found.scenario, how),
        filtered="Figures",
    )


def _answer(found: Comparison) -> Section:
    failed = (f"{which}, run {k}: {error}" for which, k, error in found.failures)
    body = fragment(
        parts.answers(f"{sentence}." for sentence in found.sentences), parts.remarks(failed)
    )
    return Section("answer", f"How do they differ from {cut(found.base, 40)}?", body)


# ── differences ───────────────────────────────────────────────────────────────────────────


def _differences(found: Comparison) -> Section:
    body = fragment(
        *(_relative(found, other) for other in found.others),
        element("h3", "All of them"),
        _table(found),
        parts.note(_NOISE),
    )
    return Section("differences", "Differences", body)


def _relative(found: Comparison, other: str) -> Html | None:
    """Draw the relative change of each KPI shown that has one, with its interval."""
    known = {}
    for kpi in found.shown:
        relative = found.difference(other, kpi).relative
        if not isnan(relative.value):
            known[kpi] = relative
    if not known:
        return None
    label = f"change against {cut(found.base, 40)}"
    axis = span_axis(*_range(list(known.values())), label, "{:,g} %".format)
    rows = [
        Span(
            code(kpi), 100 * one.low, 100 * one.high, percent(one.value), 100 * one.value, about=kpi
        )
        for kpi, one in known.items()
    ]
    reached = any(100 * one.low < axis.low or 100 * one.high > axis.high for one in known.values())
    title = fragment(name(other), " against ", name(found.base))
    return spans(title, rows, axis, _BEYOND if reached else None, lines=[0.0])


def _range(known: Sequence[Estimate]) -> tuple[float, float]:
    """Return the ends, in per cent, of an axis on which a very wide interval squeezes no other."""
    values = [0.0, *(100 * one.value for one in known)]
    low, high = min(values), max(values)
    room = high - low
    ends = [100 * x for one in known for x in (one.low, one.high) if isfinite(x)]
    near = [min(max(x, low - room), high + room) for x in ends]
    return min([low, *near]), max([high, *near])


def _table(found: Comparison) -> Html:
    units = Units(found.scenario)
    columns = [
        Column("scenario"), Column("figure"), Column(name(found.base), number=True),
        Column("this one", number=True), Column("difference (interval)", number=True),
        Column("change", number=True), Column("noise left", number=True),
    ]  # fmt: skip
    rows = []
    for other in found.others:
        for kpi in found.shown:
            one = found.difference(other, kpi)
            change, left = one.relative.value, one.variance_ratio
            cells = [
                name(other), code(kpi),
                Cell(units.single(kpi, one.base.value), one.base.value),
                Cell(units.single(kpi, one.other.value), one.other.value),
                Cell(change_text(units, one), one.change.value),
                Cell("" if isnan(change) else percent(change), change),
                Cell("" if isnan(left) else percent(left), left),
            ]  # fmt: skip
            rows.append(Row(cells, kpi))
    return table(columns, rows)


# ── latency ───────────────────────────────────────────────────────────────────────────────


def _latency(found: Comparison) -> Section:
    curves = {
        which: np.maximum([outcome.curve for outcome in outcomes if outcome.curve], 1e-6)
        for which, outcomes in found.outcomes.items()
    }
    known = {which: runs for which, runs in curves.items() if runs.size}
    body = _curves(known) if known else element("p", "No request completed.")
    return Section("latency", "Latency", body)


def _curves(curves: Curves) -> Html:
    every = np.concatenate([runs.ravel() for runs in curves.values()])
    label = "time from arrival to response (log scale)"
    x = duration_axis(float(every.min()), float(every.max()), label)
    hover = _hover(curves)
    return fragment(
        grid(
            _shares(
                "Share of requests that took at most x", curves, _LEVELS, x, share_axis(), hover
            ),
            _shares(
                "Share of requests that took longer than x", curves, 1 - _LEVELS, x,
                rarity_axis(_RAREST), hover,
            ),
        ),
        parts.note("A curve is the mean of each quantile over the runs; the band holds all runs."),
    )  # fmt: skip


def _shares(
    title: str, curves: Curves, heights: NDArray[np.float64], x: Axis, y: Axis, hover: Hover
) -> Html:
    series = []
    for place, (which, runs) in enumerate(curves.items()):
        colour = COLOURS[place % len(COLOURS)]
        if len(runs) > 1:
            series.append(_band(runs, heights, colour))
        series.append(Series(cut(which, 40), runs.mean(axis=0), heights, colour))
    return chart(title, series, x, y, hover=hover)


def _band(runs: NDArray[np.float64], heights: NDArray[np.float64], colour: str) -> Series:
    """Return what lies between the fastest and the slowest run, as the outline of an area."""
    there = np.concatenate([runs.min(axis=0), runs.max(axis=0)[::-1]])
    around = np.concatenate([heights, heights[::-1]])
    return Series("", there, around, colour, outline=True)


def _hover(curves: Curves) -> Hover:
    places = [np.quantile(runs.mean(axis=0), np.linspace(0, 1, 101)) for runs in curves.values()]
    at = np.unique(np.concatenate(places))
    texts = []
    for place in at.tolist():
        lines = [
            f"{cut(which, 40)}: {share(float(np.interp(place, runs.mean(axis=0), _LEVELS)))} within"
            for which, runs in curves.items()
        ]
        texts.append("\n".join([format_duration(place), *lines]))
    return Hover(at.tolist(), texts)


# ── starts and runs ───────────────────────────────────────────────────────────────────────


def _starts(found: Comparison) -> Section:
    rows = []
    for which in found.scenarios:
        means = dict(_phases(found, which))
        total = format_duration(sum(means.values())) if means else "no starts"
        hints = {phase: format_duration(mean) for phase, mean in means.items()}
        rows.append(Bar(name(which), means, total, hints=hints))
    body = bars("Mean time of a start, by phase, over all runs", rows, _PHASES)
    return Section("starts", "Where cold starts spend their time", body)


def _phases(found: Comparison, which: str) -> Iterator[tuple[str, float]]:
    """Yield the mean of each phase over the runs that have it."""
    for phase in _PHASES:
        kpi = f"cold_start.phase.{phase}.mean"
        values = [run.kpis[kpi] for run in found.outcomes[which] if not run.error]
        known = [value for value in values if not isnan(value)]
        if known:
            yield phase, float(np.mean(known))


def _runs(found: Comparison) -> Section:
    """Return every run with the KPIs shown, those of one replication below each other."""
    units, kpis = Units(found.scenario), found.shown
    columns = [Column("run", number=True), Column("scenario"),
               *(Column(code(kpi), number=True) for kpi in kpis)]  # fmt: skip
    rows = [
        [Cell(str(k), k), name(which),
         *(Cell(units.measured(kpi, run.kpis[kpi]), run.kpis[kpi]) for kpi in kpis)]
        for k in range(found.reps)
        for which, outcomes in found.outcomes.items()
        for run in [outcomes[k]]
        if not run.error
    ]  # fmt: skip
    more = len(rows) - _MOST_RUNS
    body = element(
        "details",
        element("summary", f"All {len(rows):,} runs"),
        table(columns, rows[:_MOST_RUNS]),
        parts.note(f"{more:,} runs are left out; the table runs has them all.")
        if more > 0
        else None,
    )
    return Section("runs", "Single runs", body)
