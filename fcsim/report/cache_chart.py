"""The content of a cache over time: what comes, what is found, what goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from fcsim.errors import UsageError
from fcsim.report import style
from fcsim.report.stacks import BANDS, bytes_axis, draw_stack
from fcsim.report.time_axes import span_axis
from fcsim.report.values import count, cut, share
from fcsim.results.trace_views import Pieces, cache_capacity, stack, stays
from fcsim.sim.trace import ZONE, CacheEvent
from fcsim.units import format_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Columns
    from fcsim.sim.trace import Trace

    Ints = NDArray[np.int64]

__all__ = ["cache_content"]

_MARKS: dict[CacheEvent, tuple[str, str, str, float]] = {
    CacheEvent.INSERTED: ("usable from here", "^", style.INK, 0.0),
    CacheEvent.HIT: ("found by a start (hit)", "o", style.COLOURS["green"], -0.33),
    CacheEvent.MISSED: ("not found (miss)", "x", style.COLOURS["vermilion"], -0.33),
    CacheEvent.EVICTED: ("evicted", "v", style.COLOURS["vermilion"], 0.0),
    CacheEvent.EXPIRED: ("expired", "D", style.GREY, 0.0),
    CacheEvent.LOST: ("lost with the host", "X", style.INK, 0.0),
}
"""Label, marker, colour and place in the row of each event."""
_FAR = 3.0
"""A capacity that is so many times the content is written, not drawn."""


def cache_content(
    result: Result,
    *,
    host: int | Literal["zone"] | None = None,
    span: tuple[float, float] | None = None,
    most: int = 9,
) -> Figure:
    """Draw what the cache of a host holds over time, and what happens to each of its entries.

    *host* is the number of a host, or ``zone``; None is the host at which most happens. *span*
    is the time to be drawn, in seconds since the start of the run. Of more than *most* entries,
    those that take the most bytes × seconds have bands of their own.

    UsageError when the run was not traced, or nothing happened at *host*.
    """
    trace = result.trace
    place = _place(trace.cache_events, host)
    end = max(float(result.counters.get("end", 0.0)), result.scenario.horizon)
    view = _view(trace, place, span or (0.0, end), most)
    height = 0.34 * max(len(view.names), 2)
    ratios = {"height_ratios": [3.2, 0.7 + height]}
    size = (11.0, 4.6 + height)
    with style.sheet(result, size, nrows=2, sharex=True, gridspec_kw=ratios) as (figure, panels):
        style.headline(figure, _headline(view))
        _draw_content(panels[0], view, cache_capacity(result.scenario, place))
        _draw_events(panels[1], view)
        span_axis(panels[1], *view.span)
        style.legend_below(figure, panels[1], columns=6)
    return figure


@dataclass(frozen=True)
class _View:
    """One cache in a span."""

    place: int
    span: tuple[float, float]
    held: Pieces
    events: Columns
    """What happens in the span."""
    bands: Ints
    """The band of each entry of the trace."""
    names: list[str]
    """What each band is."""
    colours: list[str]


def _place(events: Columns, host: int | str | None) -> int:
    if host == "zone":
        place = ZONE
    elif host is None:
        on_hosts = events["host"][events["host"] >= 0]
        place = int(np.bincount(on_hosts).argmax()) if len(on_hosts) else 0
    else:
        place = int(host)
    if not (events["host"] == place).any():
        known = sorted(set(events["host"].tolist()))
        told = ", ".join("zone" if one == ZONE else str(one) for one in known[:12])
        where = "any host" if host is None else f"host {host}"
        raise UsageError(f"nothing happened to the cache of {where}; there are: {told or 'none'}")
    return place


def _view(trace: Trace, place: int, span: tuple[float, float], most: int) -> _View:
    """Give each entry a band; of more than *most*, the smallest share the last one."""
    here = trace.cache_events["host"] == place
    entries = np.unique(trace.cache_events["entry"][here]).astype(np.int64)
    held = stays(trace, place)
    many = len(entries) > most
    own = entries
    if many:
        weight = np.zeros(len(trace.entries))
        lasting = np.clip(held.end, *span) - np.clip(held.begin, *span)
        np.add.at(weight, held.owner, lasting * held.value)
        largest = np.argsort(-weight[entries], kind="stable")
        own = np.sort(entries[largest][: most - 1])
    bands = np.full(len(trace.entries), len(own))
    bands[own] = np.arange(len(own))
    names = [trace.entries[entry] for entry in own.tolist()]
    colours = [BANDS[band % len(BANDS)] for band in range(len(own))]
    if many:
        names.append(f"{len(entries) - len(own)} others")
        colours.append(style.COLOURS["grey"])
    times = trace.cache_events["time"]
    inside = here & (times >= span[0]) & (times <= span[1])
    events = {name: column[inside] for name, column in trace.cache_events.items()}
    return _View(place, span, held, events, bands, names, colours)


def _headline(view: _View) -> str:
    number = {event: int((view.events["event"] == event).sum()) for event in CacheEvent}
    hits, misses = number[CacheEvent.HIT], number[CacheEvent.MISSED]
    whose = "The zone cache" if view.place == ZONE else f"The cache of host {view.place}"
    gone = [
        f"{count(number[event])} {event.name.lower()}"
        for event in (CacheEvent.EVICTED, CacheEvent.EXPIRED, CacheEvent.LOST)
        if number[event]
    ]
    looked = hits + misses
    found = f" has {share(hits / looked)} of {count(looked)} layers looked for" if looked else ""
    return f"{whose}{found or ' is not asked'}; {', '.join(gone) or 'nothing goes'}"


def _draw_content(axes: Axes, view: _View, capacity: float) -> None:
    number = len(view.names)
    stacked = stack(view.held, view.bands[view.held.owner], number, view.span)
    draw_stack(axes, stacked, view.colours, [None] * number)
    peak = float(stacked.amounts.sum(axis=0).max(initial=0.0))
    told = f"capacity {format_bytes(capacity)}"
    if capacity <= _FAR * peak:
        axes.axhline(capacity, color=style.INK, linewidth=1.2, linestyle=(0, (5, 3)))
        style.note(axes, told, (view.span[1], capacity))
        peak = max(peak, capacity)
        told = "dashed: the capacity"
    else:
        told = f"{told}, far above" if np.isfinite(capacity) else "no limit of capacity"
    axes.set_ylim(0, 1.08 * peak or 1.0)
    bytes_axis(axes.yaxis)
    kept = "compressed" if view.place == ZONE else "unpacked"
    axes.set(title=f"What the cache holds ({kept} bytes; {told})")


def _draw_events(axes: Axes, view: _View) -> None:
    """Draw a row a band: when it is there, and what happens."""
    entries, begin, end, _ = view.held
    begin, end = np.clip(begin, *view.span), np.clip(end, *view.span)
    band = view.bands[entries]
    colours = [view.colours[one] for one in band.tolist()]
    axes.barh(band, end - begin, 0.3, begin, color=colours, linewidth=0)
    for event, (label, marker, colour, shift) in _MARKS.items():
        rows = np.flatnonzero(view.events["event"] == event)
        if len(rows):
            y = view.bands[view.events["entry"][rows]] + shift
            look: dict[str, Any] = {"s": 26, "marker": marker, "color": colour, "zorder": 4}
            axes.scatter(view.events["time"][rows], y, label=label, clip_on=False, **look)
    axes.set_yticks(range(len(view.names)), [cut(name, 34) for name in view.names])
    axes.set_ylim(len(view.names) - 0.4, -0.7)
    axes.grid(visible=False, axis="y")
    axes.set(title="What happens to each entry")
