"""Policies that say how many minimum instances a function should have: one class, one decision.

Sources: instance scaling page (S51, S62) for overriding, the largest of several, and the
formulas of target tracking. All times are the simulation's seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from fcsim.sim.requests.interface import NEVER

__all__ = ["Firing", "PolicySet", "Schedules", "Span", "Tracking", "Usage"]


class Span(NamedTuple):
    """When a policy is in force."""

    begin: float
    end: float

    def holds(self, now: float) -> bool:
        """Tell whether *now* is in it; its end is not."""
        return self.begin <= now < self.end


class Firing(NamedTuple):
    """A scheduled policy has set its target."""

    time: float
    target: int
    end: float
    """The policy is out of force from then on."""


@dataclass
class Schedules:
    """Decides which scheduled target is in force, if any."""

    pending: Sequence[Iterator[Firing]]
    """The firings to come of each policy."""
    largest: bool
    """The largest target that has been set counts, and not the one set last."""
    fired: list[Firing] = field(default_factory=list)
    """What each policy set last, in order of time; at first from before the run."""

    def fire(self, firing: Firing) -> None:
        """Note that a policy has set its target."""
        self.fired.append(firing)

    def target(self, now: float) -> int | None:
        """Return the target in force at *now*; of several set at one instant the largest."""
        self.fired = [one for one in self.fired if now < one.end]
        if not self.fired:
            return None
        if not self.largest:
            last = max(one.time for one in self.fired)
            self.fired = [one for one in self.fired if one.time == last]
        return max(one.target for one in self.fired)


class Usage(NamedTuple):
    """What minimum instances have given and what was used of it; sums so far."""

    seconds: float = 0.0
    """In service."""
    slot_seconds: float = 0.0
    """Requests in flight."""
    cpu_seconds: float = 0.0
    """vCPU in use."""

    def plus(self, other: Usage, sign: float = 1.0) -> Usage:
        """Return the sum with *other*, or with *sign* -1 the difference."""
        return Usage(*(a + sign * b for a, b in zip(self, other, strict=True)))


class Metric(NamedTuple):
    """How a utilisation follows from usage: (base × seconds + use) / (capacity × seconds)."""

    capacity: float
    """What an instance has."""
    per_slot: float = 0.0
    """What one request in flight uses."""
    per_cpu: float = 0.0
    """1 where vCPU in use counts."""
    base: float = 0.0
    """What an instance uses without any request."""

    def value(self, usage: Usage) -> float | None:
        """Return the utilisation over *usage*; None when no instance was in service."""
        if not usage.seconds > 0:
            return None
        used = usage.slot_seconds * self.per_slot + usage.cpu_seconds * self.per_cpu
        return (used / usage.seconds + self.base) / self.capacity


@dataclass
class Tracking:
    """Decides how many instances keep a utilisation at its target."""

    span: Span
    metric: Metric
    goal: float
    """Utilisation to keep (``metric_target``)."""
    least: int
    most: int
    factor: float
    """k of the scale-in formula."""
    minimum: int = 0
    """What it has come to."""

    def begin(self, current: int) -> None:
        """Come into force while there are *current* minimum instances."""
        self.minimum = min(max(current, self.least), self.most)

    def decide(self, current: int, usage: Usage) -> None:
        """Scale out to ceil(current × value / target), or in by current × k × (1 - value/target).

        *usage* is of the metric's window. The amount to remove is rounded down. Without a value
        it stays as it is.
        """
        value = self.metric.value(usage)
        if value is None:
            return
        if value > self.goal:
            wanted = math.ceil(current * value / self.goal - 1e-9)
        else:
            surplus = current * self.factor * (1.0 - value / self.goal)
            wanted = current - math.floor(surplus + 1e-9)
        self.minimum = min(max(wanted, self.least), self.most)


@dataclass
class PolicySet:
    """All policies of one function: the largest minimum holds, else the initial one."""

    initial: int
    schedules: Schedules
    tracking: list[Tracking]

    def minimum(self, now: float) -> int:
        """Return how many minimum instances there should be at *now*."""
        scheduled = self.schedules.target(now)
        found = [] if scheduled is None else [scheduled]
        found += [one.minimum for one in self.tracking if one.span.holds(now)]
        return max(found, default=self.initial)

    def ends(self) -> list[float]:
        """Return when tracking policies cease to be in force."""
        return [one.span.end for one in self.tracking if one.span.end < NEVER]
