"""The summary of a result as one JSON document."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fcsim import __version__
from fcsim.report.parameters import parameter_json
from fcsim.report.values import plain

if TYPE_CHECKING:
    from fcsim.results.result import Result

__all__ = ["summary_json"]


def summary_json(result: Result) -> dict[str, Any]:
    """Return KPIs, bill, assumptions and warnings as plain Python values.

    Keys keep the order of the vocabulary, undefined figures are None, and equal runs give equal
    documents: nothing in it depends on the machine or the time of day.
    """
    scenario, bill = result.scenario, result.bill
    return {
        "fcsim": __version__,
        "scenario": scenario.name,
        "seed": result.seed,
        "replication": result.replication,
        "preset": scenario.platform.preset,
        "region": scenario.platform.region,
        "window": [scenario.warm_up, scenario.horizon],
        "kpis": plain(result.kpis),
        "bill": {
            "book": bill.book,
            "currency": bill.currency,
            "total": plain(bill.total),
            "lines": [plain(line._asdict()) for line in bill.lines],
        },
        "assumptions": {p.name: parameter_json(p) for p in result.assumptions},
        "warnings": list(result.warnings),
    }
