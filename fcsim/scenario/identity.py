"""The identity of a scenario: equal digests mean equal runs, whatever the files are called."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from pydantic import BaseModel

from fcsim.scenario.model import Scenario
from fcsim.scenario.parts import files

__all__ = ["digest"]

_WITHOUT_EFFECT = {"name", "description", "function_defaults", "variants", "objectives"}
"""Parts that change no run; defaults are in the functions already."""


def digest(scenario: Scenario) -> str:
    """Return the sha256 of everything that a run of *scenario* depends on, as hex digits.

    It covers the validated values and the contents of the files that the scenario names, not
    their names or place, nor comments, units, key style, name, variants or objectives. Order
    counts, because the order of layers does. Raises OSError when a file is missing.
    """
    content = scenario.model_dump(by_alias=True, exclude=_WITHOUT_EFFECT)
    content["assumptions"] = {name: _values(scenario, name) for name in scenario.assumptions}
    for address, name in files(scenario):
        _replace(content, address, sha256(scenario.file(name).read_bytes()).hexdigest())
    text = json.dumps(content, separators=(",", ":"), default=str)
    return sha256(text.encode()).hexdigest()


def _values(scenario: Scenario, name: str) -> dict[str, Any]:
    parameter = scenario.parameters[name]
    ends = {"value": parameter.value, "low": parameter.low, "high": parameter.high}
    return {
        key: end.model_dump(by_alias=True) if isinstance(end, BaseModel) else end
        for key, end in ends.items()
    }


def _replace(content: Any, address: tuple[Any, ...], value: str) -> None:
    *way, last = address
    for part in way:
        content = content[part]
    content[last] = value
