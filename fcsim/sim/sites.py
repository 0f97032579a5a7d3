"""Room for instances: on a host, within the quota, or in a resident pool."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.quota import Quota, Refusal
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.requests.interface import NEVER
from fcsim.sim.resident import ResidentPool

__all__ = ["Site", "Sites"]


class Site(NamedTuple):
    """Room that has been taken for an instance."""

    host: int
    """Position in its pool."""
    kind: Kind


class Sites:
    """Takes room for instances, and gives it back."""

    def __init__(self, clock: Clock, quota: Quota) -> None:
        """Take room within *quota*."""
        self._clock = clock
        self._quota = quota
        self.blocked: dict[int, Callable[[], Refusal]] = {}
        """Functions that get no instances, with what says why."""

    def take(self, plan: FunctionPlan, kind: Kind, *, token: bool = True) -> Site | Refusal:
        """Take room for an instance, in the resident pool if there is one, or say why not."""
        if plan.number in self.blocked:
            return self.blocked[plan.number]()
        if plan.resident is not None:
            site = self._take_resident(plan, plan.resident)
            if site is not None:
                return site
            if not plan.info.mixed:
                return Refusal(ErrorCode.RESOURCE_EXHAUSTED, NEVER)
        now, quota = self._clock.now, self._quota
        refusal = quota.refusal(plan, now) if token else quota.fullness(plan)
        if refusal is not None:
            return refusal
        index = plan.pool.place(plan.number, plan.need, plan.image.keys)
        if index is None:
            return Refusal(ErrorCode.RESOURCE_THROTTLED, NEVER)
        quota.take(plan, now, token=token)
        return Site(index, kind)

    def _take_resident(self, plan: FunctionPlan, pool: ResidentPool) -> Site | None:
        if self._quota.at_maximum(plan):
            return None
        index = pool.place(plan.number, plan.cards, plan.need)
        if index is None:
            return None
        self._quota.take_resident(plan)
        return Site(index, Kind.RESIDENT)

    def give_back(self, instance: Instance) -> None:
        """Count *instance* out; its host has got back what it took there."""
        plan = instance.plan
        if instance.kind is not Kind.RESIDENT:
            self._quota.give_back(plan)
            return
        self._quota.take_resident(plan, -1)
        if plan.resident is not None:
            plan.resident.give_back(plan.cards)
