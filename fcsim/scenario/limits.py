"""The platform's limits; every message quotes the source of the value that decides."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fcsim.scenario.address import Address, Finding
from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario
from fcsim.units import format_duration

__all__ = ["over_limits", "quote"]


def quote(scenario: Scenario, *names: str) -> str:
    """Say where the parameters *names* have their values from: preset and source, or scenario."""
    return "; ".join(_quoted(scenario, name) for name in names)


def _quoted(scenario: Scenario, name: str) -> str:
    parameter = scenario.parameters[name]
    if name in scenario.assumptions:
        return f"{name}, set in assumptions ({parameter.source})"
    return f"{name}, preset {scenario.platform.preset!r}: {parameter.source or parameter.note}"


def over_limits(scenario: Scenario) -> Iterator[Finding]:
    """Yield every time-out, count, architecture or window beyond its limit."""
    yield from _window(scenario)
    yield from _architectures(scenario)
    for name, function in scenario.functions.items():
        address = ("functions", name)
        yield from _timeouts(scenario, address, function)
        yield from _concurrency(scenario, address, function)
        yield from _instances(scenario, address, function)
        yield from _async(scenario, address, function)
    yield from _sums(scenario)


def _window(scenario: Scenario) -> Iterator[Finding]:
    if scenario.warm_up >= scenario.horizon:
        warm_up, horizon = map(format_duration, (scenario.warm_up, scenario.horizon))
        message = f"{warm_up} is not shorter than the horizon {horizon}"
        yield Finding(("warm_up",), message, (("horizon",),))
    for name, workload in scenario.workload.items():
        if workload.end is not None and workload.end <= workload.start:
            message = f"must be after start ({format_duration(workload.start)})"
            address = ("workload", name)
            yield Finding((*address, "end"), message, ((*address, "start"),))


def _architectures(scenario: Scenario) -> Iterator[Finding]:
    accepted = scenario.parameters["limits.architecture"].value
    for name, image in scenario.images.items():
        if image.architecture.removeprefix("linux/") != accepted:
            source = quote(scenario, "limits.architecture")
            message = f"{image.architecture!r} does not run; accepted: {accepted} ({source})"
            yield Finding(("images", name, "architecture"), message)


def _timeouts(scenario: Scenario, address: Address, function: Function) -> Iterator[Finding]:
    hooks = function.instance_lifecycle_config
    lifecycle = (*address, "instance_lifecycle_config")
    given = [((*address, "timeout"), function.timeout, "limits.timeout")]
    if function.timeout < 1 and scenario.parameters["limits.timeout"].value < math.inf:
        least = f"{format_duration(function.timeout)} is below 1 s"
        yield Finding(given[0][0], f"{least} ({quote(scenario, 'limits.timeout')})")
    for key, hook in (("initializer", hooks.initializer), ("pre_stop", hooks.pre_stop)):
        if hook is not None and hook.timeout is not None:
            given.append(((*lifecycle, key, "timeout"), hook.timeout, f"limits.{key}"))
    for at, value, name in given:
        limit = scenario.parameters[name].value
        if value > limit:
            time, most = format_duration(value), format_duration(limit)
            if time == most:
                time = f"{value:.10g} s"
            yield Finding(at, f"{time} is over {most} ({quote(scenario, name)})")


def _concurrency(scenario: Scenario, address: Address, function: Function) -> Iterator[Finding]:
    at, given = (*address, "instance_concurrency"), function.instance_concurrency
    limit = scenario.parameters["limits.instance_concurrency"].value
    if given > limit:
        yield Finding(
            at, f"{given} is over {limit:g} ({quote(scenario, 'limits.instance_concurrency')})"
        )
    image = scenario.images.get(function.image)
    if image is not None and not image.interactive and given > 1:
        image_at = ("images", function.image, "interactive")
        message = (
            f"{given} requests at once need an HTTP server; image {function.image!r} is not "
            "interactive and runs its command once for each invocation: accepted is 1"
        )
        yield Finding(at, message, (image_at,))


def _instances(scenario: Scenario, address: Address, function: Function) -> Iterator[Finding]:
    scaling, at = function.scaling_config, (*address, "scaling_config")
    least, most = scaling.min_instances, scaling.max_instances
    limit = scenario.parameters["limits.min_instances"].value
    if least > limit:
        message = f"{least} is over {limit:,.0f} ({quote(scenario, 'limits.min_instances')})"
        yield Finding((*at, "min_instances"), message)
    if most is None:
        return
    if least > most:
        message = f"{least} is over max_instances {most}"
        yield Finding((*at, "min_instances"), message, ((*at, "max_instances"),))
    if most > _share(scenario) and scaling.resident_pool_id is None:
        yield Finding((*at, "max_instances"), f"{most} is over {_share_words(scenario)}")


def _async(scenario: Scenario, address: Address, function: Function) -> Iterator[Finding]:
    given, at = function.async_invoke_config, (*address, "async_invoke_config")
    values = scenario.parameters
    age, oldest = given.max_async_event_age_in_seconds, values["limits.async_event_age"].value
    if age > oldest:
        source = quote(scenario, "limits.async_event_age")
        message = f"{age:.10g} s is over {oldest:.10g} s ({source})"
        yield Finding((*at, "max_async_event_age_in_seconds"), message)
    retries, most = given.max_async_retry_attempts, values["limits.async_retry_attempts"].value
    if retries > most:
        source = quote(scenario, "limits.async_retry_attempts")
        message = f"{retries} is over {most:g} ({source})"
        yield Finding((*at, "max_async_retry_attempts"), message)


def _share(scenario: Scenario) -> float:
    values = scenario.parameters
    share: float = values["scaling.function_share"].value
    return share * float(values["scaling.instances"].value)


def _share_words(scenario: Scenario) -> str:
    values = scenario.parameters
    share, quota = values["scaling.function_share"].value, values["scaling.instances"].value
    source = quote(scenario, "scaling.function_share", "scaling.instances")
    return f"{_share(scenario):g} = {share * 100:g} % of {quota:g} instances ({source})"


def _sums(scenario: Scenario) -> Iterator[Finding]:
    """Check maxima and reservations of all functions together, which have the same limit."""
    maxima, reserved = {}, {}
    for name, function in scenario.functions.items():
        if function.scaling_config.resident_pool_id is None:
            maxima[name] = function.scaling_config.max_instances
        reserved[name] = function.concurrency_config.reserved_concurrency
    yield from _sum(scenario, maxima, "maxima", ("scaling_config", "max_instances"))
    key = ("concurrency_config", "reserved_concurrency")
    yield from _sum(scenario, reserved, "reservations", key)


def _sum(
    scenario: Scenario, given: dict[str, int | None], what: str, key: Address
) -> Iterator[Finding]:
    counts = {name: count for name, count in given.items() if count is not None}
    total, share = sum(counts.values()), _share(scenario)
    if total <= share or (what == "maxima" and max(counts.values()) > share):
        return  # a single one that is too large has been told
    addresses = [("functions", name, *key) for name in counts]
    listed = ", ".join(f"{name} {count}" for name, count in counts.items())
    message = f"{what} add up to {total} ({listed}), over {_share_words(scenario)}"
    yield Finding(addresses[-1], message, tuple(addresses[:-1]))
