"""How sure the figures are: intervals over runs or parts of one run, and what assumptions do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report.band_tables import band_lines, verdict
from fcsim.report.estimates import plus_minus
from fcsim.report.html.axis import linear_axis, span_axis
from fcsim.report.html.chart import Dots, Hover, Series, chart
from fcsim.report.html.markup import Child, Html, code, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.run_page.shown import Shown
from fcsim.report.values import share
from fcsim.results.result import HEADLINES
from fcsim.study.bands import RULE
from fcsim.study.quantiles import estimate_of

if TYPE_CHECKING:
    from fcsim.study.bands import Band
    from fcsim.study.estimates import Estimate
    from fcsim.study.replications import Replications

__all__ = ["sure_sentences", "sureness_section"]

_MAIN = ("requests.success_ratio", "latency.p50", "latency.p99", "cold_start.ratio",
         "cost.per_month")  # fmt: skip
_TABLED = ("requests.arrived", "requests.success_ratio", "latency.mean", *HEADLINES[2:])
_MOST_STEPS = 60
"""Numbers of runs at which the interval is drawn."""
_MOST_RUNS = 500
_OF_FUNCTIONS = ("requests.success_ratio", "latency.p99", "cold_start.ratio", "cost.per_month")
_MOST_FUNCTIONS = 500
_SAMPLING_ONLY = (
    "The intervals are of sampling only: {} assumptions are not in them; fcsim run --band shows "
    "how far they move each figure."
)


def sure_sentences(shown: Shown) -> list[str]:
    """Return the main figures with their intervals, a sentence each; none of a single run."""
    units = Units(shown.result.scenario)
    if shown.band is not None:
        return [f"{line}." for line in band_lines(shown.band)] + [verdict(shown.band)]
    if shown.runs is not None:
        wished = [wish.kpi for wish in shown.runs.until]
        known = {kpi: shown.runs.estimates[kpi] for kpi in dict.fromkeys([*wished, *_MAIN])}
        how = f"{share(shown.runs.confidence)} interval, {len(shown.runs.runs)} runs"
    elif shown.batches is not None:
        known = {kpi: one for kpi, one in shown.batches.estimates.items() if kpi in _MAIN}
        how = f"{share(shown.batches.confidence)} interval, {shown.batches.number} parts"
    else:
        return []
    return [
        f"{kpi} is {plus_minus(units, kpi, one)} ({how})." for kpi, one in known.items() if one.runs
    ]


def sureness_section(shown: Sequence[Shown]) -> Section | None:
    """Return estimates with intervals, and how they came; None for a single run."""
    only = shown[0]
    if only.runs is None and only.batches is None:
        return None
    body = fragment(
        element("p", _how(only), class_="facts"),
        _estimates(only),
        _functions(only.runs) if only.runs else None,
        _as_runs_are_added(only.runs) if only.runs else None,
        _runs(only.runs) if only.runs else None,
        [element("p", line, class_="warning") for line in _remarks(only)],
    )
    return Section("sureness", "How sure is it?", body)


def _how(shown: Shown) -> str:
    if shown.runs is None:
        assert shown.batches is not None
        return f"Intervals from {shown.batches.number} parts of the window (batch means)."
    met = [f"{wish}: {'not ' if wish in shown.runs.missed else ''}reached"
           for wish in shown.runs.until]  # fmt: skip
    asked = f" Asked for: {'; '.join(met)}." if met else ""
    band = f" {RULE}" if shown.band else ""
    return f"{len(shown.runs.runs)} runs with independent random streams.{asked}{band}"


def _remarks(shown: Shown) -> Iterator[str]:
    known = set(shown.result.warnings)
    found = [*(shown.runs.warnings if shown.runs else ()),
             *(shown.batches.warnings if shown.batches else ()),
             *(shown.band.warnings if shown.band else ())]  # fmt: skip
    yield from (line for line in dict.fromkeys(found) if line not in known)
    number = len(shown.result.assumptions)
    if number and shown.band is None:
        yield _SAMPLING_ONLY.format(number)


# ── estimates ─────────────────────────────────────────────────────────────────────────────


def _estimates(shown: Shown) -> Html:
    units, band = Units(shown.result.scenario), shown.band
    of, level = _known(shown)
    heads = ("value", f"{level} interval", "runs" if shown.runs else "parts")
    columns = [Column("figure"), *(Column(head, number=True) for head in heads)]
    if band is not None:
        columns += [Column("assumptions", number=True, label="assumptions"),
                    Column("moved most by", wide=True, label="moved most by")]  # fmt: skip
    rows: list[list[Child | Cell]] = []
    for kpi, found in of.items():
        row: list[Child | Cell] = [
            code(kpi), Cell(plus_minus(units, kpi, found), found.value),
            units.between(kpi, found.low, found.high), Cell(str(found.runs), found.runs),
        ]  # fmt: skip
        rows.append(row + (_banded(units, band, kpi) if band is not None else []))
    return table(columns, rows)


def _known(shown: Shown) -> tuple[Mapping[str, Estimate], str]:
    if shown.runs is not None:
        wished = [wish.kpi for wish in shown.runs.until]
        names = dict.fromkeys([*wished, *_TABLED, *(shown.band.kpis if shown.band else ())])
        return {kpi: shown.runs.estimates[kpi] for kpi in names}, share(shown.runs.confidence)
    assert shown.batches is not None
    known = {kpi: one for kpi, one in shown.batches.estimates.items() if one.runs}
    return known, share(shown.batches.confidence)


def _banded(units: Units, band: Band, kpi: str) -> list[Child | Cell]:
    if kpi not in band.kpis:
        return ["", ""]
    reach, swings = band[kpi], band.swings(kpi)
    moves = reach.high > reach.low
    told = units.between(kpi, reach.low, reach.high) if moves else "none moves it"
    return [Cell(told, reach.high - reach.low), code(swings[0].assumption.name) if swings else ""]


def _functions(found: Replications) -> Html | None:
    """Return the main figures of each function with their intervals, the busiest first."""
    names = list(found.first.kpis["functions"])
    if len(names) < 2:
        return None
    units, known = Units(found.scenario), found.estimates
    busiest = sorted(names, key=lambda key: -known[f"functions.{key}.requests.arrived"].value)
    columns = [Column("function"), *(Column(code(kpi), number=True) for kpi in _OF_FUNCTIONS)]
    rows = []
    for key in busiest[:_MOST_FUNCTIONS]:
        of = [f"functions.{key}.{kpi}" for kpi in _OF_FUNCTIONS]
        cells = [Cell(plus_minus(units, kpi, known[kpi]), known[kpi].value) for kpi in of]
        rows.append(Row([name(key), *cells], key))
    more = len(busiest) - _MOST_FUNCTIONS
    return fragment(
        table(columns, rows, caption="Functions, busiest first"),
        element("p", f"and {more:,} more", class_="note") if more > 0 else None,
    )


# ── runs ──────────────────────────────────────────────────────────────────────────────────


def _as_runs_are_added(found: Replications) -> Html | None:
    """Draw each run's figure, and the estimate with its interval from two runs on."""
    kpi = found.until[0].kpi if found.until else "latency.p99"
    values = np.array([run[kpi] for run in found.runs])
    if np.isnan(values).all():
        return None
    units = Units(found.scenario)
    size, sign = units.scale(kpi, values.tolist())
    steps = np.unique(np.linspace(2, len(values), _MOST_STEPS).astype(int)).tolist()
    estimates = [estimate_of(kpi, found.outcomes[:n], found.confidence) for n in steps]
    low, middle, high = (
        np.array([getattr(one, part) for one in estimates]) / size
        for part in ("low", "value", "high")
    )
    seen = np.concatenate([values / size, low[len(low) // 4 :], high[len(high) // 4 :]])
    seen = seen[np.isfinite(seen)]
    y = span_axis(float(seen.min()), float(seen.max()), sign)
    series: list[Series | Dots] = [
        Series(f"{share(found.confidence)} interval", steps, high, "sky", base=low),
        Series("estimate", steps, middle, "blue"),
        Dots("single runs", range(1, len(values) + 1), values / size, "grey"),
    ]
    texts = [f"{n} runs: {plus_minus(units, kpi, one)}"
             for n, one in zip(steps, estimates, strict=True)]  # fmt: skip
    x = linear_axis(len(values), "runs", whole=True)
    hover = Hover(steps, texts)
    return chart(fragment(code(kpi), " as runs are added"), series, x, y, hover=hover)


def _runs(found: Replications) -> Html:
    units = Units(found.scenario)
    columns = [Column("run", number=True), *(Column(code(kpi), number=True) for kpi in _MAIN)]
    rows = [
        [Cell(str(k), k), *(Cell(units.measured(kpi, run[kpi]), run[kpi]) for kpi in _MAIN)]
        for k, run in enumerate(found.runs[:_MOST_RUNS])
    ]
    more = len(found.runs) - _MOST_RUNS
    left_out = f"{more:,} runs are left out; replications.csv has them all."
    return element(
        "details",
        element("summary", "All runs"),
        table(columns, rows),
        element("p", left_out, class_="note") if more > 0 else None,
    )
