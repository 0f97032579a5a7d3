"""What figures rest on beside the scenario's text: versions, prices, preset, and the machine."""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import BaseModel

from fcsim.results.price_book import load_book, price_book
from fcsim.results.versions import versions
from fcsim.scenario.identity import digest
from fcsim.scenario.parameters import Parameters
from fcsim.study.point import fingerprint

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = ["Provenance", "provenance"]

_DIGITS = 16
"""Hex digits of a digest that are kept: enough to tell, short enough to read."""
_SILENT = ("python", "machine", "code")
"""Parts whose move is told only when nothing else has moved."""


@dataclass(frozen=True)
class Provenance:
    """What a baseline was made from and with; all texts."""

    scenario: str
    """Digest of everything in the scenario that a run depends on, its seed and files included."""
    preset: str
    """Name and digest of the values of the preset for the scenario's region."""
    prices: str
    """Name and digest of the price book as shipped."""
    fcsim: str
    numpy: str
    python: str
    """Implementation and minor version."""
    machine: str
    """System, processor, C library and the vector instructions that NumPy has found."""
    code: str
    """Digest of fcsim's code. It is *not* asked to be equal: its changes are to be caught."""

    def is_same(self, other: Provenance) -> bool:
        """Tell whether figures must be equal to the bit: all is equal but perhaps the code."""
        return all(name == "code" for name in self._different(other))

    def moved(self, other: Provenance) -> list[str]:
        """Say what *other*, of now, has that this has not: ``NumPy 2.4.6 → 2.5.0``.

        The scenario is not among it. Python, machine and code only count when nothing else does.
        """
        names = [name for name in self._different(other) if name != "scenario"]
        loud = [name for name in names if name not in _SILENT]
        return [_move(name, getattr(self, name), getattr(other, name)) for name in loud or names]

    def _different(self, other: Provenance) -> Iterator[str]:
        for field in fields(self):
            if getattr(self, field.name) != getattr(other, field.name):
                yield field.name


def provenance(scenario: Scenario) -> Provenance:
    """Return what figures of *scenario* rest on when it is run here and now."""
    at_work = versions()
    book = load_book(price_book(scenario).name)
    preset, region = scenario.platform.preset, scenario.platform.region
    values = {name: value.value for name, value in Parameters.resolve(preset, region).items()}
    factors = {name: value.value for name, value in book.values.items()}
    return Provenance(
        scenario=digest(scenario)[:_DIGITS],
        preset=f"{preset} {_digest(values)}",
        prices=f"{book.name} {_digest([book.tiers, str(book.minimum_from), factors])}",
        fcsim=at_work["fcsim"],
        numpy=at_work["numpy"],
        python=f"{platform.python_implementation()} {at_work['python'].rpartition('.')[0]}",
        machine=_machine(),
        code=fingerprint()[:_DIGITS],
    )


def _digest(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), default=_plain, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:_DIGITS]


def _plain(value: Any) -> Any:
    return value.model_dump(by_alias=True) if isinstance(value, BaseModel) else str(value)


@cache
def _machine() -> str:
    """Return what decides the last bit of logarithms and exponentials."""
    config: Any = np.show_config(mode="dicts")
    found = config.get("SIMD Extensions", {}).get("found", ())
    parts = (platform.system(), platform.machine(), " ".join(platform.libc_ver()), *found[-1:])
    return " ".join(part for part in parts if part)


_SAID = {
    "fcsim": "fcsim",
    "numpy": "NumPy",
    "python": "Python",
    "preset": "preset",
    "prices": "price book",
    "machine": "machine",
}


def _move(name: str, before: str, now: str) -> str:
    if name == "code":
        return "fcsim's code changed"
    if name in ("preset", "prices"):
        old, new = before.split()[0], now.split()[0]
        return f"{_SAID[name]} {old} → {new}" if old != new else f"{_SAID[name]} {old} changed"
    return f"{_SAID[name]} {before} → {now}"
