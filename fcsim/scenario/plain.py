"""Brings a scenario's data into one shape: plain containers, snake_case keys.

camelCase keys, as ``s.yaml`` has them, become the model's snake_case ones where the model has
such a field. The user's own names, say of a function, are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from fcsim.errors import ScenarioError
from fcsim.scenario.walk import ROOT, Spot
from fcsim.scenario.yaml12 import MAX_DEPTH

__all__ = ["plain", "snake", "snake_keys"]

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def snake(name: str) -> str:
    """Return *name* in snake_case: ``memorySize`` becomes ``memory_size``."""
    return _BOUNDARY.sub("_", name).lower()


def plain(value: Any, depth: int = 0) -> Any:
    """Copy a notebook's *value* to dicts, lists and scalars.

    Tuples become lists, paths text, NumPy values Python's. Raises ScenarioError for keys that
    are neither text nor numbers, and for nesting without end.
    """
    if depth > MAX_DEPTH:
        raise ScenarioError(f"nested deeper than {MAX_DEPTH} levels, or refers to itself")
    if isinstance(value, Mapping):
        return {_key(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, PurePath):
        return str(value)
    return value.tolist() if type(value).__module__ == "numpy" else value


def _key(key: Any) -> Any:
    if isinstance(key, bool) or not isinstance(key, str | int | float) or key != key:
        raise ScenarioError(f"key {key!r}: a key must be text or a number")
    return key


def snake_keys(data: Any, place: Spot = ROOT) -> Any:
    """Return *data*, which stands in *place*, with the models' snake_case keys."""
    if isinstance(data, list):
        return [snake_keys(item, place.child(i)) for i, item in enumerate(data)]
    if not isinstance(data, dict):
        return data
    names = _names(data, place)
    place = place.settled(dict.fromkeys(names.values()))
    return {names[key]: snake_keys(item, place.child(names[key])) for key, item in data.items()}


def _names(data: dict[Any, Any], place: Spot) -> dict[Any, Any]:
    names: dict[Any, Any] = {}
    for key in data:
        name = snake(key) if isinstance(key, str) else key
        free = name not in data and name not in names.values()
        names[key] = name if free and name in place.fields else key
    return names
