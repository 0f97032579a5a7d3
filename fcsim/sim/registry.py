"""Container registries: bandwidth, request-rate limit, outages, temporary credentials."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Generator
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

__all__ = ["PULL_POLICY", "Credentials", "Registry", "allows_pull", "registry_settings"]

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


class Credentials:
    """Temporary registry users and passwords, one a service role and registry.

    "Before Function Compute initializes an instance, it assumes the function's service role and
    obtains a temporary username and password to pull the image" (platform page). They are
    reused until they expire; starts at one time share one request.
    """

    def __init__(self, clock: Clock, latency: float, lifetime: float) -> None:
        """Take *latency* seconds for a credential that is valid for *lifetime* seconds."""
        self._clock = clock
        self._latency = latency
        self._lifetime = lifetime
        self._valid_until: dict[tuple[str, Registry], float] = {}
        self._asking: dict[tuple[str, Registry], Event] = {}
        self._failing: Counter[str] = Counter()
        self.obtained = 0

    def valid_until(self, function: str, registry: Registry) -> float:
        """Return until when the credential at hand is valid; 0 when there is none."""
        return self._valid_until.get((function, registry), 0.0)

    def obtain(self, function: str, role: Role | None, registry: Registry) -> Steps:
        """Return at once with a valid credential, or after asking for one."""
        key = (function, registry)
        if self._clock.now < self._valid_until.get(key, 0.0):
            return ErrorCode.NONE
        if key in self._asking:
            error: ErrorCode = yield self._asking[key]
            return error
        answer = self._asking[key] = Event(self._clock)
        response = Event(self._clock)
        registry.request(lambda error: _succeed(response, error), self._latency)
        error = yield response
        if error == ErrorCode.NONE and (not allows_pull(role) or self._failing[function]):
            error = ErrorCode.ACCESS_DENIED
        if error == ErrorCode.NONE:
            self._valid_until[key] = self._clock.now + self._lifetime
            self.obtained += 1
        del self._asking[key]
        answer.succeed(error)
        return error

    def fail(self, function: str, *, revoke: bool) -> None:
        """Give no more credentials to *function*; *revoke* those that it has."""
        self._failing[function] += 1
        if revoke:
            for key in [key for key in self._valid_until if key[0] == function]:
                del self._valid_until[key]

    def recover(self, function: str) -> None:
        """Undo one failure of *function*."""
        self._failing[function] -= 1


def _succeed(event: Event, error: ErrorCode) -> None:
    event.succeed(error)
