"""The figures of a comparison: latencies over each other, start phases beside each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.choice_figure import choice_figure
from fcsim.report.compare_words import sentence
from fcsim.report.phases import PHASE_COLOURS
from fcsim.report.time_axes import duration_axis
from fcsim.report.values import cut
from fcsim.results.saving import folder_name
from fcsim.study.compare import SAID
from fcsim.study.outcome import CURVE
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from fcsim.study.compare import Comparison

    Curves = dict[str, NDArray[np.float64]]

__all__ = ["compare_figures", "latencies_figure", "starts_figure"]

_PENS = ("blue", "vermilion", "green", "orange", "pink", "brown", "sky", "grey")
_LEVELS = np.array(CURVE)


def compare_figures(comparison: Comparison) -> dict[str, Figure]:
    """Return the figures of *comparison* by file name, with those of bands if there are any."""
    return {
        "latency": latencies_figure(comparison),
        "cold-starts": starts_figure(comparison),
        **{
            folder_name(f"band-{name}-{kpi}"): choice_figure(band, kpi)
            for name, band in comparison.bands.items()
            for kpi in SAID
        },
    }


def latencies_figure(comparison: Comparison) -> Figure:
    """Draw the distribution functions of latency over each other, and their tails enlarged.

    A curve is the mean of each quantile over the runs; the band holds all runs.
    """
    with style.sheet(comparison, ncols=2) as (figure, (left, right)):
        told = (sentence(comparison, name, sampling_only=True) for name in comparison.others[:2])
        style.headline(figure, "; ".join(told))
        curves = _curves(comparison)
        if not curves:
            style.message(left, "No request completed in the window.")
            right.set_axis_off()
            return figure
        for pen, (name, runs) in enumerate(curves.items()):
            _draw(left, right, runs, name, style.COLOURS[_PENS[pen % len(_PENS)]])
        every = np.concatenate([runs.ravel() for runs in curves.values()])
        for axes in (left, right):
            duration_axis(axes, max(float(every.min()), 1e-6), float(every.max()))
            axes.set_xlabel("time from arrival to response (log scale)")
        left.set(
            ylim=(0, 101), ylabel="share of requests (%)", title="Requests that took at most x"
        )
        right.set_yscale("log")
        right.set_yticks([1, 0.1, 0.01, 0.001], ["all", "1 in 10", "1 in 100", "1 in 1,000"])
        right.set(ylim=(4e-4, 1.4), title="Requests that took longer than x")
        style.legend_below(figure, left, columns=4)
    return figure


def _curves(comparison: Comparison) -> Curves:
    """Return latencies by name: a row a run, a column a level."""
    found = {
        cut(name, 24): [outcome.curve for outcome in outcomes if outcome.curve]
        for name, outcomes in comparison.outcomes.items()
    }
    return {name: np.maximum(rows, 1e-6) for name, rows in found.items() if rows}


def _draw(left: Axes, right: Axes, runs: NDArray[np.float64], name: str, colour: str) -> None:
    import seaborn

    mean, low, high = runs.mean(axis=0), runs.min(axis=0), runs.max(axis=0)
    pen = {"color": colour, "estimator": None, "sort": False, "legend": False}
    for axes, heights in ((left, _LEVELS * 100), (right, np.maximum(1 - _LEVELS, 1e-9))):
        axes.fill_betweenx(heights, low, high, color=colour, alpha=0.18, linewidth=0)
        seaborn.lineplot(x=mean, y=heights, ax=axes, label=name, **pen)


def starts_figure(comparison: Comparison) -> Figure:
    """Draw the mean of each phase of a start, one bar a scenario."""
    names = list(comparison.scenarios)
    means = {name: _phases(comparison, name) for name in names}
    totals = {name: float(parts.sum()) for name, parts in means.items()}
    size = (10.0, max(3.2, min(1.9 + 0.55 * len(names), 7.5)))
    with style.sheet(comparison, size) as (figure, axes):
        style.headline(figure, _headline(comparison, totals))
        if not any(totals.values()):
            style.message(axes, "No instance became ready in the window.")
            return figure
        begin = np.zeros(len(names))
        for k, (phase, colour) in enumerate(PHASE_COLOURS.items()):
            widths = np.array([means[name][k] for name in names])
            fill = style.COLOURS[colour]
            axes.barh(range(len(names)), widths, 0.68, begin, label=phase, color=fill, linewidth=0)
            begin += widths
        for place, name in enumerate(names):
            told = format_duration(totals[name]) if totals[name] else "no start in the window"
            style.note(axes, told, (totals[name], place))
        axes.set_yticks(range(len(names)), [cut(name, 24) for name in names])
        axes.set_ylim(len(names) - 0.45, -0.55)
        axes.set_xlim(0, max(totals.values()) * 1.2)
        axes.grid(visible=False, axis="y")
        axes.set(xlabel="mean time of a start (s)", title="Mean by phase, over all runs")
        style.legend_below(figure, axes, columns=6)
    return figure


def _phases(comparison: Comparison, name: str) -> NDArray[np.float64]:
    """Return the mean of each phase over the runs that have it; 0 when none has."""
    rows = [
        [outcome.kpis[f"cold_start.phase.{phase}.mean"] for phase in PHASE_COLOURS]
        for outcome in comparison.outcomes[name]
        if not outcome.error
    ]
    known = [row for row in rows if not np.isnan(row).any()]
    return np.mean(known, axis=0) if known else np.zeros(len(PHASE_COLOURS))


def _headline(comparison: Comparison, totals: dict[str, float]) -> str:
    known = {name: total for name, total in totals.items() if total}
    if len(known) < 2:
        return "Where starts spend their time"
    least, most = min(known, key=lambda n: known[n]), max(known, key=lambda n: known[n])
    return (
        f"An instance starts in {format_duration(known[least])} with {least} "
        f"and in {format_duration(known[most])} with {most}"
    )
