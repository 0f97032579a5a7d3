"""JSON Schema of scenario files, for editors.

Written for draft 7, which ``yaml-language-server`` reads. It knows the snake_case keys; the
loader checks more (names, limits, units) and also accepts camelCase.
"""

from __future__ import annotations

from typing import Any

from fcsim.scenario.distributions import Constant
from fcsim.scenario.functions import Function
from fcsim.scenario.images import Layer
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Override
from fcsim.units import accepted

__all__ = ["json_schema"]

_DEFINITIONS = "#/definitions/"
_REQUIRED_OF_A_FUNCTION = ["image", "service"]
"""The other keys of a function have defaults in the preset."""

_SCALAR = ["string", "number"]
_SHORTHANDS: dict[str, dict[str, Any]] = {
    Constant.__name__: {"type": _SCALAR, "description": "a bare time is constant: '120 ms'"},
    Layer.__name__: {"type": _SCALAR, "description": "a bare size is the compressed one: '12 MB'"},
    Override.__name__: {"type": [*_SCALAR, "object"], "description": "a bare value"},
}
"""What may stand in place of a model, by its name."""

_BOUNDS = {"gt", "ge", "lt", "le"}


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 7) of a scenario file, as a new dict each time."""
    generated = Scenario.model_json_schema(by_alias=True, ref_template=_DEFINITIONS + "{model}")
    schema = _draft_7(generated)
    definitions = schema["definitions"]
    definitions[Function.__name__]["required"] = _REQUIRED_OF_A_FUNCTION
    definitions["FunctionDefaults"] = {
        key: value
        for key, value in definitions[Function.__name__].items()
        if key not in ("required", "title")
    }
    schema["properties"]["function_defaults"] = _reference("FunctionDefaults")
    return {"$schema": "http://json-schema.org/draft-07/schema#", **schema}


def _draft_7(node: Any) -> Any:
    if isinstance(node, list):
        return [_draft_7(item) for item in node]
    if not isinstance(node, dict):
        return node
    node = {_NEW_KEYS.get(key, key): _draft_7(value) for key, value in node.items()}
    if "patternProperties" in node:
        node["additionalProperties"] = False
    if isinstance(node.get("description"), str):
        node["description"] = node["description"].replace("``", "`")
    return _with_shorthand(_alone(_quantity(node)))


_NEW_KEYS = {"$defs": "definitions", "prefixItems": "items"}


def _quantity(node: dict[str, Any]) -> dict[str, Any]:
    """Say which units fit, and leave out bounds in inner units: the file has others."""
    kind = node.get("x-quantity")
    if kind is None:
        return node
    units = f"{kind}: {accepted(kind)}"
    node = {key: value for key, value in node.items() if key not in _BOUNDS}
    node["description"] = f"{node['description']} ({units})" if "description" in node else units
    if kind == "duration" and "default" in node:
        node["default"] = f"{node['default']:g} s"
    return node


def _alone(node: dict[str, Any]) -> dict[str, Any]:
    """Put a reference that has siblings into ``allOf``: draft 7 ignores its siblings."""
    if "$ref" not in node or len(node) == 1:
        return node
    rest = {key: value for key, value in node.items() if key != "$ref"}
    return {"allOf": [_reference(node["$ref"].removeprefix(_DEFINITIONS))], **rest}


def _with_shorthand(node: dict[str, Any]) -> dict[str, Any]:
    """Let short forms stand beside a reference to their model."""
    name = str(node.get("$ref", "")).removeprefix(_DEFINITIONS)
    if name in _SHORTHANDS:
        return {"anyOf": [{"$ref": node["$ref"]}, _SHORTHANDS[name]]}
    return node


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": _DEFINITIONS + name}
