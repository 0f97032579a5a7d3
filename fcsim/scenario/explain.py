"""Turns pydantic's errors into findings: an address in the file, and plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from fcsim.errors import nearest
from fcsim.scenario.address import Address, Finding
from fcsim.scenario.plain import snake
from fcsim.scenario.walk import ROOT, Spot
from fcsim.scenario.words import shown, words

__all__ = ["explain"]


@dataclass
class _Trace:
    """Where pydantic's location leads in the data."""

    address: Address = ()
    given: Any = None
    place: Spot = ROOT
    """What is accepted there."""
    around: Spot = ROOT
    """What is accepted one step above."""
    beside: Any = None
    """The data one step above."""
    choice: Spot | None = None
    """The choice of which ``around`` is one model, if any."""
    at_key: bool = False


def explain(error: ValidationError, data: Any, place: Spot = ROOT) -> list[Finding]:
    """Return one finding for each error that pydantic found in *data*, which stands in *place*."""
    return [_finding(item, data, place) for item in error.errors(include_url=False)]


def _finding(error: Mapping[str, Any], data: Any, place: Spot) -> Finding:
    trace = _follow(error["loc"], data, place)
    kind, address = error["type"], trace.address
    if kind == "missing":
        return Finding(address[:-1], _missing(address), at_key=True)
    if kind == "extra_forbidden":
        return Finding(address, _unknown(trace), at_key=True)
    message, whole = words(error, trace.given), kind == "value_error"
    if kind == "choice" and isinstance(trace.given, dict) and trace.given:
        return Finding((*address, next(iter(trace.given))), message, at_key=True)
    return Finding(address, message, at_key=trace.at_key, whole=whole)


def _missing(address: Address) -> str:
    if address == ("fcsim",):
        return "'fcsim' is required: the version of the scenario language; write fcsim: 1"
    return f"{address[-1]!r} is required"


def _unknown(trace: _Trace) -> str:
    key, names = trace.address[-1], list(trace.around.fields)
    if trace.choice and key in trace.choice.fields:
        given = [name for name in trace.beside if name in trace.choice.fields]
        return f"give one of {', '.join(given)}"
    if snake(str(key)) in names:
        return f"{key!r} and {snake(str(key))!r} are the same key; give one"
    return f"unknown key {shown(key)}{nearest(snake(str(key)), names)}"


def _follow(location: tuple[Any, ...], data: Any, place: Spot) -> _Trace:
    """Follow pydantic's location, leaving out what the file does not have.

    That is the tag of a choice, ``[key]``, and the key of a value in short form (``120 ms`` for
    ``{constant: 120 ms}``).
    """
    trace = _Trace(given=data, place=place)
    choice = None
    for part in location:
        if trace.place.kind == "choice":
            choice, trace.place = trace.place, trace.place.child(part)
            continue
        if part == "[key]":
            trace.at_key, trace.given = True, trace.address[-1]
            break
        if not isinstance(trace.given, dict | list):
            break
        _step(trace, part)
        trace.choice, choice = choice, None
    return trace


def _step(trace: _Trace, part: Any) -> None:
    key = _key(trace.given, part)
    trace.address = (*trace.address, key)
    trace.beside, trace.around = trace.given, trace.place
    trace.place = trace.place.child(key)
    trace.given = _value(trace.given, key)


def _key(data: Any, part: Any) -> Any:
    """Return the key that pydantic calls *part*: it writes numbers as text."""
    if not isinstance(data, dict) or part in data:
        return part
    return next((key for key in data if str(key) == str(part)), part)


def _value(data: Any, key: Any) -> Any:
    if isinstance(data, dict):
        return data.get(key)
    return data[key] if isinstance(key, int) and key < len(data) else None
