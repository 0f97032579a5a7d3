"""The figures of a sweep: a line over one knob, a heat map over two, dots over each of several."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report import style
from fcsim.report.kpi_values import Units, digits
from fcsim.report.values import cut
from fcsim.study.table_files import plain_cell

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from fcsim.study.estimates import Estimate
    from fcsim.study.sweep import Sweep

__all__ = ["numbers", "sweep_figures"]

_NUMBER = re.compile(r"^([+-]?[\d.]+(?:[eE][+-]?\d+)?)\s*(\S*)$")
_MOST_COLUMNS = 4


def sweep_figures(sweep: Sweep) -> dict[str, Figure]:
    """Return a figure for each KPI to look at first (``sweep.shown``), by file name."""
    draw = _drawer(sweep)
    return {re.sub(r"[^\w-]+", "-", kpi): draw(sweep, kpi) for kpi in sweep.shown}


def _drawer(sweep: Sweep) -> Callable[[Sweep, str], Figure]:
    if len(sweep.paths) == 1:
        return _line
    return _map if len(sweep.paths) == 2 and _is_grid(sweep) else _dots


def _is_grid(sweep: Sweep) -> bool:
    first, second = (_values(sweep, path) for path in sweep.paths)
    return len(sweep.settings) == len(first) * len(second)


def _values(sweep: Sweep, path: str) -> list[Any]:
    """Return the different values of *path* in the order of the settings, as cells."""
    return list(dict.fromkeys(plain_cell(setting[path]) for setting in sweep.settings))


def numbers(values: Sequence[Any]) -> tuple[list[float], str] | None:
    """Return *values* as numbers and their common unit; None when they have none."""
    found = [_NUMBER.match(str(value).replace(",", "")) for value in values]
    if not all(found) or any(isinstance(value, bool) for value in values):
        return None
    units = {match[2] for match in found if match}
    if len(units) != 1:
        return None
    return [float(match[1]) for match in found if match], units.pop()


def _places(sweep: Sweep, path: str, axes: Axes) -> dict[Any, float]:
    """Return where each value of *path* stands on the x axis, and label that."""
    from matplotlib.ticker import MaxNLocator

    values = _values(sweep, path)
    known = numbers(values)
    axes.set_xlabel(path)
    if known is None:
        places = dict(zip(values, map(float, range(len(values))), strict=True))
        axes.set_xticks(list(places.values()), [cut(str(value), 16) for value in values])
        axes.set_xlim(-0.5, len(values) - 0.5)
        return places
    if known[1]:
        axes.set_xlabel(f"{path} ({known[1]})")
    if all(number == round(number) for number in known[0]):
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_formatter(style.NUMBERS)
    return dict(zip(values, known[0], strict=True))


def _estimates(sweep: Sweep, kpi: str) -> list[tuple[dict[str, Any], Estimate]]:
    return [(sweep.settings[p - 1], sweep.estimate(p, kpi)) for p in sweep.points]


def _known(sweep: Sweep, kpi: str) -> list[tuple[dict[str, Any], Estimate]]:
    return [(setting, e) for setting, e in _estimates(sweep, kpi) if e.value == e.value]


def _headline(sweep: Sweep, kpi: str) -> str:
    """Say between which values the KPI lies, and where its ends are."""
    units, known = Units(sweep.scenario), _known(sweep, kpi)
    if not known:
        return f"{kpi} is not defined at any setting"
    least, most = (choose(known, key=lambda pair: pair[1].value) for choose in (min, max))
    if least[1].value == most[1].value:
        return f"{kpi} is {units.brief(kpi, least[1].value)} at every setting"
    ends = (f"{units.brief(kpi, e.value)} at {_told(sweep, s)}" for s, e in (least, most))
    return f"{kpi}: from {' to '.join(ends)}"


def _told(sweep: Sweep, setting: dict[str, Any]) -> str:
    return ", ".join(
        f"{path.split('.')[-1]} {cut(str(plain_cell(setting[path])), 24)}" for path in sweep.paths
    )


def _scaled(sweep: Sweep, kpi: str) -> tuple[float, str]:
    """Return the unit for the axis of *kpi*, and its label."""
    values = [estimate.value for _, estimate in _known(sweep, kpi)]
    size, sign = Units(sweep.scenario).scale(kpi, values)
    return size, f"{kpi} ({sign})" if sign else kpi


def _line(sweep: Sweep, kpi: str) -> Figure:
    """Draw means with their intervals over one knob."""
    import seaborn

    with style.sheet(sweep, (9.0, 4.8)) as (figure, axes):
        style.headline(figure, _headline(sweep, kpi))
        size, label = _scaled(sweep, kpi)
        places = _places(sweep, sweep.paths[0], axes)
        known = _known(sweep, kpi)
        x = np.array([places[plain_cell(setting[sweep.paths[0]])] for setting, _ in known])
        order = np.argsort(x, kind="stable")
        y, low, high = (
            np.array([getattr(e, end) for _, e in known])[order] / size
            for end in ("value", "low", "high")
        )
        high = np.where(np.isinf(high), np.nan, high)
        blue = style.COLOURS["blue"]
        look = {"estimator": None, "sort": False, "marker": "o", "legend": False}
        seaborn.lineplot(x=x[order], y=y, ax=axes, color=blue, **look)
        if not np.isnan(high).all():
            axes.fill_between(x[order], low, high, color=blue, alpha=0.2, linewidth=0)
        axes.set(ylabel=label, title=_what(sweep))
        axes.yaxis.set_major_formatter(style.NUMBERS)
    return figure


def _what(sweep: Sweep) -> str:
    if sweep.reps == 1:
        return "One run for each setting: no interval"
    return f"Over {sweep.reps} runs, with the 95 % interval"


def _map(sweep: Sweep, kpi: str) -> Figure:
    """Draw means over two knobs as a heat map; settings without figures stay empty."""
    import seaborn

    rows, columns = (_values(sweep, path) for path in sweep.paths)
    means = np.full((len(rows), len(columns)), np.nan)
    for setting, estimate in _estimates(sweep, kpi):
        row, column = (plain_cell(setting[path]) for path in sweep.paths)
        means[rows.index(row), columns.index(column)] = estimate.value
    size = (min(14.0, 4.0 + 0.8 * len(columns)), min(12.0, 2.6 + 0.42 * len(rows)))
    with style.sheet(sweep, (max(size[0], 8.0), max(size[1], 4.0))) as (figure, axes):
        style.headline(figure, _headline(sweep, kpi))
        scale, label = _scaled(sweep, kpi)
        cells = [[f"{x:,.{digits(abs(x))}f}" for x in row] for row in np.nan_to_num(means / scale)]
        seaborn.heatmap(
            means / scale, ax=axes, cmap="viridis", mask=np.isnan(means), linewidths=0.5,
            annot=np.array(cells) if means.size <= 120 else None, fmt="",
            cbar_kws={"label": label, "format": style.NUMBERS},
            xticklabels=[cut(str(value), 16) for value in columns],
            yticklabels=[cut(str(value), 16) for value in rows],
        )  # fmt: skip
        axes.set(xlabel=sweep.paths[1], ylabel=sweep.paths[0])
        axes.set_title(f"{sweep.reps} runs each" if sweep.reps > 1 else "One run each")
        axes.tick_params(axis="y", rotation=0)
    return figure


def _dots(sweep: Sweep, kpi: str) -> Figure:
    """Draw every setting over each knob, with the mean at each value where values recur."""
    import seaborn

    across = min(len(sweep.paths), _MOST_COLUMNS)
    down = -(-len(sweep.paths) // across)
    grid = {"nrows": down, "ncols": across, "sharey": True, "squeeze": False}
    with style.sheet(sweep, (4.0 * across, 1.2 + 3.4 * down), **grid) as (figure, panels):
        style.headline(figure, _headline(sweep, kpi))
        size, label = _scaled(sweep, kpi)
        known = _known(sweep, kpi)
        y = np.array([estimate.value for _, estimate in known]) / size
        for axes in panels.flat[len(sweep.paths) :]:
            axes.set_axis_off()
        for path, axes in zip(sweep.paths, panels.flat, strict=False):
            places = _places(sweep, path, axes)
            x = np.array([places[plain_cell(setting[path])] for setting, _ in known])
            seaborn.scatterplot(x=x, y=y, ax=axes, color=style.COLOURS["blue"], s=22, alpha=0.6)
            _means(axes, x, y)
            axes.set_ylabel(label)
            axes.yaxis.set_major_formatter(style.NUMBERS)
        panels.flat[0].set_title("Each dot a setting; lines join means")
    return figure


def _means(axes: Axes, x: Any, y: Any) -> None:
    """Join the means at recurring values."""
    values, counts = np.unique(x, return_counts=True)
    if len(values) > 1 and counts.min() > 1:
        means = [float(y[x == value].mean()) for value in values]
        axes.plot(values, means, color=style.INK, linewidth=1.5, marker="_", label="mean")
