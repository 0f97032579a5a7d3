"""The scaler: creates, retires and replaces instances within the quota.

The platform fills existing instances first and creates one only when all are full. Creation
takes one token of the region's bucket (GPU apart), which is never returned; over a limit the
caller gets 429 at once, and 503 when no machine has room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance
from fcsim.sim.lives import Lives
from fcsim.sim.minimum import MinimumFleet, MinimumFollower, MinimumSettings
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.quota import Quota, Refusal
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.recorder import TargetFact
from fcsim.sim.requests.interface import NEVER, RequestPlane
from fcsim.sim.roster import Roster
from fcsim.sim.sites import Sites

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
        self.sites = Sites(clock, quota)
        self._plans = plans
        self.roster = Roster(clock, plane, lives)
        self._instances, self._followers = self.roster.instances, self.roster.followers
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
                site = self.sites.take(plan, Kind.MINIMUM, token=False)
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
            self.roster.hold(old)
            if self._create(self._plans[old.function], old.kind) is None:
                new = self._newest()
                self._replaced[new.number], new.expected = old, True
            else:
                self.roster.retire(old)

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

    def _create(
        self, plan: FunctionPlan, kind: Kind, old: Instance | None = None
    ) -> Refusal | None:
        """Create an instance, in place of *old* if that is given, or say why not."""
        site = self.sites.take(plan, kind)
        if isinstance(site, Refusal):
            return site
        number = self._enter(plan, kind, old)
        instance = self._instances[number] = self._lives.begin(number, plan, *site)
        if kind is Kind.MINIMUM:
            self._fleets[plan.number].members[number] = instance
        return None

    def _newest(self) -> Instance:
        """Return the instance that was created last."""
        return self._instances[next(reversed(self._instances))]

    def _enter(self, plan: FunctionPlan, kind: Kind, old: Instance | None = None) -> int:
        """Tell the request plane; return the instance's number."""
        now, minimum = self._clock.now, kind is Kind.MINIMUM
        keep_alive = NEVER if minimum else plan.durations.keep_alive()
        if old is not None:
            return self._plane.restart(old.number, now, keep_alive)
        return self._plane.start_instance(plan.number, now, keep_alive, minimum)

    def _close(self, plan: FunctionPlan, refusal: Refusal) -> None:
        self._plane.close(plan.number, self._clock.now, refusal.until, refusal.error)
        if refusal.until == NEVER:
            self._closed[plan.number] = None
        elif plan.plane.in_line:
            self._look_again(plan, refusal.until)

    def _look_again(self, plan: FunctionPlan, time: float) -> None:
        if self._wake.get(plan.number, -1.0) < time:
            self._wake[plan.number] = time
            self._clock.call_at(time, self._restore, plan.number)

    def _restore(self, function: int) -> None:
        """Create what is missing: minimum instances first, then instances for the line."""
        plan = self._plans[function]
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
            self._keep_minimum(self._plans[plan.number])
            for instance in fleet.surplus():
                fleet.leave(instance, self._clock.now)
                instance.leaving = instance.expected = True
                self.roster.retire(instance)

        follower = MinimumFollower(self._clock, policies, fleet, self._settings, change)
        self._want(plan, follower.begin())

    def _want(self, plan: FunctionPlan, minimum: int) -> None:
        self._fleets[plan.number].wanted = minimum
        self._on_target(TargetFact(plan.number, self._clock.now, minimum))

    # ── what becomes of instances (Owner) ─────────────────────────────────────────────────

    def on_started(self, instance: Instance) -> None:
        """Tell followers, and let go what was kept until *instance* has started, or failed to."""
        if instance.is_ready:
            for follower in self._followers:
                follower.on_ready(instance)
        old = self._replaced.pop(instance.number, None)
        if old is not None and old.number in self._instances:
            self.roster.retire(old)
        if instance.leaving:
            self.roster.retire(instance)

    def on_gone(self, instance: Instance) -> None:
        """Count the instance out, and let the refused look again: capacity has changed."""
        number, fleet = instance.function, self._fleets[instance.function]
        del self._instances[instance.number]
        self.sites.give_back(instance)
        has_counted = fleet.leave(instance, self._clock.now)
        if instance.error and instance.may_repeat:
            self._repeat(instance, Kind.MINIMUM if has_counted else Kind.ON_DEMAND)
        if self._closed:
            self.look_again(number)
        elif fleet.wanted or instance.plan.plane.in_line:
            self._restore(number)
        for follower in self._followers:
            follower.on_gone(instance)

    def _repeat(self, old: Instance, kind: Kind) -> None:
        """Let another instance take the place of one whose initializer has failed."""
        if self._create(self._plans[old.function], kind, old) is not None:
            self._plane.instance_gone(old.number, self._clock.now, old.error)
            if old.expected:
                self.on_started(old)
            return
        new = self._newest()
        new.attempt, new.expected, new.leaving = old.attempt + 1, old.expected, old.leaving
        if old.number in self._replaced:
            self._replaced[new.number] = self._replaced.pop(old.number)

    def look_again(self, *functions: int) -> None:
        """Let all who were refused look again, and *functions*: capacity has changed."""
        closed, self._closed = self._closed, {}
        for number in closed:
            self._plane.reopen(number)
        for number in {**closed, **dict.fromkeys(functions)}:
            self._restore(number)

    # ── what deployments and states of functions do ───────────────────────────────────────

    def replace(self, plan: FunctionPlan) -> None:
        """Let new instances be of *plan*."""
        self._plans[plan.number] = plan

    def unblock(self, function: int) -> None:
        """Let *function* have instances again."""
        if self.sites.blocked.pop(function, None) is not None:
            self._plane.reopen(function)
            self._restore(function)

    def fleet(self, function: int) -> MinimumFleet:
        """Return the minimum instances of *function*."""
        return self._fleets[function]

    def grow_minimum(self, plan: FunctionPlan) -> Refusal | None:
        """Create a minimum instance beyond those that are kept, or say why not."""
        earliest = self._fleets[plan.number].earliest
        if earliest > self._clock.now:
            return Refusal(ErrorCode.RESOURCE_EXHAUSTED, earliest)
        return self._create(plan, Kind.MINIMUM)

    # ── the end of the run ────────────────────────────────────────────────────────────────

    def living(self) -> Iterable[Instance]:
        """Return the instances that are there."""
        return self._instances.values()

    def release_all(self) -> None:
        """Give back what is still held, so that conservation can be checked."""
        for instance in self._instances.values():
            instance.pool.release(instance.plan.number, instance.plan.need, instance.index)
            self.sites.give_back(instance)
        self._instances.clear()
