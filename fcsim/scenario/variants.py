"""Variants: named sets of changes, checked when the scenario is loaded, applied when chosen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fcsim.errors import Problem, nearest
from fcsim.scenario.address import Address, Finding, has, look_up
from fcsim.scenario.defaults import parameters, with_defaults
from fcsim.scenario.draft import Change, Draft
from fcsim.scenario.overrides import PathError, put

__all__ = ["apply", "check_variants", "choose"]


def choose(draft: Draft, name: str) -> list[Problem]:
    """Apply the variant *name*; return a problem when there is none of that name.

    Paths that lead nowhere are skipped here: :func:`check_variants` reports them.
    """
    variants = _variants(draft.data)
    if name not in variants:
        known = nearest(name, [str(key) for key in variants]) or "; the scenario has no variants"
        return [Problem(f"no variant {name!r}{known}", "variants", draft.file)]
    for path, value in variants[name].items():
        change = (f"variants.{name}: ", ("variants", name, path))
        apply(draft, str(path), value, *change)
    return []


def apply(
    draft: Draft, path: str, value: Any, label: str, origin: Address | None = None
) -> list[Problem]:
    """Put *value* at *path* of *draft*; return a problem when the path leads nowhere."""
    try:
        draft.data, address = put(draft.data, path, value)
    except PathError as error:
        return [Problem(str(error), label + path, draft.file)]
    draft.changes.append(Change(address, label, origin))
    return []


def check_variants(draft: Draft) -> list[Problem]:
    """Return the problems of all variants: paths that lead nowhere, shapes without times."""
    return [
        problem
        for name, changes in _variants(draft.data).items()
        for problem in _check(draft, name, changes)
    ]


def _variants(data: Mapping[str, Any]) -> dict[Any, dict[Any, Any]]:
    variants = data.get("variants")
    entries = variants.items() if isinstance(variants, dict) else ()
    return {name: changes for name, changes in entries if isinstance(changes, dict)}


def _check(draft: Draft, name: Any, changes: Mapping[Any, Any]) -> Iterator[Problem]:
    data, places = draft.data, {}
    for path, value in changes.items():
        origin = ("variants", name, path)
        try:
            data, address = put(data, str(path), value)
        except PathError as error:
            yield _located(draft, Finding(origin, str(error), at_key=True))
        else:
            places[address] = origin
    yield from (_located(draft, finding) for finding in _free_shapes(draft.data, data, places))


def _located(draft: Draft, finding: Finding) -> Problem:
    problem = draft.problem(finding)
    _, name, *path = finding.address
    label = f"variants.{name}: {'.'.join(map(str, path))}" if path else f"variants.{name}"
    return Problem(problem.message, label, problem.file, problem.line, problem.column)


def _free_shapes(
    before: dict[str, Any], after: dict[str, Any], places: Mapping[Address, Address]
) -> Iterator[Finding]:
    """Yield changes of vCPU or GPU type that would cost no time."""
    old, new = _functions(before), _functions(after)
    for name in old.keys() & new.keys():
        if _service(old[name]) != _service(new[name]) or _depends_on_shape(new[name]):
            continue
        for key in (("cpu",), ("gpu_config", "gpu_type")):
            was, becomes = _at(old[name], key), _at(new[name], key)
            if was != becomes:
                message = (
                    f"changes {key[-1]} of {name!r} from {was} to {becomes}, but its service.time "
                    "is the same for every shape, so the cheapest shape would win by "
                    f"construction; give times with by: {{{key[-1]}: …}}, or change service in "
                    "the variant as well"
                )
                yield Finding(_origin(places, ("functions", name, *key)), message, at_key=True)


def _functions(data: dict[str, Any]) -> dict[Any, Any]:
    functions = with_defaults(data, parameters(data)[0]).get("functions")
    entries = functions.items() if isinstance(functions, dict) else ()
    return {name: function for name, function in entries if isinstance(function, dict)}


def _service(function: dict[str, Any]) -> Any:
    return function.get("service")


def _depends_on_shape(function: dict[str, Any]) -> bool:
    return has(function, ("service", "time", "by"))


def _at(function: dict[str, Any], key: Address) -> Any:
    return look_up(function, key) if has(function, key) else None


def _origin(places: Mapping[Address, Address], address: Address) -> Address:
    """Return where the variant is written that changed *address*."""
    shared = ("function_defaults", *address[2:])
    for changed, origin in places.items():
        size = len(changed)
        if changed in (address[:size], shared[:size]) or address == changed[: len(address)]:
            return origin
    return next(iter(places.values()))[:2]
