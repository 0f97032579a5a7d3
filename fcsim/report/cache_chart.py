"""The content of a cache over time: what comes, what is found, what goes."""

from __future__ import annotations

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
    span = span or (0.0, end)
    held = stays(trace, place)
    bands, names = _bands(trace.cache_events, held, place, trace.entries, most)
    size = (11.0, 4.6 + 0.34 * max(len(names), 2))
    ratios = {"height_ratios": [3.2, 0.7 + 0.34 * max(len(names), 2)]}
    with style.sheet(result, size, nrows=2, sharex=True, gridspec_kw=ratios) as (figure, panels):
        style.headline(figure, _headline(trace.cache_events, place, span))
        _draw_content(panels[0], result, held, bands, place, span, len(names))
        _draw_events(panels[1], trace.cache_events, held, bands, place, span, names)
        span_axis(panels[1], *span)
        style.legend_below(figure, panels[1], columns=6)
    return figure


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
        raise UsageError(f"nothing happened to a cache of host {host!r}; there are: {told or '–'}")
    return place


def _bands(
    events: Columns, held: Pieces, place: int, entries: list[str], most: int
) -> tuple[Ints, list[str]]:
    """Return the band of each entry, and their names; the last may be of all others together."""
    seen = np.unique(events["entry"][events["host"] == place]).astype(np.int64)
    weight = np.zeros(len(entries))
    lasting = np.minimum(held.end, events["time"].max(initial=0.0) + 1.0) - held.begin
    np.add.at(weight, held.owner, np.maximum(lasting, 0.0) * held.value)
    many = len(seen) > most
    own = seen if not many else np.sort(seen[np.argsort(-weight[seen], kind="stable")][: most - 1])
    bands = np.full(len(entries), len(own))
    bands[own] = np.arange(len(own))
    names = [entries[entry] for entry in own.tolist()]
    return bands, [*names, f"{len(seen) - len(own)} others"] if many else names


def _headline(events: Columns, place: int, span: tuple[float, float]) -> str:
    here = (events["host"] == place) & (events["time"] >= span[0]) & (events["time"] <= span[1])
    number = {event: int((events["event"][here] == event).sum()) for event in CacheEvent}
    hits, misses = number[CacheEvent.HIT], number[CacheEvent.MISSED]
    whose = "The zone cache" if place == ZONE else f"The cache of host {place}"
    gone = [
        f"{count(number[event])} {event.name.lower()}"
        for event in (CacheEvent.EVICTED, CacheEvent.EXPIRED, CacheEvent.LOST)
        if number[event]
    ]
    looked = hits + misses
    found = f" has {share(hits / looked)} of {count(looked)} layers looked for" if looked else ""
    return f"{whose}{found or ' is not asked'}; {', '.join(gone) or 'nothing goes'}"


def _draw_content(
    axes: Axes,
    result: Result,
    held: Pieces,
    bands: Ints,
    place: int,
    span: tuple[float, float],
    number: int,
) -> None:
    stacked = stack(held, bands[held.owner], number, span)
    draw_stack(axes, stacked, _colours(number), [None] * number)
    peak = stacked.amounts.sum(axis=0).max(initial=0.0)
    capacity = cache_capacity(result.scenario, place)
    told = f"capacity {format_bytes(capacity)}"
    if capacity <= _FAR * peak:
        axes.axhline(capacity, color=style.INK, linewidth=1.2, linestyle=(0, (5, 3)))
        style.note(axes, told, (span[1], capacity))
        peak = max(peak, capacity)
        told = "dashed: the capacity"
    else:
        told = f"{told}, far above" if np.isfinite(capacity) else "no limit of capacity"
    axes.set_ylim(0, 1.08 * peak or 1.0)
    bytes_axis(axes.yaxis)
    kept = "compressed" if place == ZONE else "unpacked"
    axes.set(title=f"What the cache holds ({kept} bytes; {told})")


def _colours(number: int) -> list[str]:
    own = [BANDS[band % len(BANDS)] for band in range(number)]
    return [*own[:-1], style.COLOURS["grey"]] if number > len(BANDS) else own


def _draw_events(
    axes: Axes,
    events: Columns,
    held: Pieces,
    bands: Ints,
    place: int,
    span: tuple[float, float],
    names: list[str],
) -> None:
    colours = _colours(len(names))
    for entry, begin, end, _ in zip(*(column.tolist() for column in held), strict=True):
        band = bands[entry]
        width = min(end, span[1]) - begin
        axes.barh(band, width, 0.3, begin, color=colours[band], linewidth=0)
    here = (events["host"] == place) & (events["time"] >= span[0]) & (events["time"] <= span[1])
    for event, (label, marker, colour, shift) in _MARKS.items():
        rows = np.flatnonzero(here & (events["event"] == event))
        if len(rows):
            y = bands[events["entry"][rows]] + shift
            look: dict[str, Any] = {"s": 26, "marker": marker, "color": colour, "zorder": 4}
            axes.scatter(events["time"][rows], y, label=label, clip_on=False, **look)
    axes.set_yticks(range(len(names)), [cut(name, 30) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.7)
    axes.grid(visible=False, axis="y")
    axes.set(title="What happens to each entry")
