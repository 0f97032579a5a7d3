"""The figure of a sensitivity analysis: parameters by the share of variance they have a part in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.report import style
from fcsim.report.kpi_values import Units

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.indices import Influence, Sensitivity

__all__ = ["sensitivity_figure"]

_MOST = 12
_LEAST = 0.005
"""Part of the longest bar below which there is none."""


def sensitivity_figure(found: Sensitivity, kpi: str) -> Figure:
    """Draw Sobol' shares, with intervals, or the steps of Morris where there are no shares."""
    ranked = [one for one in found.ranked(kpi) if one.total > 0]
    ranked = [one for one in ranked if one.total > _LEAST * ranked[0].total][:_MOST]
    with style.sheet(found, (9.0, 2.2 + 0.42 * len(ranked))) as (figure, axes):
        style.headline(figure, found.sentence(kpi))
        if not ranked:
            style.message(axes, f"No parameter moves {kpi}.")
            return figure
        if found.indices:
            _draw_shares(axes, ranked)
        else:
            _draw_steps(axes, ranked, Units(found.scenario), kpi)
        axes.set_yticks(range(len(ranked)), [one.name for one in ranked])
        axes.invert_yaxis()
        axes.grid(axis="y", visible=False)
        style.legend_above(axes)
    return figure


def _draw_shares(axes: Axes, ranked: list[Influence]) -> None:
    rows = np.arange(len(ranked))
    total, error, alone = _columns(ranked)
    axes.barh(rows, total * 100, height=0.55, xerr=error * 100, color=style.COLOURS["sky"],
              error_kw={"elinewidth": 1.0, "ecolor": style.GREY},
              label="alone or with others")  # fmt: skip
    axes.barh(rows, np.maximum(alone, 0) * 100, height=0.25, color=style.COLOURS["blue"],
              label="alone")  # fmt: skip
    axes.set_xlim(left=0)
    axes.set_xlabel("share of the variance over the ranges (%)")


def _draw_steps(axes: Axes, ranked: list[Influence], units: Units, kpi: str) -> None:
    rows = np.arange(len(ranked))
    total, error, _ = _columns(ranked)
    scale, unit = units.scale(kpi, total.tolist())
    axes.barh(rows, total / scale, height=0.55, xerr=error / scale, color=style.COLOURS["sky"],
              error_kw={"elinewidth": 1.0, "ecolor": style.GREY})  # fmt: skip
    axes.set_xlim(left=0)
    axes.set_xlabel(f"mean size of a step's effect on {kpi}" + (f" ({unit})" if unit else ""))


def _columns(ranked: list[Influence]) -> list[np.ndarray]:
    return [np.array([getattr(x, part) for x in ranked]) for part in ("total", "error", "alone")]
