"""Fills functions in: the preset's defaults, then the scenario's, then the function's own keys."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from pydantic import ValidationError

from fcsim.errors import ScenarioError, nearest
from fcsim.scenario.address import Finding
from fcsim.scenario.base import Inner
from fcsim.scenario.functions import Function
from fcsim.scenario.parameters import Override, Parameters, preset_names
from fcsim.scenario.platform import Platform
from fcsim.scenario.walk import Spot, spot

__all__ = ["merged", "parameters", "with_defaults"]


def parameters(data: dict[str, Any]) -> tuple[Parameters, list[Finding]]:
    """Return the values that *data* chooses, before it is validated, and what is wrong there.

    An unknown preset is read as the default one, so that the rest can be checked too.
    """
    preset, region = (_platform(data, key) for key in ("preset", "region"))
    findings = []
    if preset not in preset_names():
        message = f"no preset {preset!r}{nearest(preset, preset_names())}"
        findings.append(Finding(("platform", "preset"), message))
        preset = Platform().preset
    try:
        return Parameters.resolve(preset, region, _overrides(data)), findings
    except ScenarioError as error:
        findings += [_finding(problem.path, problem.message) for problem in error.problems]
    return Parameters.resolve(preset, region), findings


def _platform(data: dict[str, Any], key: str) -> str:
    platform = data.get("platform")
    given = platform.get(key) if isinstance(platform, dict) else None
    return given if isinstance(given, str) else getattr(Platform(), key)


def _overrides(data: dict[str, Any]) -> dict[str, Override]:
    given = data.get("assumptions")
    overrides = {}
    for name, value in given.items() if isinstance(given, dict) else ():
        with suppress(ValidationError):  # reported when the whole scenario is validated
            overrides[name] = Override.model_validate(value)
    return {name: override for name, override in overrides.items() if isinstance(name, str)}


def _finding(path: str, message: str) -> Finding:
    head, _, tail = path.partition(".")
    return Finding((head, tail), message)


def with_defaults(data: dict[str, Any], values: Parameters) -> dict[str, Any]:
    """Return *data* with every function completed, ready for validation."""
    functions = data.get("functions")
    if not isinstance(functions, dict):
        return data
    preset = {
        name.removeprefix("function."): Inner(parameter.value)
        for name, parameter in values.items()
        if name.startswith("function.")
    }
    shared = data.get("function_defaults")
    defaults = merged(preset, shared if isinstance(shared, dict) else {})
    complete = {
        name: merged(defaults, function) if isinstance(function, dict) else function
        for name, function in functions.items()
    }
    return {**data, "functions": complete}


def merged(
    lower: dict[Any, Any], upper: dict[Any, Any], place: Spot | None = None
) -> dict[Any, Any]:
    """Lay *upper* over *lower*: nested blocks are merged, choices and lists replaced."""
    place = place or spot(Function)
    result = {**lower, **upper}
    for key in lower.keys() & upper.keys():
        child = place.child(key)
        nested = isinstance(lower[key], dict) and isinstance(upper[key], dict)
        if nested and child.kind in ("model", "mapping"):
            result[key] = merged(lower[key], upper[key], child)
    return result
