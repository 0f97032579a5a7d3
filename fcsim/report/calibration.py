"""The figures of a calibration: one a fit, and predicted against observed.

A fitted distribution is drawn over the empirical one; a keep-alive among the gaps that speak for
and against it; a dispatch policy by the share of choices that each policy explains.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report import style
from fcsim.report.sheet import content
from fcsim.report.time_axes import duration_axis
from fcsim.report.values import count
from fcsim.results.levels import thin
from fcsim.study.calibrate.dispatch import Choices
from fcsim.study.calibrate.holdout import FIGURES
from fcsim.study.calibrate.keep_alive import Gaps
from fcsim.study.calibrate.report import shown
from fcsim.study.calibrate.spread import Sample

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.calibrate.report import Calibration, Fit

__all__ = ["calibration_figures", "fit_figure", "prediction_figure", "save_calibration_figures"]

_PENS = ("vermilion", "green", "pink", "brown", "grey")


def calibration_figures(report: Calibration) -> dict[str, Figure]:
    """Return a figure for each fit by file name, and ``predictions`` if there are any."""
    figures = {_name(fit): fit_figure(report, fit) for fit in report.fits}
    if report.predictions:
        figures["predictions"] = prediction_figure(report)
    return figures


def save_calibration_figures(report: Calibration, folder: str | Path) -> list[Path]:
    """Write every figure as PNG into *folder* and return the paths."""
    target = Path(folder)
    target.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, figure in calibration_figures(report).items():
        paths.append(target / f"{name}.png")
        paths[-1].write_bytes(content(figure, "png"))
    return paths


def fit_figure(report: Calibration, fit: Fit) -> Figure:
    """Draw what stands behind one fitted value."""
    drawers: dict[type, Callable[[Axes, Fit, Any], None]] = {
        Sample: _draw_sample,
        Gaps: _draw_gaps,
        Choices: _draw_choices,
    }
    with style.sheet(_Labelled(report), (9.0, 4.8)) as (figure, axes):
        style.headline(figure, _headline(fit))
        drawers[type(fit.evidence)](axes, fit, fit.evidence)
        style.legend_right(axes)
    return figure


class _Labelled:
    """What the caption of a figure needs to know."""

    def __init__(self, report: Calibration) -> None:
        self.scenario = report.scenario()
        self.seed = self.scenario.seed


def _name(fit: Fit) -> str:
    kept = [part for part in fit.path.split(".") if part not in ("functions", "assumptions")]
    return "-".join(kept).replace(" ", "-")


def _headline(fit: Fit) -> str:
    values = ", ".join(f"{e.name} {shown(e.value, e.unit)}" for e in fit.estimates)
    return f"{fit.path}: {values or fit.rule.partition(':')[0]}"


def _draw_sample(axes: Axes, fit: Fit, sample: Sample) -> None:
    import seaborn

    x, share = thin(len(sample.values), lambda ranks: sample.values[ranks])
    seaborn.lineplot(
        x=x, y=share * 100, ax=axes, color=style.INK, alpha=0.35, linewidth=3.5,
        drawstyle="steps-post", label=f"observed ({count(fit.number)})", legend=False,
        estimator=None, sort=False,
    )  # fmt: skip
    duration_axis(axes, float(x[0]), float(x[-1]))
    grid = np.geomspace(*axes.get_xlim(), 400)
    for pen, candidate in zip(_PENS, sample.candidates, strict=False):
        chosen = candidate.name == sample.chosen
        label = f"{candidate.name}{' (chosen)' if chosen else ''}"
        axes.plot(
            grid, candidate.law.cdf(grid) * 100, color=style.COLOURS["blue" if chosen else pen],
            linewidth=2.0 if chosen else 1.0, linestyle="-" if chosen else (0, (4, 2)), label=label,
        )  # fmt: skip
    axes.set(ylim=(0, 101), ylabel="share (%)", xlabel="time (log scale)")
    axes.set_title(f"Share of observations of at most x; chosen: {sample.chosen}")


def _draw_gaps(axes: Axes, fit: Fit, gaps: Gaps) -> None:
    (estimate,) = fit.estimates
    rows = (
        (gaps.reused, "reused", "blue", 1.0),
        (gaps.expired, "expired by then", "vermilion", 0.0),
    )
    for values, label, colour, height in rows:
        spots = height + 0.25 * np.cos(np.arange(len(values)) * 2.4)  # apart, not random
        axes.plot(
            values, spots, "o", markersize=4, alpha=0.5, color=style.COLOURS[colour],
            label=f"{label} ({count(len(values))})",
        )  # fmt: skip
    axes.axvspan(
        estimate.low, estimate.high, color=style.COLOURS["green"], alpha=0.25, label="95 %"
    )
    axes.axvline(estimate.value, color=style.COLOURS["green"], label="keep-alive")
    ends = [max(estimate.low / 20, 1e-3), max(estimate.high, float(gaps.expired[0])) * 5]
    duration_axis(axes, *ends)
    axes.set_yticks([0.0, 1.0], ["no instance left", "reused"])
    axes.set(ylim=(-0.6, 1.6), xlabel="idle gap before a request (log scale)")
    axes.set_title("Idle gaps, and whether the instance was still there")


def _draw_choices(axes: Axes, fit: Fit, seen: Choices) -> None:
    chance = float(np.mean(1 / np.array(seen.sizes, dtype=np.float64)))
    shares = {policy: seen.agreement(policy) for policy in seen.hits} | {"random": chance}
    chosen = fit.written["value"]
    for place, (policy, share) in enumerate(shares.items()):
        colour = style.COLOURS["blue" if policy == chosen else "grey"]
        axes.barh(place, share * 100, color=colour, height=0.6)
        style.note(axes, f"{share * 100:.1f} %", (share * 100, place))
    axes.set_yticks(range(len(shares)), [name.replace("_", " ") for name in shares])
    axes.invert_yaxis()
    axes.axvline(chance * 100, color=style.INK, linewidth=1, linestyle=":", label="by chance")
    axes.set(xlim=(0, 112), xlabel="share of choices that the policy makes too (%)")
    axes.set_title(f"{count(fit.number)} requests with two or more instances to choose from")


def prediction_figure(report: Calibration) -> Figure:
    """Draw each predicted figure of the held-out part as a share of the observed one."""
    known = [p for p in report.predictions if p.observed == p.observed and p.observed > 0]
    size = (9.0, 1.8 + 0.42 * max(len(known), 2))
    with style.sheet(_Labelled(report), size) as (figure, axes):
        style.headline(figure, "Predicted against observed over the held-out part of the log")
        for place, p in enumerate(known):
            spread = np.array([[p.predicted - p.low], [p.high - p.predicted]]) / p.observed
            style_of = {"fmt": "o", "color": style.COLOURS["blue"], "capsize": 3}
            axes.errorbar(p.predicted / p.observed, place, xerr=np.nan_to_num(spread), **style_of)
        axes.axvline(1, color=style.INK, linewidth=1, linestyle=":")
        labels = [
            f"{p.function}: {FIGURES[p.figure][0]} {shown(p.observed, FIGURES[p.figure][1])}"
            for p in known
        ]
        axes.set_yticks(range(len(known)), labels)
        axes.invert_yaxis()
        axes.set_xlabel("predicted / observed; bars hold 95 % of single runs")
    return figure
