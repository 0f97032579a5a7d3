"""The latency figure: how long requests took, by how they came to their instance."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.time_axes import duration_axis
from fcsim.report.values import count
from fcsim.results.levels import thin
from fcsim.results.request_summary import ENDINGS
from fcsim.units import format_duration

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

    from fcsim.results.result import Result
    from fcsim.results.samples import Ranked

__all__ = ["draw_latency", "draw_slowest", "latency_figure", "none_completed"]

_KINDS = {
    "warm": ("warm", "blue"),
    "waited": ("waited for a start", "orange"),
    "cold": ("cold", "vermilion"),
    "queued": ("queued", "pink"),
    "failed": ("failed", "vermilion"),
    "timed_out": ("timed out", "grey"),
}
_ENDED = ("failed", "timed_out")
_MARKED = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


@dataclass(frozen=True)
class _Curve:
    label: str
    spread: Ranked
    group: int
    colour: str
    dashed: bool = False
    least: float = 0.0
    """What is shown in place of shorter times."""

    @property
    def number(self) -> int:
        return int(self.spread.count[self.group])

    def at(self, ranks: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.maximum(self.spread.at(self.group, ranks), self.least)

    def ends(self) -> NDArray[np.float64]:
        """Return the shortest and the longest time."""
        return self.at(np.array([0, self.number - 1]))


def latency_figure(result: Result) -> Figure:
    """Draw the distribution of latency twice: all of it, and the slowest requests enlarged.

    Times are seconds from arrival to response; failed and timed-out requests, to their end.
    """
    with style.sheet(result, ncols=2) as (figure, (left, right)):
        style.headline(figure, latency_headline(result))
        draw_latency(left, result)
        draw_slowest(right, result)
        style.legend_below(figure, left, columns=4)
    return figure


def latency_headline(result: Result) -> str:
    """Say in one sentence what the figure shows."""
    latency = result.kpis["latency"]
    if not result.kpis["requests"]["completed"]:
        return none_completed(result)
    which = "requests" if result.kpis["requests"]["success_ratio"] == 1 else "completed requests"
    return (
        f"Half of the {which} take at most {format_duration(latency['p50'])}, "
        f"99 % at most {format_duration(latency['p99'])}"
    )


def none_completed(result: Result) -> str:
    """Say that no request completed, and why if there is a reason."""
    errors = result.kpis["errors"]
    commonest = max(errors, key=lambda name: errors[name])
    because = f"; {count(errors[commonest])} ended with {commonest}" if errors[commonest] else ""
    return f"None of {count(result.kpis['requests']['arrived'])} requests completed{because}"


def draw_latency(axes: Axes, result: Result) -> None:
    """Draw the share of requests that took at most x, for each kind."""
    import seaborn

    curves = _curves(result)
    if not curves:
        style.message(axes, "No request completed, failed or timed out in the window.")
        return
    for curve in curves:
        x, share = thin(curve.number, curve.at)
        rising = np.append(0.0, share * 100)
        seaborn.lineplot(x=np.append(x[:1], x), y=rising, ax=axes, **_pen(curve))
    _axes(axes, curves)
    axes.set(ylim=(0, 101), ylabel="share of requests (%)", title="Requests that took at most x")


def draw_slowest(axes: Axes, result: Result) -> None:
    """Draw the share of requests that took longer than x, downwards by powers of ten."""
    import seaborn

    curves = _curves(result)
    if not curves:
        axes.set_axis_off()
        return
    for curve in curves:
        x, share = thin(curve.number, curve.at)
        # The share before each step, so that the slowest request is at 1 in n, not at 0.
        before = 1 - share + 1 / curve.number
        seaborn.lineplot(x=x, y=before, ax=axes, **{**_pen(curve), "drawstyle": "steps-pre"})
    _mark(axes, result)
    _axes(axes, curves)
    _one_in(axes, max(curve.number for curve in curves))
    axes.set(ylabel="", title="Requests that took longer than x")


def _curves(result: Result) -> list[_Curve]:
    summary = result.folds.summary
    spread = summary.endings()
    found = [_Curve("all completed", summary.completed(), 0, style.INK)]
    for kind, (label, colour) in _KINDS.items():
        found.append(_Curve(label, spread, ENDINGS.index(kind), colour, dashed=kind in _ENDED))
    return _visible([curve for curve in found if curve.number])


def _visible(curves: list[_Curve]) -> list[_Curve]:
    """Move times of zero, which a logarithmic axis lacks, to the shortest other time."""
    least = min((curve.spread.least(curve.group) for curve in curves), default=np.inf)
    return [replace(curve, least=least if np.isfinite(least) else 1e-3) for curve in curves]


def _pen(curve: _Curve) -> dict[str, object]:
    whole = curve.colour == style.INK
    return {
        "estimator": None,
        "sort": False,
        "drawstyle": "steps-post",
        "label": f"{curve.label} ({count(curve.number)})",
        "color": style.COLOURS.get(curve.colour, curve.colour),
        "linewidth": 2.6 if whole else 1.6,
        "alpha": 0.35 if whole else 1.0,
        "linestyle": (0, (4, 2)) if curve.dashed else "-",
        "legend": False,
    }


def _axes(axes: Axes, curves: list[_Curve]) -> None:
    ends = np.array([curve.ends() for curve in curves])
    duration_axis(axes, ends.min(), ends.max())
    axes.set_xlabel("time from arrival to response (log scale)")


def _mark(axes: Axes, result: Result) -> None:
    latency = result.kpis["latency"]
    for name, share in _MARKED.items():
        if np.isnan(latency[name]):
            continue
        axes.plot(latency[name], 1 - share, "o", color=style.INK, markersize=5, zorder=5)
        axes.annotate(
            f"{name}  {format_duration(latency[name])}",
            (latency[name], 1 - share),
            xytext=(-7, -3),
            textcoords="offset points",
            ha="right",
            va="top",
            fontsize=9,
            fontweight="bold",
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 1},
        )


def _one_in(axes: Axes, number: int) -> None:
    from matplotlib.ticker import FixedLocator, NullLocator

    powers = [10**k for k in range(int(np.log10(max(number, 1))) + 1)]
    axes.set_yscale("log")
    axes.yaxis.set_major_locator(FixedLocator([1 / p for p in powers]))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.set_yticks([1 / p for p in powers], ["all", *(f"1 in {count(p)}" for p in powers[1:])])
    axes.set_ylim(0.7 / max(number, 1), 1.4)
