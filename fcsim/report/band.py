"""The figure of an assumption band: assumptions by how far each moves a KPI."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.report import style
from fcsim.report.band_tables import value_at
from fcsim.report.estimates import brief
from fcsim.report.kpi_values import Units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.bands import Band, Moved, Swing

__all__ = ["MOST", "band_figure", "draw_swings"]

_HALO = {"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6}
MOST = 10
"""Most assumptions in a figure."""


def band_figure(band: Band, kpi: str) -> Figure:
    """Draw one bar an assumption, from the least to the greatest figure it makes alone.

    The line is the estimate, the strip around it the sampling interval; the bar above all is
    the whole band, with every assumption at an end.
    """
    swings = band.swings(kpi)[:MOST]
    with style.sheet(band, (10.0, 2.4 + 0.42 * (len(swings) + 1))) as (figure, axes):
        style.headline(figure, _headline(band, kpi))
        if not swings:
            style.message(axes, f"No assumption moves {kpi}.")
            return figure
        draw_swings(axes, band, kpi, swings)
    return figure


def _headline(band: Band, kpi: str) -> str:
    units, reach = Units(band.scenario), band[kpi]
    low, value, high = (brief(units, kpi, x) for x in (reach.low, reach.value, reach.high))
    sampling = f"sampling alone ± {brief(units, kpi, reach.sampling)}"
    if low == high:
        return f"{kpi} is {value} ({sampling}); no assumption moves it"
    return f"{kpi} is {value}, from {low} to {high} by assumptions; {sampling}"


def draw_swings(axes: Axes, band: Moved, kpi: str, swings: list[Swing], label: str = "") -> None:
    """Draw a bar for each of *swings*, and one for all assumptions together.

    *label* names the axis in place of the KPI.
    """
    reach, estimate = band[kpi], band.base[kpi]
    seen = [reach.low, reach.high, *(x for s in swings for x in (s.low, s.high))]
    scale, unit = Units(band.scenario).scale(kpi, seen)
    axes.axvspan(estimate.low / scale, estimate.high / scale, color=style.COLOURS["grey"],
                 alpha=0.35, linewidth=0, label="sampling")  # fmt: skip
    axes.axvline(reach.value / scale, color=style.INK, linewidth=1.0, label="as it is")
    axes.barh(0, (reach.high - reach.low) / scale, left=reach.low / scale, height=0.55,
              color=style.COLOURS["orange"], label="all together")  # fmt: skip
    for row, swing in enumerate(swings, start=1):
        axes.barh(row, swing.width / scale, left=swing.low / scale, height=0.55,
                  color=style.COLOURS["blue"], label="alone" if row == 1 else None)  # fmt: skip
        ends = ((swing.low, swing.low_at, "right", -4), (swing.high, swing.high_at, "left", 4))
        for figure, value, side, lift in ends:
            if figure != reach.value:
                axes.annotate(value_at(swing, value), (figure / scale, row), xytext=(lift, 0),
                              textcoords="offset points", ha=side, va="center",
                              fontsize=8.5, bbox=_HALO)  # fmt: skip
    names = ["all together", *(swing.assumption.name for swing in swings)]
    axes.set_yticks(range(len(names)), names)
    axes.invert_yaxis()
    axes.use_sticky_edges = False
    axes.margins(x=0.22, y=0.03)
    if reach.low >= 0:  # the room for labels is no room for negative figures
        limits = axes.get_xlim()
        axes.set_xticks([tick for tick in axes.get_xticks() if 0 <= tick <= limits[1]])
        axes.set_xlim(limits)
    axes.xaxis.set_major_formatter(style.NUMBERS)
    axes.grid(axis="y", visible=False)
    axes.set_xlabel(f"{label or kpi} ({unit})" if unit else label or kpi)
    style.legend_above(axes)
