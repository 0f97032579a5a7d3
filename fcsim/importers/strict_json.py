"""Reads JSON without its traps: equal keys, NaN, halves of characters, endless nesting."""

from __future__ import annotations

import json
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.yaml12 import MAX_DEPTH

__all__ = ["parse_json"]


def parse_json(source: bytes, file: str) -> Any:
    """Parse JSON; ScenarioError, located, for what is none, for equal keys, too deep nesting."""
    try:
        data = json.loads(source, object_pairs_hook=_unique, parse_constant=_no_constant)
        json.dumps(data, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise ScenarioError(
            [Problem(f"is not JSON: {error.msg}", "", file, error.lineno, error.colno)]
        ) from None
    except RecursionError:
        raise ScenarioError([Problem(_TOO_DEEP, "", file)]) from None
    except UnicodeError:
        raise ScenarioError([Problem("is not JSON: its text is not UTF-8", "", file)]) from None
    except ValueError as error:
        raise ScenarioError([Problem(f"is not JSON: {error}", "", file)]) from None
    if _depth(data) > MAX_DEPTH:
        raise ScenarioError([Problem(_TOO_DEEP, "", file)])
    return data


_TOO_DEEP = f"nested deeper than {MAX_DEPTH} levels"


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"key {key[:80]!r} is given twice")
        found[key] = value
    return found


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is no JSON number")


def _depth(data: Any) -> int:
    depth, level = 0, [data]
    while level:
        depth += 1
        inside = [item for item in level if isinstance(item, dict | list)]
        level = [x for item in inside for x in (item.values() if isinstance(item, dict) else item)]
    return depth
