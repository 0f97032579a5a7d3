"""Health checks, computed from what makes an instance ill instead of polled.

An instance is checked when it becomes ready and every ``period`` after that. While it is ill each
check fails once its time-out has passed; ``failures`` in a row make it unhealthy and it gets no
requests, until ``successes`` in a row. Requests that end on an ill instance end in 502 whether or
not its checks have found out.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable

from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance
from fcsim.sim.plan import HealthCheck
from fcsim.sim.requests.interface import RequestPlane
from fcsim.sim.roster import Roster

__all__ = ["HealthChecks", "unhealthy_span"]


def unhealthy_span(
    check: HealthCheck, ready: float, ill: float, well: float
) -> tuple[float, float] | None:
    """Return from when to when an instance gets no requests; None if its checks do not notice.

    It is *ready*, checked from then on, and ill from *ill* to *well*.
    """
    first = math.ceil(max(ill - ready, 0.0) / check.period)
    last = ready + (first + check.failures - 1) * check.period
    if last >= well:
        return None
    found = last + check.timeout
    if well == math.inf:
        return found, well
    passed = math.ceil((well - ready) / check.period) + check.successes - 1
    return found, max(found, ready + passed * check.period)


class HealthChecks:
    """Who is ill, and what the platform does about it."""

    def __init__(self, clock: Clock, plane: RequestPlane, roster: Roster) -> None:
        """Hold instances back through *roster*."""
        self._clock, self._plane, self._roster = clock, plane, roster
        self._ill: Counter[int] = Counter()  # for how many reasons, by instance
        self._causes: list[Callable[[Instance], bool]] = []

    def add(self, strikes: Callable[[Instance], bool]) -> None:
        """Note what can make instances ill before they are ready."""
        self._causes.append(strikes)

    def is_sick(self, instance: Instance) -> bool:
        """Whether the first check of *instance* fails."""
        return any(strikes(instance) for strikes in self._causes)

    def fall_ill(self, instance: Instance, until: float) -> None:
        """Let *instance*, in service, be ill from now on."""
        self._ill[instance.number] += 1
        self._plane.spoil(instance.number)
        if until < math.inf:
            self._clock.call_at(until, self._recover, instance)
        check = instance.plan.health
        span = check and unhealthy_span(check, instance.ready, self._clock.now, until)
        if span:
            self._clock.call_at(span[0], self._roster.hold, instance)
            if span[1] < math.inf:
                self._clock.call_at(span[1], self._roster.let_go, instance)

    def _recover(self, instance: Instance) -> None:
        self._ill[instance.number] -= 1
        if not self._ill[instance.number]:
            self._plane.mend(instance.number)
