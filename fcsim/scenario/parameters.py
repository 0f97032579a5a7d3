"""The platform's values: read from a dated preset, replaced by a scenario's assumptions.

Every value has a provenance. *documented* values quote their source; *assumed* ones carry low,
default and high, and a result lists those that its answer rests on.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Self

import yaml
from pydantic import Field, TypeAdapter, ValidationError, model_validator

from fcsim import units
from fcsim.errors import Problem, ScenarioError, nearest
from fcsim.scenario.address import dotted
from fcsim.scenario.base import Inner, Model
from fcsim.scenario.distributions import TimeDistribution
from fcsim.scenario.words import shown

__all__ = [
    "Override",
    "Parameter",
    "Parameters",
    "Reader",
    "describe_preset",
    "preset_names",
    "region_names",
]


class Override(Model):
    """A scenario's own value for a parameter, with where it comes from."""

    value: Any
    """The value, in the unit of the assumption; it may stand alone."""
    range: tuple[Any, Any] | None = Field(default=None)
    """Low and high, when the value is not certain."""
    source: str = "given"
    """``measured``, ``calibrated``, or any text that says where the value comes from."""
    date: str | None = None
    """When it was measured."""

    @model_validator(mode="before")
    @classmethod
    def _bare(cls, data: Any) -> Any:
        return data if isinstance(data, dict) and "value" in data else {"value": data}


@dataclass(frozen=True)
class Parameter:
    """One named value in fcsim's inner unit, and how far it can be trusted.

    ``value``, ``low`` and ``high`` are floats, texts (unit ``text``) or time distributions
    (unit ``time``); ``low`` and ``high`` are None where the value is documented.
    """

    name: str
    unit: str
    value: Any
    low: Any = None
    high: Any = None
    provenance: str = "documented"
    source: str = ""
    note: str = ""
    choices: tuple[str, ...] = ()
    date: str | None = None

    def with_override(self, override: Override) -> Parameter:
        """Return this parameter with a scenario's value; ValueError when it does not fit."""
        value = self._read(override.value)
        low, high = self._ends(override, value)
        known = ("measured", "calibrated", "documented")
        return replace(
            self,
            value=value,
            low=low,
            high=high,
            provenance=override.source if override.source in known else "given",
            source=override.source,
            date=override.date,
        )

    def _ends(self, override: Override, value: Any) -> tuple[Any, Any]:
        if override.range is None:
            return None, None
        low, high = map(self._read, override.range)
        if isinstance(value, float) and not low <= value <= high:
            given = ", ".join(str(end) for end in override.range)
            raise ValueError(f"range [{given}] must run from low to high around the value")
        return low, high

    def _read(self, value: Any) -> Any:
        read = _read(self.unit, value)
        if self.choices and read not in self.choices:
            raise ValueError(f"{value!r} is not accepted{nearest(str(value), self.choices)}")
        return read


class Parameters(Mapping[str, Parameter]):
    """All parameters of a preset by name."""

    def __init__(self, entries: Mapping[str, Parameter]) -> None:
        """Wrap *entries*; use :meth:`resolve` to read a preset."""
        self._entries = dict(entries)

    def __getitem__(self, name: str) -> Parameter:
        """Return the parameter called *name*."""
        return self._entries[name]

    def __iter__(self) -> Iterator[str]:
        """Iterate over names in the preset's order."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Count parameters."""
        return len(self._entries)

    @classmethod
    def resolve(
        cls, preset: str, region: str, overrides: Mapping[str, Override] | None = None
    ) -> Self:
        """Read *preset* for *region* and apply a scenario's assumptions.

        Raises ScenarioError naming every assumption that is unknown or does not fit.
        """
        entries = dict(_preset(preset, region))
        problems = []
        for name, override in (overrides or {}).items():
            if name not in entries:
                problems.append(
                    Problem(
                        f"unknown assumption {name!r}{nearest(name, entries)}",
                        f"assumptions.{name}",
                    )
                )
                continue
            try:
                entries[name] = entries[name].with_override(override)
            except (ValueError, OverflowError) as error:
                problems.append(Problem(str(error), f"assumptions.{name}"))
        if problems:
            raise ScenarioError(problems)
        return cls(entries)


