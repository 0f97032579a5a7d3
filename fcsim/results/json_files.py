"""JSON files of result folders: NaN is null, infinity the text ``∞``, the rest as it is."""

from __future__ import annotations

import json
from dataclasses import is_dataclass
from math import inf, isnan, nan
from pathlib import Path
from typing import Any

from fcsim.scenario.base import Inner, Model

__all__ = ["from_plain", "null_to_nan", "plain", "read_json", "write_json"]

_ENDLESS = "∞"


def plain(value: Any) -> Any:
    """Return *value* (containers, data classes, scenario models) as JSON can hold it."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(item) for name, item in vars(value).items()}
    if isinstance(value, Model):
        # What is not set stays out: in some models a set field means more than its default.
        return plain(value.model_dump(mode="json", by_alias=True, exclude_unset=True))
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, float) and not -inf < value < inf:
        return None if isnan(value) else _ENDLESS
    return value


def from_plain(value: Any) -> Any:
    """Return what :func:`plain` made of a scenario or record, numbers in fcsim's inner units."""
    if isinstance(value, dict):
        return {key: from_plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_plain(item) for item in value]
    if isinstance(value, float):
        return Inner(value)
    return Inner(inf) if value == _ENDLESS else value


def null_to_nan(value: Any) -> Any:
    """Return nested figures with NaN for null."""
    if isinstance(value, dict):
        return {key: null_to_nan(item) for key, item in value.items()}
    return nan if value is None else value


def write_json(path: Path, value: Any) -> None:
    """Write *value* for people and programs, the same bytes on every system."""
    text = json.dumps(plain(value), indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def read_json(path: Path) -> Any:
    """Read a JSON file."""
    return json.loads(path.read_text("utf-8"))
