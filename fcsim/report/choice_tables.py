"""What assumptions do to a choice between two scenarios, as table and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fcsim.report.band_tables import swings_json, value_at
from fcsim.report.choice_words import change, places, turn
from fcsim.report.console import columns
from fcsim.report.estimates import nested_estimates, notes_below
from fcsim.report.kpi_values import Units
from fcsim.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

    from fcsim.report.wide import Wide
    from fcsim.study.choice import DifferenceBand

__all__ = ["RULE", "choice_json", "choice_rows", "choice_section"]

RULE = (
    "Assumptions: each at its low and high end (or other choices) in both scenarios, then all at "
    "the ends that alone lower the difference and all at those that alone raise it; from the least "
    "to the greatest difference seen. A choice flips where the difference has the other sign for "
    "certain, and is open where its interval holds zero."
)
"""How bands of differences are made, in sentences."""


def choice_section(band: DifferenceBand) -> list[RenderableType]:
    """Return what ``fcsim compare --band`` prints below the differences of one scenario."""
    from rich.text import Text

    if not any(band.swings(kpi) for kpi in band.kpis):
        return [f"No assumption changes {band.base.name} against {band.base.comparison.base}."]
    heading = Text("The same inside the assumptions", style="bold")
    turns = ((kpi, turn(band, kpi)) for kpi in band.kpis)
    notes = [f"{kpi} {text}" for kpi, text in turns if text]
    notes += band.warnings
    if band.fixed:
        fixed = ", ".join(parameter.name for parameter in band.fixed)
        notes.append(f"Given without a range, so not moved: {fixed}")
    return [heading, _table(band), *notes_below(notes)]


def _table(band: DifferenceBand) -> Wide:
    units = Units(band.scenario)
    table = columns(
        ("", "left"), ("difference", "right"), ("assumptions", "left"),
        ("the choice", "left"), ("moved most by", "left"),
    )  # fmt: skip
    for kpi in band.kpis:
        if not band.base[kpi].runs:
            continue
        reach, swings = band[kpi], band.swings(kpi)
        value, low, high = (change(units, kpi, end) for end in (reach.value, reach.low, reach.high))
        table.add_row(
            kpi,
            value,
            f"{low} to {high}" if swings else "no effect",
            band.choice(kpi).verdict,
            swings[0].assumption.name if swings else "",
        )
    return table


def choice_rows(band: DifferenceBand) -> Iterator[dict[str, Any]]:
    """Yield one row a KPI and assumption that moves it: least and greatest difference, where."""
    for kpi in band.kpis:
        for swing in band.swings(kpi):
            yield {
                "kpi": kpi,
                "assumption": swing.assumption.name,
                "low": swing.low,
                "high": swing.high,
                "low_at": value_at(swing, swing.low_at),
                "high_at": value_at(swing, swing.high_at),
            }


def choice_json(band: DifferenceBand) -> dict[str, Any]:
    """Return for each KPI the reach of its difference, what moves it, and where it flips."""
    return {
        "rule": RULE,
        "kpis": nested_estimates({kpi: _kpi_json(band, kpi) for kpi in band.kpis}),
        "without_effect": list(band.unmoving),
        "fixed": [parameter.name for parameter in band.fixed],
        "warnings": band.warnings,
    }


def _kpi_json(band: DifferenceBand, kpi: str) -> dict[str, Any]:
    reach, choice = band[kpi], band.choice(kpi)
    content: dict[str, Any] = plain(
        {
            "difference": reach.value,
            "assumptions": {"low": reach.low, "high": reach.high},
            "choice": choice.verdict,
            "flips": places(choice.flips),
            "open": places(choice.opens),
            "moves": swings_json(band, kpi),
        }
    )
    return content
