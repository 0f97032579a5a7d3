"""Plain words for what pydantic finds wrong with a value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from fcsim.errors import nearest

__all__ = ["shown", "words"]

_LONGEST = 60

_WANTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "finite": "a finite number",
    "bool": "true or false",
    "list": "a list",
    "tuple": "a list of two, [low, high]",
    "dict": "a mapping of keys",
    "model": "a mapping of keys",
    "datetime": "a date and time with its offset, like '2026-01-05T00:00:00+08:00'",
    "timezone": "a date and time with its offset, like '2026-01-05T00:00:00+08:00'",
}
"""What is accepted, by the first word of pydantic's error type."""

_BOUNDS = {
    "greater_than": ("more than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def shown(value: Any) -> str:
    """Show a value as a person would write it, cut short when it is long."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return "a mapping" if isinstance(value, dict) else "a list"
    if isinstance(value, int) and abs(value) > 10**_LONGEST:
        return "a number of more than 60 digits"
    text = repr(value[: _LONGEST + 1] if isinstance(value, str) else value)
    return text if len(text) <= _LONGEST + 2 else text[:_LONGEST] + "…"


def words(error: Mapping[str, Any], given: Any) -> str:
    """Say what is wrong with the value *given*, from one entry of ``ValidationError.errors()``."""
    kind, context = error["type"], error.get("ctx", {})
    special = _SPECIAL.get(kind)
    if special is not None:
        return special(context, given)
    if kind in _BOUNDS:
        word, key = _BOUNDS[kind]
        return f"must be {word} {context[key]:g}; got {shown(given)}"
    wanted = _WANTED.get(kind.partition("_")[0])
    if wanted is not None:
        hint = " (put it in quotes)" if wanted == "text" and isinstance(given, int | float) else ""
        return f"expected {wanted}; got {shown(given)}{hint}"
    message = str(error["msg"])
    return f"{message[:1].lower()}{message[1:]}; got {shown(given)}"


def _choice(context: Mapping[str, Any], given: Any) -> str:
    """Reword :class:`fcsim.scenario.base.OneOf`'s error for long values."""
    name = next(iter(given), "") if isinstance(given, dict) else given
    return f"expected {context['what']}; got {shown(name)}{context['hint']}"


def _quantity(context: Mapping[str, Any], given: Any) -> str:
    return str(context["reason"]).replace(repr(given), shown(given))


def _literal(context: Mapping[str, Any], given: Any) -> str:
    accepted = re.findall(r"'([^']*)'", context["expected"])
    if not isinstance(given, str):
        return f"expected {' or '.join(accepted) or context['expected']}; got {shown(given)}"
    return f"{shown(given)} is not accepted{nearest(given, accepted)}"


def _pattern(context: Mapping[str, Any], given: Any) -> str:
    if ":" in context["pattern"]:
        return f"expected a time of day like '14:00'; got {shown(given)}"
    return (
        f"{shown(given)} is no name; accepted: letters, digits, '-' and '_', "
        "beginning with a letter or a digit"
    )


def _too_short(context: Mapping[str, Any], given: Any) -> str:
    least = context["min_length"]
    entries = "entry" if least == 1 else "entries"
    return f"needs at least {least} {entries}; got {context['actual_length']}"


_SPECIAL: dict[str, Callable[[Mapping[str, Any], Any], str]] = {
    "choice": _choice,
    "quantity": _quantity,
    "literal_error": _literal,
    "string_pattern_mismatch": _pattern,
    "too_short": _too_short,
    "too_long": lambda context, given: f"expected {_WANTED['tuple']}; got {len(given)} entries",
    "value_error": lambda context, given: str(context["error"]),
}
