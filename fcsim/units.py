"""Quantities as people write them, in the units the simulation computes with.

Inside fcsim every number is in seconds, bytes, bytes per second or events per second. Text
with a unit exists at the edge only, and this module is the edge.

======================  =====================================================  ============
kind                    units                                                  becomes
======================  =====================================================  ============
``duration``            us, ms, s, min, h, d                                   seconds
``data``                B, kB, MB, GB, TB (decimal); KiB, MiB, GiB, TiB        bytes
``memory``              MB, GB, TB (1,024-based); MiB, GiB, TiB                bytes
``bandwidth``           bit/s … Tbit/s, B/s … TB/s (decimal); KiB/s … GiB/s    bytes/s
``rate``                /s, /min, /h, /d                                       per second
``share``               %, or a bare number                                    fraction
======================  =====================================================  ============

Memory and disk are 1,024-based because the platform bills them so: its own example has a
1,024 MB instance pulling for 10 s cost 10 GB-seconds (platform page, "Billing").
"""

from __future__ import annotations

import math
import re

__all__ = [
    "GIB",
    "MIB",
    "UNITS",
    "accepted",
    "format_bytes",
    "format_duration",
    "format_number",
    "parse",
]

MIB = 1024.0**2
GIB = 1024.0**3

_DECIMAL = {"": 1.0, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
_BINARY = {"Ki": 1024.0, "Mi": MIB, "Gi": GIB, "Ti": 1024.0**4}
_DATA = {f"{prefix}B": factor for prefix, factor in {**_DECIMAL, **_BINARY}.items()}

UNITS: dict[str, dict[str, float]] = {
    "duration": {"us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0, "d": 86400.0},
    "data": {**_DATA, "KB": 1e3},
    "memory": {
        "MB": MIB,
        "GB": GIB,
        "TB": 1024.0**4,
        **{f"{prefix}B": factor for prefix, factor in _BINARY.items() if prefix != "Ki"},
    },
    "bandwidth": {
        **{f"{prefix}bit/s": factor / 8 for prefix, factor in _DECIMAL.items()},
        **{f"{unit}/s": factor for unit, factor in _DATA.items()},
    },
    "rate": {"/s": 1.0, "/min": 1 / 60, "/h": 1 / 3600, "/d": 1 / 86400},
    "share": {"%": 0.01, "": 1.0},
}
"""Accepted units of each kind, with the factor to fcsim's inner unit."""

_EXAMPLES = {
    "duration": "'300 ms', '2 h'",
    "data": "'251 MB', '1.2 GiB'",
    "memory": "'512 MB', '2 GB'",
    "bandwidth": "'10 Gbit/s', '180 MB/s'",
    "rate": "'20/s', '300/min'",
    "share": "'25 %', 0.25",
}

_QUANTITY = re.compile(r"^\s*([+-]?(?:\d[\d_,]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(\S*)\s*$")


def accepted(kind: str) -> str:
    """Say which units fit *kind*, with an example."""
    units = ", ".join(unit for unit in UNITS[kind] if unit)
    return f"a number with a unit ({units}), like {_EXAMPLES[kind]}"


def parse(value: object, kind: str) -> float:
    """Read a quantity of *kind* and return it in fcsim's inner unit.

    Zero needs no unit; a share may be a bare number. Raises ValueError with a message that
    says what would be accepted.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"expected {accepted(kind)}; got {value!r}")
    if isinstance(value, int | float):
        if kind == "share" or value == 0:
            return _finite(float(value), kind, value)
        raise ValueError(f"{value!r} has no unit; expected {accepted(kind)}")
    match = _QUANTITY.match(value)
    if match is None:
        raise ValueError(f"cannot read {value!r}; expected {accepted(kind)}")
    number, unit = float(match[1].replace(",", "").replace("_", "")), match[2]
    if unit == "" and kind != "share":
        if number == 0:
            return 0.0
        raise ValueError(f"{value!r} has no unit; expected {accepted(kind)}")
    if unit not in UNITS[kind]:
        raise ValueError(f"unknown unit {unit!r} in {value!r}; expected {accepted(kind)}")
    return _finite(number * UNITS[kind][unit], kind, value)


def _finite(number: float, kind: str, given: object) -> float:
    if not math.isfinite(number):
        raise ValueError(f"{given!r} is not finite; expected {accepted(kind)}")
    return number


def format_duration(seconds: float) -> str:
    """Render seconds for people: ``1.24 s``, ``310 ms``, ``2 h 05 min``."""
    if math.isnan(seconds):
        return "–"
    size = _rounded(seconds)
    if size == 0:
        return "0 s"
    if size < 1e-3:
        return f"{seconds * 1e6:.3g} us"
    if size < 1:
        return f"{seconds * 1e3:.3g} ms"
    if size < 120:
        return f"{seconds:.3g} s"
    if size < 7200:
        return f"{seconds / 60:.3g} min"
    if size < 172_800:
        return f"{seconds / 3600:.3g} h"
    return f"{seconds / 86400:.3g} d"


def format_bytes(count: float) -> str:
    """Render bytes decimally for people: ``251 MB``, ``1.86 GB``."""
    if math.isnan(count):
        return "–"
    for unit, factor in (("TB", 1e12), ("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if _rounded(count) >= factor:
            return f"{count / factor:.3g} {unit}"
    return f"{count:.0f} B"


def format_number(value: float) -> str:
    """Render a mean number of things for people, three digits at least: ``0.356``, ``1,234``."""
    return f"{value:,.0f}" if _rounded(value) >= 1000 else f"{value:.3g}"


def _rounded(value: float) -> float:
    """Return the size of *value* as it will be written, which decides the unit."""
    return float(f"{abs(value):.3g}")
