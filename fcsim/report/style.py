"""The look all figures share: sheet, colours, headline, legends, notes.

Colours are of seaborn's ``colorblind`` palette, each with one meaning in a figure. Figures are
made without pyplot, so nothing is shown and nothing is left behind in a global registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from textwrap import fill
from typing import TYPE_CHECKING, Any, Protocol

from fcsim import __version__
from fcsim.report.sheet import sheet_class
from fcsim.report.values import cut

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.scenario.model import Scenario

__all__ = [
    "COLOURS",
    "GREY",
    "INK",
    "NUMBERS",
    "Captioned",
    "headline",
    "legend_above",
    "legend_below",
    "legend_of",
    "legend_right",
    "message",
    "note",
    "sheet",
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

NUMBERS = "{x:,.6g}"
"""Format of numbers at ticks."""

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
    "text.parse_math": False,  # a dollar in a name is a dollar
}

_SMALL: dict[str, Any] = {
    "frameon": False,
    "fontsize": 8.5,
    "handlelength": 1.0,
    "handletextpad": 0.5,
    "columnspacing": 1.2,
}

_UNIT = re.compile(r"(?<=\d) (?=[%A-Za-zµ]{1,3}\b|%)")
"""The space between a number and its unit, where no line breaks."""
_LONGEST_NAME = 60
_STRIP = 0.24
"""Inches at the foot of a figure that are kept for the caption."""


class Captioned(Protocol):
    """What the caption of a figure names: a result, or another answer about a scenario."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""

    @property
    def seed(self) -> int:
        """The seed of its random streams."""


@contextmanager
def sheet(
    result: Captioned, size: tuple[float, float] = (10.0, 5.2), **grid: Any
) -> Iterator[tuple[Figure, Any]]:
    """Yield an empty figure and its axes (*grid* goes to ``subplots``); caption it at the end."""
    import matplotlib
    import seaborn
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    look = {**seaborn.axes_style("whitegrid"), **seaborn.plotting_context("paper"), **_LOOK}
    with matplotlib.rc_context(look):
        strip = _STRIP / size[1]
        layout = ConstrainedLayoutEngine(w_pad=0.08, h_pad=0.06, rect=(0, strip, 1, 1 - strip))
        figure = sheet_class()(figsize=size, layout=layout)
        yield figure, figure.subplots(**grid)
        figure.text(0.995, 0.2 * strip, _caption(result), ha="right", fontsize=7.5, color=GREY)
        for axes in figure.axes:
            # Ticks are made when drawn, after this context has ended.
            axes.tick_params(labelsize=9, labelcolor=INK, color="#c8c8c8")


def _caption(result: Captioned) -> str:
    scenario = result.scenario
    platform = scenario.platform
    name = cut(" ".join(scenario.name.split()), _LONGEST_NAME)
    parts = [name, f"seed {result.seed}", f"{platform.preset}, {platform.region}"]
    return "  ·  ".join([*parts, f"fcsim {__version__}"])


def headline(figure: Figure, text: str) -> None:
    """Write what the figure shows, as a sentence, above everything."""
    lines = fill(_UNIT.sub("\u00a0", text), int(9.0 * figure.get_figwidth()))
    lines = lines.replace("\u00a0", " ")
    figure.suptitle(lines, x=0.005, ha="left", fontsize=13, fontweight="bold", color=INK)


def legend_below(figure: Figure, axes: Axes, columns: int) -> None:
    """Put the legend of *axes* below all axes, lifted above the caption."""
    handles, _ = axes.get_legend_handles_labels()
    legend_of(figure, handles, columns)


def legend_of(figure: Figure, handles: list[Artist], columns: int) -> None:
    """Explain *handles* by their labels below all axes, lifted above the caption."""
    lift = _STRIP * 72 / _LOOK["legend.fontsize"]
    if handles:
        figure.legend(
            handles=handles,
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
    rows = 1 if sum(len(label) + 4 for label in labels) <= 60 else 2
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
