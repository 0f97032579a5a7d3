"""The look all figures share: sheet, colours, axes of time and money, thinning of many points.

Colours are seaborn's ``colorblind`` palette, one meaning each throughout. Figures are made without
pyplot, so nothing is shown and nothing is left behind in a global registry.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from itertools import pairwise
from math import log
from textwrap import fill
from typing import TYPE_CHECKING, Any

from fcsim import __version__

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.results.result import Result
    from fcsim.scenario.model import Scenario

__all__ = [
    "COLOURS",
    "GREY",
    "INK",
    "clock_axis",
    "duration_axis",
    "headline",
    "legend_above",
    "legend_below",
    "legend_right",
    "message",
    "note",
    "round_step",
    "sheet",
    "short_duration",
]

INK = "#222222"
GREY = "#6b6b6b"
COLOURS = {
    "blue": "#0173b2",
    "orange": "#de8f05",
    "green": "#029e73",
    "vermilion": "#d55e00",
    "pink": "#cc78bc",
    "brown": "#ca9161",
    "rose": "#fbafe4",
    "grey": "#949494",
    "yellow": "#ece133",
    "sky": "#56b4e9",
}
"""seaborn's ``colorblind`` palette (after Okabe and Ito) by name."""

_LOOK: dict[str, Any] = {
    "font.size": 10.0,
    "axes.titlesize": 10.5,
    "axes.titlelocation": "left",
    "axes.labelsize": 10.0,
    "axes.labelcolor": GREY,
    "axes.edgecolor": "#c8c8c8",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "grid.color": "#e6e6e6",
    "legend.fontsize": 9.0,
    "legend.frameon": True,
    "legend.framealpha": 0.9,
    "legend.edgecolor": "#e6e6e6",
    "text.color": INK,
}

_SMALL: dict[str, Any] = {
    "frameon": False,
    "fontsize": 8.5,
    "handlelength": 1.0,
    "handletextpad": 0.5,
    "columnspacing": 1.2,
}

_MINUTES = (60.0, 120.0, 300.0, 600.0, 1800.0)
_HOURS = (3600.0, 7200.0, 18_000.0, 36_000.0, 86_400.0, 2 * 86_400.0, 5 * 86_400.0)
_TICKS = (
    [*(m * 10.0**p for p in range(-6, 1) for m in (1, 1.5, 2, 3, 5, 7)), 10.0, 15.0, 20.0, 30.0],
    [*(m * 10.0**p for p in range(-6, 1) for m in (1, 2, 5)), 10.0, 20.0],
    [*(10.0**p for p in range(-6, 2))],
)
"""Round durations below a minute for axes, from dense to sparse."""
_STEPS = [
    *(0.001, 0.01, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0),
    *(60.0 * minutes for minutes in (1, 2, 5, 10, 15, 30)),
    *(3600.0 * hours for hours in (1, 2, 3, 6, 12, 24, 48, 168, 720)),
]
_STRIP = 0.24
"""Inches at the foot of a figure that are kept for the caption."""

