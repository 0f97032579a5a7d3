"""Figures of callers: attempts against calls over time, and the queue of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.time_axes import clock_axis, short_duration
from fcsim.report.values import count, share
from fcsim.results.intervals import inside
from fcsim.results.levels import level
from fcsim.sim.record import CallStatus, ErrorCode, InvocationType
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]

__all__ = ["caller_figures", "calls_figure", "messages_figure"]

_ENDS = (
    ("succeeded", CallStatus.SUCCEEDED, "green"),
    ("given up after an error", CallStatus.FAILED, "vermilion"),
    ("dropped as too old", CallStatus.EXPIRED, "grey"),
    ("unfinished", CallStatus.UNFINISHED, "pink"),
)


def caller_figures(result: Result) -> dict[str, Figure]:
    """Return the figures of the callers that *result* has, by file name."""
    kinds = set(np.unique(result.record.calls["invocation_type"]).tolist())
    figures = {}
    if InvocationType.SYNC in kinds:
        figures["calls"] = calls_figure(result)
    if InvocationType.ASYNC in kinds:
        figures["messages"] = messages_figure(result)
    return figures


# ── calls of clients and users ────────────────────────────────────────────────────────────────


def calls_figure(result: Result) -> Figure:
    """Draw how many requests calls made of themselves, and what became of the calls."""
    with style.sheet(result, (10.0, 6.2), nrows=2, sharex=True) as (figure, (sent, ends)):
        style.headline(figure, calls_headline(result))
        _draw_attempts(sent, result)
        _draw_ends(ends, result, InvocationType.SYNC, "Calls by their beginning")
        sent.set_xlabel("")
        figure.align_ylabels()
    return figure


def calls_headline(result: Result) -> str:
    """Say in one sentence what the figure shows."""
    calls = result.kpis["calls"]
    if not calls["arrived"]:
        return "No call began in the window"
    return (
        f"{count(calls['arrived'])} calls send {calls['attempts_per_call']:.3g} requests each; "
        f"{share(calls['success_ratio'])} are answered in the end"
    )


def _draw_attempts(axes: Axes, result: Result) -> None:
    """Draw first attempts and retries a second, stacked, and those that were completed."""
    record, edges = result.record, result.folds.bars
    attempts = record.attempts
    own = record.calls["invocation_type"][attempts["call"]] == InvocationType.SYNC
    begun, call = attempts["begun"][own], attempts["call"][own]
    retry = np.diff(call, prepend=-1) == 0
    seconds = edges[1] - edges[0]
    weight = 1 / seconds
    parts = [("first attempts", begun[~retry], "blue"), ("retries", begun[retry], "orange")]
    _bars(axes, edges, [(label, times, colour) for label, times, colour in parts], weight)
    answered = begun[attempts["error"][own] == ErrorCode.NONE]
    heights = np.histogram(answered, edges)[0] * weight
    axes.stairs(heights, edges, color=style.INK, linewidth=1.2, label="of these: completed")
    _finish(axes, result, "requests/s", f"Requests that callers send {_each(edges)}")


# ── messages ──────────────────────────────────────────────────────────────────────────────────


def messages_figure(result: Result) -> Figure:
    """Draw the backlog of messages, the age of the oldest, and what became of messages."""
    size, ratios = (10.0, 7.4), {"height_ratios": [5, 3, 3]}
    with style.sheet(result, size, nrows=3, sharex=True, gridspec_kw=ratios) as (figure, panels):
        style.headline(figure, messages_headline(result))
        _draw_backlog(panels[0], result)
        _draw_age(panels[1], result)
        _draw_ends(panels[2], result, InvocationType.ASYNC, "Messages by their acceptance")
        for axes in panels[:2]:
            axes.set_xlabel("")
        figure.align_ylabels()
    return figure


def messages_headline(result: Result) -> str:
    """Say in one sentence what the figure shows."""
    messages, record = result.kpis["messages"], result.record
    rows = _of_kind(record.calls, InvocationType.ASYNC)
    most = int(level(rows["arrival"], rows["ended"]).peak(np.array(record.window))[0])
    lost = messages["failed"] + messages["expired"]
    ends = "none is lost" if not lost else f"{count(lost)} are given up or dropped"
    slowest = messages["delay"]["max"]
    until = f"the slowest takes {format_duration(slowest)}" if slowest == slowest else "none ends"
    return f"At most {count(most)} messages at once; {until}; {ends}"


def _draw_backlog(axes: Axes, result: Result) -> None:
    """Draw how many messages are in process and how many wait, stacked."""
    edges, course = result.folds.flow.edges, result.caller_course
    axes.stackplot(
        np.repeat(edges, 2)[1:-1],
        np.repeat(course["in_process"], 2),
        np.repeat(course["backlog"], 2),
        colors=[style.COLOURS[colour] for colour in ("green", "rose")],
        labels=["in process", "backlog"],
        linewidth=0,
    )
    _finish(axes, result, "messages", "Messages that have not ended")


def _draw_age(axes: Axes, result: Result) -> None:
    """Draw the age of the oldest message that has not ended."""
    times, ages = result.caller_course["time"], result.caller_course["oldest"]
    unit, seconds = next((u, s) for u, s in _UNITS if ages.max() >= 2 * s or s == 1)
    axes.fill_between(times, ages / seconds, color=style.COLOURS["sky"], linewidth=0, alpha=0.5)
    axes.plot(times, ages / seconds, color=style.COLOURS["blue"], linewidth=1.2)
    _finish(axes, result, f"age ({unit})", "Age of the oldest of them", legend=False)


_UNITS = (("h", 3600.0), ("min", 60.0), ("s", 1.0))


# ── both ──────────────────────────────────────────────────────────────────────────────────────


def _of_kind(calls: Columns, kind: InvocationType) -> Columns:
    rows = calls["invocation_type"] == kind
    return {name: column[rows] for name, column in calls.items()}


def _draw_ends(axes: Axes, result: Result, kind: InvocationType, title: str) -> None:
    """Draw what became of calls, by the moment of their beginning, stacked."""
    record, edges = result.record, result.folds.bars
    rows = _of_kind(record.calls, kind)
    arrival, status = rows["arrival"], rows["status"]
    parts = [
        (f"{label} ({count(_within(record, arrival[status == end]))})", arrival[status == end], c)
        for label, end, c in _ENDS
    ]
    noun = "calls" if kind == InvocationType.SYNC else "messages"
    _bars(axes, edges, [part for part in parts if _within(record, part[1])])
    _finish(axes, result, noun, f"{title} {_each(edges)}")


def _within(record: Record, times: Floats) -> int:
    return int(inside(times, record.window).sum())


def _bars(
    axes: Axes, edges: Floats, parts: list[tuple[str, Floats, str]], weight: float = 1.0
) -> None:
    """Stack how often each part happens by bar of *edges*."""
    if not parts:
        return
    axes.hist(
        [times for _, times, _ in parts],
        bins=edges.tolist(),
        weights=[np.full(len(times), weight) for _, times, _ in parts],
        stacked=True,
        linewidth=0,
        color=[style.COLOURS[colour] for _, _, colour in parts],
        label=[label for label, _, _ in parts],
    )


def _each(edges: Floats) -> str:
    return f"(bars of {short_duration(edges[1] - edges[0])})"


def _finish(axes: Axes, result: Result, ylabel: str, title: str, *, legend: bool = True) -> None:
    axes.set_ylim(0, max(1.0, axes.get_ylim()[1]))
    if legend and axes.get_legend_handles_labels()[1]:
        style.legend_right(axes)
    clock_axis(axes, result.scenario)
    axes.set(ylabel=ylabel, title=title)
