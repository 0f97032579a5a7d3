"""Addresses: where a value stands in a scenario, as the names on the way to it.

``("functions", "checkout", "memory_size")`` is written ``functions.checkout.memory_size``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Address", "Finding", "Position", "dotted", "has", "look_up"]

Address = tuple[Any, ...]
"""Names of keys (text or numbers) and positions in lists."""

Position = tuple[int, int]
"""Line and column, from 1."""


@dataclass(frozen=True)
class Finding:
    """A mistake, before its place in the file is looked up."""

    address: Address
    message: str
    others: tuple[Address, ...] = ()
    """Further values that have a part in it."""
    at_key: bool = False
    """Whether the key is wrong rather than the value."""
    whole: bool = False
    """Whether the values below the address do not go together."""


def dotted(address: Address) -> str:
    """Write *address* as people do, with dots."""
    return ".".join(str(part) for part in address)


def look_up(data: Any, address: Address) -> Any:
    """Return the value at *address*; KeyError when there is none."""
    for part in address:
        if not _holds(data, part):
            raise KeyError(dotted(address))
        data = data[part]
    return data


def _holds(data: Any, part: Any) -> bool:
    if isinstance(data, list):
        return isinstance(part, int) and 0 <= part < len(data)
    return isinstance(data, Mapping) and part in data


def has(data: Any, address: Address) -> bool:
    """Say whether *data* has a value at *address*."""
    try:
        look_up(data, address)
    except KeyError:
        return False
    return True
