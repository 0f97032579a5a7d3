"""The cold-start figure: where instance starts spend their time, and how they vary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.time_axes import duration_axis
from fcsim.report.values import count, cut, share
from fcsim.results.instance_figures import PHASES, became_ready, phase_seconds
from fcsim.results.intervals import inside
from fcsim.sim.record import ERRORS, Columns
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike, NDArray

    from fcsim.results.result import Result

__all__ = ["PHASE_COLOURS", "draw_phases", "draw_starts", "phases_figure", "start_rows"]

PHASE_COLOURS = dict(zip(PHASES, ("grey", "pink", "blue", "sky", "orange", "green"), strict=True))
"""Phases of a start in their order, each with its colour."""

_MOST_ROWS = 12
_MOST_POINTS = 2400


@dataclass(frozen=True)
class _Row:
    """The starts of one function (or of the others together), or those that failed alike."""

    label: str
    totals: NDArray[np.float64]
    """Seconds of each start, to ready or to failure."""
    phases: NDArray[np.float64]
    """Mean seconds of each phase; zeros where the starts failed."""
    failed: int = 0
    is_error: bool = False


def phases_figure(result: Result) -> Figure:
    """Draw the mean of each start phase by function, and each start's total time.

    Starts count that ended in the window, as in ``cold_start.phase``; failed ones are apart.
    """
    rows = start_rows(result)
    size = (10.0, max(3.4, min(1.9 + 0.55 * len(rows), 7.5)))
    with style.sheet(result, size, ncols=2, sharey=bool(rows)) as (figure, (left, right)):
        style.headline(figure, phases_headline(result))
        draw_phases(left, rows)
        draw_starts(right, rows)
        style.legend_below(figure, left, columns=6)
    return figure


def phases_headline(result: Result) -> str:
    """Say in one sentence what the figure shows."""
    rows = [row for row in start_rows(result) if not row.is_error]
    if not rows:
        return "No instance became ready after the start"
    totals = np.concatenate([row.totals for row in rows])
    means = sum((row.phases * len(row.totals) for row in rows), np.zeros(len(PHASES))) / len(totals)
    longest = int(np.argmax(means))
    return (
        f"An instance starts in {format_duration(totals.mean())} on average; its longest phase, "
        f"{list(PHASES)[longest]}, is {share(means[longest] / totals.mean(), 2)} of that"
    )


def draw_phases(axes: Axes, rows: list[_Row]) -> None:
    """Draw the mean phases of each row as one stacked bar, with values where they fit."""
    if not rows:
        style.message(axes, "No instance became ready or failed in the window.")
        return
    places = np.arange(len(rows))
    widest = max(row.phases.sum() for row in rows) or 1.0
    left = np.zeros(len(rows))
    for k, (phase, colour) in enumerate(PHASE_COLOURS.items()):
        widths = np.array([row.phases[k] for row in rows])
        fill = style.COLOURS[colour]
        bars = axes.barh(places, widths, 0.68, left, label=phase, color=fill, linewidth=0)
        texts = [_fitting(width, widest) for width in widths]
        axes.bar_label(bars, texts, label_type="center", fontsize=8, color=_ink(colour))
        left += widths
    for y, row in enumerate(rows):
        _annotate(axes, row, (left[y], y))
    axes.set_xlim(0, widest * 1.4)
    axes.set_yticks(places, [row.label for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="mean time of a start (s)", title="Mean by phase")


def draw_starts(axes: Axes, rows: list[_Row]) -> None:
    """Draw every start as a point: how long it took, or after how long it failed."""
    import seaborn

    if not rows:
        axes.set_axis_off()
        return
    for y, row in enumerate(rows):
        x = _spread(row.totals, _MOST_POINTS // len(rows))
        colour = style.COLOURS["vermilion" if row.is_error else "blue"]
        look = {"s": 16, "alpha": 0.55, "linewidth": 0, "marker": "X" if row.is_error else "o"}
        seaborn.scatterplot(x=x, y=y + _offsets(len(x)), ax=axes, color=colour, **look)
        if not row.is_error:
            axes.plot([np.median(row.totals)] * 2, [y - 0.36, y + 0.36], color=style.INK, lw=2)
    every = np.concatenate([row.totals for row in rows])
    duration_axis(axes, every.min(), every.max())
    axes.grid(visible=False, axis="y")
    axes.set(xlabel="time of one start (log scale)", title="Each start; the bar is the median")


def start_rows(result: Result) -> list[_Row]:
    """Group starts by function, slowest first, the least busy together; then by error."""
    record = result.record
    instances = record.instances
    ready = became_ready(record)
    failed = np.isnan(instances["ready"]) & (instances["error"] != 0)
    failed &= inside(instances["gone"], record.window)
    apart, others = _busiest(instances["function"][ready])
    rows = [_row(cut(record.functions[f].name, 22), instances, ready, failed, [f]) for f in apart]
    rows.sort(key=lambda row: -row.phases.sum())
    if len(others):
        rows.append(_row(f"{len(others)} others", instances, ready, failed, others))
    return rows + _error_rows(instances, failed)


def _busiest(functions: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    found, numbers = np.unique(functions, return_counts=True)
    ordered = found[np.argsort(-numbers, kind="stable")]
    split = len(ordered) if len(ordered) <= _MOST_ROWS else _MOST_ROWS - 1
    return ordered[:split], ordered[split:]


def _row(
    label: str,
    instances: Columns,
    ready: NDArray[np.bool_],
    failed: NDArray[np.bool_],
    functions: ArrayLike,
) -> _Row:
    own = np.isin(instances["function"], functions)
    mine = ready & own
    phases = [phase_seconds(instances, phase)[mine].mean() for phase in PHASES]
    totals = (instances["ready"] - instances["created"])[mine]
    return _Row(label, totals, np.array(phases), int((failed & own).sum()))


def _error_rows(instances: Columns, failed: NDArray[np.bool_]) -> list[_Row]:
    lasted = instances["gone"] - instances["created"]
    nothing = np.zeros(len(PHASES))
    rows = []
    for error in np.unique(instances["error"][failed]):
        alike = lasted[failed & (instances["error"] == error)]
        rows.append(_Row(ERRORS[error].name, alike, nothing, len(alike), is_error=True))
    return rows


def _spread(values: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    ordered: NDArray[np.float64] = np.sort(values)
    if len(ordered) > most:
        ordered = ordered[np.linspace(0, len(ordered) - 1, most).astype(int)]
    return ordered


def _offsets(number: int) -> NDArray[np.float64]:
    """Return even offsets inside a row without randomness (multiples of the golden ratio)."""
    return (np.arange(number, dtype=np.float64) * 0.6180339887 % 1 - 0.5) * 0.6


def _annotate(axes: Axes, row: _Row, at: tuple[float, float]) -> None:
    failed = f"{count(row.failed)} failed" if row.failed else ""
    number = ", ".join(filter(None, [count(len(row.totals)), failed]))
    starts = "1 start failed" if row.failed == 1 else f"{count(row.failed)} starts failed"
    text = starts if row.is_error else f"{_short(row.phases.sum())}  ({number})"
    colour = style.COLOURS["vermilion"] if row.is_error else style.INK
    style.note(axes, text, at, colour)


def _short(seconds: float) -> str:
    return format_duration(float(f"{seconds:.2g}"))


def _fitting(width: float, widest: float) -> str:
    text = _short(width)
    return text if width > 0.026 * widest * len(text) else ""


def _ink(colour: str) -> str:
    return "white" if colour in ("blue", "green") else style.INK
