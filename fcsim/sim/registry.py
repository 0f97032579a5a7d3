"""Container registries: bandwidth, request-rate limit, outages, temporary credentials."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from typing import Any

from simpy.events import Event

from fcsim.scenario.parameters import Reader
from fcsim.scenario.platform import Outage, Role
from fcsim.scenario.platform import Registry as RegistrySpec
from fcsim.sim.clock import Clock
from fcsim.sim.network import Link, Network
from fcsim.sim.outlet import Outlet
from fcsim.sim.record import ErrorCode
from fcsim.sim.tokens import TokenBucket
from fcsim.streams import hash_uniform

__all__ = ["PULL_POLICY", "Credential", "Credentials", "Registry", "registry_settings"]

PULL_POLICY = "AliyunContainerRegistryReadOnlyAccess"
"""Policy that lets a service role pull (Serverless Devs documentation of FC 2.0)."""

Steps = Generator[Event, Any, ErrorCode]


@dataclass(frozen=True)
class RegistrySettings:
    """A registry's numbers: bytes/s, requests/s, seconds."""

    name: str
    bandwidth: float
    connection_bandwidth: float
    request_rate: float
    latency: float
    retry_base: float
    retry_limit: int
    jitter_key: int
    outages: list[Outage] = field(default_factory=list)


def registry_settings(
    name: str, spec: RegistrySpec, read: Reader, jitter_key: int, modes: set[str]
) -> RegistrySettings:
    """Complete *spec* with the preset's values for its edition and endpoint.

    *modes* are the ways in which images are pulled: only eager pull reads layers from the
    registry, and without an image step nothing asks it at all.
    """
    edition = {"enterprise-advanced": "enterprise-premium"}.get(spec.edition, spec.edition)
    asked, eager = modes != {"none"}, "eager" in modes
    rate = spec.request_rate
    if rate is None:
        rate = read[f"registry.{edition}.request_rate"] if asked else math.inf
    return RegistrySettings(
        name=name,
        bandwidth=_bandwidth(spec, edition, read) if eager else math.inf,
        connection_bandwidth=(
            (spec.connection_bandwidth or read["registry.connection_bandwidth"])
            if eager
            else math.inf
        ),
        request_rate=rate,
        latency=_latency(spec, read) if eager else 0.0,
        retry_base=read["registry.retry_base"] if asked else 0.0,
        retry_limit=int(read["registry.retry_limit"]) if asked else 1,
        jitter_key=jitter_key,
        outages=spec.outages,
    )


def _bandwidth(spec: RegistrySpec, edition: str, read: Reader) -> float:
    if spec.bandwidth is not None:
        return spec.bandwidth
    bandwidth: float = read[f"registry.{edition}.bandwidth"]
    if spec.endpoint == "public":
        bandwidth = min(bandwidth, read["registry.public_bandwidth"])
    return bandwidth


def _latency(spec: RegistrySpec, read: Reader) -> float:
    if spec.latency is not None:
        return spec.latency
    latency: float = read[f"registry.{spec.endpoint}_latency"]
    return latency


