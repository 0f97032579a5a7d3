"""All KPIs of a run, nested, for the whole run and under ``functions.<name>``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fcsim.results.bill import Bill, bill
from fcsim.results.calls import call_figures
from fcsim.results.folds import folded
from fcsim.results.instance_figures import instance_figures
from fcsim.results.request_summary import RequestSummary, Table
from fcsim.results.vocabulary import KPIS, nest

if TYPE_CHECKING:
    from fcsim.sim.record import Record

__all__ = ["kpis"]


def kpis(
    record: Record, priced: Bill | None = None, summary: RequestSummary | None = None
) -> dict[str, Any]:
    """Return every KPI of :data:`~fcsim.results.vocabulary.KPIS`, nested by its dots.

    Counts are ints, all others floats; NaN where a figure is not defined. *priced* is the
    bill and *summary* what the requests come to, when they are known already. ScenarioError
    when the price book lacks a price.
    """
    summary = summary or folded(record, by_function=False).summary
    table = summary.finish() | call_figures(record) | instance_figures(record)
    table |= (priced or bill(record)).costs()
    columns = nest({kpi.name: _column(table, kpi.name, kpi.unit) for kpi in KPIS})
    overall = _row(columns, -1)
    overall["functions"] = {
        function.name: _row(columns, row) for row, function in enumerate(record.functions)
    }
    return overall


def _column(table: Table, name: str, unit: str) -> list[float] | list[int]:
    values = table[name]
    column: list[float] | list[int] = (
        values.astype(int).tolist() if unit == "count" else values.tolist()
    )
    return column


def _row(columns: dict[str, Any], row: int) -> dict[str, Any]:
    """Return one row of nested columns, nested likewise."""
    return {
        name: _row(inner, row) if isinstance(inner, dict) else inner[row]
        for name, inner in columns.items()
    }
