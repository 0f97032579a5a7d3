"""What the user writes: the scenario file, its models, and everything known about the platform.

The names below are loaded when they are first used, so that ``fcsim --help`` stays quick.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fcsim.scenario.checks import check, warnings
    from fcsim.scenario.identity import digest
    from fcsim.scenario.loader import load
    from fcsim.scenario.model import Scenario
    from fcsim.scenario.parameters import describe_preset, preset_names
    from fcsim.scenario.schema import json_schema

__all__ = [
    "Scenario",
    "check",
    "describe_preset",
    "digest",
    "json_schema",
    "load",
    "preset_names",
    "warnings",
]

_HOMES = {
    "Scenario": "model",
    "check": "checks",
    "describe_preset": "parameters",
    "digest": "identity",
    "json_schema": "schema",
    "load": "loader",
    "preset_names": "parameters",
    "warnings": "checks",
}


def __getattr__(name: str) -> Any:
    """Import the module that has *name*."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
