"""Intervals as text and JSON: what ``fcsim run --reps`` and ``--batches`` print."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fcsim.report.console import Flow, columns, grid
from fcsim.report.document import summary_json
from fcsim.report.kpi_values import Units, digits
from fcsim.report.values import plain, share, write
from fcsim.results.result import HEADLINES
from fcsim.study.estimates import own_name
from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.console import Group, RenderableType

    from fcsim.report.wide import Wide
    from fcsim.results.result import Result
    from fcsim.study.batches import Batches
    from fcsim.study.estimates import Estimate
    from fcsim.study.replications import Replications

__all__ = [
    "batches_json",
    "batches_summary",
    "brief",
    "estimate_json",
    "estimates_table",
    "nested_estimates",
    "notes_below",
    "plus_minus",
    "replications_json",
    "replications_summary",
]

_MAIN = ("requests.arrived", "requests.success_ratio", "latency.mean", *HEADLINES[2:])
_OF_FUNCTIONS = ("requests.success_ratio", "latency.p99", "cold_start.ratio", "cost.per_month")
_MOST_FUNCTIONS = 10


# ── replications ──────────────────────────────────────────────────────────────────────────


def replications_summary(found: Replications, sampling_only: bool = True) -> Group:
    """Return what ``fcsim run --reps`` prints, as a rich renderable.

    *sampling_only* adds that assumptions are not in the intervals.
    """
    from rich.console import Group

    parts: list[RenderableType] = [_title(found), "", estimates_table(found, _MAIN)]
    functions = _functions(found)
    if functions is not None:
        parts += ["", _bold("Functions, busiest first"), functions]
    notes = [*found.warnings, *(_assumptions(found) if sampling_only else ())]
    return Group(*parts, *notes_below(notes))


def notes_below(notes: Sequence[str]) -> list[RenderableType]:
    """Return *notes* as lines with a dash each, after an empty line."""
    table = grid()
    for note in notes:
        table.add_row("-", Flow(note.split(" "), " "))
    return ["", table] if notes else []


def _title(found: Replications) -> RenderableType:
    """Say what was run how often."""
    scenario = found.scenario
    facts = [
        f"{scenario.name}: {len(found.runs)} runs of {write(scenario.horizon, 'duration')}",
        f"seed {found.seed}",
        f"preset {scenario.platform.preset}, {scenario.platform.region}",
        _warm_up(found),
    ]
    return Flow(fact for fact in facts if fact)


def _warm_up(found: Replications) -> str:
    seconds = found.scenario.warm_up
    how = " (MSER-5)" if found.warm_up is not None else ""
    return f"first {format_duration(seconds)} left out{how}" if seconds or how else ""


def _assumptions(found: Replications) -> list[str]:
    number = len(found.first.assumptions)
    if not number:
        return []
    return [
        f"The intervals are of sampling only: {number} assumptions are not in them "
        "(--band shows how far they move each figure)"
    ]


def estimates_table(found: Replications, names: Iterable[str]) -> Wide:
    """Return one row a KPI: estimate ± half width, and the ends of its interval."""
    level = share(found.confidence)
    table = columns(("", "left"), ("value", "right"), (f"{level} interval", "left"))
    units = Units(found.scenario)
    for name in names:
        estimate = found.estimates[name]
        table.add_row(name, plus_minus(units, name, estimate), _ends(units, name, estimate))
    return table


def brief(units: Units, name: str, value: float) -> str:
    """Write one value with three digits, or whole: ``1.31 s``, ``47,466 CNY``."""
    return units.brief(name, value)


def plus_minus(units: Units, name: str, found: Estimate) -> str:
    """Write an estimate with half the width of its interval: ``1.31 ± 0.02 s``."""
    return units.spread(name, found.value, found.half)


def _ends(units: Units, name: str, found: Estimate) -> str:
    if math.isnan(found.low):
        return ""
    if math.isinf(found.high):
        return f"{brief(units, name, found.low)} or more"
    if found.low == found.high:
        return brief(units, name, found.low)
    size, sign = units.scale(name, [found.low, found.high])
    places = min(digits((found.high - found.low) / size), 6)
    return f"{found.low / size:,.{places}f} to {found.high / size:,.{places}f} {sign}".strip()


def _functions(found: Replications) -> Wide | None:
    names = list(found.first.kpis["functions"])
    if len(names) < 2:
        return None
    busiest = sorted(
        names, key=lambda name: -found.estimates[f"functions.{name}.requests.arrived"].value
    )
    headings = (name.replace(".", ".\n") for name in _OF_FUNCTIONS)
    table = columns(("", "left"), *((heading, "right") for heading in headings))
    units = Units(found.scenario)
    for owner in busiest[:_MOST_FUNCTIONS]:
        cells = (
            plus_minus(units, name, found.estimates[f"functions.{owner}.{name}"])
            for name in _OF_FUNCTIONS
        )
        table.add_row(owner, *cells)
    return table


def _bold(text: str) -> RenderableType:
    from rich.text import Text

    return Text(text, style="bold")


def replications_json(found: Replications) -> dict[str, Any]:
    """Return the summary of the first run with ``kpis`` over all runs, and ``intervals``.

    ``intervals`` is nested as ``kpis`` is, each ``{value, low, high, runs}``.
    """
    values = {name: one.value for name, one in found.estimates.items()}
    intervals = {name: estimate_json(one) for name, one in found.estimates.items()}
    return {
        **summary_json(found.first),
        "window": [found.scenario.warm_up, found.scenario.horizon],
        "runs": len(found.runs),
        "confidence": found.confidence,
        "kpis": plain(nested_estimates(values)),
        "intervals": nested_estimates(intervals),
        "until": [{"text": str(wish), "met": wish not in found.missed} for wish in found.until],
        "warnings": found.warnings,
    }


def estimate_json(found: Estimate) -> dict[str, Any]:
    """Return an estimate as JSON can hold it: null where there is no interval."""
    content: dict[str, Any] = plain(dict(vars(found)))
    return content


def nested_estimates(flat: Mapping[str, Any]) -> dict[str, Any]:
    """Nest dotted names as :attr:`fcsim.results.result.Result.kpis` does."""
    nested: dict[str, Any] = {}
    owners: dict[str, dict[str, Any]] = {}
    for name, value in flat.items():
        own = own_name(name)
        owner = name.removesuffix(own).removeprefix("functions.").rstrip(".")
        _put(owners.setdefault(owner, {}) if owner else nested, own.split("."), value)
    return {**nested, "functions": owners} if owners else nested


def _put(nested: dict[str, Any], parts: list[str], value: Any) -> None:
    *groups, leaf = parts
    for group in groups:
        nested = nested.setdefault(group, {})
    nested[leaf] = value


# ── batch means ───────────────────────────────────────────────────────────────────────────


def batches_summary(result: Result, found: Batches) -> Group:
    """Return the intervals that ``fcsim run --batches`` adds to the summary of a run."""
    from rich.console import Group

    units = Units(result.scenario)
    table = columns(
        ("", "left"), ("value", "right"), (f"{share(found.confidence)} interval", "left")
    )
    for name, estimate in found.estimates.items():
        if estimate.runs:
            table.add_row(name, plus_minus(units, name, estimate), _ends(units, name, estimate))
    heading = f"Intervals from {found.number} parts of the window (batch means)"
    return Group(_bold(heading), table, *notes_below(found.warnings))


def batches_json(found: Batches) -> dict[str, Any]:
    """Return what ``--batches`` adds to the JSON document of a run."""
    intervals = {name: estimate_json(one) for name, one in found.estimates.items()}
    return {
        "batches": found.number,
        "confidence": found.confidence,
        "intervals": nested_estimates(intervals),
    }
