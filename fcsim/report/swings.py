"""Assumptions by how far each moves a figure, or a difference, as part of a page."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

from fcsim.report.band_tables import value_at
from fcsim.report.html.axis import span_axis
from fcsim.report.html.markup import Html, code, element, fragment
from fcsim.report.html.spans import Span, spans
from fcsim.report.kpi_values import Units
from fcsim.study.choice import DifferenceBand

if TYPE_CHECKING:
    from fcsim.study.bands import Moved, Swing

__all__ = ["band_figures", "main_kpis", "moved", "reach_text"]

_MAIN = ("latency.p99", "cost.per_month")
_MOST = 12


def main_kpis(band: Moved) -> list[str]:
    """Return the KPIs to look at in full: the usual ones, or the first, if anything moves them."""
    names = [name for name in _MAIN if name in band.kpis] or list(band.kpis[:1])
    return [name for name in names if band.swings(name)]


def band_figures(band: Moved) -> Html:
    """Return one figure for each of the main KPIs: a bar an assumption, all together on top."""
    names = main_kpis(band)
    if not names:
        return element("p", "No assumption moves latency or cost.")
    return fragment(*(_figure(band, name) for name in names))


def reach_text(band: Moved, kpi: str, low: float, high: float) -> str:
    """Write a range of *kpi* or of its difference: that of a share is in points."""
    text = Units(band.scenario).between(kpi, low, high)
    return text.replace(" %", " points") if _differs(band) else text


def _differs(band: Moved) -> bool:
    return isinstance(band, DifferenceBand)


def _figure(band: Moved, kpi: str) -> Html:
    units, reach, estimate = Units(band.scenario), band[kpi], band.base[kpi]
    swings = band.swings(kpi)
    seen = [reach.low, reach.high, *(x for s in swings for x in (s.low, s.high))]
    seen += [x for x in (estimate.low, estimate.high) if isfinite(x)]
    lines = [reach.value]
    if _differs(band):
        seen.append(0.0)
        lines.append(0.0)
    size, sign = units.scale(kpi, seen)
    axis = span_axis(min(seen) / size, max(seen) / size, f"{kpi} ({sign})" if sign else kpi)
    rows = [
        Span("all together", reach.low / size, reach.high / size,
             reach_text(band, kpi, reach.low, reach.high), colour="orange"),
        *(_row(band, kpi, swing, size) for swing in swings[:_MOST]),
    ]  # fmt: skip
    strip = None if isnan(estimate.low) else (estimate.low / size, estimate.high / size)
    what = "the difference in " if _differs(band) else ""
    return spans(
        fragment(f"How far assumptions move {what}", code(kpi)),
        rows,
        axis,
        _note(band, len(swings) - _MOST),
        lines=[line / size for line in lines],
        strip=strip,
    )


def _note(band: Moved, more: int) -> str:
    zero = "; where a bar reaches the dotted one, the choice turns" if _differs(band) else ""
    rest = f" {more} more assumptions move it less." if more > 0 else ""
    return f"The line is the estimate, the grey strip its sampling interval{zero}.{rest}"


def _row(band: Moved, kpi: str, swing: Swing, size: float) -> Span:
    ends = ((swing.low, swing.low_at), (swing.high, swing.high_at))
    hint = "\n".join(
        f"{reach_text(band, kpi, figure, figure)} at {value_at(swing, value)}"
        for figure, value in ends
    )
    told = reach_text(band, kpi, swing.low, swing.high)
    name = swing.assumption.name
    return Span(code(name), swing.low / size, swing.high / size, told, about=name, hint=hint)


def moved(band: Moved, kpi: str, name: str) -> tuple[str, float]:
    """Write how far the assumption *name* alone moves *kpi*, and return how far that is."""
    swing = next((s for s in band.swings(kpi) if s.assumption.name == name), None)
    if swing is not None:
        return reach_text(band, kpi, swing.low, swing.high), swing.width
    tried = any(parameter.name == name for parameter in band.assumptions)
    return ("not at all", 0.0) if tried else ("not moved", -1.0)
