"""Names that must exist: images, registries, pools, functions, layers' bases, files."""

from __future__ import annotations

from collections.abc import Iterator
from os.path import isfile
from typing import Any

from fcsim.errors import nearest
from fcsim.scenario.address import Address, Finding
from fcsim.scenario.arrivals import Counts, Trace, Workload
from fcsim.scenario.distributions import By
from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario
from fcsim.scenario.parts import distributions_by_shape, files

__all__ = ["broken_names", "broken_references"]

_NAMES = (
    ("images", "registry", "registries"),
    ("images", "base", "images"),
    ("functions", "image", "images"),
    ("functions", "pool", "pools"),
    ("workload", "function", "functions"),
)
"""In which block, which key names an entry of which other block."""


def broken_names(data: dict[str, Any]) -> list[Finding]:
    """Return every name in plain *data* that names nothing, and every cycle of images.

    It works on data that is not valid yet, so that such names are reported with the rest.
    """
    return [*_unknown_names(data), *_cycles(_block(data, "images"))]


def _block(data: dict[str, Any], name: str) -> dict[Any, dict[str, Any]]:
    block = data.get(name)
    entries = block.items() if isinstance(block, dict) else ()
    return {key: entry if isinstance(entry, dict) else {} for key, entry in entries}


def _unknown_names(data: dict[str, Any]) -> Iterator[Finding]:
    for block, key, target in _NAMES:
        known = [name for name in _block(data, target) if isinstance(name, str)]
        for entry, content in _block(data, block).items():
            name = content.get(key)
            if isinstance(name, str) and name not in known:
                message = f"no {key} {name!r}{nearest(name, known) or f' ({target} is empty)'}"
                yield Finding((block, entry, key), message)


def _cycles(images: dict[Any, dict[str, Any]]) -> Iterator[Finding]:
    seen: set[Any] = set()
    for first in images:
        chain: list[Any] = []
        name = first
        while isinstance(name, str) and name in images and name not in seen:
            seen.add(name)
            chain.append(name)
            name = images[name].get("base")
        if name in chain:
            cycle = [*chain[chain.index(name) :], name]
            message = f"images are each other's base: {' → '.join(cycle)}"
            yield Finding(("images", cycle[-2], "base"), message)


def broken_references(scenario: Scenario) -> Iterator[Finding]:
    """Yield what else refers to nothing: files, copies without keys, times for other shapes."""
    for address, name in files(scenario):
        if not isfile(scenario.file(name)):  # Path.is_file raises for names that are too long
            message = f"file {name!r} is missing; looked for {scenario.file(name).as_posix()}"
            yield Finding(address, message)
    yield from _which_registry(scenario)
    for name, function in scenario.functions.items():
        yield from _pool(scenario, ("functions", name), function)
    for name, workload in scenario.workload.items():
        yield from _copies(("workload", name), workload)
    for address, by in distributions_by_shape(scenario):
        yield from _shape_times(scenario, address, by)


def _which_registry(scenario: Scenario) -> Iterator[Finding]:
    """Check that an image says where it is when there is more than one registry."""
    if len(scenario.registries) > 1:
        for name, image in scenario.images.items():
            if image.registry is None:
                message = (
                    f"one of several registries must be named: {', '.join(scenario.registries)}"
                )
                yield Finding(("images", name, "registry"), message)


def _pool(scenario: Scenario, address: Address, function: Function) -> Iterator[Finding]:
    """Check that a function asks for the cards that its pool has."""
    if function.pool not in scenario.pools:
        return
    needed = function.gpu_config.gpu_type if function.gpu_config else None
    offered = scenario.pools[function.pool].gpu_type
    if needed != offered:
        message = f"pool {function.pool!r} has {offered or 'no GPU'}, not {needed or 'no GPU'}"
        related = ((*address, "gpu_config"), ("pools", function.pool, "gpu_type"))
        yield Finding((*address, "pool"), message, related)


def _copies(address: Address, workload: Workload) -> Iterator[Finding]:
    arrivals = workload.arrivals
    if workload.one_function_per is None:
        return
    needed, there = {
        "row": ("counts arrivals", isinstance(arrivals, Counts)),
        "key": ("trace arrivals with row_key", _has_keys(arrivals)),
    }[workload.one_function_per]
    if not there:
        message = f"{workload.one_function_per!r} needs {needed}"
        yield Finding((*address, "one_function_per"), message)


def _has_keys(arrivals: object) -> bool:
    return isinstance(arrivals, Trace) and arrivals.trace.row_key is not None


def _shape_times(scenario: Scenario, address: Address, by: By) -> Iterator[Finding]:
    """Check that ``by:`` has a time for every function that it concerns."""
    for name, function in _concerned(scenario, address).items():
        shape, key, times = _shape(function, by)
        if shape not in times:
            accepted = ", ".join(str(one).removesuffix(".0") for one in times)
            message = f"by: has no time for {key} {shape} of function {name!r}; it has {accepted}"
            yield Finding(address, message, (("functions", name, key),))


def _shape(function: Function, by: By) -> tuple[Any, str, dict[Any, Any]]:
    if by.by.cpu is not None:
        return function.cpu, "cpu", by.by.cpu
    gpu = function.gpu_config
    return (gpu.gpu_type if gpu else "none"), "gpu_config", by.by.gpu_type or {}


def _concerned(scenario: Scenario, address: Address) -> dict[str, Function]:
    functions = scenario.functions
    if address[0] == "functions":
        return {address[1]: functions[address[1]]}
    if address[0] == "images":
        return {name: f for name, f in functions.items() if f.image == address[1]}
    return functions if address[0] == "assumptions" else {}
