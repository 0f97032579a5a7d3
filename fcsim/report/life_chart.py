"""Life lines: a Gantt chart of instances, with the requests in their slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from math import inf
from textwrap import fill
from typing import TYPE_CHECKING, Any

from fcsim.report import style
from fcsim.report.happenings import mark_happenings
from fcsim.report.life_rows import (
    BUSY,
    IDLE,
    MOST_REQUESTS,
    PRE_STOP,
    READY,
    LifeRow,
    Lives,
    Visit,
    life_rows,
)
from fcsim.report.phases import PHASE_COLOURS
from fcsim.report.time_axes import span_axis
from fcsim.report.values import count, cut
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.results.result import Result

__all__ = ["MOST_REQUESTS", "life_lines"]

STATES = {
    **{phase: style.COLOURS[colour] for phase, colour in PHASE_COLOURS.items()},
    IDLE: "#dce6ec",
    READY: "#aebfca",
    BUSY: "#55606a",
    PRE_STOP: style.COLOURS["brown"],
}
"""What an instance does, and its colour."""
WAITS, SERVED, FAILS = "a request waits", "a request is served", "a request that fails"
VISITS = {WAITS: style.COLOURS["rose"], SERVED: STATES[BUSY], FAILS: style.COLOURS["vermilion"]}
_SLOTS, _STRIP = (-0.42, 0.16), (0.2, 0.42)
"""Where in a row, one high, the slots of requests are, and the state of the instance."""
Box = tuple[float, float, float, float]
"""Begin, end, top and bottom."""


def life_lines(
    result: Result,
    *,
    span: tuple[float, float] | None = None,
    function: str | None = None,
    host: int | None = None,
    most: int = 20,
) -> Figure:
    """Draw a row an instance: what it does, and its requests, waiting and served.

    *span* is the time to be drawn, in seconds since the start of the run; without it, that in
    which the instances of the figure live. *function* and *host* choose instances; of more than
    *most*, those created first are drawn and the headline says so. Requests are drawn if the
    run kept their rows, up to MOST_REQUESTS of them.

    UsageError for a function that is not there.
    """
    lives = life_rows(result, span, function, host, most)
    rows = len(lives.rows)
    with style.sheet(result, (11.0, min(2.4 + 0.4 * max(rows, 2), 15.0))) as (figure, axes):
        style.headline(figure, _headline(lives, kept=bool(result.record.requests)))
        if not lives.rows:
            style.message(axes, "No instance lives in this time.")
            return figure
        _draw_rows(axes, lives)
        _label_rows(axes, lives.rows)
        span_axis(axes, *lives.span)
        mark_happenings(axes, result, labels=True, span=lives.span)
        axes.set_title(fill(_remark(result, lives), 110))
        style.legend_below(figure, axes, columns=6)
    return figure


def _headline(lives: Lives, *, kept: bool) -> str:
    number = sum(row.host >= 0 for row in lives.rows)
    told = f"{count(number)} instance{'s' * (number != 1)}"
    if number < lives.instances:
        told = f"The first {count(number)} of {count(lives.instances)} instances"
    if not kept:
        return told
    told += f", {count(lives.requests)} request{'s' * (lives.requests != 1)}"
    return f"{told}{_fates([visit for row in lives.rows for visit in row.visits])}"


def _fates(visits: list[Visit]) -> str:
    """Say how many wait, and how many end without an instance."""
    waits = [visit.started - visit.arrival for visit in visits if visit.started > visit.arrival]
    lost = sum(visit.fails and visit.started == visit.ended for visit in visits)
    told = []
    if waits:
        verb = "wait, the longest" if len(waits) > 1 else "waits"
        told.append(f"{count(len(waits))} {verb} {format_duration(max(waits))}")
    if lost:
        told.append(f"{count(lost)} end{'s' * (lost == 1)} without an instance")
    if not told:
        return ": none waits" if visits else ""
    return f": {'; '.join(told)}"


def _remark(result: Result, lives: Lives) -> str:
    if not result.record.requests:
        return "What each instance does; the run did not keep its requests"
    if not lives.one_by_one:
        return (
            "Each row: above, how many requests the instance serves (they are too many to be "
            "drawn one by one: name a shorter span); below, what it does"
        )
    return "Each row: above, requests in the slots of the instance; below, what it does"


def _draw_rows(axes: Axes, lives: Lives) -> None:
    begin, end = lives.span
    for what, colour in STATES.items():
        boxes = [
            (bar.begin, bar.end, y + _STRIP[0], y + _STRIP[1])
            for y, row in enumerate(lives.rows)
            for bar in row.bars
            if bar.what == what and bar.begin < end and bar.end > begin
        ]
        _boxes(axes, boxes, colour, what)
    for what, colour in VISITS.items():
        _boxes(axes, _visits(lives, what), colour, what, apart=0.004 * (end - begin))
    for y, row in enumerate(lives.rows):
        _draw_crowd(axes, row, y)
    _draw_failures(axes, lives.rows)


def _draw_crowd(axes: Axes, row: LifeRow, y: int) -> None:
    """Draw how many requests the instance serves, all slots being the height of the row."""
    if row.crowd is None:
        return
    height = (_SLOTS[1] - _SLOTS[0]) / row.slots
    tops = y + _SLOTS[1] - height * row.crowd.values
    axes.fill_between(
        row.crowd.times, y + _SLOTS[1], tops, step="post", color=STATES[BUSY], linewidth=0
    )


def _draw_failures(axes: Axes, rows: Sequence[LifeRow]) -> None:
    """Mark failed starts, and where requests end that never got an instance."""
    starts = [
        (row.failed, y + sum(_STRIP) / 2) for y, row in enumerate(rows) if row.failed == row.failed
    ]
    ends = [
        (visit.ended, y + _SLOTS[0] + (visit.slot + 0.5) * (_SLOTS[1] - _SLOTS[0]) / row.slots)
        for y, row in enumerate(rows)
        for visit in row.visits
        if visit.fails and visit.started == visit.ended
    ]
    colour = style.COLOURS["vermilion"]
    for marks, label, marker, size in (
        (starts, "a start fails", "X", 46),
        (ends, "a request ends without an instance", "x", 18),
    ):
        if marks:
            x, y = zip(*marks, strict=True)
            axes.scatter(x, y, s=size, color=colour, marker=marker, label=label, zorder=5)


def _visits(lives: Lives, what: str) -> Iterator[Box]:
    """Yield the boxes of requests that wait, are served, or are served and fail."""
    top, bottom = _SLOTS
    for y, row in enumerate(lives.rows):
        height = (bottom - top) / row.slots
        for visit in row.visits:
            low = y + top + visit.slot * height
            if what == WAITS:
                first, last = visit.arrival, visit.started
            else:
                first, last = visit.started, visit.ended
                if visit.fails != (what == FAILS):
                    continue
            if last > first and first < lives.span[1] and last > lives.span[0]:
                yield first, last, low, low + 0.9 * height


def _boxes(axes: Axes, boxes: Iterable[Box], colour: str, label: str, apart: float = inf) -> None:
    """Draw rectangles that stay visible however short they are.

    Those that last at least *apart* seconds have white edges.
    """
    from matplotlib.collections import PolyCollection

    drawn = list(boxes)
    if drawn:
        corners = [[(a, low), (b, low), (b, high), (a, high)] for a, b, low, high in drawn]
        edges = ["white" if end - begin >= apart else colour for begin, end, _, _ in drawn]
        look: dict[str, Any] = {"facecolor": colour, "edgecolor": edges, "linewidth": 0.4}
        axes.add_collection(PolyCollection(corners, label=label, **look))


def _label_rows(axes: Axes, rows: Sequence[LifeRow]) -> None:
    """Name the instances on the left and their hosts on the right."""
    axes.set_yticks(range(len(rows)), [cut(row.label, 26) for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.grid(visible=False, axis="y")
    first = 0
    for host, group in groupby(rows, key=lambda row: row.host):
        number = len(list(group))
        if first:
            axes.axhline(first - 0.5, color="#b8b8b8", linewidth=0.6)
        if host >= 0:
            place = (1.005, first + (number - 1) / 2)
            axes.annotate(
                f"host {host}", place, xycoords=axes.get_yaxis_transform(), va="center",
                fontsize=9, color=style.GREY,
            )  # fmt: skip
        first += number
