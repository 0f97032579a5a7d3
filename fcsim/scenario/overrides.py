"""Changes a value by its path: ``functions.checkout.memory_size``, ``workload.v.arrivals.poisson``.

Names of assumptions, layers and prices contain dots themselves, so at every step the longest
known name wins. Items of lists go by position, from 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fcsim.errors import Problem, ScenarioError, nearest
from fcsim.scenario.address import Address, dotted
from fcsim.scenario.images import Layer
from fcsim.scenario.parameters import Override, Parameters
from fcsim.scenario.plain import plain, snake, snake_keys
from fcsim.scenario.shapes import GPUS
from fcsim.scenario.walk import ROOT, Spot
from fcsim.scenario.yaml12 import parse_value

__all__ = ["PathError", "pairs", "put"]


class PathError(ValueError):
    """A path leads nowhere; the message says which name is wrong."""


def pairs(overrides: Mapping[str, Any] | Iterable[str]) -> tuple[dict[str, Any], list[Problem]]:
    """Return path and value of each override, and the problems of those that have none.

    A mapping has plain values; a sequence has texts ``path=value``, the value in YAML.
    """
    if isinstance(overrides, Mapping):
        return {str(path): plain(value) for path, value in overrides.items()}, []
    values, problems = {}, []
    for text in [overrides] if isinstance(overrides, str) else overrides:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            problems.append(Problem(f"expected path=value; got {text!r}", "--set"))
            continue
        try:
            values[path.strip()] = parse_value(value)
        except ScenarioError as error:
            problems.append(Problem(error.problems[0].message, f"--set {path.strip()}"))
    return values, problems


def put(data: Any, path: str, value: Any) -> tuple[Any, Address]:
    """Return a copy of *data* with *value* at *path*, and the address of the change.

    Blocks on the way that the file leaves out are made; things with a name must exist already.
    Raises PathError with the nearest name where the path leads nowhere.
    """
    if not path or path.endswith("."):
        raise PathError("a path is names joined by dots, like functions.NAME.memory_size")
    if path.split(".")[0] == "variants":
        raise PathError("a variant cannot change variants; change the value itself")
    return _put(data, ROOT, path, value, ())


def _put(data: Any, place: Spot, rest: str, value: Any, trail: Address) -> tuple[Any, Address]:
    if not rest:
        return snake_keys(value, place), trail
    step = _STEPS.get(place.kind)
    if step is None:
        raise PathError(f"{dotted(trail)!r} is a single value; it has no {rest!r}")
    return step(data, place, rest, value, trail)


def _into_model(
    data: Any, place: Spot, rest: str, value: Any, trail: Address
) -> tuple[Any, Address]:
    name, tail = _split(rest, place.fields) or _split(_snake_head(rest), place.fields) or ("", "")
    if not name:
        raise _unknown(rest, place.fields, trail)
    data = _long_form(data, place, trail)
    child = place.child(name)
    inner, address = _put(data.get(name), child, tail, value, (*trail, name))
    return {**data, name: inner}, address


def _into_choice(
    data: Any, place: Spot, rest: str, value: Any, trail: Address
) -> tuple[Any, Address]:
    name, _ = _split(_snake_head(rest), place.fields) or ("", "")
    if not name:
        raise _unknown(rest, place.fields, trail)
    chosen = data if isinstance(data, dict) and name in data else {}
    return _into_model(chosen, place.child(name), rest, value, trail)


def _into_mapping(
    data: Any, place: Spot, rest: str, value: Any, trail: Address
) -> tuple[Any, Address]:
    data = data if isinstance(data, dict) else {}
    names = {str(key): key for key in data}
    known = {**{name: name for name in _known(trail)}, **names}
    name, tail = _split(rest, known) or (rest, "")
    if name not in known and not _may_be_new(name, place, trail):
        raise _unknown(rest, known, trail)
    key = known.get(name, name)
    inner, address = _put(data.get(key), place.child(key), tail, value, (*trail, key))
    return {**data, key: inner}, address


def _into_list(
    data: Any, place: Spot, rest: str, value: Any, trail: Address
) -> tuple[Any, Address]:
    items = list(data) if isinstance(data, list) else []
    name, _, tail = rest.partition(".")
    if not name.isdecimal() or int(name) >= len(items):
        count = f"0 to {len(items) - 1}" if items else "none: the list is empty"
        raise PathError(f"{dotted(trail)!r} has no item {name!r}; accepted: {count}")
    i = int(name)
    items[i], address = _put(items[i], place.child(i), tail, value, (*trail, i))
    return items, address


_Step = Callable[[Any, Spot, str, Any, Address], tuple[Any, Address]]

_STEPS: dict[str, _Step] = {
    "model": _into_model,
    "choice": _into_choice,
    "mapping": _into_mapping,
    "list": _into_list,
}


_SHORTHANDS: dict[Any, str] = {Layer: "compressed", Override: "value"}
"""Models that may be written as the value of one key."""


def _split(rest: str, names: Iterable[str]) -> tuple[str, str] | None:
    """Split the longest of *names* off the front of *rest*."""
    fitting = [name for name in names if rest == name or rest.startswith(name + ".")]
    if not fitting:
        return None
    name = max(fitting, key=len)
    return name, rest[len(name) + 1 :]


def _snake_head(rest: str) -> str:
    head, dot, tail = rest.partition(".")
    return snake(head) + dot + tail


def _long_form(data: Any, place: Spot, trail: Address) -> dict[Any, Any]:
    """Write a shorthand out: a layer's bare size, an assumption's bare value."""
    if data is None:
        return {}
    main = _SHORTHANDS.get(place.model)
    if main is not None and not (isinstance(data, dict) and main in data):
        return {main: data}
    if not isinstance(data, dict):
        raise PathError(f"{dotted(trail)!r} is no mapping of keys")
    return data


def _known(trail: Address) -> Iterable[str]:
    """Return the names that a mapping knows beyond those in the file."""
    if trail == ("assumptions",):
        return Parameters.resolve("page", "")
    return GPUS if trail[-1:] == ("gpu_type",) else ()


def _may_be_new(name: str, place: Spot, trail: Address) -> bool:
    """Say whether *name* can be a new entry: names of things have no dots."""
    if trail == ("assumptions",):
        return False
    return "." not in name or _is_number(name) or place.child(name).kind == "value"


def _is_number(name: str) -> bool:
    return name.replace(".", "", 1).isdecimal()


def _unknown(rest: str, names: Iterable[str], trail: Address) -> PathError:
    names = list(names)
    head = rest if any("." in name for name in names) else rest.partition(".")[0]
    where = repr(dotted(trail)) if trail else "a scenario"
    return PathError(f"{where} has no {head!r}{nearest(head, names)}")
