"""The values that no document settles and the answer rests on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Child, code, element, fragment
from fcsim.report.html.page import Section
from fcsim.report.html.table import Column, table
from fcsim.report.parameters import remark
from fcsim.report.run_page.shown import Shown, figures_table
from fcsim.report.values import bounds, written

if TYPE_CHECKING:
    from fcsim.scenario.parameters import Parameter

__all__ = ["assumptions_section"]


def assumptions_section(shown: Sequence[Shown]) -> Section:
    """Return each assumption with value, range, meaning and source."""
    body = _of_one(shown[0]) if len(shown) == 1 else _of_all(shown)
    return Section("assumptions", "Assumptions this rests on", body)


def _of_one(shown: Shown) -> Child:
    columns = [Column("assumption"), Column("value"), Column("range"), Column("provenance"),
               Column("meaning and source", wide=True)]  # fmt: skip
    rows = [
        [code(p.name), written(p), bounds(p), p.provenance, remark(p)]
        for p in shown.result.assumptions
    ]
    preset = shown.result.scenario.platform.preset
    note = f"All values of the preset, documented ones too: fcsim presets {preset}"
    if not rows:
        return element("p", "None.")
    return fragment(table(columns, rows), element("p", note, class_="note"))


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
