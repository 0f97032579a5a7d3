"""Follows the scenario models by name: which keys, choices or entries each place accepts.

Error messages, camelCase, overrides, merging, the reference page: all need to know what the
models accept at an address, and this module is the only one that looks into type annotations.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario

__all__ = ["ANYTHING", "ROOT", "Spot", "bare", "field_names", "spot"]

Kind = Literal["model", "choice", "mapping", "list", "value"]


@dataclass(frozen=True)
class Spot:
    """What the models accept in one place.

    ``model``: the keys in ``fields``. ``choice``: one of the keys in ``fields``, each with a
    model of its own. ``mapping`` and ``list``: any number of ``item``. ``value``: a plain value.
    """

    kind: Kind
    fields: Mapping[str, Any] = field(default_factory=dict)
    item: Any = None
    model: type[BaseModel] | None = None

    def child(self, part: Any) -> Spot:
        """Return what the place called *part* accepts; anything when it is unknown."""
        annotation = self.item if self.kind in ("mapping", "list") else self.fields.get(part)
        return ANYTHING if annotation is None else spot(annotation)

    def settled(self, data: Any) -> Spot:
        """Return the model that *data* chose, when this is a choice and *data* made one."""
        if self.kind != "choice" or not isinstance(data, Mapping):
            return self
        return next((self.child(tag) for tag in self.fields if tag in data), self)


ANYTHING = Spot("value")

# A function's defaults accept what a function accepts; their model is a plain mapping because
# nothing is required there.
_READ_AS: dict[tuple[type[BaseModel], str], Any] = {(Scenario, "function_defaults"): Function}


def field_names(model: type[BaseModel]) -> dict[str, str]:
    """Return the attribute of each key of *model* in a scenario file."""
    return {info.alias or name: name for name, info in model.model_fields.items()}


def bare(annotation: Any) -> Any:
    """Return *annotation* without ``Annotated[…]`` and ``| None``."""
    origin = get_origin(annotation)
    if origin is Annotated:
        return bare(get_args(annotation)[0])
    if origin in (Union, UnionType):
        rest = [member for member in get_args(annotation) if member is not NoneType]
        return bare(rest[0]) if len(rest) == 1 else annotation
    return annotation


def spot(annotation: Any) -> Spot:
    """Describe the place that *annotation* annotates."""
    annotation = bare(annotation)
    origin, args = get_origin(annotation), get_args(annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return Spot("model", _fields(annotation), model=annotation)
    if origin in (Union, UnionType):
        return _choice(args)
    if origin is dict:
        return Spot("mapping", item=args[1])
    if origin in (list, tuple):
        return Spot("list", item=args[0])
    return ANYTHING


def _fields(model: type[BaseModel]) -> dict[str, Any]:
    return {
        key: _READ_AS.get((model, name), model.model_fields[name].annotation)
        for key, name in field_names(model).items()
    }


def _choice(members: tuple[Any, ...]) -> Spot:
    models = [m for m in map(bare, members) if isinstance(m, type) and issubclass(m, BaseModel)]
    if not models:
        return ANYTHING
    return Spot("choice", {next(iter(field_names(model))): model for model in models})


ROOT = spot(Scenario)
"""The whole scenario file."""
