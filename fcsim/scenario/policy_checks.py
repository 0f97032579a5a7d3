"""Policies of minimum instances and resident pools: what is impossible, with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from fcsim.errors import nearest
from fcsim.scenario.address import Address, Finding
from fcsim.scenario.functions import Function
from fcsim.scenario.limits import quote
from fcsim.scenario.model import Scenario
from fcsim.scenario.scaling_policies import Policy, ScalingPolicy
from fcsim.scenario.shapes import GPUS, cards

__all__ = ["impossible_policies", "largest_minimum"]


def impossible_policies(scenario: Scenario) -> Iterator[Finding]:
    """Yield every policy that cannot be, and every function that its resident pool cannot hold."""
    for name, pool in scenario.resident_pools.items():
        yield from _card_type(scenario, ("resident_pools", name, "gpu_type"), pool.gpu_type)
    for name, function in scenario.functions.items():
        at = ("functions", name, "scaling_config")
        yield from _names(at, function)
        for address, policy in _policies(at, function):
            yield from _span(address, policy)
            yield from _bounds(scenario, address, function, policy)
            if isinstance(policy, ScalingPolicy):
                yield from _measurable(address, function, policy)
        yield from _resident(scenario, at, function)


def largest_minimum(function: Function) -> int:
    """Return the most minimum instances that *function* may come to have."""
    scaling = function.scaling_config
    most = [policy.target for policy in scaling.scheduled_policies]
    most += [policy.max_instances for policy in scaling.horizontal_scaling_policies]
    return max([scaling.min_instances, *most])


def _policies(at: Address, function: Function) -> Iterator[tuple[Address, Policy]]:
    scaling = function.scaling_config
    for number, scheduled in enumerate(scaling.scheduled_policies):
        yield (*at, "scheduled_policies", number), scheduled
    for number, tracking in enumerate(scaling.horizontal_scaling_policies):
        yield (*at, "horizontal_scaling_policies", number), tracking


def _names(at: Address, function: Function) -> Iterator[Finding]:
    policies = list(_policies(at, function))
    count = Counter(policy.name for _, policy in policies)
    for address, policy in policies:
        if count[policy.name] > 1:
            message = f"{policy.name!r} is the name of {count[policy.name]} policies"
            yield Finding((*address, "name"), message)


def _span(address: Address, policy: Policy) -> Iterator[Finding]:
    if policy.begin and policy.end and policy.end <= policy.begin:
        related = ((*address, "start_time"),)
        yield Finding((*address, "end_time"), "must be after start_time", related)


def _bounds(
    scenario: Scenario, address: Address, function: Function, policy: Policy
) -> Iterator[Finding]:
    tracking = isinstance(policy, ScalingPolicy)
    key = "max_instances" if tracking else "target"
    most = getattr(policy, key)
    if isinstance(policy, ScalingPolicy) and policy.min_instances > most:
        message = f"{policy.min_instances} is over max_instances {most}"
        yield Finding((*address, "min_instances"), message, ((*address, key),))
    limit = scenario.parameters["limits.min_instances"].value
    if most > limit:
        message = f"{most} is over {limit:,.0f} ({quote(scenario, 'limits.min_instances')})"
        yield Finding((*address, key), message)
    own = function.scaling_config.max_instances
    if own is not None and most > own:
        message = f"{most} is over max_instances {own} of the function"
        yield Finding((*address, key), message, ((*address[:3], "max_instances"),))


def _measurable(address: Address, function: Function, policy: ScalingPolicy) -> Iterator[Finding]:
    at, service = (*address, "metric_type"), function.service
    if policy.metric_type == "CPUUtilization" and service.vcpu is None:
        yield Finding(at, "CPUUtilization needs service.vcpu: what one request uses")
    if policy.metric_type != "GPUMemUtilization":
        return
    if function.gpu_config is None:
        yield Finding(at, "GPUMemUtilization needs gpu_config")
    elif function.model is None and service.gpu_memory is None:
        message = "GPUMemUtilization needs model or service.gpu_memory: what is held on the card"
        yield Finding(at, message)


# ── resident pools ────────────────────────────────────────────────────────────────────────────


def _card_type(scenario: Scenario, at: Address, gpu_type: str) -> Iterator[Finding]:
    offered = [name for name, gpu in GPUS.items() if gpu.resident]
    if scenario.parameters["limits.shapes"].value != "none" and gpu_type not in offered:
        message = f"no resident pools of {gpu_type!r}; accepted: {', '.join(offered)} (S22, S45)"
        yield Finding(at, message)


def _resident(scenario: Scenario, at: Address, function: Function) -> Iterator[Finding]:
    scaling = function.scaling_config
    pool = scenario.resident_pools.get(scaling.resident_pool_id or "")
    address = (*at, "resident_pool_id")
    if scaling.enable_mix_mode and scaling.resident_pool_id is None:
        message = "only functions in a resident pool have a mix mode; give resident_pool_id"
        yield Finding((*at, "enable_mix_mode"), message)
    if pool is None:
        if scaling.resident_pool_id is not None:
            hint = nearest(scaling.resident_pool_id, scenario.resident_pools)
            known = hint or " (resident_pools is empty)"
            yield Finding(address, f"no resident pool {scaling.resident_pool_id!r}{known}")
        return
    given = function.gpu_config.gpu_type if function.gpu_config else None
    related = ((*at[:2], "gpu_config"),)
    if given != pool.gpu_type:
        message = f"{scaling.resident_pool_id!r} has {pool.gpu_type}, not {given or 'no GPU'}"
        yield Finding(address, message, related)
    elif function.gpu_config and cards(function.gpu_config) > pool.cards:
        needed = cards(function.gpu_config)
        message = f"an instance of {needed:g} cards does not fit {pool.cards} cards"
        yield Finding(address, message, related)
