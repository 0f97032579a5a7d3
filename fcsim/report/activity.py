"""The activity figure: instances, requests in flight and what went wrong, over time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.happenings import mark_happenings
from fcsim.report.time_axes import clock_axis, short_duration
from fcsim.report.values import count
from fcsim.results.course import alive
from fcsim.results.levels import level
from fcsim.sim.record import Outcome

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Record

__all__ = ["activity_figure", "draw_instances", "draw_requests", "draw_troubles", "mean_target"]

_TROUBLES = (
    ("throttled", Outcome.THROTTLED, "orange"),
    ("failed", Outcome.FAILED, "vermilion"),
    ("timed out", Outcome.TIMED_OUT, "grey"),
    ("unfinished", Outcome.UNFINISHED, "pink"),
)


def activity_figure(result: Result) -> Figure:
    """Draw instances by state, requests in flight and requests without success over time.

    Curves are exact averages over 1/300 of the window; the thin lines are maxima.
    """
    bad = any(numbers.any() for _, _, numbers in _troubles(result))
    ratios = {"height_ratios": [5, 4, 2 if bad else 0.2]}
    size = (10.0, 6.6 if bad else 5.2)
    with style.sheet(result, size, nrows=3, sharex=True, gridspec_kw=ratios) as (figure, panels):
        style.headline(figure, activity_headline(result))
        draw_instances(panels[0], result)
        draw_requests(panels[1], result)
        draw_troubles(panels[2], result)
        for axes in panels[:2]:
            axes.set_xlabel("")
        figure.align_ylabels()
    return figure


def activity_headline(result: Result) -> str:
    """Say in one sentence what the figure shows."""
    record, flow = result.record, result.folds.flow
    if not result.folds.rows and not len(record.instances["created"]):
        return "No request arrived and no instance was created"
    instances = int(alive(record).peak(np.array(record.window))[0])
    refused = int(result.kpis["requests"]["throttled"])
    return (
        f"At most {count(instances)} instances and {count(flow.peak)} requests at once; "
        f"{count(refused) if refused else 'none'} refused"
    )


def draw_instances(axes: Axes, result: Result) -> None:
    """Draw how many instances are busy, idle and starting, stacked, and the minimum ones."""
    edges, course = result.folds.flow.edges, result.course
    colours = [style.COLOURS[c] for c in ("blue", "sky", "orange")]
    labels = ["busy", "idle", "starting or stopping"]
    axes.stackplot(
        _steps(edges),
        *(_doubled(course[state]) for state in ("busy", "idle", "starting")),
        colors=colours,
        labels=labels,
        linewidth=0,
    )
    if course["minimum"].any():
        x, y = _steps(edges), _doubled(course["minimum"])
        axes.plot(
            x, y, color=style.INK, linestyle=(0, (4, 2)), linewidth=1.4, label="minimum instances"
        )
    _draw_target(axes, result.record, edges)
    _draw_versions(axes, result.record, edges)
    _draw_peak(axes, edges, course["most_instances"])
    _finish(axes, result, "instances", "Instances alive")
    mark_happenings(axes, result, labels=True)


def draw_requests(axes: Axes, result: Result) -> None:
    """Draw how many requests are being served and how many wait, stacked."""
    edges, course = result.folds.flow.edges, result.course
    colours = [style.COLOURS[c] for c in ("green", "rose")]
    axes.stackplot(
        _steps(edges),
        _doubled(course["served"]),
        _doubled(course["waiting"]),
        colors=colours,
        labels=["being served", "waiting"],
        linewidth=0,
    )
    _draw_peak(axes, edges, course["most_requests"])
    _finish(axes, result, "requests", "Requests in flight")
    mark_happenings(axes, result)


def draw_troubles(axes: Axes, result: Result) -> None:
    """Draw how many requests of each moment ended without success, by outcome."""
    record, edges = result.record, result.folds.bars
    clock_axis(axes, record.scenario)
    parts = [part for part in _troubles(result) if part[2].any()]
    if not parts:
        axes.set(title="Requests without success: none", yticks=[])
        return
    begin, end = record.window
    axes.hist(
        [edges[:-1]] * len(parts),
        bins=edges.tolist(),
        weights=[numbers for _, _, numbers in parts],
        stacked=True,
        linewidth=0,
        color=[style.COLOURS[colour] for _, colour, _ in parts],
        label=[f"{label} ({count(int(numbers.sum()))})" for label, _, numbers in parts],
    )
    axes.set_xlim(begin, end)
    style.legend_right(axes)
    mark_happenings(axes, result)
    bars = f"bars of {short_duration(edges[1] - edges[0])}"
    axes.set(ylabel="requests", title=f"Requests without success, by arrival ({bars})")


def _troubles(result: Result) -> list[tuple[str, str, NDArray[np.int64]]]:
    """Return name, colour and numbers by bar of what went wrong."""
    folds = result.folds
    return [
        (label, colour, folds.flow.outcomes(outcome, folds.bars))
        for label, outcome, colour in _TROUBLES
    ]


def _draw_target(axes: Axes, record: Record, edges: NDArray[np.float64]) -> None:
    """Draw how many minimum instances policies asked for, all functions together."""
    if len(record.targets["time"]):
        x, y = _steps(edges), _doubled(mean_target(record, edges))
        colour, label = style.COLOURS["vermilion"], "minimum asked for"
        axes.plot(x, y, color=colour, linewidth=1.0, label=label)


def mean_target(record: Record, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the sum of all functions' targets, averaged between *edges*."""
    function, time, target = (record.targets[name] for name in ("function", "time", "target"))
    now, total = np.zeros(len(record.functions)), np.zeros(len(time))
    for step, (row, to) in enumerate(zip(function.tolist(), target.tolist(), strict=True)):
        now[row] = to
        total[step] = now.sum()
    times = np.append(time, max(edges[-1], time[-1]))
    areas = np.append(0.0, np.cumsum(total * np.diff(times)))
    means: NDArray[np.float64] = np.diff(np.interp(edges, times, areas)) / np.diff(edges)
    return means


def _draw_versions(axes: Axes, record: Record, edges: NDArray[np.float64]) -> None:
    """Draw how many of the instances are of a version that was deployed during the run."""
    new = record.instances["version"] > 0
    if new.any():
        there = level(record.instances["created"][new], record.instances["gone"][new])
        x, y = _steps(edges), _doubled(there.mean(edges))
        axes.plot(x, y, color=style.COLOURS["green"], linewidth=1.6, label="of a new version")


def _draw_peak(axes: Axes, edges: NDArray[np.float64], peaks: NDArray[np.float64]) -> None:
    x, y = _steps(edges), _doubled(peaks)
    axes.plot(x, y, color=style.GREY, linewidth=0.7, label="most at once")


def _steps(edges: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(edges, 2)[1:-1]


def _doubled(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.repeat(values, 2)


def _finish(axes: Axes, result: Result, ylabel: str, title: str) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.yaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    style.legend_right(axes)
    clock_axis(axes, result.scenario)
    axes.set(ylabel=ylabel, title=title)
