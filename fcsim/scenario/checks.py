"""What pydantic cannot see: references, limits, and settings that are allowed but odd."""

from __future__ import annotations

from collections.abc import Iterator

from fcsim.errors import Problem
from fcsim.scenario.access import refused_registries
from fcsim.scenario.address import Address, Finding, dotted
from fcsim.scenario.event_checks import event_warnings, impossible_events
from fcsim.scenario.functions import Function
from fcsim.scenario.image_limits import image_findings
from fcsim.scenario.instance_limits import instance_limits
from fcsim.scenario.limits import over_limits, quote
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import region_names
from fcsim.scenario.policy_checks import impossible_policies, largest_minimum
from fcsim.scenario.references import broken_names, broken_references
from fcsim.scenario.shape_limits import impossible_shapes
from fcsim.units import MIB, format_duration

__all__ = ["check", "findings", "warnings"]


def check(scenario: Scenario) -> list[Problem]:
    """Return every reference that leads nowhere and every limit that is exceeded."""
    return [Problem(finding.message, dotted(finding.address)) for finding in findings(scenario)]


def findings(scenario: Scenario) -> list[Finding]:
    """Return the same as :func:`check`, with addresses that can be looked up in a file."""
    names = broken_names(scenario.model_dump(by_alias=True))
    references = list(broken_references(scenario))
    found = [
        *names,
        *references,
        *refused_registries(scenario),
        *over_limits(scenario),
        *instance_limits(scenario),
        *impossible_events(scenario),
        *impossible_shapes(scenario),
        *impossible_policies(scenario),
    ]
    missing_file = any(finding.address[0] == "images" for finding in references)
    return found if names or missing_file else [*found, *image_findings(scenario)]


def warnings(scenario: Scenario) -> list[str]:
    """Return one line, ``path: text``, for each setting that is allowed but probably not meant."""
    found = [
        *_region(scenario), *_minimum(scenario), *_keep_alive(scenario), *_resident(scenario)
    ]  # fmt: skip
    if scenario.objectives:
        message = "not judged by one run, which says nothing about spread; fcsim check judges them"
        found.append(Finding(("objectives",), message))
    found.extend(event_warnings(scenario))
    for name, function in scenario.functions.items():
        found.extend(_sharing(("functions", name), function))
    return [f"{dotted(finding.address)}: {finding.message}" for finding in found]


def _region(scenario: Scenario) -> Iterator[Finding]:
    region, known = scenario.platform.region, region_names(scenario.platform.preset)
    if region not in known:
        message = (
            f"preset {scenario.platform.preset!r} has no values of its own for {region!r} and "
            f"takes those of other regions; it knows {', '.join(known)}"
        )
        yield Finding(("platform", "region"), message)


def _minimum(scenario: Scenario) -> Iterator[Finding]:
    elastic = [f for f in scenario.functions.values() if not f.scaling_config.resident_pool_id]
    total = sum(largest_minimum(function) for function in elastic)
    quota = scenario.parameters["scaling.instances"].value
    if total > quota:
        source = quote(scenario, "scaling.instances")
        message = f"min_instances add up to {total}, over the quota of {quota:g} ({source})"
        yield Finding(("functions",), message)


def _resident(scenario: Scenario) -> Iterator[Finding]:
    for name, pool in scenario.resident_pools.items():
        if pool.price_per_month is None:
            message = "no price is documented and none is given: the bill leaves this pool out"
            yield Finding(("resident_pools", name, "price_per_month"), message)


def _keep_alive(scenario: Scenario) -> Iterator[Finding]:
    limit = scenario.parameters["limits.server_keep_alive"].value
    for name, image in scenario.images.items():
        given = image.server.keep_alive
        if given and given < limit:
            message = (
                f"{format_duration(given)} is below {format_duration(limit)} "
                f"({quote(scenario, 'limits.server_keep_alive')}); a longer request ends in 502"
            )
            yield Finding(("images", name, "server", "keep_alive"), message)


def _sharing(address: Address, function: Function) -> Iterator[Finding]:
    service, count = function.service, function.instance_concurrency
    at = (*address, "instance_concurrency")
    if count > 1 and service.vcpu is None and service.memory is None:
        message = (
            f"{count} requests share an instance, but service.vcpu and service.memory do not "
            "say what one needs: sharing is free"
        )
        yield Finding(at, message)
    if service.memory is not None and count * service.memory > function.memory_size:
        message = (
            f"{count} requests of {service.memory / MIB:,.10g} MB need more than memory_size "
            f"{function.memory_size / MIB:,.10g} MB: the instance can run out of memory"
        )
        yield Finding(at, message)
