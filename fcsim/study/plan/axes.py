"""The knobs of a plan in an order that searches can use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fcsim import units
from fcsim.errors import UsageError
from fcsim.study.knobs import VARIANT, Knob, knobs

__all__ = ["Axis", "axes"]


@dataclass(frozen=True)
class Axis:
    """One knob and its values."""

    path: str
    """A path of the scenario, or ``variant``."""
    values: tuple[Any, ...]
    """Ascending when they are ordered."""
    ordered: bool
    """Whether the values are numbers or quantities, so that between two of them lies a third."""


def axes(vary: Mapping[str, Iterable[Any]] | str | Iterable[str]) -> tuple[Axis, ...]:
    """Return the axes of *vary*, written as for a sweep (:mod:`fcsim.study.knobs`).

    Raises UsageError when that cannot be read, or a knob has a span without steps.
    """
    return tuple(map(_axis, knobs(vary)))


def _axis(knob: Knob) -> Axis:
    if knob.span is not None:
        raise UsageError(
            f"{knob.path}: a plan needs values (a,b,c), whole numbers (0..50) or steps "
            "(low..high..step unit)"
        )
    sizes = None if knob.path == VARIANT else _sizes(knob.values)
    if sizes is None:
        return Axis(knob.path, knob.values, ordered=False)
    ranked = sorted(range(len(sizes)), key=sizes.__getitem__)
    return Axis(knob.path, tuple(knob.values[k] for k in ranked), ordered=True)


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
