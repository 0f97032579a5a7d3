"""The story of one instance's start: phase by phase, and which layers came from where."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from fcsim.errors import FcsimError
from fcsim.scenario.content import image_layers
from fcsim.sim.record import ERRORS, Source
from fcsim.units import format_bytes, format_duration

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.result import Result

__all__ = ["Line", "start_story"]

_SOURCES = {
    Source.REGISTRY: "the registry",
    Source.ZONE: "the zone cache",
    Source.ACCELERATED: "the store of converted images",
}
_SLOW = 0.5
"""Seconds of waiting before a transfer flows from which it is worth a word."""


class Line(NamedTuple):
    """What happened at a time (seconds of the run)."""

    at: float
    text: str


def start_story(result: Result, instance: int) -> Iterator[Line]:
    """Yield what happened while row *instance* of ``instances`` was starting."""
    fact = {key: column[instance].item() for key, column in result.record.instances.items()}
    if fact["ready"] == fact["created"]:
        return
    placing = format_duration(fact["placed"] - fact["created"])
    yield Line(
        fact["placed"], f"Instance {instance} has been placed on host {fact['host']} ({placing})."
    )
    yield from _credential(result, instance, fact)
    yield from _pull(result, fact)
    yield from _container(fact)
    if fact["error"] and isnan(fact["ready"]):
        error = ERRORS[fact["error"]]
        yield Line(fact["gone"], f"The start fails with {error.name}: {error.when}.")


# ── credential ────────────────────────────────────────────────────────────────────────────


def _credential(result: Result, instance: int, fact: dict[str, Any]) -> Iterator[Line]:
    got, placed = fact["credential"], fact["placed"]
    if isnan(got):
        return
    if got == placed:
        yield Line(got, "The temporary password for the registry is still valid, or not needed.")
        return
    took = format_duration(got - placed)
    asker = _asker(result, instance, fact)
    if asker is None:
        yield Line(got, f"A temporary password for the registry has been obtained ({took}).")
    else:
        yield Line(
            got, f"The temporary password that instance {asker} asked for is there ({took})."
        )


def _asker(result: Result, instance: int, fact: dict[str, Any]) -> int | None:
    """Return the instance of the same function that asked first for the same password."""
    record = result.record
    template = record.functions[fact["function"]].template
    same = np.array([f.template == template for f in record.functions])
    together = record.instances["credential"] == fact["credential"]
    together &= record.instances["placed"] <= fact["placed"]
    rows = np.flatnonzero(together & same[record.instances["function"]])
    first = int(rows[np.argmin(record.instances["placed"][rows])])
    return None if first == instance else first


# ── image ─────────────────────────────────────────────────────────────────────────────────


def _pull(result: Result, fact: dict[str, Any]) -> Iterator[Line]:
    begin, end = fact["credential"], fact["pulled"]
    if isnan(begin):
        return
    if not fact["bytes_pulled"]:
        found = f"all {format_bytes(fact['bytes_cached'])} that the start reads of its image"
        nothing = "No image has to be fetched." if not fact["bytes_cached"] else None
        yield Line(begin, nothing or f"The host has {found}.")
        return
    absent, cached = format_bytes(fact["bytes_pulled"]), format_bytes(fact["bytes_cached"])
    yield Line(begin, f"{absent} of its image are missing on the host, {cached} are there.")
    rows = _transfers(result, fact)
    for group in _together(result, rows):
        yield _transfer(result, group, begin)
    if not isnan(end):
        yield Line(end, f"The image is ready on the host ({format_duration(end - begin)}).")


def _transfers(result: Result, fact: dict[str, Any]) -> NDArray[np.intp]:
    """Return the transfers to the host, of layers of the image, for which the start waited."""
    record, pulls = result.record, result.record.pulls
    until = fact["gone"] if isnan(fact["pulled"]) else fact["pulled"]
    until = np.inf if isnan(until) else until
    layers = _layers(result, record.functions[fact["function"]].image)
    names = np.array([name in layers for name in record.layers], dtype=bool)
    mine = (pulls["host"] == fact["host"]) & (pulls["while_serving"] == 0)
    mine &= (pulls["begun"] <= until) & ~(pulls["unpacked"] <= fact["credential"])
    return np.flatnonzero(mine & names[pulls["layer"]])


def _layers(result: Result, image: str) -> set[str]:
    """Return the layers of *image*; all layers when its files are not at hand any more."""
    scenario = result.scenario
    try:
        ratio = scenario.parameters["image.compression_ratio"].value
        return {layer.digest for layer in image_layers(scenario, image, ratio)}
    except (FcsimError, OSError):
        return set(result.record.layers)


def _together(result: Result, rows: NDArray[np.intp]) -> Iterator[list[int]]:
    """Put transfers together that were asked for, flowed and ended at one time."""
    pulls = result.record.pulls
    groups: dict[tuple[str, ...], list[int]] = {}
    for row in rows.tolist():
        moments = (pulls[name][row].item() for name in ("source", "begun", "flowing", "unpacked"))
        groups.setdefault(tuple(map(str, moments)), []).append(row)
    yield from groups.values()


def _transfer(result: Result, rows: list[int], begin: float) -> Line:
    record, pulls = result.record, result.record.pulls
    first = {key: column[rows[0]].item() for key, column in pulls.items()}
    names = ", ".join(record.layers[layer] for layer in pulls["layer"][rows].tolist())
    size = format_bytes(float(pulls["bytes"][rows].sum()))
    told = f"{names} ({size}) from {_SOURCES[Source(first['source'])]}"
    if first["begun"] < begin:
        ago = format_duration(begin - first["begun"])
        told += f", asked for {ago} earlier by another start"
    told += _slowly(result, first)
    if isnan(first["unpacked"]):
        return Line(_last(first), f"{told}: the transfer fails.")
    took = format_duration(first["unpacked"] - first["begun"])
    return Line(first["unpacked"], f"{told}: usable, {took} after it was asked for{_parts(first)}.")


def _parts(fact: dict[str, Any]) -> str:
    flowed, unpacked = fact["transferred"] - fact["flowing"], fact["unpacked"] - fact["transferred"]
    if not unpacked:
        return ""
    then = f"{format_duration(unpacked)} until it was unpacked, in its turn"
    return f" ({format_duration(flowed)} of flowing, {then})"


def _slowly(result: Result, fact: dict[str, Any]) -> str:
    """Say what is known of a long wait before the transfer flowed."""
    wait = fact["flowing"] - fact["begun"]
    if isnan(wait) or wait < _SLOW:
        return ""
    refusals = result.counters.get("registry_refusals", 0)
    told = f", after {format_duration(wait)} of waiting for its turn"
    if fact["source"] == Source.REGISTRY and refusals:
        told += f" (registries refused {refusals:,.0f} requests with 429 or in outages in this run)"
    return told


def _last(fact: dict[str, Any]) -> float:
    moments: tuple[float, ...] = (fact["transferred"], fact["flowing"], fact["begun"])
    return next(moment for moment in moments if not isnan(moment))


# ── container ─────────────────────────────────────────────────────────────────────────────


def _container(fact: dict[str, Any]) -> Iterator[Line]:
    reached = np.nan_to_num(fact["gone"], nan=np.inf)
    for begin, end, text in (
        ("pulled", "started", "The container has been created and starts"),
        ("started", "served", "Its HTTP server answers"),
        ("served", "ready", "The initializer has run"),
    ):
        took = fact[end] - fact[begin]
        if not isnan(took) and fact[end] <= reached and (took or end != "ready"):
            yield Line(fact[end], f"{text} ({format_duration(took)}).")
