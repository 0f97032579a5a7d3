"""Minimum instances: which there are, and how policies change their number over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from typing import Any, NamedTuple

from simpy.events import Event

from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance
from fcsim.sim.policies import Firing, PolicySet, Schedules, Tracking, Usage
from fcsim.sim.requests.interface import NEVER, RequestPlane

__all__ = ["MinimumFleet", "MinimumFollower", "MinimumSettings"]


class MinimumSettings(NamedTuple):
    """Assumptions on minimum instances."""

    retry: float = 0.0
    """Seconds after a failed start before the next."""
    oldest_first: bool = False
    """Which surplus instances go first; the newest otherwise."""
    period: float = 60.0
    """Seconds between two decisions of target tracking."""
    window: float = 60.0
    """Seconds over which its metric is averaged."""


class MinimumFleet:
    """The minimum instances of one function, and how many there should be."""

    def __init__(self, plane: RequestPlane, wanted: int, settings: MinimumSettings) -> None:
        """Start empty; *wanted* is the initial minimum."""
        self._plane = plane
        self._settings = settings
        self.wanted = wanted
        self.members: dict[int, Instance] = {}
        """Those that count, starting or ready."""
        self.earliest = 0.0
        """No start before then."""
        self._left = Usage()  # of those that have left

    @property
    def missing(self) -> int:
        """How many are to be created (negative: how many are too many)."""
        return self.wanted - len(self.members)

    def surplus(self) -> list[Instance]:
        """Return those to go: first starting ones, then idle ones, then busy ones."""
        if self.missing >= 0:
            return []
        return sorted(self.members.values(), key=self._order)[: -self.missing]

    def _order(self, instance: Instance) -> tuple[int, int]:
        number = instance.number if self._settings.oldest_first else -instance.number
        if instance.ready != instance.ready:
            return 0, number
        return (2 if self._plane.in_flight(instance.number) else 1), number

    def leave(self, instance: Instance, now: float) -> bool:
        """Count *instance* out, whether it dies or is to go; wait after a failed start.

        Tell whether it counted.
        """
        if self.members.pop(instance.number, None) is None:
            return False
        if instance.ready == instance.ready:
            self._left = self._left.plus(self._usage(instance, now))
        elif instance.error:
            self.earliest = now + self._settings.retry
        return True

    def in_service(self) -> int:
        """Return how many are ready."""
        return sum(one.ready == one.ready for one in self.members.values())

    def usage(self, now: float) -> Usage:
        """Return what they have given so far, and what was used of it."""
        total = self._left
        for one in self.members.values():
            if one.ready == one.ready:
                total = total.plus(self._usage(one, now))
        return total

    def _usage(self, instance: Instance, now: float) -> Usage:
        until = now if instance.stopping != instance.stopping else instance.stopping
        return Usage(until - instance.ready, *self._plane.metered(instance.number, until))


class MinimumFollower:
    """Follows the policies of one function: tells when the minimum changes."""

    def __init__(
        self,
        clock: Clock,
        policies: PolicySet,
        fleet: MinimumFleet,
        settings: MinimumSettings,
        change: Callable[[int], None],
    ) -> None:
        """Follow *policies*; *change* is told the new minimum."""
        self._clock = clock
        self._policies = policies
        self._fleet = fleet
        self._settings = settings
        self._change = change
        self._told = -1
        self._due = False
        self._readings: deque[tuple[float, Usage]] = deque()

    def begin(self) -> int:
        """Return the minimum at t = 0, and follow the policies from then on."""
        clock, policies = self._clock, self._policies
        for tracking in policies.tracking:
            if tracking.span.begin <= 0.0:
                tracking.begin(policies.initial)
            else:
                clock.call_at(tracking.span.begin, self._activate, tracking)
        for pending in policies.schedules.pending:
            clock.process(self._fire(policies.schedules, pending))
        for end in policies.ends():
            if end > 0.0:
                clock.call_at(end, self._look)
        for firing in policies.schedules.fired:
            self._expire(firing)
        if policies.tracking:
            clock.process(self._decide())
        self._told = policies.minimum(0.0)
        return self._told

    def _fire(self, schedules: Schedules, pending: Any) -> Generator[Event, Any, None]:
        """Set a scheduled target each time that its instant comes."""
        for firing in pending:
            yield self._clock.at(firing.time)
            schedules.fire(firing)
            self._expire(firing)
            self._look()

    def _expire(self, firing: Firing) -> None:
        if firing.end < NEVER:
            self._clock.call_at(max(firing.end, self._clock.now), self._look)

    def _activate(self, tracking: Tracking) -> None:
        tracking.begin(self._fleet.wanted)
        self._look()

    def _decide(self) -> Generator[Event, Any, None]:
        """Let target tracking decide once a period."""
        period, number = self._settings.period, 0
        readings, whole = self._readings, max(1, -int(-self._settings.window // period))
        readings.append((0.0, self._fleet.usage(0.0)))
        while True:
            number += 1
            yield self._clock.at(number * period)
            now = self._clock.now
            usage = self._fleet.usage(now)
            readings.append((now, usage))
            if len(readings) > whole + 1:
                readings.popleft()
            lately = usage.plus(readings[0][1], -1.0)
            for tracking in self._policies.tracking:
                if tracking.span.holds(now):
                    tracking.decide(self._fleet.in_service(), lately)
            self._look()

    def _look(self) -> None:
        """Decide once an instant, after all its other events."""
        if not self._due:
            self._due = True
            self._clock.call_last(self._settle)

    def _settle(self) -> None:
        self._due = False
        minimum = self._policies.minimum(self._clock.now)
        if minimum != self._told:
            self._told = minimum
            self._change(minimum)
