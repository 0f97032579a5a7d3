"""What becomes of the instances of an old version once the new one is ready.

On-demand instances are retired at once, or serve on until their keep-alive ends
(``deploy.old_instances``). Minimum instances are replaced one by one: one more is started, and
when it is ready an old one goes; so a version that cannot start leaves the old ones serving.
"""

from __future__ import annotations

from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.record import Kind
from fcsim.sim.requests.interface import NEVER
from fcsim.sim.scaling import Scaler

__all__ = ["Rollouts"]


class Rollouts:
    """The roll-outs of all functions."""

    def __init__(self, clock: Clock, scaler: Scaler, old_instances: str) -> None:
        """*old_instances*: what happens to on-demand ones, ``retire`` or ``keep_alive``."""
        self._clock, self._scaler = clock, scaler
        self._retires = old_instances == "retire"
        self._current: dict[int, FunctionPlan] = {}
        self._looks: dict[int, float] = {}  # when a function looks again
        scaler.roster.follow(self)

    def begin(self, plan: FunctionPlan) -> None:
        """Replace the instances of the versions before *plan*."""
        self._current[plan.number] = plan
        if self._retires:
            for instance in self._old(plan, minimum=False):
                self._scaler.roster.retire(instance)
        self._step(plan)

    def on_ready(self, instance: Instance) -> None:
        """An old one goes: this one, if it is old itself, or one that it replaces."""
        plan = self._current.get(instance.function)
        if plan is None:
            return
        if instance.number in self._scaler.fleet(plan.number).members:
            if instance.plan is plan and self._has_surplus(plan):
                for old in self._old(plan, minimum=True)[:1]:
                    self._scaler.roster.retire(old)
            self._step(plan)
        elif self._retires and instance.plan is not plan:
            self._scaler.roster.retire(instance)

    def on_gone(self, instance: Instance) -> None:
        """Go on with the next."""
        plan = self._current.get(instance.function)
        if plan is not None and instance.kind is not Kind.ON_DEMAND:
            self._step(plan)

    def _step(self, plan: FunctionPlan) -> None:
        """Start the next new minimum instance, unless one starts or is there already."""
        old = self._old(plan, minimum=True)
        if not old or self._has_surplus(plan) or self._is_starting(plan):
            return
        refusal = self._scaler.grow_minimum(plan)
        if refusal is None:
            return
        if refusal.until < NEVER:
            self._look_again(plan, refusal.until)
        elif plan.number not in self._scaler.sites.blocked:
            self._scaler.roster.retire(old[0])  # there is room for no more: the old one goes first

    def _look_again(self, plan: FunctionPlan, time: float) -> None:
        if self._looks.get(plan.number, -1.0) < time:
            self._looks[plan.number] = time
            self._clock.call_at(time, self._step, plan)

    def _has_surplus(self, plan: FunctionPlan) -> bool:
        return self._scaler.fleet(plan.number).missing < 0

    def _is_starting(self, plan: FunctionPlan) -> bool:
        members = self._scaler.fleet(plan.number).members.values()
        return any(not one.is_ready for one in members)

    def _old(self, plan: FunctionPlan, *, minimum: bool) -> list[Instance]:
        """Return instances in service that are not of *plan*, the oldest first."""
        members = self._scaler.fleet(plan.number).members
        there = members.values() if minimum else self._scaler.roster.of((plan.number,))
        return [
            one
            for one in there
            if one.plan is not plan and one.is_open and (minimum or one.number not in members)
        ]
