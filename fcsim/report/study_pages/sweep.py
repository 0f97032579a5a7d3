"""The page of a sweep: a scenario under many settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import isfinite, isnan
from typing import TYPE_CHECKING, Any

import numpy as np

from fcsim.report.estimates import plus_minus
from fcsim.report.html.axis import linear_axis, names_axis, span_axis
from fcsim.report.html.chart import Dots, Hover, Series, chart
from fcsim.report.html.heat import Heat, heat_map
from fcsim.report.html.markup import Html, code, element, fragment, name
from fcsim.report.html.page import Section, page
from fcsim.report.html.table import Cell, Column, Row, table
from fcsim.report.kpi_values import Units
from fcsim.report.study_pages import parts
from fcsim.report.sweep_figures import numbers
from fcsim.report.sweep_tables import short_paths
from fcsim.report.values import count, cut
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.table_files import plain_cell

if TYPE_CHECKING:
    from fcsim.report.html.axis import Axis
    from fcsim.study.estimates import Estimate
    from fcsim.study.sweep import Sweep

    Points = Sequence[tuple[Mapping[str, Any], Estimate]]

__all__ = ["sweep_page"]

_MOST_SETTINGS = 1000
_MOST_READ = 600
"""Settings whose figures appear under the pointer: of more they would fill the page."""
_MOST_CELLS = 1200
"""Cells of a heat map; a larger grid is drawn as dots."""


def sweep_page(found: Sweep, command: str = "") -> str:
    """Return the report of *found* as HTML; *command* is what made it."""
    settings = f"{count(len(found.points))} settings"
    how = [settings, parts.runs_each(found.reps, CONFIDENCE)]
    if found.shard != (1, 1):
        how.append("shard {}/{}: a part of the settings only".format(*found.shard))
    return page(
        f"{found.scenario.name} over {_listed(short_paths(found.paths))}",
        [
            _answer(found),
            _figures(found),
            _settings(found),
            parts.preset_section(found.scenario),
            parts.scenarios_section({"": found.scenario}),
            parts.repeat_section(command, {"": found.scenario}, _facts(found)),
        ],
        lead=parts.facts(found.scenario, how),
        filtered="Settings" if len(found.points) > 1 else "",
    )


def _listed(names: Sequence[str]) -> str:
    *others, last = (cut(one, 40) for one in names)
    return f"{', '.join(others)} and {last}" if others else last


def _facts(found: Sweep) -> list[tuple[str, str]]:
    varied = [("varied", ", ".join(found.paths)), ("runs of each setting", str(found.reps))]
    return [*varied, ("runs", count(len(found.runs)))]


# ── answer ────────────────────────────────────────────────────────────────────────────────


def _answer(found: Sweep) -> Section:
    body = fragment(parts.answers(_ends(found, kpi) for kpi in found.shown), _failures(found))
    return Section("answer", "Between which figures, and where?", body)


def _points(found: Sweep, kpi: str) -> Points:
    """Return setting and estimate of each point at which *kpi* is defined."""
    every = [(found.settings[p - 1], found.estimate(p, kpi)) for p in found.points]
    return [(setting, one) for setting, one in every if not isnan(one.value)]


def _ends(found: Sweep, kpi: str) -> Html:
    """Say between which values *kpi* lies, and at which settings."""
    units, known = Units(found.scenario), _points(found, kpi)
    if not known:
        return fragment(code(kpi), " is not defined at any setting.")
    least, most = (pick(known, key=lambda pair: pair[1].value) for pick in (min, max))
    if least[1].value == most[1].value:
        told = units.single(kpi, least[1].value)
        return fragment(code(kpi), f" is {told} at every setting.")
    low, high = (
        fragment(plus_minus(units, kpi, one), " at ", _told(found, setting))
        for setting, one in (least, most)
    )
    return fragment(code(kpi), " lies between ", low, " and ", high, ".")


def _told(found: Sweep, setting: Mapping[str, Any]) -> Html:
    shorts = short_paths(found.paths)
    pairs = [
        fragment(", " if place else "", name(short), " ", name(_value(setting, path)))
        for place, (short, path) in enumerate(zip(shorts, found.paths, strict=True))
    ]
    return fragment(*pairs)


def _value(setting: Mapping[str, Any], path: str) -> str:
    return str(plain_cell(setting[path]))


def _failures(found: Sweep) -> Html | None:
    """Return a line for each error of a setting, however many of its runs it ended."""
    runs: dict[tuple[int, str], int] = {}
    for run in found.failures:
        key = run.point, run.outcome.error
        runs[key] = runs.get(key, 0) + 1
    lines = [
        fragment(_told(found, found.settings[point - 1]), f" failed in {number} of {found.reps} "
                 f"runs: {cut(error, 1000)}")
        for (point, error), number in runs.items()
    ]  # fmt: skip
    more = len(lines) - _MOST_SETTINGS
    if more > 0:
        lines = [*lines[:_MOST_SETTINGS], fragment(f"{more:,} more settings failed.")]
    return parts.remarks(lines) if lines else None


# ── figures ───────────────────────────────────────────────────────────────────────────────


def _figures(found: Sweep) -> Section:
    draw = _line if len(found.paths) == 1 else _map if _is_grid(found) else _dots
    drawn = [draw(found, kpi) for kpi in found.shown if _varies(found, kpi)]
    if draw is not _dots:
        drawn = [element("div", drawn, class_="grid")] if drawn else []
    body = fragment(
        *(drawn or [element("p", "No figure differs between settings.")]), parts.note(_what(found))
    )
    return Section("figures", f"Over {cut(_listed(short_paths(found.paths)), 80)}", body)


def _varies(found: Sweep, kpi: str) -> bool:
    return len({one.value for _, one in _points(found, kpi)}) > 1


def _what(found: Sweep) -> str:
    if found.reps == 1:
        return "One run of each setting: no interval."
    return f"Over {found.reps} runs each, with 95 % intervals."


def _values(found: Sweep, path: str) -> list[Any]:
    """Return the different values of *path* in the order of the settings, as cells."""
    return list(dict.fromkeys(plain_cell(setting[path]) for setting in found.settings))


def _is_grid(found: Sweep) -> bool:
    if len(found.paths) != 2:
        return False
    cells = len(_values(found, found.paths[0])) * len(_values(found, found.paths[1]))
    return len(found.settings) == cells <= _MOST_CELLS


def _places(found: Sweep, path: str) -> tuple[Axis, dict[Any, float]]:
    """Return the axis of *path*, and where each of its values lies."""
    values = _values(found, path)
    known = numbers(values)
    label = cut(path, 60)
    if known is None:
        axis = names_axis([cut(str(value), 16) for value in values], label)
        return axis, {value: float(place) for place, value in enumerate(values)}
    places, unit = known
    label = f"{label} ({unit})" if unit else label
    least, most = min(places), max(places)
    axis = linear_axis(most, label) if 0 <= least <= most / 2 else span_axis(least, most, label)
    return axis, dict(zip(values, places, strict=True))


def _height(found: Sweep, kpi: str, known: Points) -> tuple[float, Axis]:
    """Return the size of the unit of *kpi* and the axis of all its values and intervals."""
    ends = [x for _, one in known for x in (one.value, one.high) if isfinite(x)]
    size, sign = Units(found.scenario).scale(kpi, ends)
    whole = Units(found.scenario).kpi(kpi).unit == "count"
    return size, linear_axis(max(ends) / size, sign, whole=whole)


def _line(found: Sweep, kpi: str) -> Html:
    """Draw means over one knob, joined, with their intervals."""
    path, known = found.paths[0], _points(found, kpi)
    x, places = _places(found, path)
    ordered = sorted(known, key=lambda pair: places[plain_cell(pair[0][path])])
    at = [places[plain_cell(setting[path])] for setting, _ in ordered]
    size, y = _height(found, kpi, known)
    mean, low, high = (
        np.array([getattr(one, end) for _, one in ordered]) / size
        for end in ("value", "low", "high")
    )
    series: list[Series | Dots] = []
    if not np.isnan(low).any():
        series.append(Series("", at, high, "blue", base=low))
    series.append(Series("", at, mean, "blue"))
    series.append(Dots("", at, mean, "blue", up=(low, high)))
    hover = None if len(at) > _MOST_READ else Hover(at, _texts(found, kpi, ordered))
    return chart(code(kpi), series, x, y, hover=hover)


def _texts(found: Sweep, kpi: str, known: Points) -> list[str]:
    units, shorts = Units(found.scenario), short_paths(found.paths)
    texts = []
    for setting, one in known:
        pairs = zip(shorts, found.paths, strict=True)
        where = [f"{cut(short, 40)} {cut(_value(setting, path), 40)}" for short, path in pairs]
        texts.append("\n".join([*where, f"{kpi}: {plus_minus(units, kpi, one)}"]))
    return texts


def _map(found: Sweep, kpi: str) -> Html:
    """Draw means over two knobs; settings without figures stay empty."""
    units = Units(found.scenario)
    down, across = (_values(found, path) for path in found.paths)
    cells = {(row, column): Heat(float("nan"), "–") for row in down for column in across}
    for setting, one in _points(found, kpi):
        row, column = (plain_cell(setting[path]) for path in found.paths)
        hint = plus_minus(units, kpi, one)
        cells[row, column] = Heat(one.value, units.single(kpi, one.value), hint)
    rows = [(name(str(row)), [cells[row, column] for column in across]) for row in down]
    first, second = short_paths(found.paths)
    corner = fragment(name(first), " ↓ ", name(second), " →")
    return heat_map(code(kpi), [name(str(column)) for column in across], rows, corner)


def _dots(found: Sweep, kpi: str) -> Html:
    """Draw every setting over each knob."""
    known = _points(found, kpi)
    size, y = _height(found, kpi, known)
    heights = [one.value / size for _, one in known]
    texts = _texts(found, kpi, known) if len(known) <= _MOST_READ else []
    drawn = []
    for path in found.paths:
        x, places = _places(found, path)
        at = [places[plain_cell(setting[path])] for setting, _ in known]
        title = fragment(code(kpi), " over ", name(short_paths([path])[0]))
        dots = Dots("", at, heights, "blue")
        hover = Hover(at, texts, heights) if texts else None
        drawn.append(chart(title, [dots], x, y, hover=hover))
    return element("div", drawn, class_="grid")


# ── settings ──────────────────────────────────────────────────────────────────────────────


def _settings(found: Sweep) -> Section:
    units = Units(found.scenario)
    columns = [
        *(Column(name(short)) for short in short_paths(found.paths)),
        *(Column(code(kpi), number=True) for kpi in found.shown),
    ]
    keys = {path: _key(found, path) for path in found.paths}
    rows = []
    for point in found.points[:_MOST_SETTINGS]:
        setting = found.settings[point - 1]
        cells = [Cell(name(_value(setting, path)), keys[path](setting)) for path in found.paths]
        figures = [parts.interval_cell(units, k, found.estimate(point, k)) for k in found.shown]
        rows.append(Row([*cells, *figures], ", ".join(_value(setting, p) for p in found.paths)))
    more = len(found.points) - _MOST_SETTINGS
    left_out = f"{more:,} settings are left out; the table summary has them all."
    body = fragment(table(columns, rows), parts.note(left_out) if more > 0 else None)
    return Section("settings", "All settings", body)


def _key(found: Sweep, path: str) -> Callable[[Mapping[str, Any]], float | str]:
    """Return what sorts settings by *path*: a number if all its values are, of one unit."""
    values = _values(found, path)
    known = numbers(values)
    if known is None:
        return lambda setting: _value(setting, path)
    places = dict(zip(values, known[0], strict=True))
    return lambda setting: places[plain_cell(setting[path])]
