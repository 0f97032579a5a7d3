"""Assumption bands as text and JSON: what ``fcsim run --band`` prints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fcsim.report.console import Flow, columns
from fcsim.report.estimates import (
    brief,
    estimate_json,
    nested_estimates,
    notes_below,
    replications_json,
    replications_summary,
)
from fcsim.report.kpi_values import Units
from fcsim.report.values import plain, write
from fcsim.study.bands import RULE

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from fcsim.report.wide import Wide
    from fcsim.study.bands import Band, Moved, Swing

__all__ = [
    "band_json",
    "band_lines",
    "band_sentence",
    "band_summary",
    "leading",
    "swings_json",
    "value_at",
    "verdict",
]

_IN_FULL = ("latency.p99", "cost.per_month")
"""KPIs whose assumptions are listed one by one, if they have a band."""
_MOST = 8


def band_summary(band: Band) -> Group:
    """Return sampling and assumptions side by side, as a rich renderable."""
    from rich.console import Group

    parts: list[RenderableType] = [replications_summary(band.base, sampling_only=False)]
    parts += ["", _bold("Sampling and assumptions"), *map(_words, band_lines(band))]
    parts += ["", _words(verdict(band)), _words(RULE)]
    for name in leading(band):
        parts += ["", _bold(f"What moves {name}"), _swings(band, name)]
    return Group(*parts, *notes_below([*band.warnings, *_others(band)]))


def _words(text: str) -> Flow:
    return Flow(text.split(" "), " ")


def _bold(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style="bold")


def leading(band: Band) -> list[str]:
    """Return the KPIs to look at in full: the usual ones, or the first."""
    names = [name for name in _IN_FULL if name in band.kpis] or list(band.kpis[:1])
    return [name for name in names if band.swings(name)]


def band_lines(band: Band) -> Iterator[str]:
    """Yield one sentence a KPI: ``latency.p99 1.8 s (sampling ± 50 ms; assumptions …)``."""
    for name in band.kpis:
        if band.base[name].runs:
            yield band_sentence(band, name)


def band_sentence(band: Band, name: str) -> str:
    """Write the value, both intervals, and the assumption that moves it most."""
    units, reach = Units(band.scenario), band[name]
    sampling = f"sampling ± {brief(units, name, reach.sampling)}"
    told = f"{name} {brief(units, name, reach.value)} ({sampling}; "
    if reach.low == reach.high:
        return f"{told}no assumption moves it)"
    low, high = (brief(units, name, end) for end in (reach.low, reach.high))
    told += f"assumptions {low} to {high})"
    swings = band.swings(name)
    return f"{told}, moved most by {swings[0].assumption.name}" if swings else told


def verdict(band: Band) -> str:
    """Say whether more runs or better-known assumptions would make the answer surer."""
    known = [name for name in band.kpis if band.base[name].runs]
    wider = [name for name in known if band[name].wider]
    if not wider:
        return "Sampling moves every figure at least as much as assumptions do: add runs first."
    few = "" if len(wider) == len(known) else f" for {len(wider)} of {len(known)} figures"
    return (
        f"Assumptions move the answer more than sampling does{few}: the ± alone would promise too "
        "much, and more runs will not help; measure what moves it most (fcsim calibrate)."
    )


def _swings(band: Band, name: str) -> Wide:
    units = Units(band.scenario)
    table = columns(
        ("assumption", "left"), ("value", "right"), ("least", "right"), ("at", "left"),
        ("greatest", "right"), ("at", "left"),
    )  # fmt: skip
    swings = band.swings(name)
    for swing in swings[:_MOST]:
        parameter = swing.assumption
        table.add_row(
            parameter.name, value_at(swing, parameter.value),
            brief(units, name, swing.low), value_at(swing, swing.low_at),
            brief(units, name, swing.high), value_at(swing, swing.high_at),
        )  # fmt: skip
    if len(swings) > _MOST:
        table.add_row(f"{len(swings) - _MOST} more", "", "", "", "", "")
    return table


def value_at(swing: Swing, value: Any) -> str:
    """Write a value of the assumption of *swing*."""
    parameter = swing.assumption
    known = [v for v in (parameter.low, parameter.value, parameter.high) if v is not None]
    return write(value, parameter.unit, beside=known)


def _others(band: Band) -> Iterator[str]:
    if band.unmoving:
        yield f"Without any effect: {_names(band.unmoving)}"
    if band.fixed:
        yield f"Given without a range, so not moved: {_names([p.name for p in band.fixed])}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names)


def band_json(band: Band) -> dict[str, Any]:
    """Return the document of the runs with ``band``: for each KPI, sampling and assumptions."""
    return {
        **replications_json(band.base),
        "band": {
            "rule": RULE,
            "verdict": verdict(band),
            "kpis": nested_estimates({name: _kpi_json(band, name) for name in band.kpis}),
            "without_effect": list(band.unmoving),
            "fixed": [parameter.name for parameter in band.fixed],
            "warnings": band.warnings,
        },
    }


def swings_json(band: Moved, name: str) -> list[dict[str, Any]]:
    """Return the assumptions that move the KPI *name*, and how far."""
    return [
        {
            "name": swing.assumption.name,
            "low": swing.low,
            "high": swing.high,
            "low_at": value_at(swing, swing.low_at),
            "high_at": value_at(swing, swing.high_at),
        }
        for swing in band.swings(name)
    ]


def _kpi_json(band: Band, name: str) -> dict[str, Any]:
    reach = band[name]
    content: dict[str, Any] = plain(
        {
            "value": reach.value,
            "sampling": estimate_json(band.base[name]),
            "assumptions": {"low": reach.low, "high": reach.high},
            "text": band_sentence(band, name),
            "moves": swings_json(band, name),
        }
    )
    return content
