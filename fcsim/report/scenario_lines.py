"""A scenario as a list of paths and values with units, defaults filled in."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from fcsim.report.values import write
from fcsim.scenario.base import Quantity
from fcsim.scenario.model import Scenario
from fcsim.scenario.walk import field_names

__all__ = ["Line", "scenario_lines"]

_LONGEST_LIST = 12
"""Items of a list of plain values that are written."""
_LEFT_OUT = frozenset({"function_defaults", "variants"})
"""Keys without effect on what was simulated."""


class Line(NamedTuple):
    """One value of a scenario."""

    path: str
    value: str
    given: bool
    """Whether it was given (or filled in from the preset), rather than left at its default."""


def scenario_lines(scenario: Scenario) -> Iterator[Line]:
    """Yield every value of *scenario* that is set, with units, in the order of its keys."""
    yield from _model(scenario, "", True)


def _model(model: BaseModel, path: str, given: bool) -> Iterator[Line]:
    for key, name in field_names(type(model)).items():
        if path == "" and key in _LEFT_OUT:
            continue
        info = type(model).model_fields[name]
        quantity = _quantity(info.annotation, info.metadata)
        own = given and name in model.model_fields_set
        yield from _value(getattr(model, name), _join(path, key), own, quantity)


def _value(value: Any, path: str, given: bool, quantity: str) -> Iterator[Line]:
    if isinstance(value, BaseModel):
        yield from _model(value, path, given)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _value(item, _join(path, str(key)), given, quantity)
    elif isinstance(value, list | tuple):
        yield from _list(value, path, given, quantity)
    elif value is not None and value != "":
        yield Line(path, _text(value, quantity), given)


def _list(values: Any, path: str, given: bool, quantity: str) -> Iterator[Line]:
    if any(isinstance(item, BaseModel | dict) for item in values):
        for place, item in enumerate(values):
            yield from _value(item, _join(path, str(place)), given, quantity)
    elif values:
        texts = [_text(item, quantity) for item in values[:_LONGEST_LIST]]
        more = len(values) - _LONGEST_LIST
        yield Line(path, ", ".join(texts) + (f", … ({more:,} more)" if more > 0 else ""), given)


def _text(value: Any, quantity: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return write(value, quantity or "number")
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)


def _quantity(annotation: Any, metadata: Any) -> str:
    """Return the kind of quantity that an annotation names somewhere inside, if any."""
    for mark in metadata:
        if isinstance(mark, Quantity):
            return mark.kind
    if get_origin(annotation) is Annotated:
        inner, *marks = get_args(annotation)
        return _quantity(inner, marks)
    found = (_quantity(part, ()) for part in get_args(annotation) if not isinstance(part, str))
    return next(filter(None, found), "")


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
