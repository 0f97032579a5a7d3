"""KPIs as people read them."""

from __future__ import annotations

from math import isnan
from typing import TYPE_CHECKING

from fcsim.report.values import count, money, share
from fcsim.units import format_bytes, format_duration

if TYPE_CHECKING:
    from fcsim.results.vocabulary import Kpi

__all__ = ["change_text", "kpi_text"]


def kpi_text(kpi: Kpi, value: float, currency: str = "") -> str:
    """Write a value of *kpi* with its unit; what is not defined is a dash."""
    if isnan(value):
        return "–"
    if kpi.unit == "s":
        return format_duration(value)
    if kpi.unit == "bytes":
        return format_bytes(value)
    if kpi.unit == "share":
        return share(value)
    if kpi.unit == "money":
        return money(value, currency)
    return count(value) if kpi.unit == "count" else f"{value:.3g}"


def change_text(before: float, after: float) -> str:
    """Write the change from *before* to *after*: ``+12 %``, ``× 3.4``; nothing without one."""
    if isnan(before) or isnan(after) or before == after or not before:
        return ""
    ratio = after / before
    return f"× {ratio:,.3g}" if ratio >= 2 else f"{(ratio - 1) * 100:+.2g} %"