class Reader:
    """Reads parameter values and remembers which ones an answer rests on."""

    def __init__(self, parameters: Parameters) -> None:
        """Read from *parameters*."""
        self._parameters = parameters
        self.used: set[str] = set()

    def __getitem__(self, name: str) -> Any:
        """Return the value of the parameter called *name* and note its use."""
        self.used.add(name)
        return self._parameters[name].value

    def assumptions(self) -> list[Parameter]:
        """Return the parameters read so far that no document settles, in preset order."""
        return [
            parameter
            for name, parameter in self._parameters.items()
            if name in self.used and parameter.provenance != "documented"
        ]


def preset_names() -> list[str]:
    """Return the names of the shipped presets."""
    folder = resources.files("fcsim.scenario") / "presets"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def describe_preset(preset: str, region: str = "cn-hangzhou") -> list[Parameter]:
    """Return every value of *preset* in *region*; ScenarioError when there is no such preset."""
    return list(Parameters.resolve(preset, region).values())


def region_names(preset: str) -> list[str]:
    """Return the regions for which *preset* has values of their own."""
    content = preset_file(preset)
    inherited = region_names(content["extends"]) if "extends" in content else []
    own = {region for entry in content["values"].values() for region in entry.get("regions", ())}
    return sorted({*inherited, *own} - {"default"})


@cache
def preset_file(preset: str) -> dict[str, Any]:
    """Return the parsed preset file; ScenarioError with the nearest name when there is none."""
    if preset not in preset_names():
        raise ScenarioError(
            [Problem(f"no preset {preset!r}{nearest(preset, preset_names())}", "platform.preset")]
        )
    text = (resources.files("fcsim.scenario") / "presets" / f"{preset}.yaml").read_text("utf-8")
    content: dict[str, Any] = yaml.safe_load(text)
    return content


@cache
def _preset(preset: str, region: str) -> dict[str, Parameter]:
    content = preset_file(preset)
    inherited = _preset(content["extends"], region) if "extends" in content else {}
    own = {name: _parameter(name, entry, region) for name, entry in content["values"].items()}
    return {**inherited, **own}


def _parameter(name: str, entry: dict[str, Any], region: str) -> Parameter:
    unit = entry["unit"]
    common = {"note": entry.get("note", ""), "choices": tuple(entry.get("choices", ()))}
    if "assumption" in entry:
        bounds = {key: _read(unit, value) for key, value in entry["assumption"].items()}
        return Parameter(
            name,
            unit,
            bounds["default"],
            bounds.get("low"),
            bounds.get("high"),
            provenance="assumed",
            source="assumption",
            **common,
        )
    value = entry["value"] if "value" in entry else _for_region(entry["regions"], region)
    return Parameter(name, unit, _read(unit, value), source=entry["source"], **common)


def _for_region(regions: dict[str, Any], region: str) -> Any:
    return regions.get(region, regions["default"])


@cache
def _time() -> TypeAdapter[Any]:
    return TypeAdapter(TimeDistribution)


def _read(unit: str, value: Any) -> Any:
    if unit == "text":
        if not isinstance(value, str):
            raise ValueError(f"expected text; got {shown(value)}")
        return value
    if unit == "time":
        try:
            return _time().validate_python(value)
        except ValidationError as error:
            raise ValueError(_explained(error, value)) from None
    if isinstance(value, float) and value == math.inf:
        return value
    bare = unit in _NUMBERS or isinstance(value, Inner)
    number = _number(value) if bare else units.parse(value, unit)
    if unit == "count" and (number < 1 or number != math.floor(number)):
        raise ValueError(f"{value!r} is out of range; expected a whole number from 1")
    if unit == "factor" and number < 1:
        raise ValueError(f"{value!r} is out of range; expected at least 1")
    if number < 0 or (unit == "bandwidth" and number == 0) or (unit == "share" and number > 1):
        raise ValueError(f"{value!r} is out of range; expected {_RANGES.get(unit, 'at least 0')}")
    return number


def _explained(error: ValidationError, value: Any) -> str:
    from fcsim.scenario.explain import explain  # it knows the whole scenario, this module included
    from fcsim.scenario.walk import spot

    findings = explain(error, value, spot(TimeDistribution))
    return "; ".join(": ".join(filter(None, (dotted(f.address), f.message))) for f in findings)


_NUMBERS = ("number", "count", "factor")
_RANGES = {"bandwidth": "more than 0", "share": "0 to 100 %"}


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or value != value:
        raise ValueError(f"expected a number; got {shown(value)}")
    return float(value)
