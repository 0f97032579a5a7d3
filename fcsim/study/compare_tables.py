"""A comparison as tidy tables and files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim import __version__
from fcsim.scenario.identity import digest
from fcsim.study.table_files import check_form, write_document, write_rows

if TYPE_CHECKING:
    from fcsim.study.compare import Comparison
    from fcsim.study.estimates import Estimate

__all__ = ["TABLES", "comparison_json", "save"]

Row = dict[str, Any]


def _differences(comparison: Comparison) -> Iterator[Row]:
    for name in comparison.others:
        for kpi in comparison.columns:
            found = comparison.difference(name, kpi)
            change = {"difference": found.change.value, "low": found.change.low}
            yield {
                "scenario": name,
                "kpi": kpi,
                "base": found.base.value,
                "value": found.other.value,
                **change,
                "high": found.change.high,
                "relative": found.relative.value,
                "variance_ratio": found.variance_ratio,
                "runs": found.change.runs,
                **(_moved(comparison, name, kpi) if comparison.bands else {}),
            }


def _moved(comparison: Comparison, name: str, kpi: str) -> Row:
    """Return the cells about assumptions; empty without a band of this KPI."""
    band = comparison.bands.get(name)
    if band is None or kpi not in band.kpis:
        return {"band_low": nan, "band_high": nan, "moved_by": "", "choice": ""}
    swings = band.swings(kpi)
    return {
        "band_low": band[kpi].low,
        "band_high": band[kpi].high,
        "moved_by": swings[0].assumption.name if swings else "",
        "choice": band.choice(kpi).verdict,
    }


def _runs(comparison: Comparison) -> Iterator[Row]:
    for name, outcomes in comparison.outcomes.items():
        for replication, outcome in enumerate(outcomes):
            figures = {kpi: outcome.kpis.get(kpi, nan) for kpi in comparison.columns}
            yield {
                "scenario": name,
                "replication": replication,
                **figures,
                "error": outcome.error,
            }


def _band(comparison: Comparison) -> Iterator[Row]:
    from fcsim.report.choice_tables import choice_rows

    for name, band in comparison.bands.items():
        yield from ({"scenario": name, **row} for row in choice_rows(band))


TABLES: dict[str, Callable[[Comparison], Iterator[Row]]] = {
    "differences": _differences,
    "runs": _runs,
    "band": _band,
}
"""Tables by name."""


def save(comparison: Comparison, folder: Path, form: str = "csv") -> Path:
    """Write tables and ``compare.json`` into *folder* and return it."""
    check_form(form)
    for table, rows in TABLES.items():
        if table != "band" or comparison.bands:
            write_rows(list(rows(comparison)), folder, table, form)
    write_document(comparison_json(comparison), folder, "compare")
    return folder


def comparison_json(comparison: Comparison) -> dict[str, Any]:
    """Return the comparison as one document; ``bands`` is there if they were asked for."""
    from fcsim.report.choice_tables import choice_json

    bands = {name: choice_json(band) for name, band in comparison.bands.items()}
    return {
        "fcsim": __version__,
        "seed": comparison.seed,
        "replications": comparison.reps,
        "confidence": comparison.confidence,
        "base": comparison.base,
        "scenarios": {
            name: {"name": s.name, "digest": digest(s)} for name, s in comparison.scenarios.items()
        },
        "sentences": comparison.sentences,
        "differences": {name: _by_kpi(comparison, name) for name in comparison.others},
        "failures": [
            {"scenario": name, "replication": k, "error": error}
            for name, k, error in comparison.failures
        ],
        **({"bands": bands} if bands else {}),
    }


def _by_kpi(comparison: Comparison, name: str) -> dict[str, Row]:
    rows = {}
    for kpi in comparison.columns:
        found = comparison.difference(name, kpi)
        rows[kpi] = {
            "base": _ends(found.base),
            "value": _ends(found.other),
            "difference": _ends(found.change),
            "relative": _ends(found.relative),
            "variance_ratio": found.variance_ratio,
        }
    return rows


def _ends(found: Estimate) -> dict[str, float]:
    return {"mean": found.value, "low": found.low, "high": found.high}
