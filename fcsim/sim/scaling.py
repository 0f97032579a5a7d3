"""The scaler: creates, retires and replaces instances within the quota.

The platform fills existing instances first and creates one only when all are full. Creation
takes one token of the region's bucket (GPU apart), which is never returned; over a limit the
caller gets 429 at once, and 503 when no machine has room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance, Lives
from fcsim.sim.minimum import MinimumFleet, MinimumFollower, MinimumSettings
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.quota import Quota, Refusal, Site
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.recorder import TargetFact
from fcsim.sim.requests.interface import NEVER, RequestPlane
from fcsim.sim.resident import ResidentPool

__all__ = ["OnEnd", "Scaler"]


OnEnd = Callable[[ErrorCode], None]
"""Is told how a request ended; NONE: it was completed."""


class Scaler:
    """Answers the request plane: creates instances, refuses growth, replaces what died."""

    def __init__(
        self,
        clock: Clock,
        plane: RequestPlane,
        lives: Lives,
        quota: Quota,
        plans: list[FunctionPlan],
        settings: MinimumSettings,
        on_target: Callable[[TargetFact], None] = lambda fact: None,
    ) -> None:
        """Scale the functions *plans* within *quota*; *on_target* is told of moved minimums."""
        self._settings = settings
        self._on_target = on_target
        self._clock = clock
        self._plane = plane
        self._lives = lives
        self._quota = quota
        self._plans = plans
        self._instances: dict[int, Instance] = {}
        self._closed: dict[int, None] = {}  # functions refused until capacity changes
        self._fleets = [MinimumFleet(plane, plan.min_instances, settings) for plan in plans]
        self._wake: dict[int, float] = {}  # when a function looks again for growth
        self._callers: dict[int, OnEnd] = {}  # by watched request
        self.answers: tuple[Callable[[int, int], None], ...] = (
            self._grow, self._expired, self._died, self._ended,
        )  # fmt: skip
        """What decides when the request plane has stopped, by StopKind: of subject and error."""
        self._replaced: dict[int, Instance] = {}  # by the instance in its place
        lives.owner = self
        for plan in plans:
            quota.reserve(plan)

    def begin(self) -> None:
        """Bring up the minimum instances, ready at t = 0 and outside the growth limit."""
        for plan in self._plans:
            self._follow(plan)
            for _ in range(self._fleets[plan.number].wanted):
                site = self._take(plan, Kind.MINIMUM, token=False)
                if isinstance(site, Refusal):
                    break
                number = self._enter(plan, Kind.MINIMUM)
                instance = self._lives.begin_ready(number, plan, *site)
                self._instances[number] = self._fleets[plan.number].members[number] = instance
            self._keep_minimum(plan)

    def call(self, function: int, work: float, cold_work: float, on_end: OnEnd) -> int:
        """Send a request that the workload did not generate, now; return its number.

        *on_end* is called when it ends, with its error.
        """
        now = self._clock.now
        number = self._plane.inject(now, function, work, cold_work, watched=True)
        self._callers[number] = on_end
        return number

    def _ended(self, request: int, error: int) -> None:
        self._callers.pop(request)(ErrorCode(error))

    def hang_up(self, request: int, *, replace: bool) -> None:
        """Let the client of *request* give up; *replace* an instance that serves nobody else.

        An instance of one request at a time may still work on what nobody waits for, so the
        platform starts another and then stops it.
        """
        number = self._plane.abort(request, self._clock.now)
        if number < 0 or not replace:
            return
        old = self._instances[number]
        if old.plan.replaces_aborted:
            self._plane.suspend(number)
            if self._create(old.plan, old.kind) is None:
                new = self._instances[next(reversed(self._instances))]
                self._replaced[new.number], new.expected = old, True
            else:
                self._retire(old)

    def _expired(self, instance: int, _: int) -> None:
        self._lives.end(self._instances[instance])

    def _died(self, instance: int, _: int) -> None:
        self._lives.end(self._instances[instance], ErrorCode.FUNCTION_OOM)

    # ── growth ────────────────────────────────────────────────────────────────────────────

    def _grow(self, function: int, _: int) -> None:
        plan = self._plans[function]
        refusal = self._create(plan, Kind.ON_DEMAND)
        if refusal is not None:
            self._close(plan, refusal)

    def _create(self, plan: FunctionPlan, kind: Kind) -> Refusal | None:
        """Create an instance, or say why not."""
        site = self._take(plan, kind)
        if isinstance(site, Refusal):
            return site
        number = self._enter(plan, kind)
        instance = self._instances[number] = self._lives.begin(number, plan, *site)
        if kind is Kind.MINIMUM:
            self._fleets[plan.number].members[number] = instance
        return None

    def _take(self, plan: FunctionPlan, kind: Kind, *, token: bool = True) -> Site | Refusal:
        """Take room for an instance, in the resident pool if there is one, or say why not."""
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

    def _enter(self, plan: FunctionPlan, kind: Kind) -> int:
        """Tell the request plane; return the instance's number."""
        keep_alive, minimum = plan.durations.keep_alive, kind is Kind.MINIMUM
        return self._plane.start_instance(
            plan.number, self._clock.now, NEVER if minimum else keep_alive(), minimum
        )

    def _close(self, plan: FunctionPlan, refusal: Refusal) -> None:
        self._plane.close(plan.number, self._clock.now, refusal.until, refusal.error)
        if refusal.until == NEVER:
            self._closed[plan.number] = None
        elif plan.plane.in_line:
            self._look_again(plan, refusal.until)

    def _look_again(self, plan: FunctionPlan, time: float) -> None:
        if self._wake.get(plan.number, -1.0) < time:
            self._wake[plan.number] = time
            self._clock.call_at(time, self._restore, plan)

    def _restore(self, plan: FunctionPlan) -> None:
        """Create what is missing: minimum instances first, then instances for the line."""
        if self._fleets[plan.number].wanted:
            self._keep_minimum(plan)
        while plan.plane.in_line and self._plane.line_excess(plan.number) > 0:
            refusal = self._create(plan, Kind.ON_DEMAND)
            if refusal is not None:
                self._close(plan, refusal)
                return

    def _keep_minimum(self, plan: FunctionPlan) -> None:
        fleet = self._fleets[plan.number]
        if fleet.earliest > self._clock.now:
            self._look_again(plan, fleet.earliest)
            return
        while fleet.missing > 0:
            refusal = self._create(plan, Kind.MINIMUM)
            if refusal is None:
                continue
            if refusal.until == NEVER:
                self._closed[plan.number] = None
            else:
                self._look_again(plan, refusal.until)
            return

    # ── policies of minimum instances ─────────────────────────────────────────────────────

    def _follow(self, plan: FunctionPlan) -> None:
        """Let the function's policies set its minimum, now and whenever they change it."""
        if plan.policies is None:
            return
        fleet, policies = self._fleets[plan.number], plan.policies()

        def change(minimum: int) -> None:
            self._want(plan, minimum)
            self._keep_minimum(plan)
            for instance in fleet.surplus():
                fleet.leave(instance, self._clock.now)
                instance.leaving = instance.expected = True
                self._retire(instance)

        follower = MinimumFollower(self._clock, policies, fleet, self._settings, change)
        self._want(plan, follower.begin())

    def _want(self, plan: FunctionPlan, minimum: int) -> None:
        self._fleets[plan.number].wanted = minimum
        self._on_target(TargetFact(plan.number, self._clock.now, minimum))

    def _retire(self, instance: Instance) -> None:
        """Let an instance end what it has, and go; one that starts is ready first."""
        if self._plane.retire(instance.number):
            self._lives.end(instance)

    # ── what becomes of instances (Owner) ─────────────────────────────────────────────────

    def on_started(self, instance: Instance) -> None:
        """Let go what was kept until *instance* has started, or failed to."""
        old = self._replaced.pop(instance.number, None)
        if old is not None and old.number in self._instances:
            self._retire(old)
        if instance.leaving:
            self._retire(instance)

    def on_gone(self, instance: Instance) -> None:
        """Count the instance out, and let the refused look again: capacity has changed."""
        plan = instance.plan
        del self._instances[instance.number]
        self._give_back(instance)
        self._fleets[plan.number].leave(instance, self._clock.now)
        if self._closed:
            self._reopen(plan)
        elif self._fleets[plan.number].wanted or plan.plane.in_line:
            self._restore(plan)

    def _give_back(self, instance: Instance) -> None:
        plan = instance.plan
        if instance.kind is not Kind.RESIDENT:
            self._quota.give_back(plan)
            return
        self._quota.take_resident(plan, -1)
        if plan.resident is not None:
            plan.resident.give_back(plan.cards)

    def _reopen(self, plan: FunctionPlan) -> None:
        """Let all who were refused look again, and *plan*."""
        closed, self._closed = self._closed, {}
        for number in closed:
            self._plane.reopen(number)
        for number in {**closed, plan.number: None}:
            self._restore(self._plans[number])

    # ── the end of the run ────────────────────────────────────────────────────────────────

    def living(self) -> Iterable[Instance]:
        """Return the instances that are there."""
        return self._instances.values()

    def release_all(self) -> None:
        """Give back what is still held, so that conservation can be checked."""
        for instance in self._instances.values():
            instance.pool.release(instance.plan.number, instance.plan.need, instance.index)
            self._give_back(instance)
        self._instances.clear()
