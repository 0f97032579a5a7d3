"""Writes the reference page of the scenario file from the models and their docstrings.

``python -m fcsim.scenario.reference > docs/scenario-file.md``
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic import AwareDatetime, BaseModel
from pydantic.fields import FieldInfo

from fcsim.scenario.arrivals import Workload
from fcsim.scenario.base import Quantity
from fcsim.scenario.default_sources import default_and_source
from fcsim.scenario.distributions import TimeDistribution
from fcsim.scenario.images import Layer
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Override
from fcsim.scenario.walk import Spot, bare, field_names, spot
from fcsim.units import UNITS, accepted, format_duration

__all__ = ["page"]

_HEAD = """\
# The scenario file

One YAML file (YAML 1.2) describes one simulation. Everything has a default but `fcsim`, `images`,
`functions` and `workload`. Keys are in snake_case; camelCase keys as in `s.yaml` are accepted.
File paths are relative to the scenario file. Any value has a path, its names joined by dots
(`functions.checkout.memory_size`), for `variants` and `--set path=value`; items of lists go by
position, from 0.

*Default from* says how a default is known: *documented* ones name their source (of the preset
`page`), *assumed* ones the assumption that replaces them, the others are choices of fcsim.

A function's value is its own, else that of `function_defaults`, else the preset's. A chosen variant
changes values by path, then `--set` does; what stands at the path is replaced as a whole.

This page is written by `python -m fcsim.scenario.reference`."""

_BLOCKS = (
    ("registries", "registries.NAME"),
    ("images", "images.NAME"),
    ("functions", "functions.NAME"),
    ("pools", "pools.NAME"),
    ("resident_pools", "resident_pools.NAME"),
    ("workload", "workload.NAME"),
    ("deployments", "deployments.0"),
    ("faults", "faults.0"),
    ("assumptions", "assumptions.NAME"),
)
"""Blocks whose entries have names or positions, and the title of their section."""

_PLAIN: dict[Any, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    AwareDatetime: "date and time with offset",
    datetime: "date and time",
    Any: "value",
}

_IN_WORDS = {
    "function_defaults": "keys of a function",
    "variants": "path and value, by name",
    "architecture": "text",
    "origin": "number or text",
    "retry_on": "list: status, class or name",
}
"""Values whose annotation says less than it should, by key."""


def page() -> str:
    """Return the reference page in Markdown, the same text each time."""
    parts = [_HEAD, *_units(), "## The file", *_table(_rows(Scenario, inside=_TOP), "")]
    whole = spot(Scenario)
    for block, title in _BLOCKS:
        model = whole.child(block).child("NAME").model
        assert model is not None
        parts += [f"## {title}", _text(model), *_table(_rows(model), f"{title}.")]
    for title, union, also in (
        ("Time distributions", TimeDistribution, "A bare time is constant: `120 ms`."),
        ("Arrivals", Workload.model_fields["arrivals"].annotation, ""),
    ):
        parts += [
            f"## {title}",
            f"One of these keys. {also}".strip(),
            *_table(_choices(union), f"{title}: "),
        ]
    return "\n\n".join(parts) + "\n"


_TOP = ("platform", "caches", "initial", "billing")
"""Blocks without names, listed with the file's own keys."""


def _units() -> Iterator[str]:
    yield "## Quantities"
    yield "A number with a unit. Zero needs none. MB and GB of memory and disk are 1,024-based."
    yield _lines(f"* **{kind}**: {accepted(kind)}" for kind in UNITS)


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines)


def _table(rows: Iterable[tuple[str, str, str, str]], place: str) -> Iterator[str]:
    """Yield the table of *rows*, whose keys stand in *place*, with where defaults come from."""
    lines = ["| key | value | default | default from | meaning |", "|---|---|---|---|---|"]
    for key, value, default, meaning in rows:
        known = default_and_source(place + key.strip("`"), default)
        lines.append(f"| {' | '.join((key, value, *known, meaning))} |")
    yield _lines(lines)


def _rows(
    model: type[BaseModel], prefix: str = "", inside: tuple[str, ...] | None = None
) -> Iterator[tuple[str, str, str, str]]:
    """Yield key, value, default and meaning of each key, nested blocks written out with dots."""
    for key, name in field_names(model).items():
        info = model.model_fields[name]
        place = spot(info.annotation)
        path = prefix + key
        nested = place.model if place.kind == "model" else place.child("").model
        unfold = nested is not None and (inside is None or key in inside)
        yield _row(path, model, key, info, place)
        if unfold and nested is not None:
            step = "" if place.kind == "model" else "NAME." if place.kind == "mapping" else "0."
            yield from _rows(nested, f"{path}.{step}")


def _row(
    path: str, model: type[BaseModel], key: str, info: FieldInfo, place: Spot
) -> tuple[str, str, str, str]:
    meaning = (info.description or (_text(place.model) if place.model else "")).replace("\n", " ")
    value = _IN_WORDS.get(key) or _value(info.annotation, info.metadata)
    return f"`{path}`", value, _default(info), meaning.replace("``", "`")


def _text(model: type[BaseModel]) -> str:
    return inspect.cleandoc(model.__doc__ or "").replace("``", "`")


def _value(annotation: Any, metadata: Iterable[Any] = ()) -> str:
    quantities = [one.kind for one in metadata if isinstance(one, Quantity)]
    if quantities:
        return quantities[0]
    if get_origin(annotation) is Annotated:
        return _value(get_args(annotation)[0], get_args(annotation)[1:])
    members = [member for member in get_args(annotation) if member is not type(None)]
    if bare(annotation) is not annotation and len(members) == 1:
        return _value(members[0])
    if get_origin(annotation) is Literal:
        return ", ".join(f"`{member}`" for member in members)
    return _PLAIN.get(annotation) or _container(annotation)


def _container(annotation: Any) -> str:
    place, args = spot(annotation), get_args(annotation)
    if place.kind == "choice":
        times = place.fields.keys() == spot(TimeDistribution).fields.keys()
        return "[time](#time-distributions)" if times else "[arrivals](#arrivals)"
    if place.kind == "mapping":
        return f"{_value(args[1])} by name"
    if place.kind == "list":
        return f"list: {_value(args[0])}"
    if place.model in (Layer, Override):
        return "size or block" if place.model is Layer else "value or block"
    return "block" if place.kind == "model" else "value"


def _default(info: FieldInfo) -> str:
    if info.is_required():
        return "**required**"
    value = info.get_default(call_default_factory=True, validated_data={})
    if value is None or isinstance(value, BaseModel) or value in ("", [], {}):
        return ""
    if any(isinstance(one, Quantity) and one.kind == "duration" for one in info.metadata):
        return format_duration(value)
    if isinstance(value, bool | float):
        return f"`{str(value).lower() if isinstance(value, bool) else format(value, 'g')}`"
    return f"`{', '.join(map(str, value)) if isinstance(value, list) else value}`"


def _choices(union: Any) -> Iterator[tuple[str, str, str, str]]:
    for model in spot(union).fields.values():
        (key, value, _, _), *rest = _rows(model)
        yield key, value, "", _text(model).replace("\n", " ")
        yield from rest


if __name__ == "__main__":
    print(page(), end="")
