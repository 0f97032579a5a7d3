"""A plan as files: JSON, a table of settings, and two figures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from fcsim.report.plan_tables import plan_json
from fcsim.report.sheet import content
from fcsim.study.table_files import check_form, plain_cell, write_document, write_rows

if TYPE_CHECKING:
    from fcsim.study.plan.report import Plan

__all__ = ["save"]


def save(plan: Plan, folder: Path, *, figures: bool = True, table: str = "csv") -> list[Path]:
    """Write ``plan.json``, ``settings``, ``figures/slide`` and ``figures/frontier``; return paths.

    The figures are drawn before anything is written.
    """
    check_form(table)
    drawn = {
        f"{name}.{form}": content(figure, form)
        for name, figure in (
            (("slide", plan.slide()), ("frontier", plan.figure())) if figures else ()
        )
        for form in ("png", "svg")
    }
    rows = [{key: plain_cell(cell) for key, cell in row.items()} for row in plan.rows()]
    folder.mkdir(parents=True, exist_ok=True)
    written = [write_document(plan_json(plan), folder, "plan")]
    written.append(write_rows(rows, folder, "settings", table))
    for name, data in drawn.items():
        (folder / "figures").mkdir(exist_ok=True)
        passing = folder / "figures" / f"{name}.tmp"
        passing.write_bytes(data)
        written.append(passing.replace(folder / "figures" / name))
    return written
