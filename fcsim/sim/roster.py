"""The living instances: who is there, who follows them, and who gets no requests for now."""

from __future__ import annotations

from collections.abc import Container
from typing import Protocol

from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Pool
from fcsim.sim.instance import Instance
from fcsim.sim.lives import Lives
from fcsim.sim.requests.interface import RequestPlane

__all__ = ["Follower", "Roster"]


class Follower(Protocol):
    """Who is told of what becomes of instances."""

    def on_ready(self, instance: Instance) -> None:
        """The instance takes requests."""

    def on_gone(self, instance: Instance) -> None:
        """The instance has given back its resources."""


class Roster:
    """All living instances, by number."""

    def __init__(self, clock: Clock, plane: RequestPlane, lives: Lives) -> None:
        """Start with none, and nobody to tell."""
        self._clock, self._plane, self._lives = clock, plane, lives
        self.instances: dict[int, Instance] = {}
        """In order of creation."""
        self.followers: list[Follower] = []

    def follow(self, follower: Follower) -> None:
        """Tell *follower* of all instances from now on."""
        self.followers.append(follower)
        self._lives.all_expected = True

    def on(self, pool: Pool, index: int) -> list[Instance]:
        """Return the instances on the host at *index* of *pool*."""
        there = self.instances.values()
        return [one for one in there if one.pool is pool and one.index == index]

    def of(self, functions: Container[int]) -> list[Instance]:
        """Return the instances of *functions*."""
        return [one for one in self.instances.values() if one.function in functions]

    def hold(self, instance: Instance) -> None:
        """Give *instance* no requests until it is let go as often."""
        if not instance.is_gone:
            instance.holds += 1
            self._plane.suspend(instance.number)

    def let_go(self, instance: Instance) -> None:
        """Undo one hold."""
        if instance.is_gone:
            return
        instance.holds -= 1
        if not instance.holds:
            self._plane.resume(instance.number, self._clock.now)

    def retire(self, instance: Instance) -> None:
        """Let *instance*, in service, end what it has and go."""
        if instance.is_open and self._plane.retire(instance.number):
            self._lives.end(instance)
