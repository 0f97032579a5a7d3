"""The figure of replications: the warm-up on the left, intervals as runs are added on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.estimates import plus_minus
from fcsim.report.kpi_values import Units
from fcsim.report.time_axes import clock_axis
from fcsim.report.values import count, share
from fcsim.study.quantiles import estimate_of
from fcsim.study.warm_up import WarmUp, course_of
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.replications import Replications

__all__ = ["replications_figure"]

_MOST_STEPS = 60
"""Numbers of runs at which the interval is drawn."""


def replications_figure(found: Replications, kpi: str | None = None) -> Figure:
    """Draw how the run settles, and how surely *kpi* is known after each number of runs.

    *kpi* is by default the first one of ``--until``, or latency.p99.
    """
    name = kpi or (found.until[0].kpi if found.until else "latency.p99")
    with style.sheet(found, (11.0, 4.8), ncols=2) as (figure, (left, right)):
        style.headline(figure, _headline(found, name))
        _draw_course(left, found)
        _draw_intervals(right, found, name)
        for axes in (left, right):
            style.legend_above(axes)
    return figure


def _headline(found: Replications, name: str) -> str:
    estimate = found[name]
    if np.isnan(estimate.value):
        return f"{name} is not defined in any of {len(found.runs)} runs"
    text = plus_minus(Units(found.scenario), name, estimate)
    return f"{name} is {text} ({share(found.confidence)}, {len(found.runs)} runs)"


# ── warm-up ───────────────────────────────────────────────────────────────────────────────


def _draw_course(axes: Axes, found: Replications) -> None:
    """Draw the mean latency over the run, with what is left out of the window."""
    course = found.warm_up or _own_course(found)
    if course is None:
        style.message(axes, "The rows of requests were not kept, so there is no course to draw.")
        return
    scale, unit = Units(found.scenario).scale("latency.mean", course.latency.tolist())
    times, latency = course.times, course.latency / scale
    axes.plot(times, latency, color=style.COLOURS["sky"], linewidth=0.6, alpha=0.6,
              label=f"mean of {format_duration(times[1] - times[0])}")  # fmt: skip
    axes.plot(times, _smooth(times, latency), color=style.COLOURS["blue"], linewidth=1.6,
              label="moving mean")  # fmt: skip
    begin = found.scenario.warm_up
    if begin:
        axes.axvspan(0, begin, color=style.COLOURS["grey"], alpha=0.3, linewidth=0,
                     label=f"left out: {format_duration(begin)}")  # fmt: skip
    clock_axis(axes, found.scenario)
    which = "pilot runs" if found.warm_up else "the first run"
    axes.set(ylabel=f"latency ({unit})", title=f"Course of {which}")
    axes.set_ylim(bottom=0)


def _smooth(times: np.ndarray, course: np.ndarray) -> np.ndarray:
    """Return the mean over a twentieth of the course around each time (Welch), shorter at ends."""
    known = ~np.isnan(course)
    filled = np.interp(times, times[known], course[known]) if known.any() else course
    sums = np.concatenate([[0.0], np.cumsum(filled)])
    place, count = np.arange(len(course)), len(course)
    reach = np.minimum(max(count // 40, 1), np.minimum(place, count - 1 - place))
    smooth: np.ndarray = (sums[place + reach + 1] - sums[place - reach]) / (2 * reach + 1)
    return smooth


def _own_course(found: Replications) -> WarmUp | None:
    record = found.first.record
    return course_of([record]) if record.requests else None


# ── intervals ─────────────────────────────────────────────────────────────────────────────


def _draw_intervals(axes: Axes, found: Replications, name: str) -> None:
    """Draw each run's figure, and the estimate with its interval from 2 runs on."""
    from matplotlib.ticker import MaxNLocator

    values = np.array([run[name] for run in found.runs])
    if np.isnan(values).all():
        style.message(axes, f"{name} is not defined in any run.")
        return
    units = Units(found.scenario)
    scale, unit = units.scale(name, values.tolist())
    steps = np.unique(np.linspace(2, len(values), _MOST_STEPS).astype(int))
    estimates = [estimate_of(name, found.outcomes[:n], found.confidence) for n in steps]
    low, middle, high = (
        _finite([getattr(one, part) for one in estimates]) / scale
        for part in ("low", "value", "high")
    )
    axes.fill_between(steps, low, high, color=style.COLOURS["sky"], alpha=0.4, linewidth=0,
                      label=f"{share(found.confidence)} interval")  # fmt: skip
    axes.plot(steps, middle, color=style.COLOURS["blue"], label="estimate")
    axes.plot(np.arange(1, len(values) + 1), values / scale, "o", markersize=3.5,
              color=style.COLOURS["grey"], label="single runs")  # fmt: skip
    _draw_wish(axes, found, name, scale)
    axes.set(xlabel="runs", ylabel=f"{name} ({unit})" if unit else name)
    axes.set_title(f"{name} as runs are added ({count(len(values))})")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(style.NUMBERS)
    _fit(axes, values / scale, low, high)


def _finite(ends: list[float]) -> np.ndarray:
    """Return *ends* with a gap where an interval has none."""
    return np.where(np.isfinite(ends), ends, np.nan)


def _draw_wish(axes: Axes, found: Replications, name: str, scale: float) -> None:
    for wish in found.until:
        if wish.kpi == name:
            estimate = found[name]
            width = wish.allowed(estimate)
            for end in (estimate.value - width, estimate.value + width):
                axes.axhline(end / scale, color=style.INK, linewidth=0.8, linestyle=(0, (4, 3)))


def _fit(axes: Axes, values: np.ndarray, low: np.ndarray, high: np.ndarray) -> None:
    """Leave the wide intervals of the first few runs out of sight."""
    later = slice(max(len(low) // 4, 1) if len(low) > 1 else 0, None)
    seen = np.concatenate([values, low[later], high[later]])
    seen = seen[np.isfinite(seen)]
    margin = 0.06 * (np.ptp(seen) or abs(seen[0]) or 1.0)
    axes.set_ylim(seen.min() - margin, seen.max() + margin)
