"""Assumptions by how far each moves a figure, as part of a page."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

from fcsim.report.band_tables import leading, value_at
from fcsim.report.estimates import brief
from fcsim.report.html.axis import span_axis
from fcsim.report.html.markup import Html, code, element, fragment
from fcsim.report.html.spans import Span, spans
from fcsim.report.kpi_values import Units

if TYPE_CHECKING:
    from fcsim.study.bands import Band, Swing

__all__ = ["band_figures", "moved"]

_MOST = 12


def band_figures(band: Band) -> Html:
    """Return one figure for each of the main KPIs: a bar an assumption, all together on top."""
    names = leading(band)
    if not names:
        return element("p", "No assumption moves latency or cost.")
    return fragment(*(_figure(band, name) for name in names))


def _figure(band: Band, kpi: str) -> Html:
    units, reach, estimate = Units(band.scenario), band[kpi], band.base[kpi]
    swings = band.swings(kpi)
    seen = [reach.low, reach.high, *(x for s in swings for x in (s.low, s.high))]
    seen += [x for x in (estimate.low, estimate.high) if isfinite(x)]
    size, sign = units.scale(kpi, seen)
    axis = span_axis(min(seen) / size, max(seen) / size, f"{kpi} ({sign})" if sign else kpi)
    rows = [
        Span("all together", reach.low / size, reach.high / size,
             units.between(kpi, reach.low, reach.high), colour="orange"),
        *(_row(units, kpi, swing, size) for swing in swings[:_MOST]),
    ]  # fmt: skip
    more = len(swings) - _MOST
    strip = None if isnan(estimate.low) else (estimate.low / size, estimate.high / size)
    note = "The line is the estimate, the grey strip its sampling interval."
    if more > 0:
        note += f" {more} more assumptions move it less."
    title = fragment("How far assumptions move ", code(kpi))
    return spans(title, rows, axis, note, line=reach.value / size, strip=strip)


def _row(units: Units, kpi: str, swing: Swing, size: float) -> Span:
    hint = "\n".join(
        f"{brief(units, kpi, figure)} at {value_at(swing, value)}"
        for figure, value in ((swing.low, swing.low_at), (swing.high, swing.high_at))
    )
    told = units.between(kpi, swing.low, swing.high)
    name = swing.assumption.name
    return Span(code(name), swing.low / size, swing.high / size, told, about=name, hint=hint)


def moved(band: Band, kpi: str, name: str) -> tuple[str, float]:
    """Write how far the assumption *name* alone moves *kpi*, and return how far that is."""
    swing = next((s for s in band.swings(kpi) if s.assumption.name == name), None)
    if swing is not None:
        return Units(band.scenario).between(kpi, swing.low, swing.high), swing.width
    tried = any(parameter.name == name for parameter in band.assumptions)
    return ("not at all", 0.0) if tried else ("not moved", -1.0)
