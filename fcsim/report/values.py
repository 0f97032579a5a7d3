"""Values as people write them: parameters with their unit, counts, shares, money, time models.

:mod:`fcsim.units` rounds results for reading. This module writes *inputs*, which must come out as
somebody would type them: ``86400 s`` is ``1 d``, 1.25e9 bytes/s is ``10 Gbit/s``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from fcsim import units
from fcsim.scenario.base import Model
from fcsim.scenario.parameters import Parameter

__all__ = ["bounds", "count", "cut", "money", "plain", "share", "write", "written"]

_FAMILIES: dict[str, tuple[tuple[str, ...], ...]] = {
    "duration": (("us", "ms", "s"), ("min", "h", "d")),  # the second from 10 min on
    "data": (("B", "kB", "MB", "GB", "TB"),),
    "memory": (("MB", "GB", "TB"),),
    "bandwidth": (("B/s", "kB/s", "MB/s", "GB/s", "TB/s"), ("Mbit/s", "Gbit/s")),
    "rate": (("/s",), ("/min",), ("/h",), ("/d",)),
}
"""Units that are written beside each other; a parameter keeps to one family."""

_NOT_TIMES = ("cv", "shape", "alpha", "weight")
"""Fields of time distributions that are plain numbers."""


def written(parameter: Parameter) -> str:
    """Return the value of *parameter* with its unit."""
    return write(parameter.value, parameter.unit, beside=_known(parameter))


def bounds(parameter: Parameter) -> str:
    """Return ``low to high``, or nothing when the parameter has no range."""
    if parameter.low is None or parameter.high is None:
        return ""
    known = _known(parameter)
    low = write(parameter.low, parameter.unit, beside=known)
    return f"{low} to {write(parameter.high, parameter.unit, beside=known)}"


def write(value: Any, unit: str, beside: Sequence[Any] = ()) -> str:
    """Write *value* of a parameter's *unit*; values *beside* it share its family of units."""
    if isinstance(value, Model):
        return _distribution(value)
    if isinstance(value, str):
        return value
    if math.isinf(value):
        return "no limit"
    if unit == "share":
        return f"{_digits(value * 100)} %"
    if unit in _FAMILIES:
        return _quantity(value, unit, [v for v in beside if isinstance(v, float)] or [value])
    return _digits(value) if unit in ("number", "count", "factor") else f"{_digits(value)} {unit}"


def _known(parameter: Parameter) -> list[Any]:
    return [v for v in (parameter.low, parameter.value, parameter.high) if v is not None]


def _quantity(value: float, kind: str, beside: Sequence[float]) -> str:
    """Write *value* in the family that writes all of *beside* shortest; ties: the first."""
    if value == 0:
        return "0"
    finite = [v for v in beside if math.isfinite(v)]
    families = _FAMILIES[kind]
    if kind == "duration":
        families = families[:1] if max(finite) < 600 else families[1:]
    number, unit = _shortest(
        value, kind, min(families, key=lambda f: sum(_significant(v, kind, f) for v in finite))
    )
    return f"{number}{'' if unit.startswith('/') else ' '}{unit}"


def _shortest(value: float, kind: str, family: Sequence[str]) -> tuple[str, str]:
    """Return the shortest number, best not below 1, for *value*; of equals the largest unit."""
    forms = [(_digits(value / units.UNITS[kind][unit]), unit) for unit in reversed(family)]
    return min(forms, key=lambda form: len(form[0]) + form[0].startswith("0."))


def _significant(value: float, kind: str, family: Sequence[str]) -> int:
    number, _ = _shortest(value, kind, family)
    return len(number.replace(".", "").replace(",", "").strip("0"))


def _digits(number: float) -> str:
    return f"{number:,.6g}" if abs(number) < 1e6 else f"{number:,.0f}"


def _distribution(model: Model) -> str:
    name, inner = next((n, getattr(model, n)) for n in type(model).model_fields)
    if isinstance(inner, float):
        return _time(inner) if name == "constant" else f"{name} {_time(inner)}"
    if isinstance(inner, list):
        parts = (f"{_digits(part.weight)} x ({_distribution(part.time)})" for part in inner)
        return f"{name} of {', '.join(parts)}"
    return f"{name} ({_fields(inner)})"


def _fields(shape: Model) -> str:
    return ", ".join(
        f"{field} {_field(field, value)}"
        for field in type(shape).model_fields
        if field != "unit" and (value := getattr(shape, field)) is not None
    )


def _field(field: str, value: Any) -> str:
    if isinstance(value, Model):
        return _distribution(value)
    if isinstance(value, dict):
        return "; ".join(f"{_key(key)}: {_field('', item)}" for key, item in value.items())
    if isinstance(value, str):
        return value
    return _digits(value) if field in _NOT_TIMES else _time(value)


def _key(key: str | float) -> str:
    return key if isinstance(key, str) else _digits(key)


def _time(seconds: float) -> str:
    return _quantity(seconds, "duration", [seconds])


def count(number: float) -> str:
    """Write a number of things: ``20,700``; NaN is a dash."""
    return "–" if math.isnan(number) else f"{number:,.0f}"


def share(part: float, digits: int = 3) -> str:
    """Write a fraction as a percentage; a part of something never reads as none or all of it."""
    if math.isnan(part):
        return "–"
    if 0 < part < 0.0001:
        return "< 0.01 %"
    if 0.9999 < part < 1:
        return "> 99.99 %"
    if 0.99 < part < 1:
        return f"{part * 100:.2f} %"
    if part * 100 >= 10**digits - 0.5:
        return f"{part * 100:,.0f} %"
    return f"{part * 100:.{2 if part < 0.01 else digits}g} %"


def money(amount: float, currency: str = "") -> str:
    """Write an amount of money with two decimals, or three digits below one."""
    if math.isnan(amount):
        return "–"
    number = f"{amount:,.2f}" if abs(amount) >= 1 or amount == 0 else f"{amount:.3g}"
    if 0 < amount < 0.0001:
        number = "< 0.0001"
    return f"{number} {currency}".strip()


def cut(text: str, width: int) -> str:
    """Shorten *text* to *width* characters, with an ellipsis where something is missing.

    Characters that cannot be printed, line breaks among them, become U+FFFD.
    """
    text = "".join(one if one.isprintable() else "\ufffd" for one in text[: width + 1])
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}…"


def plain(value: Any) -> Any:
    """Return *value* as JSON can hold it: NaN and infinities null, numpy scalars plain."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Model):
        return plain(value.model_dump(mode="json", exclude_none=True))
    if hasattr(value, "item"):
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value
