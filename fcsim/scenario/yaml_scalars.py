"""The scalars of YAML 1.2's core schema (yaml.org/spec/1.2.2, section 10.3)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

__all__ = ["IMPLICIT", "MERGE", "SCALARS", "SURROGATE", "TAG"]

TAG = "tag:yaml.org,2002:"
MERGE = TAG + "merge"

SURROGATE = re.compile("[\ud800-\udfff]")
"""Half of a UTF-16 pair: no character, and no file can hold it."""

_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
    r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)"
)
_TRUE = ("true", "True", "TRUE")
_FALSE = ("false", "False", "FALSE")
_NULL = ("", "~", "null", "Null", "NULL")
_LONGEST_NUMBER = 300

IMPLICIT = (
    ("null", r"~|null|Null|NULL|", ("~", "n", "N", "")),
    ("bool", "|".join(_TRUE + _FALSE), "tTfF"),
    ("int", _INTEGER.pattern, "-+0123456789"),
    ("float", _FLOAT.pattern, "-+.0123456789"),
    ("merge", "<<", "<"),
)
"""Plain scalars that are not text: kind, pattern, possible first characters."""


def _integer(text: str) -> int:
    if not _INTEGER.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no whole number")
    if len(text) > _LONGEST_NUMBER:
        raise ValueError(f"a number of {len(text)} digits is too long")
    return int(text[2:], {"o": 8, "x": 16}[text[1]]) if text[1:2] in ("o", "x") else int(text)


def _float(text: str) -> float:
    if not _FLOAT.fullmatch(text):
        raise ValueError(f"{text[:40]!r} is no number")
    if text[-3:].lower() == "inf":
        return -math.inf if text[0] == "-" else math.inf
    return math.nan if text[-3:].lower() == "nan" else float(text)


def _boolean(text: str) -> bool:
    if text not in _TRUE + _FALSE:
        raise ValueError(f"{text[:40]!r} is neither true nor false")
    return text in _TRUE


def _null(text: str) -> None:
    if text not in _NULL:
        raise ValueError(f"{text[:40]!r} is not null")


SCALARS: dict[str, Callable[[str], Any]] = {
    TAG + "str": str,
    TAG + "int": _integer,
    TAG + "float": _float,
    TAG + "bool": _boolean,
    TAG + "null": _null,
    MERGE: str,
    "!": str,
}
"""How the text of a scalar becomes a value, by tag; ValueError when it does not fit."""
