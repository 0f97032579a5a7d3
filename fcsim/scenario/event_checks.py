"""Deployments and faults: names that must exist, and what cannot happen."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fcsim.errors import nearest
from fcsim.scenario.address import Address, Finding
from fcsim.scenario.faults import Fault, HostFault
from fcsim.scenario.functions import Function
from fcsim.scenario.instance_limits import health_limits
from fcsim.scenario.model import Scenario
from fcsim.scenario.platform import Pool

__all__ = ["event_warnings", "fault_pool", "impossible_events", "updated_functions"]


def updated_functions(scenario: Scenario) -> list[Function]:
    """Return for each deployment, in order of the file, the function as it leaves it."""
    order = sorted(range(len(scenario.deployments)), key=lambda k: scenario.deployments[k].at)
    functions, updated = dict(scenario.functions), {}
    for k in order:
        deployment = scenario.deployments[k]
        function = functions[deployment.function]
        updated[k] = functions[deployment.function] = deployment.applied(function)
    return [updated[k] for k in range(len(order))]


def fault_pool(scenario: Scenario, fault: HostFault) -> str | None:
    """Return the pool of a host's fault: a name of the scenario, None for one by default."""
    function = next(iter(scenario.functions.values()))
    if fault.pool is not None or function.pool is not None:
        return fault.pool or function.pool
    gpu = function.gpu_config.gpu_type if function.gpu_config else None
    return next((name for name, pool in scenario.pools.items() if pool.gpu_type == gpu), None)


def impossible_events(scenario: Scenario) -> Iterator[Finding]:
    """Yield every deployment, fault or initial state that names nothing or cannot be."""
    for name in scenario.initial.states:
        yield from _name(("initial", "states", name), name, "function", scenario.functions)
    unknown = [*_names(scenario)]
    yield from unknown
    if unknown:
        return
    for k, function in enumerate(updated_functions(scenario)):
        yield from _deployment(scenario, k, function)
    for k, fault in enumerate(scenario.faults):
        if isinstance(fault.what, HostFault):
            yield from _host(scenario, ("faults", k, fault.kind), fault.what, fault)


def _names(scenario: Scenario) -> Iterator[Finding]:
    known: dict[str, Mapping[str, Any]] = {
        "function": scenario.functions,
        "image": scenario.images,
        "registry": scenario.registries,
        "pool": scenario.pools,
    }
    places: list[tuple[Address, Any]] = [
        *((("deployments", k), one) for k, one in enumerate(scenario.deployments)),
        *((("faults", k, one.kind), one.what) for k, one in enumerate(scenario.faults)),
    ]
    for address, block in places:
        for what, names in known.items():
            name = getattr(block, what, None)
            if isinstance(name, str):
                yield from _name((*address, what), name, what, names)
        if hasattr(block, "registry") and block.registry is None and len(scenario.registries) > 1:
            listed = ", ".join(scenario.registries)
            yield Finding(address, f"one of several registries must be named: {listed}")


def _name(address: Address, name: str, what: str, known: Mapping[str, Any]) -> Iterator[Finding]:
    if name not in known:
        hint = nearest(name, known) or f" (there is no {what})"
        yield Finding(address, f"no {what} {name!r}{hint}")


def _deployment(scenario: Scenario, k: int, function: Function) -> Iterator[Finding]:
    address, deployment = ("deployments", k), scenario.deployments[k]
    first = scenario.images[scenario.functions[deployment.function].image]
    image = scenario.images[function.image]
    for key, now, then in (
        ("server.keep_alive", first.server.keep_alive, image.server.keep_alive),
        ("interactive", first.interactive, image.interactive),
    ):
        if now != then:
            message = f"image {function.image!r} differs in {key}, which cannot change in a run"
            others = (("images", function.image, *key.split(".")),)
            yield Finding((*address, "image"), message, others)
    yield from health_limits((*address, "custom_container_config"), function)


def _host(
    scenario: Scenario, address: Address, block: HostFault, fault: Fault
) -> Iterator[Finding]:
    name = fault_pool(scenario, block)
    pool = scenario.pools.get(name or "", Pool())
    function = next(iter(scenario.functions.values()))
    gpu = pool.gpu_type is not None or (name is None and function.gpu_config is not None)
    kind = "gpu" if gpu else "cpu"
    if fault.kind == "card_loss" and not gpu:
        yield Finding(address, f"{'the pool' if name is None else f'pool {name!r}'} has no cards")
    hosts = pool.hosts or int(scenario.parameters[f"pool.{kind}.hosts"].value)
    if block.host is not None and block.host >= hosts:
        yield Finding((*address, "host"), f"{block.host} is not one of {hosts} hosts (from 0)")


def event_warnings(scenario: Scenario) -> Iterator[Finding]:
    """Yield what is allowed, but probably not meant."""
    mode = scenario.parameters["pull.mode"].value
    modes = {function.pull or mode for function in scenario.functions.values()}
    for k, fault in enumerate(scenario.faults):
        address = ("faults", k, fault.kind)
        if fault.at >= scenario.horizon:
            yield Finding(("faults", k, "at"), "at or after the horizon: no request will notice")
        if fault.kind == "registry_slowdown" and "eager" not in modes:
            message = "no function pulls its image eagerly: accelerated loading reads from the "
            yield Finding(address, message + "platform's own store (store_slowdown)")
        if fault.kind == "store_slowdown" and "accelerated" not in modes:
            yield Finding(address, "no function loads its image from the platform's store")
    for k, deployment in enumerate(scenario.deployments):
        if deployment.at >= scenario.horizon:
            yield Finding(("deployments", k, "at"), "at or after the horizon")
    yield from _wakes(scenario)


def _wakes(scenario: Scenario) -> Iterator[Finding]:
    for name, function in scenario.functions.items():
        scaling = function.scaling_config
        at = ("functions", name, "scaling_config", "always_allocate_gpu")
        if scaling.always_allocate_gpu is not None and function.gpu_config is None:
            yield Finding(at, "the function has no GPU")
        elif scaling.always_allocate_gpu is False and function.model is None:
            yield Finding(at, "without model: its size is unknown, so nothing is copied on waking")
