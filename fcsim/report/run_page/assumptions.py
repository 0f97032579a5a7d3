"""The values that no document settles and the answer rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Child, Html, code, element, fragment
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell, Column, table
from fcsim.report.parameters import remark
from fcsim.report.run_page.shown import Shown, figures_table
from fcsim.report.swings import band_figures, main_kpis, moved
from fcsim.report.values import bounds, written

if TYPE_CHECKING:
    from fcsim.scenario.parameters import Parameter
    from fcsim.study.bands import Moved

__all__ = ["assumptions_section", "assumptions_table"]


def assumptions_section(shown: Sequence[Shown]) -> Section:
    """Return each assumption with value, range, meaning and source."""
    body = _of_one(shown[0]) if len(shown) == 1 else _of_all(shown)
    return Section("assumptions", "Assumptions this rests on", body)


def _of_one(shown: Shown) -> Child:
    preset = shown.result.scenario.platform.preset
    note = f"All values of the preset, documented ones too: fcsim presets {preset}"
    if not shown.result.assumptions:
        return element("p", "None.")
    return fragment(
        band_figures(shown.band) if shown.band else None,
        assumptions_table(shown.result.assumptions, shown.band),
        element("p", note, class_="note"),
    )


def assumptions_table(parameters: Sequence[Parameter], band: Moved | None = None) -> Html:
    """Return a table of *parameters*, and how far each moves the main figures of *band*.

    With a band those that move most come first.
    """
    kpis = main_kpis(band) if band else []
    if band is not None:
        parameters = sorted(parameters, key=lambda p: -_weight(band, kpis, p.name))
    columns = [
        Column("assumption"), Column("value"), Column("range", label="range"),
        *(Column(fragment("moves ", code(kpi)), number=True, label=f"moves {kpi}") for kpi in kpis),
        Column("provenance"), Column("meaning and source", wide=True),
    ]  # fmt: skip
    rows = [
        [
            code(p.name), written(p), bounds(p),
            *(Cell(*moved(band, kpi, p.name)) for kpi in kpis if band),
            p.provenance, remark(p),
        ]
        for p in parameters
    ]  # fmt: skip
    return table(columns, rows)


def _weight(band: Moved, kpis: Sequence[str], name: str) -> float:
    """Return the greatest part of what moves a figure most that *name* makes; below 0: unmoved."""
    tops = {kpi: band.swings(kpi)[0].width for kpi in kpis}
    return max((moved(band, kpi, name)[1] / top for kpi, top in tops.items()), default=0.0)


def _of_all(shown: Sequence[Shown]) -> Child:
    known = [{p.name: p for p in one.result.assumptions} for one in shown]
    names = list(dict.fromkeys(key for found in known for key in found))
    rows = [(_name([found.get(key) for found in known], key), [_value(f.get(key)) for f in known])
            for key in names]  # fmt: skip
    return fragment(
        figures_table(shown, rows, "assumption", number=False),
        element("p", "* differs. – is not used by that run.", class_="note"),
    )


def _value(parameter: Parameter | None) -> str:
    if parameter is None:
        return "–"
    inside = bounds(parameter)
    return f"{written(parameter)} ({inside})" if inside else written(parameter)


def _name(found: Sequence[Parameter | None], key: str) -> Child:
    differs = len({_value(parameter) for parameter in found}) > 1
    return fragment(code(key), " *" if differs else None)