class Registry:
    """One registry instance as the pulls of this account see it."""

    def __init__(self, clock: Clock, network: Network, settings: RegistrySettings) -> None:
        """Open the registry; its outages are events on the clock."""
        self._clock = clock
        self.settings = settings
        self.link = Link(f"registry {settings.name}", settings.bandwidth)
        self.outlet = Outlet(network, self.link)
        rate = settings.request_rate
        self._limit = TokenBucket(burst=max(1.0, rate), rate=rate)
        self._down = 0
        self._asked = 0
        self.refusals = 0
        for outage in settings.outages:
            clock.call_at(outage.start, self.go_down)
            clock.call_at(outage.start + outage.duration, self.come_up)

    def request(self, then: Callable[[ErrorCode], None], latency: float | None = None) -> None:
        """Make one request, with back-off after a 429 or an error; call *then* with how it ended.

        One second's worth of requests may come at once. Back-off doubles from ``retry_base``
        and is jittered between half and all of it.
        """
        wait = self.settings.latency if latency is None else latency
        self._asked += 1
        self._attempt(then, wait, self._asked, 0)

    def _attempt(
        self, then: Callable[[ErrorCode], None], wait: float, number: int, attempt: int
    ) -> None:
        settings, now = self.settings, self._clock.now
        if attempt == settings.retry_limit:
            then(ErrorCode.IMAGE_PULL_FAILED)
        elif not self._down and self._limit.take(now):
            self._clock.call_at(now + wait, then, ErrorCode.NONE)
        else:
            self.refusals += 1
            jitter = 0.5 + 0.5 * hash_uniform(settings.jitter_key, number, attempt)
            back_off = wait + settings.retry_base * 2.0**attempt * jitter
            self._clock.call_at(now + back_off, self._attempt, then, wait, number, attempt + 1)

    def go_down(self) -> None:
        """Answer nothing from now on; transfers stand still."""
        self._down += 1
        self.outlet.slow_down(0.0)

    def come_up(self) -> None:
        """Undo one going down."""
        self._down -= 1
        self.outlet.speed_up(0.0)


def allows_pull(role: Role | None) -> bool:
    """Tell whether a service role may read the registry."""
    return role is not None and PULL_POLICY in role.policies


class Credential:
    """The temporary user and password of one function's service role in one registry."""

    def __init__(self, owner: Credentials, is_granted: bool, registry: Registry) -> None:
        """Start without a password; *is_granted* tells whether the role may read the registry."""
        self._owner = owner
        self._registry = registry
        self._answer: Event | None = None  # what those wait for who need the one asked for
        self.is_granted = is_granted
        self.valid_until = 0.0
        self._failures = 0  # for so many reasons it is not given

    def obtain(self) -> Steps:
        """Return at once with a valid password, or after asking for one."""
        clock = self._owner.clock
        if clock.now < self.valid_until:
            return ErrorCode.NONE
        if self._answer is not None:
            error: ErrorCode = yield self._answer
            return error
        answer = self._answer = Event(clock)
        response = Event(clock)
        self._registry.request(lambda error: _succeed(response, error), self._owner.latency)
        error = yield response
        if error == ErrorCode.NONE and (self._failures or not self.is_granted):
            error = ErrorCode.ACCESS_DENIED
        if error == ErrorCode.NONE:
            self.valid_until = clock.now + self._owner.lifetime
            self._owner.obtained += 1
        self._answer = None
        answer.succeed(error)
        return error

    def fail(self, *, revoke: bool) -> None:
        """Give no password from now on; *revoke* the one at hand."""
        self._failures += 1
        if revoke:
            self.valid_until = 0.0

    def recover(self) -> None:
        """Undo one failure."""
        self._failures -= 1


class Credentials:
    """All temporary registry users and passwords, one a function, its rights, and registry.

    "Before Function Compute initializes an instance, it assumes the function's service role and
    obtains a temporary username and password to pull the image" (platform page). They are
    reused until they expire; starts at one time share one request.
    """

    def __init__(self, clock: Clock, latency: float, lifetime: float) -> None:
        """Take *latency* seconds for a credential that is valid for *lifetime* seconds."""
        self.clock = clock
        self.latency = latency
        self.lifetime = lifetime
        self._known: dict[tuple[str, bool, Registry], Credential] = {}
        self.obtained = 0

    def of(self, function: str, role: Role | None, registry: Registry) -> Credential:
        """Return the credential of *function*, whose service role is *role*, in *registry*."""
        key = function, allows_pull(role), registry
        if key not in self._known:
            self._known[key] = Credential(self, *key[1:])
        return self._known[key]

    def of_function(self, function: str | None) -> Iterator[Credential]:
        """Yield all credentials of *function*, or of all functions."""
        for (name, _, _), credential in self._known.items():
            if function in (name, None):
                yield credential


def _succeed(event: Event, error: ErrorCode) -> None:
    event.succeed(error)
