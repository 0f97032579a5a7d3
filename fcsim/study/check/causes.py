"""Which part of a figure explains it, or its change: phase, layer, error, line of the bill.

Each function returns a clause, or an empty text when it explains nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from math import isnan, nan
from typing import TYPE_CHECKING

from fcsim.results.instance_figures import PHASES
from fcsim.results.vocabulary import BY_NAME
from fcsim.study.check.words import change
from fcsim.study.estimates import own_name
from fcsim.units import format_bytes

if TYPE_CHECKING:
    from fcsim.report.kpi_values import Units

__all__ = ["Facts", "clauses_of_change", "clauses_of_figure"]

_PART = 0.1
"""Part of a change that a cause must explain to be named."""
_TIMES = ("latency", "calls", "messages", "cold_start", "queue")
_COSTS = ("pull", "active", "idle", "requests", "resident")


@dataclass(frozen=True)
class Facts:
    """What is known of a scenario's runs: means of KPIs, and layers."""

    kpis: Mapping[str, float] = field(default_factory=dict)
    layers: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """Compressed bytes by image and layer."""
    pulled: Mapping[str, float] = field(default_factory=dict)
    """Bytes that hosts fetched, by layer."""

    def __getitem__(self, name: str) -> float:
        """Return a KPI; NaN when it is not defined."""
        return self.kpis.get(name, nan)

    @property
    def sizes(self) -> dict[str, float]:
        """Compressed bytes of every layer, by its digest."""
        return {name: size for image in self.layers.values() for name, size in image.items()}


# ── what changed ──────────────────────────────────────────────────────────────────────────────


def clauses_of_change(units: Units, kpi: str, before: Facts, now: Facts) -> list[str]:
    """Return what explains that *kpi* changed, most telling first."""
    own = own_name(kpi)
    group = own.split(".")[0]
    if group in _TIMES and own not in ("calls.success_ratio", "calls.completed", "calls.failed"):
        found = [
            _longer_starts(units, kpi, before, now),
            _more_starts(units, before, now),
            _slower_service(units, kpi, before, now),
            _queue(units, kpi, before, now),
            _layer(before, now) if _pull_moved(before, now) else "",
        ]
    elif group == "cost":
        found = [_bill(units, kpi, before, now)]
    elif group == "image":
        found = [_layer(before, now)]
    else:
        found = [_errors(units, before, now)]
    return [clause for clause in found if clause]


def _delta(name: str, before: Facts, now: Facts) -> float:
    return now[name] - before[name]


def _longer_starts(units: Units, kpi: str, before: Facts, now: Facts) -> str:
    longer, whole = _delta("cold_start.mean", before, now), _delta(kpi, before, now)
    if isnan(longer) or longer * whole <= 0 or abs(longer) < _PART * abs(whole):
        return ""
    size = units.single("cold_start.mean", abs(longer))
    told = f"cold starts wait {size} {'longer' if longer > 0 else 'less'}"
    phases = {phase: _delta(f"cold_start.phase.{phase}.mean", before, now) for phase in PHASES}
    phase, part = max(phases.items(), key=lambda item: _towards(item[1], longer))
    if _towards(part, longer) < _PART * abs(longer):
        return told
    return f"{told}, of which {phase} {units.single('cold_start.mean', abs(part))}"


def _towards(part: float, whole: float) -> float:
    """Return how much *part* goes the way of *whole*."""
    return 0.0 if isnan(part) else part if whole > 0 else -part


def _pull_moved(before: Facts, now: Facts) -> bool:
    name = "cold_start.phase.pull.mean"
    return abs(_delta(name, before, now)) > _PART * abs(_delta("cold_start.mean", before, now))


def _more_starts(units: Units, before: Facts, now: Facts) -> str:
    name = "cold_start.affected_ratio"
    old, new = before[name], now[name]
    if isnan(old) or isnan(new) or abs(new - old) < max(0.2 * old, 0.001):
        return ""
    return f"requests that wait for a start: {change(units, name, old, new)}"


def _slower_service(units: Units, kpi: str, before: Facts, now: Facts) -> str:
    name = "latency.p50"
    moved, whole = _delta(name, before, now), _delta(kpi, before, now)
    if own_name(kpi) == name or not moved * whole > 0 or abs(moved) < _PART * abs(whole):
        return ""
    return f"warm requests too, the median: {change(units, name, before[name], now[name])}"


def _queue(units: Units, kpi: str, before: Facts, now: Facts) -> str:
    name = "queue.mean"
    old, new = (0.0 if isnan(facts[name]) else facts[name] for facts in (before, now))
    if not (new - old) * _delta(kpi, before, now) > 0 or own_name(kpi).startswith("queue"):
        return ""
    return f"queued requests wait {change(units, name, old, new)}"


def _layer(before: Facts, now: Facts) -> str:
    """Name the layer whose size changed most, or else the bytes that hosts fetched of it."""
    for verb, old, new in (("", before.sizes, now.sizes), ("fetched ", before.pulled, now.pulled)):
        moved = {n: new.get(n, 0.0) - old.get(n, 0.0) for n in sorted({*old, *new})}
        name = max(moved, key=lambda n: abs(moved[n]), default="")
        if name and moved[name]:
            sizes = f"{_bytes(old.get(name))} → {_bytes(new.get(name))}"
            return f"{verb}layer {_short(name)} {sizes}"
    return ""


