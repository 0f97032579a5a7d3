"""How transfers share a link over time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.errors import UsageError
from fcsim.report import style
from fcsim.report.stacks import BANDS, bytes_axis, draw_stack, draw_steps
from fcsim.report.time_axes import span_axis
from fcsim.report.values import count, cut
from fcsim.results.trace_views import Pieces, Stack, flows_on, herd, link_number, rates, stack
from fcsim.units import format_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.sim.record import Record
    from fcsim.sim.trace import Trace

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["MOST_BANDS", "link_shares"]

MOST_BANDS = 120
"""With more transfers than this, those of one colour are one band."""
_FAR = 3.0
"""A capacity that is so many times what flows is written, not drawn."""
_LABELLED = 0.07
"""Part of the time from which on a share is written."""


def link_shares(
    result: Result, *, link: str | None = None, span: tuple[float, float] | None = None
) -> Figure:
    """Draw the share of each transfer of a link over time, and how many flow.

    *link* is where transfers come from (``registry NAME``, ``zone cache``, ``accelerated
    store``) or a host's NIC (``nic 0``); None is where most bytes come from. *span* is the time
    to be drawn, in seconds since the start of the run; without it, that of the herd: of the
    transfers close to each other that move most bytes.

    UsageError when the run was not traced, or nothing flowed.
    """
    trace = result.trace
    number = link_number(trace, link)
    end = max(float(result.counters.get("end", 0.0)), result.scenario.horizon)
    over = flows_on(trace, number)
    span = span or _herd(trace, over, end)
    begun, ended = trace.flows["begun"][over], trace.flows["ended"][over]
    flows = over[(begun < span[1]) & ~(ended <= span[0])]
    if not len(flows):
        raise UsageError(f"nothing flows over {trace.links[number]} in this time")
    flows, fills, labels = _coloured(result.record, flows)
    view = _View(trace, number, flows, fills, labels, rates(trace, flows), span)
    ratios = {"height_ratios": [3, 1.3]}
    with style.sheet(result, (11.0, 6.4), nrows=2, sharex=True, gridspec_kw=ratios) as (
        figure,
        (top, low),
    ):
        style.headline(figure, _headline(view, len(over)))
        _draw_shares(top, view)
        _draw_number(low, view)
        span_axis(low, *span)
        style.legend_below(figure, top, columns=4)
    return figure


@dataclass(frozen=True)
class _View:
    """The transfers of a link in a span."""

    trace: Trace
    link: int
    flows: Ints
    """In the order of their bands."""
    fills: list[str]
    """The colour of each."""
    labels: list[str | None]
    """What its colour means, for the first of each colour."""
    rates: Pieces
    span: tuple[float, float]

    @property
    def name(self) -> str:
        return self.trace.links[self.link]


def _herd(trace: Trace, flows: Ints, end: float) -> tuple[float, float]:
    """Return when the herd is under way, with a margin."""
    begun, ended, size = (trace.flows[name][flows] for name in ("begun", "ended", "bytes"))
    first, last = herd(begun, np.where(np.isnan(ended), end, ended), size)
    margin = 0.03 * (last - first) or 0.5
    return max(0.0, first - margin), last + margin


def _coloured(record: Record, flows: Ints) -> tuple[Ints, list[str], list[str | None]]:
    """Return the flows in the order of their bands, with their colours and labels.

    A few have a colour each; of many, those that carry one layer, or go to one host.
    """
    layers, hosts = _layers(record, flows), _hosts(record, flows)
    if len(flows) <= len(BANDS):
        names = [f"{layer} → {host}" for layer, host in zip(layers, hosts, strict=True)]
        return flows, BANDS[: len(flows)], list(names)
    kinds = [given for given in (layers, hosts) if len(set(given)) <= len(BANDS)]
    if not kinds:
        return flows, [BANDS[k % len(BANDS)] for k in range(len(flows))], [None] * len(flows)
    named = max(kinds, key=lambda given: len(set(given)))
    number = {name: k for k, name in enumerate(dict.fromkeys(named))}
    kind = np.array([number[name] for name in named])
    order = np.argsort(kind, kind="stable")
    first = np.append(True, np.diff(kind[order]) > 0)
    names = list(number)
    labels = [
        names[k] if begins else None
        for k, begins in zip(kind[order].tolist(), first.tolist(), strict=True)
    ]
    return flows[order], [BANDS[k] for k in kind[order].tolist()], labels


def _layers(record: Record, flows: Ints) -> list[str]:
    """Name what each flow carries: a layer, or the first of several."""
    trace = record.trace
    assert trace is not None
    names = []
    for first, number in zip(
        trace.flows["pull"][flows].tolist(), trace.flows["layers"][flows].tolist(), strict=True
    ):
        name = "under way" if first < 0 else record.layers[record.pulls["layer"][first]]
        names.append(cut(name, 28) + (f" and {number - 1} more" if number > 1 else ""))
    return names


def _hosts(record: Record, flows: Ints) -> list[str]:
    trace = record.trace
    assert trace is not None
    return [trace.links[nic].replace("nic", "host") for nic in trace.flows["nic"][flows].tolist()]


def _headline(view: _View, all_flows: int) -> str:
    fastest, slowest = view.rates.value.max(initial=0.0), view.rates.value.min(initial=np.inf)
    number = len(view.flows)
    some = f"{count(number)} of {count(all_flows)}" if number < all_flows else count(number)
    told = f"{some} transfer{'s' * (all_flows != 1)} over {view.name}"
    if not fastest:
        return f"{told}: all stand still"
    if slowest > 0.999 * fastest:
        return f"{told}, each at {_rate(fastest)}"
    return f"{told}, each at {_rate(slowest)} to {_rate(fastest)}"


def _rate(rate: float) -> str:
    return f"{format_bytes(rate)}/s" if np.isfinite(rate) else "any rate"


def _draw_shares(axes: Axes, view: _View) -> None:
    fills, labels = view.fills, view.labels
    bands = np.arange(len(view.flows))
    if len(view.flows) > MOST_BANDS:
        fills = list(dict.fromkeys(view.fills))
        bands = np.array([fills.index(fill) for fill in view.fills])
        labels = [label for label in view.labels if label] or [None] * len(fills)
    band_of = np.zeros(int(view.flows.max()) + 1, dtype=np.int64)
    band_of[view.flows] = bands
    band = band_of[view.rates.owner]
    stacked = stack(view.rates, band, len(fills), view.span)
    draw_stack(axes, stacked, fills, labels, edges=True)
    peak = float(stacked.amounts.sum(axis=0).max(initial=0.0))
    told = _draw_capacity(axes, view, peak)
    bytes_axis(axes.yaxis, "/s")
    few = len(view.flows) <= MOST_BANDS
    bands_are = "one band a transfer" if few else "transfers of one colour are one band"
    axes.set(title=f"Shares of {view.name} ({bands_are}; {told})")


def _draw_capacity(axes: Axes, view: _View, peak: float) -> str:
    """Draw the capacity if it is near what flows; return what to say of it."""
    rows = view.trace.link_capacities["link"] == view.link
    times = view.trace.link_capacities["time"][rows]
    values = view.trace.link_capacities["capacity"][rows]
    there = times < view.span[1]
    highest = float(values[there].max(initial=0.0))
    near = highest <= _FAR * peak
    axes.set_ylim(0, 1.1 * (max(peak, highest) if near else peak) or 1.0)
    if not near:
        return (
            f"capacity {_rate(highest)}, far above"
            if np.isfinite(highest)
            else "no limit of its own"
        )
    held = np.flatnonzero(there)
    x = np.append(np.maximum(times[held], view.span[0]), view.span[1])
    x[0] = view.span[0]
    y = np.append(values[held], values[held[-1]])
    axes.step(x, y, where="post", color=style.INK, linewidth=1.2, linestyle=(0, (5, 3)))
    style.note(axes, _rate(float(y[-1])), (view.span[1], float(y[-1])))
    return "dashed: the capacity"


def _draw_number(axes: Axes, view: _View) -> None:
    from matplotlib.ticker import MaxNLocator

    flows = view.trace.flows
    begun, ended = flows["begun"][view.flows], flows["ended"][view.flows]
    under_way = Pieces(
        view.flows, begun, np.where(np.isnan(ended), np.inf, ended), np.ones(len(begun))
    )
    stacked = stack(under_way, np.zeros(len(begun), dtype=np.int64), 1, view.span)
    draw_stack(axes, stacked, ["#c9d3da"], [None])
    draw_steps(axes, stacked, style.INK)
    peak = float(stacked.amounts.max(initial=1.0))
    axes.set_ylim(0, 1.45 * peak)
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    _write_shares(axes, view, stacked)
    axes.set(title="How many flow, and the rate of each")


def _write_shares(axes: Axes, view: _View, number: Stack) -> None:
    """Write the rate of a transfer wherever it stays for long enough to be read."""
    length = view.span[1] - view.span[0]
    times = np.unique(np.concatenate([number.times, view.rates.begin, view.rates.end]))
    times = times[(times >= view.span[0]) & (times <= view.span[1])]
    middles = (times[:-1] + times[1:]) / 2
    texts = [_share_at(view.rates, at) for at in middles.tolist()]
    row = np.searchsorted(number.times, middles, side="right") - 1
    heights = number.amounts[0, row].tolist()
    spans = zip(
        zip(texts, heights, strict=True), times[:-1].tolist(), times[1:].tolist(), strict=True
    )
    for (text, height), group in groupby(spans, key=lambda one: one[0]):
        parts = list(group)
        begin, end = parts[0][1], parts[-1][2]
        if text and end - begin >= _LABELLED * length:
            place = ((begin + end) / 2, height)
            look: dict[str, Any] = {"ha": "center", "fontsize": 8, "color": style.INK}
            axes.annotate(text, place, (0, 3), textcoords="offset points", **look)


def _share_at(pieces: Pieces, at: float) -> str:
    """Return the rates at an instant in words; nothing when nothing flows."""
    now = pieces.value[(pieces.begin <= at) & (pieces.end > at)]
    if not len(now):
        return ""
    low, high = float(now.min()), float(now.max())
    return _rate(high) if low > 0.999 * high else f"{_rate(low)} –\n{_rate(high)}"
