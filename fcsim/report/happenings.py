"""What happened to a run, on its time axes: shaded spans and lines with labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.report import style
from fcsim.sim.record import Happening

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from fcsim.results.result import Result

__all__ = ["mark_happenings"]

_COLOURS = {"fault": "vermilion", "deployment": "green", "state": "grey"}
_LABELLED = 8
"""With more happenings than this, spans have no labels: they would hide the curves."""
_ROWS = 3
"""Labels that follow each other stand in so many rows."""
_SHORT = 0.004
"""Part of the axis below which a span is drawn as a line."""


def mark_happenings(
    axes: Axes, result: Result, *, labels: bool = False, span: tuple[float, float] | None = None
) -> None:
    """Shade the time of faults, deployments and states of functions; *labels* names them.

    *span* is what the axes show, without it the window of the run.
    """
    begin, end = span or result.record.window
    shown = _visible(result.record.happenings, (begin, end))
    for row, one in enumerate(shown):
        colour = style.COLOURS[_COLOURS[one.kind]]
        first, last = max(one.begin, begin), end if one.end != one.end else min(one.end, end)
        if last - first < _SHORT * (end - begin):
            axes.axvline(first, color=colour, linewidth=1.2, linestyle=":", zorder=3)
        else:
            axes.axvspan(first, last, color=colour, alpha=0.13, linewidth=0, zorder=0.5)
            axes.axvline(first, color=colour, linewidth=0.8, zorder=3)
        if labels and len(shown) <= _LABELLED:
            _label(axes, first, row, _text(one, result), colour)


def _visible(happenings: list[Happening], window: tuple[float, float]) -> list[Happening]:
    """Return what the window shows, once each."""
    begin, end = window
    inside = [one for one in happenings if one.begin < end and not one.end < begin]
    once = {(one.kind, one.text, one.begin, one.end): one for one in inside}
    return sorted(once.values(), key=lambda one: one.begin)


def _text(one: Happening, result: Result) -> str:
    """Name the function, too, where there are several."""
    return (
        f"{one.function} {one.text}"
        if one.function and len(result.record.functions) > 1
        else one.text
    )


def _label(axes: Axes, at: float, row: int, text: str, colour: str) -> None:
    low, high = axes.get_xlim()
    late = (at - low) / (high - low) > 0.75
    axes.annotate(
        text,
        (at, 0.97 - 0.085 * (row % _ROWS)),
        xycoords=("data", "axes fraction"),
        xytext=(-3 if late else 3, 0),
        textcoords="offset points",
        ha="right" if late else "left",
        va="top",
        fontsize=8,
        color=colour,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 0.8},
        zorder=5,
    )
