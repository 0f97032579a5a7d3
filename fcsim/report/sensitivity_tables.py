"""Sensitivity as text and JSON: what ``fcsim sensitivity`` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fcsim.report.console import Flow, columns
from fcsim.report.estimates import brief
from fcsim.report.kpi_values import Units
from fcsim.report.values import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import Group, RenderableType

    from fcsim.report.wide import Wide
    from fcsim.study.indices import Influence, Sensitivity

__all__ = ["sensitivity_json", "sensitivity_summary"]

_MOST = 10


def sensitivity_summary(found: Sensitivity) -> Group:
    """Return the answer in words and the measures of both methods, as a rich renderable."""
    from rich.console import Group

    parts: list[RenderableType] = [
        Flow([f"{found.scenario.name}: {found.runs} runs", f"{len(found.names)} parameters"])
    ]
    for kpi in found.kpis:
        parts += ["", _bold(f"The answer: {found.sentence(kpi)}")]
        if found.indices.get(kpi):
            parts += ["", _shares(found.indices[kpi])]
        if found.screening:
            parts += ["", _walks(found, kpi)]
    if found.indices:
        parts += ["", Flow(_MEANING.split(" "), " ")]
    return Group(*parts)


_MEANING = (
    "share: of the variance of the KPI over the ranges, the part in which the parameter has a "
    "hand, alone or with others, so that shares may add up to more than 100 %"
)


def _bold(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style="bold")


def _sorted(influences: Sequence[Influence]) -> list[Influence]:
    return sorted(influences, key=lambda one: -one.total)


def _shares(influences: Sequence[Influence]) -> Wide:
    table = columns(
        ("parameter (Sobol')", "left"), ("share", "right"), ("±", "right"), ("alone", "right")
    )
    for one in _sorted(influences):
        table.add_row(one.name, *(_percent(x) for x in (one.total, one.error, one.alone)))
    return table


def _percent(part: float) -> str:
    return f"{max(part, 0.0) * 100:.0f} %"


def _walks(found: Sensitivity, kpi: str) -> Wide:
    units = Units(found.scenario)
    table = columns(
        ("parameter (Morris)", "left"), ("step", "right"), ("±", "right"), ("spread", "right")
    )
    ranked = _sorted(found.screening[kpi])
    for one in ranked[:_MOST]:
        table.add_row(one.name, *(brief(units, kpi, x) for x in (one.total, one.error, one.alone)))
    rest = ranked[_MOST:]
    if rest:
        nothing = sum(one.total == 0 for one in rest)
        table.add_row(f"{len(rest)} more, {nothing} of them without effect", "", "", "")
    return table


def sensitivity_json(found: Sensitivity) -> dict[str, Any]:
    """Return the answer as JSON can hold it; Morris in the KPI's unit, Sobol' as shares."""
    return {
        "scenario": found.scenario.name,
        "seed": found.seed,
        "runs": found.runs,
        "parameters": list(found.names),
        "kpis": {
            kpi: {
                "text": found.sentence(kpi),
                "sobol": _json(found.indices.get(kpi, ()), "share", "alone"),
                "morris": _json(found.screening.get(kpi, ()), "mu_star", "sigma"),
            }
            for kpi in found.kpis
        },
    }


def _json(influences: Sequence[Influence], total: str, alone: str) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = plain(
        [
            {"name": one.name, total: one.total, "error": one.error, alone: one.alone}
            for one in _sorted(influences)
        ]
    )
    return content
