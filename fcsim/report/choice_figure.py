"""The figure of a choice: how far each assumption moves the difference between two scenarios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.report import style
from fcsim.report.band import MOST, draw_swings
from fcsim.report.choice_words import change, turn
from fcsim.report.kpi_values import Units

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from fcsim.study.choice import DifferenceBand

__all__ = ["choice_figure"]


def choice_figure(band: DifferenceBand, kpi: str) -> Figure:
    """Draw one bar an assumption, from the least to the greatest difference it makes alone.

    Where a bar crosses the line at zero, the other scenario has less of the KPI.
    """
    swings = band.swings(kpi)[:MOST]
    names = f"{band.base.name} less {band.base.comparison.base}"
    with style.sheet(band, (10.0, 2.4 + 0.42 * (len(swings) + 1))) as (figure, axes):
        style.headline(figure, _headline(band, kpi, names))
        if not swings:
            style.message(axes, f"No assumption moves the difference in {kpi}.")
            return figure
        axes.axvline(0, color=style.COLOURS["vermilion"], linewidth=1.4, label="no difference")
        draw_swings(axes, band, kpi, swings, f"{kpi}, {names}")
    return figure


def _headline(band: DifferenceBand, kpi: str, names: str) -> str:
    units, reach = Units(band.scenario), band[kpi]
    value, low, high = (change(units, kpi, end) for end in (reach.value, reach.low, reach.high))
    told = f"{kpi}, {names}: {value}"
    if reach.low == reach.high:
        return f"{told}; no assumption moves it"
    text = f"{told}, from {low} to {high} by assumptions"
    verdict = turn(band, kpi) or band.choice(kpi).verdict
    return f"{text}; the choice {verdict}" if band.choice(kpi).sign else text
