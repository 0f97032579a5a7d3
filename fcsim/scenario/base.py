"""What all scenario models share: strictness, quantity types and one-key choices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
)
from pydantic_core import PydanticCustomError, core_schema

from fcsim import units
from fcsim.errors import nearest

__all__ = [
    "Bandwidth",
    "Bytes",
    "Duration",
    "Inner",
    "Memory",
    "Model",
    "OneOf",
    "PositiveDuration",
    "Quantity",
    "Rate",
    "Seconds",
    "Share",
]


class Model(BaseModel):
    """A frozen part of a scenario; unknown keys are errors."""

    model_config = ConfigDict(
        extra="forbid", frozen=True, allow_inf_nan=False, use_attribute_docstrings=True
    )


class Inner(float):
    """A number in fcsim's inner unit already, as the loader fills in from a preset."""


@dataclass(frozen=True)
class Quantity:
    """Annotates a float that is written with a unit of ``kind`` (see :mod:`fcsim.units`)."""

    kind: str

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Read the quantity before the number is checked."""
        return core_schema.no_info_before_validator_function(self._read, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """Accept text and numbers, and name the kind as ``x-quantity``."""
        return {"type": ["string", "number"], "x-quantity": self.kind}

    def _read(self, value: object) -> float:
        if isinstance(value, Inner):
            return float(value)
        try:
            return units.parse(value, self.kind)
        except (ValueError, OverflowError) as error:
            raise PydanticCustomError("quantity", "{reason}", {"reason": str(error)}) from None


class Seconds(Quantity):
    """Annotates a duration whose key names its unit: a bare number is in seconds."""

    def __init__(self) -> None:
        """Read durations."""
        super().__init__("duration")

    def _read(self, value: object) -> float:
        bare = isinstance(value, int | float) and not isinstance(value, bool)
        return super()._read(f"{value!r} s" if bare else value)


class OneOf:
    """Annotates a union of models of which one distinguishing key, say ``poisson``, picks one.

    That key is each model's first field. It chooses the model, so a mistake inside is reported
    by that model alone.
    """

    def __init__(self, what: str) -> None:
        """Name what is chosen, for error messages: "a time distribution"."""
        self.what = what

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Build the tagged union of the annotated models."""
        models = {next(iter(model.model_fields)): model for model in get_args(source)}
        return core_schema.no_info_before_validator_function(
            lambda value: self._check(value, models),
            core_schema.tagged_union_schema(
                {key: handler.generate_schema(model) for key, model in models.items()},
                discriminator=lambda value: _tag(value, models),
            ),
        )

    def _check(self, value: object, models: dict[str, type[BaseModel]]) -> object:
        if _tag(value, models) is not None:
            return value
        given = str(next(iter(value), "")) if isinstance(value, dict) else value
        raise PydanticCustomError(
            "choice",
            "expected {what}; got {given}{hint}",
            {"what": self.what, "given": repr(given), "hint": nearest(str(given), models)},
        )


def _tag(value: object, models: dict[str, type[BaseModel]]) -> str | None:
    if isinstance(value, BaseModel):
        return next((key for key, model in models.items() if type(value) is model), None)
    return next((key for key in models if isinstance(value, dict) and key in value), None)


Duration = Annotated[float, Quantity("duration"), Field(ge=0)]
PositiveDuration = Annotated[float, Quantity("duration"), Field(gt=0)]
Bytes = Annotated[float, Quantity("data"), Field(ge=0)]
Memory = Annotated[float, Quantity("memory"), Field(gt=0)]
Bandwidth = Annotated[float, Quantity("bandwidth"), Field(gt=0)]
Rate = Annotated[float, Quantity("rate"), Field(ge=0)]
Share = Annotated[float, Quantity("share"), Field(ge=0, le=1)]
