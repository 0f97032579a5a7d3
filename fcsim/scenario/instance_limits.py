"""Limits of what happens to an instance between its requests: health checks, delayed release."""

from __future__ import annotations

from collections.abc import Iterator

from fcsim.scenario.address import Address, Finding
from fcsim.scenario.functions import Function
from fcsim.scenario.limits import quote
from fcsim.scenario.model import Scenario
from fcsim.units import format_duration

__all__ = ["HEALTH_CHECK_RANGES", "instance_limits"]

HEALTH_CHECK_RANGES = {
    "initial_delay_seconds": (0, 120),
    "period_seconds": (1, 120),
    "timeout_seconds": (1, 3),
    "failure_threshold": (1, 120),
    "success_threshold": (1, 120),
}
"""Struct CustomHealthCheckConfig of the API of 2023-03-30."""


def instance_limits(scenario: Scenario) -> Iterator[Finding]:
    """Yield health checks and releases that the platform does not offer."""
    for name, function in scenario.functions.items():
        address = ("functions", name)
        yield from health_limits((*address, "custom_container_config"), function)
        yield from _delayed_release(scenario, address, function)


def health_limits(address: Address, function: Function) -> Iterator[Finding]:
    """Yield what is out of range in the health check of *function*."""
    health = function.custom_container_config.health_check_config
    if health is None:
        return
    for key, (least, most) in HEALTH_CHECK_RANGES.items():
        given = getattr(health, key)
        if not least <= given <= most:
            message = (
                f"{given} is out of range; accepted: {least} to {most} "
                "(API struct CustomHealthCheckConfig)"
            )
            yield Finding((*address, "health_check_config", key), message)


def _delayed_release(scenario: Scenario, address: Address, function: Function) -> Iterator[Finding]:
    delay = function.scaling_config.delayed_release
    if delay is None:
        return
    at = (*address, "scaling_config", "delayed_release")
    least, most = (f"limits.delayed_release_{end}" for end in ("min", "max"))
    low, high = (scenario.parameters[name].value for name in (least, most))
    if not low <= delay <= high:
        accepted = f"{format_duration(low)} to {format_duration(high)}"
        message = f"{format_duration(delay)} is out of range; accepted: {accepted}"
        yield Finding(at, f"{message} ({quote(scenario, least)})")
    if function.keep_alive is not None:
        message = "keep_alive and delayed_release say the same; give one"
        yield Finding(at, message, ((*address, "keep_alive"),))
