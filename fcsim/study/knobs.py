"""What a study varies: a path of the scenario, and the values it takes.

=====================  ==============================================================
written                values
=====================  ==============================================================
``1,2,5``              these (each in YAML: ``512 MB``, ``slim``, ``{constant: 2 s}``)
``0..5``               0, 1, 2, 3, 4, 5
``512..2048..512 MB``  512 MB, 1024 MB, 1536 MB, 2048 MB
``0.5..2 s``           anything between, for samples only
=====================  ==============================================================
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from fcsim.errors import ScenarioError, UsageError
from fcsim.scenario.plain import plain
from fcsim.scenario.yaml12 import parse_value

__all__ = ["AS_IT_IS", "VARIANT", "Knob", "Span", "knob", "knobs"]

VARIANT = "variant"
"""The path that stands for the choice of a variant."""
AS_IT_IS = "base"
"""The value of VARIANT for the scenario without any."""
_MOST = 10_000
_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_RANGE = re.compile(rf"^({_NUMBER})\s*\.\.\s*({_NUMBER})(?:\s*\.\.\s*({_NUMBER}))?\s*([^\s.]*)$")


@dataclass(frozen=True)
class Span:
    """Everything from *low* to *high*, in *unit*."""

    low: float
    high: float
    unit: str

    def at(self, share: float) -> Any:
        """Return the value at *share* (0 to 1) of the way, as it is written in a scenario."""
        number = float(f"{self.low + share * (self.high - self.low):.4g}")
        return f"{number:g} {self.unit}" if self.unit else number


@dataclass(frozen=True)
class Knob:
    """One path and its values: a list of them, or a span."""

    path: str
    values: tuple[Any, ...] = ()
    span: Span | None = None

    def at(self, share: float) -> Any:
        """Return the value at *share* (0 to 1, 1 excluded) of the way through all of them."""
        if self.span is not None:
            return self.span.at(share)
        return self.values[int(share * len(self.values))]


def knobs(vary: Mapping[str, Iterable[Any]] | str | Iterable[str]) -> list[Knob]:
    """Return the knobs of *vary*: texts ``path=values``, or values (or a text) by path.

    Raises UsageError when a path comes twice or has no values.
    """
    if isinstance(vary, Mapping):
        found = [
            knob(path, values) if isinstance(values, str) else _listed(path, values)
            for path, values in vary.items()
        ]
    else:
        found = [_pair(text) for text in ([vary] if isinstance(vary, str) else vary)]
    if not found:
        raise UsageError("nothing varies; give at least one path=value,value,…")
    twice = [k.path for n, k in enumerate(found) if k.path in [other.path for other in found[:n]]]
    if twice:
        raise UsageError(f"{twice[0]} varies twice; give all its values at once")
    return found


def _pair(text: str) -> Knob:
    path, equals, values = text.partition("=")
    if not equals or not path.strip():
        raise UsageError(f"expected path=value,value,…; got {text!r}")
    return knob(path.strip(), values)


def knob(path: str, text: str) -> Knob:
    """Return the knob of *path* whose values are written as *text*."""
    found = _RANGE.match(text.strip())
    if found is not None:
        return _range(path, text.strip(), *found.groups())
    try:
        values = parse_value(f"[{text}]")
    except ScenarioError as error:
        raise UsageError(f"{path}: {error.problems[0].message} (in {text!r})") from None
    return _listed(path, values)


def _listed(path: str, values: Iterable[Any]) -> Knob:
    known = tuple(plain(list(values)))
    if not known:
        raise UsageError(f"{path}: no values")
    twice = [value for n, value in enumerate(known) if value in known[:n]]
    if twice:
        raise UsageError(f"{path}: {twice[0]!r} comes twice")
    return Knob(path, known)


def _range(path: str, text: str, low: str, high: str, step: str | None, unit: str) -> Knob:
    first, last = Decimal(low), Decimal(high)
    if first > last:
        raise UsageError(f"{path}: {text!r} runs downwards; write the lower end first")
    whole = first == first.to_integral_value() and last == last.to_integral_value()
    if step is None and (unit or not whole or {".", "e"} & set((low + high).lower())):
        return Knob(path, span=Span(float(first), float(last), unit))
    width = Decimal(step or 1)
    if width <= 0 or (last - first) / width >= _MOST:
        raise UsageError(f"{path}: {text!r} needs a step above 0 and at most {_MOST:,} values")
    count = int((last - first) / width) + 1
    return Knob(path, tuple(_written([first + k * width for k in range(count)], unit)))


def _written(numbers: Sequence[Decimal], unit: str) -> Iterable[Any]:
    for number in numbers:
        if unit:
            yield f"{number:f} {unit}"
        else:
            yield int(number) if number == number.to_integral_value() else float(number)
