"""States of functions, and deployments: ``Pending``, ``Active``, ``Inactive``, ``Failed``.

After create or update the platform converts the image for accelerated loading. A function that was
not active cannot be invoked meanwhile (``Pending``); an active one serves on with its old version
(``lastUpdateStatus InProgress``) until the new one is ready.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from simpy.events import Event

from fcsim.scenario.deployments import Deployment
from fcsim.sim.clock import Clock
from fcsim.sim.instance import Instance
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.quota import Refusal
from fcsim.sim.record import ErrorCode, Happening
from fcsim.sim.requests.interface import NEVER
from fcsim.sim.rollout import Rollouts
from fcsim.sim.scaling import Scaler

__all__ = ["States"]

NOT_ACTIVE = Refusal(ErrorCode.FUNCTION_NOT_ACTIVE, NEVER)


@dataclass
class _Status:
    """A function's state; ``plan`` is of the version that serves, or will serve."""

    plan: FunctionPlan
    state: str = "active"
    shown: Happening | None = None
    """Its state in the record, unless it is active."""
    has_lost: bool = False
    """Whether it has failed because its image is lost."""
    held: list[Instance] = field(default_factory=list)
    """Instances that get no requests, as it has failed."""


class States:
    """The states of all functions."""

    rollouts: Rollouts
    """Needed for deployments only."""
    conversion = 0.0
    """Seconds until an image is converted."""

    def __init__(
        self,
        clock: Clock,
        scaler: Scaler,
        plans: list[FunctionPlan],
        happenings: list[Happening],
    ) -> None:
        """All functions are active to begin with; note what changes in *happenings*."""
        self._clock, self._scaler = clock, scaler
        self._happenings = happenings
        self._lost: list[str] = []  # images that are not there
        self._functions = {plan.number: _Status(plan) for plan in plans}

    # ── what the scenario says ────────────────────────────────────────────────────────────

    def set(self, template: str, state: str) -> None:
        """Let a function of the scenario begin in *state*, with all its copies."""
        for status in self._functions.values():
            if status.plan.info.template == template and state != "active":
                self._enter(status, state)
                if state == "pending":
                    self._clock.process(self._prepare(status, "failed"))

    def deploy(self, deployment: Deployment, plan: FunctionPlan) -> None:
        """Put the deployment of *plan* on the clock."""
        what = deployment.image or "new settings"
        self._clock.call_at(deployment.at, self._deploy, plan, what)

    def watch_idle(self, after: float) -> None:
        """Let functions without instances for *after* seconds become Inactive."""
        idleness = _Idleness(self._clock, self, after)
        self._scaler.roster.follow(idleness)
        for number in self._functions:
            idleness.begin(number)

    # ── states ────────────────────────────────────────────────────────────────────────────

    def _enter(self, status: _Status, state: str) -> None:
        """Change to *state*, in which the function cannot be invoked."""
        self._leave(status)
        status.state = state
        name, now = status.plan.info.name, self._clock.now
        status.shown = Happening("state", state.capitalize(), now, function=name)
        self._happenings.append(status.shown)
        self._scaler.sites.blocked[status.plan.number] = lambda: self._answer(status)

    def _leave(self, status: _Status) -> None:
        if status.shown is not None:
            status.shown.end = self._clock.now
            status.shown = None

    def _activate(self, status: _Status) -> None:
        self._leave(status)
        status.state, status.has_lost = "active", False
        held, status.held = status.held, []
        for instance in held:
            self._scaler.roster.let_go(instance)
        self._scaler.unblock(status.plan.number)

    def _answer(self, status: _Status) -> Refusal:
        """Refuse an instance; invoking an Inactive function has it prepared."""
        if status.state == "inactive":
            self._enter(status, "pending")
            self._clock.process(self._prepare(status, "inactive"))
        return NOT_ACTIVE

    def fall_asleep(self, number: int) -> None:
        """Let an active function become Inactive."""
        status = self._functions[number]
        if status.state == "active":
            self._enter(status, "inactive")

    # ── preparation ───────────────────────────────────────────────────────────────────────

    def _prepare(self, status: _Status, otherwise: str) -> Generator[Event, Any, None]:
        """Prepare a function that cannot be invoked; it ends active, or as *otherwise* says."""
        plan, shown = status.plan, status.shown
        error = yield from self._convert(plan)
        if status.shown is not shown:
            return  # something else has happened meanwhile
        if plan.image.name in self._lost:
            self._fail(status)
        elif error:
            self._enter(status, otherwise)
        else:
            self._activate(status)

    def _convert(self, plan: FunctionPlan) -> Generator[Event, Any, ErrorCode]:
        """Read the image with the function's role, and convert it for accelerated loading."""
        if plan.credential is None:
            return ErrorCode.NONE
        error = yield from plan.credential.obtain()
        if not error and plan.image.mode == "accelerated":
            yield self._clock.at(self._clock.now + self.conversion)
        return error

    def _deploy(self, plan: FunctionPlan, what: str) -> None:
        shown = Happening("deployment", f"deploys {what}", self._clock.now, function=plan.info.name)
        self._happenings.append(shown)
        self._clock.process(self._update(self._functions[plan.number], plan, shown))

    def _update(
        self, status: _Status, plan: FunctionPlan, shown: Happening
    ) -> Generator[Event, Any, None]:
        """Serve with the old version until the new one is ready, or for good if it fails."""
        if status.state in ("inactive", "failed"):
            self._enter(status, "pending")
        error = yield from self._convert(plan)
        shown.end = self._clock.now
        if plan.version < status.plan.version:
            return  # a later one has been faster
        if error or plan.image.name in self._lost:
            shown.text += " (failed)"
            if status.state == "pending":
                self._enter(status, "failed")
            return
        status.plan = plan
        self._scaler.replace(plan)
        if status.state != "active":
            self._activate(status)
        self.rollouts.begin(plan)

    # ── lost images ───────────────────────────────────────────────────────────────────────

    def lose(self, image: str) -> None:
        """Let functions that use *image* fail: its pinned digest is not there any more."""
        self._lost.append(image)
        for status in self._functions.values():
            if status.plan.image.name == image and status.state in ("active", "inactive"):
                self._fail(status)

    def find(self, image: str) -> None:
        """Undo one loss of *image*."""
        self._lost.remove(image)
        for status in self._functions.values():
            found = status.plan.image.name == image and image not in self._lost
            if found and status.state == "failed" and status.has_lost:
                self._activate(status)

    def _fail(self, status: _Status) -> None:
        """Serve no request any more, warm instances or not."""
        self._enter(status, "failed")
        status.has_lost = True
        for instance in self._scaler.roster.of((status.plan.number,)):
            self.on_ready(instance)

    def on_ready(self, instance: Instance) -> None:
        """Give an instance no requests whose function has failed."""
        status = self._functions[instance.function]
        if status.has_lost and instance.is_open and instance not in status.held:
            status.held.append(instance)
            self._scaler.roster.hold(instance)

    def on_gone(self, instance: Instance) -> None:
        """Forget it."""
        status = self._functions[instance.function]
        if instance in status.held:
            status.held.remove(instance)


class _Idleness:
    """Notices functions that have had no instance for long."""

    def __init__(self, clock: Clock, states: States, after: float) -> None:
        self._clock, self._states, self._after = clock, states, after
        self._ready: Counter[int] = Counter()
        self._since: dict[int, float] = {}

    def begin(self, function: int) -> None:
        """Note that *function* has no instance from now on."""
        self._since[function] = self._clock.now
        self._clock.call_at(self._clock.now + self._after, self._look, function)

    def on_ready(self, instance: Instance) -> None:
        """It is used."""
        self._ready[instance.function] += 1

    def on_gone(self, instance: Instance) -> None:
        """Look again when it has been idle for long enough."""
        if instance.is_ready:
            self._ready[instance.function] -= 1
            if not self._ready[instance.function]:
                self.begin(instance.function)

    def _look(self, function: int) -> None:
        long = self._clock.now >= self._since[function] + self._after
        if long and not self._ready[function]:
            self._states.fall_asleep(function)
