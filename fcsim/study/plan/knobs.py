"""What a plan may change: ``path=0..50``, ``path=a,b,c``, ``variant=slim,fat``."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fcsim import units
from fcsim.errors import ScenarioError, UsageError
from fcsim.scenario.yaml12 import parse_value

__all__ = ["VARIANT", "Knob", "read_knobs"]

VARIANT = "variant"
"""The name of the knob that chooses a variant."""

_RANGE = re.compile(r"^\s*(-?\d+)\s*\.\.\s*(-?\d+)\s*(?:\.\.\s*(\d+)\s*)?$")
_ACCEPTED = "accepted: path=0..50, path=0..50..5, path=a,b,c, variant=slim,fat"
_MOST = 10_000


@dataclass(frozen=True)
class Knob:
    """One thing that a plan may change, and the values it may have."""

    name: str
    """A path of the scenario, or ``variant``."""
    values: tuple[Any, ...]
    """Ascending when they are ordered."""
    ordered: bool
    """Whether the values are numbers or quantities, so that between two of them lies a third."""


def read_knobs(vary: Mapping[str, Any] | Iterable[str] | str) -> tuple[Knob, ...]:
    """Read texts ``path=values``, or a mapping from path to a list, a range or such a text.

    Raises UsageError that says what would be accepted.
    """
    if isinstance(vary, Mapping):
        knobs = [_knob(str(name), _values(str(name), given)) for name, given in vary.items()]
    else:
        knobs = [_read(text) for text in ([vary] if isinstance(vary, str) else vary)]
    names = [knob.name for knob in knobs]
    if not knobs:
        raise UsageError(f"nothing to vary; {_ACCEPTED}")
    for name in names:
        if names.count(name) > 1:
            raise UsageError(f"--vary {name} is given twice; give all its values at once")
    return tuple(knobs)


def _read(text: str) -> Knob:
    name, equals, values = text.partition("=")
    if not equals or not name.strip() or not values.strip():
        raise UsageError(f"cannot read --vary {text!r}; {_ACCEPTED}")
    return _knob(name.strip(), _values(name.strip(), values))


def _values(name: str, given: Any) -> Sequence[Any]:
    if not isinstance(given, str):
        return list(given) if isinstance(given, Iterable) else [given]
    if match := _RANGE.match(given):
        low, high, step = int(match[1]), int(match[2]), int(match[3] or 1)
        if low > high or step < 1:
            raise UsageError(f"--vary {name}={given}: a range goes from low to high; {_ACCEPTED}")
        return range(low, high + 1, step)
    try:
        values = parse_value(f"[{given}]")
    except ScenarioError as error:
        message = error.problems[0].message
        raise UsageError(f"--vary {name}={given}: {message}; {_ACCEPTED}") from None
    return list(values)


def _knob(name: str, values: Sequence[Any]) -> Knob:
    if not values or any(value is None for value in values):
        raise UsageError(f"--vary {name} lacks values; {_ACCEPTED}")
    if len(values) > _MOST:
        raise UsageError(f"--vary {name} has {len(values):,} values; at most {_MOST:,} are accepted")
    distinct = [value for k, value in enumerate(values) if value not in values[:k]] if not (
        isinstance(values, range)
    ) else list(values)  # fmt: skip
    sizes = None if name == VARIANT else _sizes(distinct)
    if sizes is None:
        return Knob(name, tuple(distinct), ordered=False)
    ranked = sorted(range(len(distinct)), key=sizes.__getitem__)
    return Knob(name, tuple(distinct[k] for k in ranked), ordered=True)


def _sizes(values: Sequence[Any]) -> list[float] | None:
    """Return *values* as numbers of one kind, or None when they are not."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return [float(value) for value in values]
    for kind in units.UNITS:
        try:
            return [units.parse(value, kind) for value in values]
        except (ValueError, OverflowError):
            continue
    return None
