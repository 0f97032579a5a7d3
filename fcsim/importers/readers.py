"""Reads one value of a platform's file: its type checked, its unit written out.

Each reader takes a plain value and returns what the scenario holds; ValueError says what would be
accepted. Numbers may be text, because templates only give text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import Any

from fcsim.scenario.plain import snake
from fcsim.scenario.words import shown
from fcsim.units import parse

__all__ = [
    "count", "flag", "megabytes", "number", "pull", "scheduled", "seconds", "text", "texts",
    "tracking",
]  # fmt: skip


def number(value: Any) -> int | float:
    """Read a finite number."""
    given = _from_text(value) if isinstance(value, str) else value
    if isinstance(given, bool) or not isinstance(given, int | float) or not _is_finite(given):
        raise ValueError(f"expected a number; got {shown(value)}")
    return given


def _from_text(value: str) -> int | float | None:
    for convert in (int, float):
        try:
            return convert(value)
        except (ValueError, OverflowError):
            continue
    return None


def _is_finite(value: int | float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:
        return False


def count(value: Any) -> int:
    """Read a whole number."""
    try:
        given = number(value)
    except ValueError:
        given = math.nan
    if given != given or given != int(given):
        raise ValueError(f"expected a whole number; got {shown(value)}")
    return int(given)


def megabytes(value: Any) -> str:
    """Read a number of MB: ``2048`` becomes ``2048 MB``."""
    return _quantity(value, "MB", "memory")


def seconds(value: Any) -> str:
    """Read a number of seconds: ``60`` becomes ``60 s``."""
    return _quantity(value, "s", "duration")


def _quantity(value: Any, unit: str, kind: str) -> str:
    """Return the number *value* with its *unit*; ValueError when it is too large for a float."""
    written = f"{number(value)} {unit}"
    parse(written, kind)
    return written


def text(value: Any) -> str:
    """Read text; a number is taken as it is written."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected text; got {shown(value)}")
    return str(value)


def texts(value: Any) -> list[str]:
    """Read a list of texts, or text that holds one in JSON, as FC 2.0 writes commands."""
    if isinstance(value, str):
        value = _json_list(value)
    if not isinstance(value, list):
        raise ValueError(f"expected a list of texts; got {shown(value)}")
    return [text(item) for item in value]


def _json_list(value: str) -> list[Any]:
    try:
        inside = json.loads(value)
    except (ValueError, RecursionError):
        inside = None
    return inside if isinstance(inside, list) else [value]


def pull(value: Any) -> str:
    """Read FC 2.0's accelerationType as a mode of pulling."""
    modes = {"Default": "accelerated", "None": "eager"}
    if not isinstance(value, str) or value not in modes:
        raise ValueError(f"expected Default or None; got {shown(value)}")
    return modes[value]


_POLICY = {"name": text, "start_time": text, "end_time": text, "time_zone": text}
_SCHEDULED = {**_POLICY, "target": count, "schedule_expression": text}
_TRACKING = {
    **_POLICY, "metric_type": text, "metric_target": number, "min_instances": count,
    "max_instances": count, "min_capacity": count, "max_capacity": count,
}  # fmt: skip
_OLDER = {"min_capacity": "min_instances", "max_capacity": "max_instances"}


def scheduled(value: Any) -> list[dict[str, Any]]:
    """Read scheduled policies, or the older scheduled actions."""
    return _policies(value, _SCHEDULED)


def tracking(value: Any) -> list[dict[str, Any]]:
    """Read horizontal scaling policies, or the older target-tracking policies."""
    return _policies(value, _TRACKING)


def _policies(value: Any, keys: Mapping[str, Callable[[Any], Any]]) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise ValueError(f"expected a list of policies; got {shown(value)}")
    return [_policy(one, keys) for one in value]


def _policy(policy: dict[Any, Any], keys: Mapping[str, Callable[[Any], Any]]) -> dict[str, Any]:
    read = {}
    for given, value in policy.items():
        key = snake(str(given))
        if key not in keys:
            raise ValueError(f"policy {policy.get('name')!r}: unknown key {given!r}")
        if value not in (None, ""):
            read[_OLDER.get(key, key)] = keys[key](value)
    return read


def flag(value: Any) -> bool:
    """Read true or false."""
    given = {"true": True, "false": False}.get(value.lower()) if isinstance(value, str) else value
    if not isinstance(given, bool):
        raise ValueError(f"expected true or false; got {shown(value)}")
    return given