def _bytes(size: float | None) -> str:
    return "none" if size is None else format_bytes(size)


def _short(layer: str) -> str:
    """Name a layer as its image does; a digest by its beginning."""
    if layer.startswith("sha256:"):
        return layer[:19]
    return layer.removeprefix("image:").rpartition("/")[2]


def _bill(units: Units, kpi: str, before: Facts, now: Facts) -> str:
    """Name the part of the bill that moved most in the direction of *kpi*."""
    scope, monthly = kpi.removesuffix(own_name(kpi)), own_name(kpi) == "cost.per_month"
    old, new = (_parts(scope, facts, monthly) for facts in (before, now))
    moved = {part: new[f"{scope}cost.{part}"] - old[f"{scope}cost.{part}"] for part in _COSTS}
    along = {part: value for part, value in moved.items() if value * _delta(kpi, before, now) > 0}
    told = _largest_move(units, f"{scope}cost.", along, old, new)
    told += " a month" if told and monthly else ""
    layer = _layer(before, now) if ".pull " in told else ""
    return f"{told}; {layer}" if layer else told


def _parts(scope: str, facts: Facts, monthly: bool) -> dict[str, float]:
    """Return the parts of the bill of the window, or of a month like it: windows may differ."""
    total = facts[f"{scope}cost.total"]
    times = facts[f"{scope}cost.per_month"] / total if monthly and total else 1.0
    return {name: facts[name] * times for name in (f"{scope}cost.{part}" for part in _COSTS)}


def _errors(units: Units, before: Facts, now: Facts) -> str:
    names = [name.removeprefix("errors.") for name in BY_NAME if name.startswith("errors.")]
    moved = {name: _delta(f"errors.{name}", before, now) for name in names}
    return _largest_move(units, "errors.", moved, before, now)


def _largest_move(
    units: Units,
    prefix: str,
    moved: Mapping[str, float],
    before: Facts | Mapping[str, float],
    now: Facts | Mapping[str, float],
) -> str:
    known = {part: value for part, value in moved.items() if not isnan(value) and value}
    if not known:
        return ""
    part = max(known, key=lambda p: abs(known[p]))
    name = f"{prefix}{part}"
    return f"above all {name} {change(units, name, before[name], now[name])}"


# ── what it is made of ────────────────────────────────────────────────────────────────────────


def clauses_of_figure(units: Units, kpi: str, now: Facts) -> list[str]:
    """Return the largest contributors to *kpi*, when there is nothing to compare it with."""
    group = own_name(kpi).split(".")[0]
    makers: tuple[Callable[[], str], ...] = (lambda: _top_error(now),)
    if group in _TIMES:
        makers = (lambda: _starts(units, now), lambda: _top_phase(units, now))
    elif group == "cost":
        makers = (lambda: _top_cost(units, kpi, now),)
    elif group == "image":
        makers = (lambda: _top_layer(now),)
    return [clause for make in makers if (clause := make())]


def _starts(units: Units, now: Facts) -> str:
    name = "cold_start.affected_ratio"
    if isnan(now[name]) or not now[name]:
        return ""
    return f"{units.single(name, now[name])} of the requests wait for a start"


def _top_phase(units: Units, now: Facts) -> str:
    name = "cold_start.mean"
    phases = {phase: now[f"cold_start.phase.{phase}.mean"] for phase in PHASES}
    known = {phase: seconds for phase, seconds in phases.items() if seconds > 0}
    if isnan(now[name]) or not known:
        return ""
    phase = max(known, key=lambda p: known[p])
    told = f"cold ones {units.single(name, now[name])}, most of it {phase}"
    told += f" with {units.single(name, known[phase])}"
    layer = _top_layer(now) if phase == "pull" else ""
    return f"{told}; {layer}" if layer else told


def _top_layer(now: Facts) -> str:
    if not now.pulled:
        return ""
    name = max(now.pulled, key=lambda layer: now.pulled[layer])
    size = now.sizes.get(name)
    told = f"most bytes are of layer {_short(name)}"
    return told if size is None else f"{told} with {format_bytes(size)}"


def _top_cost(units: Units, kpi: str, now: Facts) -> str:
    scope = kpi.removesuffix(own_name(kpi))
    total = now[f"{scope}cost.total"]
    parts = {part: now[f"{scope}cost.{part}"] for part in _COSTS}
    known = {part: value for part, value in parts.items() if value > 0}
    if not known or not total > 0:
        return ""
    part = max(known, key=lambda p: known[p])
    return f"{known[part] / total * 100:.0f} % of the bill is {scope}cost.{part}"


def _top_error(now: Facts) -> str:
    names = [name for name in BY_NAME if name.startswith("errors.") and now[name] > 0]
    if not names:
        return ""
    name = max(names, key=lambda n: now[n])
    return f"the most frequent error is {name.removeprefix('errors.')}, {now[name]:,.0f} a run"
