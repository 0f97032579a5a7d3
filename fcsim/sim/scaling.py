"""Growth and its limits: regional quota, function maximum, reservation, burst and growth rate.

The platform fills existing instances first and creates one only when all are full. Creation
takes one token of the region's bucket (GPU apart), which is never returned; over a limit the
caller gets 429 at once, and 503 when no machine has room.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Pool
from fcsim.sim.instance import Instance, Lives
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.requests.interface import NEVER, RequestPlane, Stop, StopKind
from fcsim.sim.tokens import TokenBucket

__all__ = ["Follower", "OnEnd", "Quota", "Refusal", "Scaler"]


OnEnd = Callable[[ErrorCode], None]
"""Is told how a request ended; NONE: it was completed."""


class Refusal(NamedTuple):
    """Why an instance may not be created, and until when (NEVER: until capacity changes)."""

    error: ErrorCode
    until: float


@dataclass
class Quota:
    """What the account may run in the region, and what it runs."""

    instances: float
    cards: float
    bucket: TokenBucket
    gpu_bucket: TokenBucket

    def __post_init__(self) -> None:
        """Start with nothing running."""
        self._running: defaultdict[int, int] = defaultdict(int)
        self._unreserved = 0
        self._common = self.instances  # what is not reserved for anybody
        self._cards = 0.0

    def reserve(self, plan: FunctionPlan) -> None:
        """Set aside the instances reserved for a function."""
        self._common -= plan.reserved

    def is_full(self, plan: FunctionPlan) -> bool:
        """Whether quota, reservations of others, cards or the function maximum are used up."""
        running = self._running[plan.number]
        return (
            running >= plan.max_instances
            or (self._unreserved >= self._common and running >= plan.reserved)
            or self._cards + plan.cards > self.cards
        )

    def refusal(self, plan: FunctionPlan, now: float) -> Refusal | None:
        """Return why *plan* may not get an instance now, None if it may."""
        if self.is_full(plan):
            return Refusal(ErrorCode.RESOURCE_EXHAUSTED, NEVER)
        available = (self.gpu_bucket if plan.cards else self.bucket).available_at(now)
        if available > now:
            return Refusal(ErrorCode.RESOURCE_EXHAUSTED, available)
        return None

    def take(self, plan: FunctionPlan, now: float, *, token: bool = True) -> None:
        """Count an instance of *plan*; *token* tells whether it uses up growth."""
        running = self._running[plan.number]
        if running >= plan.reserved:
            self._unreserved += 1
        self._running[plan.number] = running + 1
        self._cards += plan.cards
        if token:
            (self.gpu_bucket if plan.cards else self.bucket).take(now)

    def give_back(self, plan: FunctionPlan) -> None:
        """Count an instance of *plan* out; its token stays used."""
        running = self._running[plan.number] = self._running[plan.number] - 1
        if running >= plan.reserved:
            self._unreserved -= 1
        self._cards -= plan.cards

    @property
    def running(self) -> int:
        """Instances that count against the quota."""
        return sum(self._running.values())


class Follower(Protocol):
    """Who is told of what becomes of instances."""

    def on_ready(self, instance: Instance) -> None:
        """The instance takes requests."""

    def on_gone(self, instance: Instance) -> None:
        """The instance has given back its resources."""


class Scaler:
    """Answers the request plane: creates instances, refuses growth, replaces what died."""

    def __init__(
        self,
        clock: Clock,
        plane: RequestPlane,
        lives: Lives,
        quota: Quota,
        plans: list[FunctionPlan],
        minimum_retry: float = 0.0,
    ) -> None:
        """Scale the functions *plans* within *quota*.

        After a failed start of a minimum instance the next waits *minimum_retry* seconds.
        """
        self._minimum_retry = minimum_retry
        self._minimum_from: dict[int, float] = {}
        self._clock = clock
        self._plane = plane
        self._lives = lives
        self._quota = quota
        self._plans = plans
        self._instances: dict[int, Instance] = {}
        self._closed: dict[int, None] = {}  # functions refused until capacity changes
        self._minimum = dict.fromkeys(range(len(plans)), 0)
        self._wake: dict[int, float] = {}  # when a function looks again for growth
        self._answers = {
            StopKind.GROW: self._grow, StopKind.EXPIRED: self._expired, StopKind.DIED: self._died,
        }  # fmt: skip
        self._callers: dict[int, OnEnd] = {}  # by watched request
        self._held: Counter[int] = Counter()  # why instances get no requests, by number
        self.blocked: dict[int, Callable[[], Refusal]] = {}
        """Functions that get no instances, with what says why."""
        self.followers: list[Follower] = []
        """Who is told of ready and gone instances, after the scaler has dealt with them."""
        lives.owner = self
        for plan in plans:
            quota.reserve(plan)

    def begin(self) -> None:
        """Bring up the minimum instances, ready at t = 0 and outside the growth limit."""
        for plan in self._plans:
            for _ in range(plan.min_instances):
                if plan.number in self.blocked or self._quota.is_full(plan):
                    break
                index = plan.pool.place(plan.number, plan.need, plan.image.keys)
                if index is None:
                    break
                self._quota.take(plan, self._clock.now, token=False)
                number = self._enter(plan, Kind.MINIMUM)
                self._instances[number] = self._lives.begin_ready(number, plan, index)
            self._keep_minimum(plan)

    def handle(self, stop: Stop) -> None:
        """Decide what the request plane has stopped for."""
        if stop.kind is StopKind.ENDED:
            self._callers.pop(stop.subject)(ErrorCode(stop.error))
        else:
            self._answers[stop.kind](stop.subject)

    def call(self, function: int, work: float, cold_work: float, on_end: OnEnd) -> int:
        """Send a request that the workload did not generate, now; return its number.

        *on_end* is called when it ends, with its error.
        """
        now = self._clock.now
        number = self._plane.inject(now, function, work, cold_work, watched=True)
        self._callers[number] = on_end
        return number

    def _expired(self, instance: int) -> None:
        self._lives.end(self._instances[instance])

    def _died(self, instance: int) -> None:
        self._lives.end(self._instances[instance], ErrorCode.FUNCTION_OOM)

    # ── growth ────────────────────────────────────────────────────────────────────────────

    def _grow(self, function: int) -> None:
        plan = self._plans[function]
        refusal = self._create(plan, Kind.ON_DEMAND)
        if refusal is not None:
            self._close(plan, refusal)

    def _create(self, plan: FunctionPlan, kind: Kind) -> Refusal | None:
        """Create an instance, or say why not."""
        now = self._clock.now
        blocked = self.blocked.get(plan.number)
        refusal = blocked() if blocked else self._quota.refusal(plan, now)
        if refusal is not None:
            return refusal
        index = plan.pool.place(plan.number, plan.need, plan.image.keys)
        if index is None:
            return Refusal(ErrorCode.RESOURCE_THROTTLED, NEVER)
        self._quota.take(plan, now)
        number = self._enter(plan, kind)
        self._instances[number] = self._lives.begin(number, plan, index, kind)
        return None

    def _enter(self, plan: FunctionPlan, kind: Kind) -> int:
        """Tell the request plane; return the instance's number."""
        keep_alive, minimum = plan.durations.keep_alive, kind is Kind.MINIMUM
        if minimum:
            self._minimum[plan.number] += 1
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
        if plan.min_instances:
            self._keep_minimum(plan)
        while plan.plane.in_line and self._plane.line_excess(plan.number) > 0:
            refusal = self._create(plan, Kind.ON_DEMAND)
            if refusal is not None:
                self._close(plan, refusal)
                return

    def _keep_minimum(self, plan: FunctionPlan) -> None:
        earliest = self._minimum_from.get(plan.number, 0.0)
        if earliest > self._clock.now:
            self._look_again(plan, earliest)
            return
        while self._minimum[plan.number] < plan.min_instances:
            refusal = self._create(plan, Kind.MINIMUM)
            if refusal is None:
                continue
            if refusal.until == NEVER:
                self._closed[plan.number] = None
            else:
                self._look_again(plan, refusal.until)
            return

    # ── what becomes of instances (Owner) ─────────────────────────────────────────────────

    def on_ready(self, instance: Instance) -> None:
        """Open the instance for requests."""
        self._plane.instance_ready(instance.number, self._clock.now)
        for follower in self.followers:
            follower.on_ready(instance)

    def on_failed(self, instance: Instance, error: ErrorCode) -> None:
        """End its requests with *error*, unless another start will be tried for them."""
        if not self._may_repeat(instance):
            self._plane.instance_gone(instance.number, self._clock.now, error)

    def on_gone(self, instance: Instance) -> None:
        """Count the instance out, and let the refused look again: capacity has changed."""
        plan = self._plans[instance.plan.number]
        del self._instances[instance.number]
        self._quota.give_back(plan)
        if instance.kind is Kind.MINIMUM:
            self._minimum[plan.number] -= 1
            if instance.ready != instance.ready:  # it never became ready
                self._minimum_from[plan.number] = self._clock.now + self._minimum_retry
        if self._may_repeat(instance):
            self._repeat(instance, plan)
        if self._closed:
            self._reopen(plan)
        else:
            self._restore(plan)
        for follower in self.followers:
            follower.on_gone(instance)

    @staticmethod
    def _may_repeat(instance: Instance) -> bool:
        """Whether a failed initializer is tried again on another instance."""
        failed = instance.error is ErrorCode.INITIALIZER_FAILED
        return failed and instance.attempt < instance.plan.attempts

    def _repeat(self, instance: Instance, plan: FunctionPlan) -> None:
        """Start another instance for those who waited for one whose initializer failed."""
        now, kind = self._clock.now, instance.kind
        index = None
        if plan.number not in self.blocked and self._quota.refusal(plan, now) is None:
            index = plan.pool.place(plan.number, plan.need, plan.image.keys)
        if index is None:
            self._plane.instance_gone(instance.number, now, instance.error)
            return
        self._quota.take(plan, now)
        keep_alive = NEVER if kind is Kind.MINIMUM else plan.durations.keep_alive()
        number = self._plane.restart(instance.number, now, keep_alive)
        if kind is Kind.MINIMUM:
            self._minimum[plan.number] += 1
        attempt = instance.attempt + 1
        self._instances[number] = self._lives.begin(number, plan, index, kind, attempt)

    # ── what others do to instances ───────────────────────────────────────────────────────

    def kill(self, instance: Instance, error: ErrorCode) -> None:
        """End *instance* at once, and all its requests with *error*."""
        if not instance.is_gone:
            self._lives.kill(instance, error)

    def hold(self, instance: Instance) -> None:
        """Give *instance* no requests until it is let go as often."""
        self._held[instance.number] += 1
        self._plane.suspend(instance.number)

    def let_go(self, instance: Instance) -> None:
        """Undo one hold."""
        self._held[instance.number] -= 1
        if not self._held[instance.number]:
            del self._held[instance.number]
            self._plane.resume(instance.number, self._clock.now)

    def retire(self, instance: Instance) -> None:
        """Let *instance*, in service, end what it has and go."""
        if instance.is_open and self._plane.retire(instance.number):
            self._lives.end(instance)

    def replace(self, plan: FunctionPlan) -> None:
        """Let new instances be of *plan*."""
        self._plans[plan.number] = plan

    def grow_minimum(self, plan: FunctionPlan) -> Refusal | None:
        """Create a minimum instance beyond those that are kept, or say why not."""
        earliest = self._minimum_from.get(plan.number, 0.0)
        if earliest > self._clock.now:
            return Refusal(ErrorCode.RESOURCE_EXHAUSTED, earliest)
        return self._create(plan, Kind.MINIMUM)

    def minimum(self, function: int) -> int:
        """Return how many minimum instances of *function* there are."""
        return self._minimum[function]

    def unblock(self, function: int) -> None:
        """Let *function* have instances again."""
        if self.blocked.pop(function, None) is not None:
            self._plane.reopen(function)
            self._restore(self._plans[function])

    def look_again(self) -> None:
        """Let all who were refused look again: capacity has changed."""
        closed, self._closed = self._closed, {}
        for number in closed:
            self._plane.reopen(number)
        for number in closed:
            self._restore(self._plans[number])

    def on(self, pool: Pool, index: int) -> list[Instance]:
        """Return the living instances on the host at *index* of *pool*."""
        there = self._instances.values()
        return [one for one in there if one.plan.pool is pool and one.index == index]

    def of(self, functions: Container[int]) -> list[Instance]:
        """Return the living instances of *functions*, in order of creation."""
        return [one for one in self._instances.values() if one.function in functions]

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
            instance.plan.pool.release(instance.plan.number, instance.plan.need, instance.index)
            self._quota.give_back(instance.plan)
        self._instances.clear()