_UNITS = (("d", 86_400.0), ("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6))

_LONG = 6 * 3600.0
"""From this horizon on, time axes show the wall clock."""


@contextmanager
def sheet(
    result: Result, size: tuple[float, float] = (10.0, 5.2), **grid: Any
) -> Iterator[tuple[Figure, Any]]:
    """Yield an empty figure and its axes (*grid* goes to ``subplots``); caption it at the end."""
    import matplotlib
    import seaborn
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    look = {**seaborn.axes_style("whitegrid"), **seaborn.plotting_context("paper"), **_LOOK}
    with matplotlib.rc_context(look):
        strip = _STRIP / size[1]
        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06, rect=(0, strip, 1, 1 - strip))
        figure = Figure(figsize=size, layout=layout)
        yield figure, figure.subplots(**grid)
        figure.text(0.995, 0.2 * strip, _caption(result), ha="right", fontsize=7.5, color=GREY)
        for axes in figure.axes:
            # Ticks are made when drawn, after this context has ended.
            axes.tick_params(labelsize=9, labelcolor=INK, color="#c8c8c8")


def _caption(result: Result) -> str:
    scenario = result.scenario
    platform = scenario.platform
    parts = [scenario.name, f"seed {result.seed}", f"{platform.preset}, {platform.region}"]
    return "  ·  ".join([*parts, f"fcsim {__version__}"])


def headline(figure: Figure, text: str) -> None:
    """Write what the figure shows, as a sentence, above everything."""
    figure.suptitle(fill(text, 92), x=0.005, ha="left", fontsize=13, fontweight="bold", color=INK)


def legend_below(figure: Figure, axes: Axes, columns: int) -> None:
    """Put the legend of *axes* below all axes, lifted above the caption."""
    handles, labels = axes.get_legend_handles_labels()
    lift = _STRIP * 72 / _LOOK["legend.fontsize"]
    if handles:
        figure.legend(
            handles,
            labels,
            loc="outside lower left",
            ncols=columns,
            frameon=False,
            borderaxespad=lift,
        )


def legend_above(axes: Axes) -> None:
    """Put the legend of *axes* between its title and its panel."""
    handles, labels = axes.get_legend_handles_labels()
    if len(handles) < 2:
        return
    rows = 1 if len(handles) <= 4 else 2
    axes.legend(
        handles,
        labels,
        ncols=-(-len(handles) // rows),
        loc="lower left",
        bbox_to_anchor=(-0.01, 1.0),
        borderaxespad=0.0,
        **_SMALL,
    )
    axes.set_title(axes.get_title(loc="left"), pad=6.0 + 15.0 * rows)


def legend_right(axes: Axes) -> None:
    """Put the legend of *axes* right of its panel, where no curve passes."""
    axes.legend(loc="upper left", bbox_to_anchor=(1.005, 1.03), frameon=False)


def note(axes: Axes, text: str, at: tuple[float, float], colour: str = INK) -> None:
    """Write *text* right of the point *at*, where a bar ends."""
    place = {"xytext": (4, 0), "textcoords": "offset points", "va": "center"}
    axes.annotate(text, at, fontsize=9, color=colour, **place)  # type: ignore[arg-type]


def message(axes: Axes, text: str) -> None:
    """Say why there is nothing to draw."""
    axes.set_axis_off()
    axes.text(
        0.5, 0.5, fill(text, 48), transform=axes.transAxes, ha="center", va="center", color=GREY
    )


def duration_axis(axes: Axes, low: float, high: float) -> None:
    """Make x a logarithmic axis of durations in human units that covers *low* to *high*."""
    from matplotlib.ticker import FixedLocator, NullLocator

    if high < 4 * low:
        low, high = (low * high) ** 0.5 / 2, (low * high) ** 0.5 * 2
    axes.set_xscale("log")
    axes.set_xlim(low / 1.15, high * 1.15)
    longer = ((*_MINUTES, *_HOURS), (*_MINUTES, *_HOURS), (60.0, 600.0, 3600.0, 36_000.0))
    choices = ((*short, *long) for short, long in zip(_TICKS, longer, strict=True))
    inside = [[x for x in ticks if low / 1.1 <= x <= high * 1.1] for ticks in choices]
    places = next((ticks for ticks in inside if _fits(ticks, low, high)), inside[-1])
    axes.xaxis.set_major_locator(FixedLocator(places))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xticks(places, [short_duration(x) for x in places])


def _fits(ticks: Sequence[float], low: float, high: float) -> bool:
    """Tell whether labels at *ticks* stay apart on a logarithmic axis."""
    room = log(high * 1.3 / low) / 10
    return all(log(b / a) >= room for a, b in pairwise(ticks))


def short_duration(seconds: float) -> str:
    """Write a round duration as an axis does: ``200 ms``, ``5 s``, ``10 min``, ``2 h``."""
    for unit, factor in _UNITS:
        if seconds >= factor * 0.9999:
            return f"{seconds / factor:g} {unit}"
    return "0"


def clock_axis(axes: Axes, scenario: Scenario) -> None:
    """Make x the time since the start or, for long windows, the scenario's wall clock."""
    begin, end = scenario.warm_up, scenario.horizon
    step = round_step(end - begin, 9)
    long = end - begin >= _LONG
    midnight = scenario.start.replace(hour=0, minute=0, second=0, microsecond=0)
    shift = (scenario.start - midnight).total_seconds() % step if long else 0.0
    first = -(-(begin + shift) // step)
    places = [(first + k) * step - shift for k in range(10)]
    places = [x for x in places if x <= end]
    axes.set_xlim(begin, end)
    unit, factor = next((u, f) for u, f in _UNITS if step >= f * 0.9999)
    labels = [_wall(scenario, x, step) if long else f"{x / factor:g}" for x in places]
    axes.set_xticks(places, labels)
    offset = scenario.start.isoformat()[-6:]
    axes.set_xlabel(f"time of day (UTC{offset})" if long else f"time since the start ({unit})")


def round_step(span: float, most: int) -> float:
    """Return the smallest round step in seconds that divides *span* into at most *most* parts."""
    return next((step for step in _STEPS if span / step <= most), _STEPS[-1])


def _wall(scenario: Scenario, seconds: float, step: float) -> str:
    at = scenario.start + timedelta(seconds=seconds)
    day = f"{at:%a} {at.day} {at:%b}"
    if step >= 86_400:
        return day
    return f"{at:%H:%M}\n{day}" if (at.hour, at.minute) == (0, 0) else f"{at:%H:%M}"
