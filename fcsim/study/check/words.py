"""Figures and their changes in the sentences of checks."""

from __future__ import annotations

from math import isfinite, isnan
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fcsim.report.kpi_values import Units
    from fcsim.study.estimates import Estimate

__all__ = ["change", "counted", "interval", "percent", "rose"]


def interval(units: Units, kpi: str, found: Estimate) -> str:
    """Write ``1.93 s (1.81 to 2.05)``, or the figure alone when all runs agree."""
    if isnan(found.low) or found.low == found.high:
        return units.single(kpi, found.value)
    value, low, high, sign = units.write(kpi, found.value, found.low, found.high)
    told = f"{value} {sign}".strip()
    return told if low == high else f"{told} ({low} to {high})"


def counted(runs: int) -> str:
    """Write ``1 run``, ``5 runs``."""
    return "1 run" if runs == 1 else f"{runs} runs"


def percent(part: float) -> str:
    """Write a change with two digits: ``+410 %``, ``-0.8 %``."""
    size = abs(part) * 100
    places = 0 if size >= 10 else 1 if size >= 1 else 2
    return f"{part * 100:+,.{places}f} %"


def change(units: Units, kpi: str, before: float, after: float) -> str:
    """Write ``1.93 s → 9.71 s (+403 %)``, without a share where there was nothing before.

    Two figures that would read alike get more digits.
    """
    old, new = units.single(kpi, before), units.single(kpi, after)
    if old == new and before != after:
        old, new = f"{before:.6g}", f"{after:.6g}"
    part = (after - before) / abs(before) if before and isfinite(before) else float("nan")
    return f"{old} → {new}" + (f" ({percent(part)})" if isfinite(part) else "")


def rose(before: float, after: float) -> str:
    """Return ``rose`` or ``fell``."""
    return "rose" if after > before else "fell"
