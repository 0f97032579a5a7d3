"""What assumptions do to the choices of a comparison: how far they reach, and where they flip."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.report.choice_tables import RULE
from fcsim.report.choice_words import turn, verdict
from fcsim.report.html.markup import Html, code, element, fragment, name
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.run_page.assumptions import assumptions_table
from fcsim.report.study_pages import parts
from fcsim.report.swings import band_figures, reach_text

if TYPE_CHECKING:
    from fcsim.study.choice import DifferenceBand
    from fcsim.study.compare import Comparison

__all__ = ["choice_section"]

_LOOKS = {"holds": "met", "flips": "missed"}


def choice_section(found: Comparison) -> Section:
    """Return how far each assumption moves the differences, if they were moved."""
    if not found.bands:
        return parts.preset_section(found.scenario, "fcsim compare --band --report")
    bands = (_band(found, other, band) for other, band in found.bands.items())
    body = fragment(*bands, parts.note(RULE))
    return Section("assumptions", "Assumptions: does the choice flip?", body)


def _band(found: Comparison, other: str, band: DifferenceBand) -> Html:
    every, told = [*band.assumptions, *band.fixed], verdict(band)
    return fragment(
        element("h3", name(other), " against ", name(found.base)),
        element("p", element("strong", f"{told[:1].upper()}{told[1:]}.")),
        _choices(band),
        band_figures(band),
        element(
            "details",
            element("summary", f"How much each of the {len(every)} assumptions matters"),
            assumptions_table(every, band),
        ),
        parts.remarks(band.warnings),
    )


def _choices(band: DifferenceBand) -> Html:
    """Return the reach of each difference, and where the choice by it turns."""
    heads = ("difference", "over the assumptions")
    columns = [
        Column("figure"), *(Column(head, number=True) for head in heads), Column("the choice"),
        Column("moved most by"), Column("where it turns", wide=True),
    ]  # fmt: skip
    return table(columns, [_row(band, kpi) for kpi in band.kpis if band.base[kpi].runs])


def _row(band: DifferenceBand, kpi: str) -> Row:
    reach, swings, standing = band[kpi], band.swings(kpi), band.choice(kpi).verdict
    ranges = reach_text(band, kpi, reach.low, reach.high) if swings else "no effect"
    cells = [
        code(kpi),
        Cell(reach_text(band, kpi, reach.value, reach.value), reach.value),
        Cell(ranges, reach.high - reach.low),
        element("span", standing, class_=_LOOKS.get(standing, "open")),
        code(swings[0].assumption.name) if swings else "",
        turn(band, kpi),
    ]
    return Row(cells, kpi)
