"""One instance's life: placing, credential, pull, create, server, initializer, ready, gone.

The phases and their limits are the platform's: the image is pulled with a temporary credential,
the container started, and its HTTP server must answer within 120 s of container start.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, Protocol

from simpy.events import Event

from fcsim.sim.cache import Group
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Host
from fcsim.sim.image import Piece, Pulls
from fcsim.sim.plan import FunctionPlan, StartTimes
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.recorder import UNKNOWN, InstanceFact, Recorder
from fcsim.sim.registry import Credentials, allows_pull

__all__ = ["Instance", "Lives", "Owner"]


MOMENTS = ("placed", "credential", "pulled", "started", "served")
"""Ends of the phases of a start but the last."""


@dataclass(eq=False)
class Instance(InstanceFact):
    """A live instance of the control plane, with what will be recorded of it."""

    plan: FunctionPlan
    index: int
    """Position of its host in the pool."""
    home: Host
    layers: Group
    """The layers of its image on that host, held while it lives."""
    times: StartTimes
    ordinal: int
    """Position among all instances of its function."""
    attempt: int = 1
    """Which one it is of instances started in a row, as the initializer failed."""

    @property
    def is_gone(self) -> bool:
        """Whether it has given back its resources."""
        return self.gone == self.gone

    @property
    def is_ready(self) -> bool:
        """Whether it has been ready, perhaps no longer."""
        return self.ready == self.ready

    @property
    def is_open(self) -> bool:
        """Whether it is in service."""
        return self.ready == self.ready and self.stopping != self.stopping


class Owner(Protocol):
    """Who is told of what becomes of an instance."""

    def on_ready(self, instance: Instance) -> None:
        """The instance can take requests."""

    def on_failed(self, instance: Instance, error: ErrorCode) -> None:
        """The start has failed; the instance is gone."""

    def on_gone(self, instance: Instance) -> None:
        """The instance has given back its resources."""


class Lives:
    """Starts and ends instances."""

    def __init__(
        self, clock: Clock, pulls: Pulls, credentials: Credentials, recorder: Recorder
    ) -> None:
        """Use *pulls* and *credentials* to bring images to hosts."""
        self._clock = clock
        self._pulls = pulls
        self._credentials = credentials
        self._recorder = recorder
        self._created: Counter[int] = Counter()  # instances by function
        self.owner: Owner
        self.is_sick: Callable[[Instance], bool] = lambda instance: False
        """Whether an instance fails its health checks now."""

    def begin(
        self, number: int, plan: FunctionPlan, index: int, kind: Kind, attempt: int = 1
    ) -> Instance:
        """Begin the start of instance *number* on the host at *index* of its pool."""
        instance = self._new(number, plan, index, kind)
        instance.attempt = attempt
        self._begin_start(instance)
        return instance

    def begin_ready(self, number: int, plan: FunctionPlan, index: int) -> Instance:
        """Put a minimum instance in place that is ready at once (the state at t = 0).

        One that could never have become ready begins an ordinary start instead, and fails.
        """
        instance, now = self._new(number, plan, index, Kind.MINIMUM), self._clock.now
        if instance.times.error or not self._may_pull(plan):
            self._begin_start(instance)
            return instance
        instance.placed = instance.credential = instance.pulled = now
        instance.started = instance.served = now
        for piece in (*plan.image.pieces, *plan.image.later):
            instance.home.cache.add(piece.key, piece.kept)
        self._ready(instance)
        return instance

    def end(self, instance: Instance, error: ErrorCode = ErrorCode.NONE) -> None:
        """Take *instance* out of service: pre-stop hook, then release."""
        instance.stopping = now = self._clock.now
        instance.error = error
        if error or not instance.plan.has_pre_stop:
            self._release(instance)
        else:
            times = instance.plan.durations
            time = min(times.pre_stop(), times.limits.pre_stop)
            self._clock.call_at(now + time, self._stopped, instance)

    def kill(self, instance: Instance, error: ErrorCode) -> None:
        """End *instance* at once, whatever it is doing; its requests end with *error*."""
        now = self._clock.now
        for moment in MOMENTS:
            if getattr(instance, moment) > now:  # was known in advance, and does not come
                setattr(instance, moment, UNKNOWN)
        instance.error = error
        if instance.stopping != instance.stopping:
            instance.stopping = now
            self.owner.on_failed(instance, error)
        self._release(instance)

    def _new(self, number: int, plan: FunctionPlan, index: int, kind: Kind) -> Instance:
        home = plan.pool.hosts[index]
        layers = home.cache.pin(plan.image.keys)
        times = next(plan.durations.starts)
        instance = Instance(
            number, plan.number, kind, home.number, self._clock.now, plan, index, home, layers,
            times, self._created[plan.number],
        )  # fmt: skip
        self._created[plan.number] += 1
        if plan.version:
            instance.version = plan.version
        self._recorder.begin(instance)
        return instance

    def _begin_start(self, instance: Instance) -> None:
        placed = instance.created + instance.times.placing
        if self._needs_nothing(instance, placed):
            self._start_at_once(instance, placed)
        else:
            self._clock.process(self._start(instance, placed))

    def _needs_nothing(self, instance: Instance, placed: float) -> bool:
        """Whether neither credential nor image will have to be waited for."""
        plan = instance.plan
        if plan.image.mode == "none":
            return True
        until = self._credentials.valid_until(plan.info.template, plan.image.registry)
        return placed < until and not self._look_for_image(instance)

    def _start_at_once(self, instance: Instance, placed: float) -> None:
        """Start with durations that are all known: one event."""
        instance.placed = instance.credential = instance.pulled = placed
        end = self._schedule(instance, placed)
        self._clock.call_at(end, self._started, instance)

    def _start(self, instance: Instance, placed: float) -> Generator[Event, Any, None]:
        clock = self._clock
        yield clock.at(placed)
        instance.placed = placed
        error = yield from self._bring_image(instance)
        if instance.is_gone:
            return
        if error:
            self._fail(instance, error)
        else:
            yield clock.at(self._schedule(instance, clock.now))
            self._started(instance)

    def _started(self, instance: Instance) -> None:
        if instance.is_gone:
            return
        error = instance.times.error
        if not error and instance.plan.health is not None and self.is_sick(instance):
            error = ErrorCode.HEALTH_CHECK_FAILED
        if error:
            self._fail(instance, error)
        else:
            self._ready(instance)

    def _may_pull(self, plan: FunctionPlan) -> bool:
        return plan.image.mode == "none" or allows_pull(plan.role)

    def _look_for_image(self, instance: Instance) -> list[Piece]:
        """Return the pieces of the image that the host has not; note how many bytes."""
        image = instance.plan.image
        keys = instance.home.cache.absent(instance.layers)
        if not keys:
            instance.bytes_pulled, instance.bytes_cached = 0.0, image.size
            return []
        absent = [piece for piece in image.pieces if piece.key in keys]
        instance.bytes_pulled = sum(piece.transfer for piece in absent)
        instance.bytes_cached = image.size - instance.bytes_pulled
        return absent

    def _bring_image(self, instance: Instance) -> Generator[Event, Any, ErrorCode]:
        """Obtain a credential and pull what the host has not."""
        plan = instance.plan
        if instance.is_gone:
            return ErrorCode.NONE
        error = yield from self._credentials.obtain(
            plan.info.template, plan.role, plan.image.registry
        )
        if error or instance.is_gone:
            return error
        instance.credential = self._clock.now
        absent = self._look_for_image(instance)
        if absent:
            error = yield from self._pulls.pull(instance.home, plan.image, absent)
        if not error:
            instance.pulled = self._clock.now
        return error

    def _schedule(self, instance: Instance, now: float) -> float:
        """Return when the start ends from here on, all durations being known."""
        times, limits = instance.times, instance.plan.durations.limits
        instance.started = started = now + times.create
        if times.error == ErrorCode.FUNCTION_NOT_STARTED:
            return started + limits.server_start
        instance.served = served = started + times.server
        end = served + min(times.initializer, limits.initializer)
        health = instance.plan.health
        return end if health is None or times.error else end + health.initial_delay

    def _ready(self, instance: Instance) -> None:
        instance.ready = self._clock.now
        if instance.plan.image.later:
            self._pulls.read_later(instance.home, instance.plan.image)
        self.owner.on_ready(instance)

    def _fail(self, instance: Instance, error: ErrorCode) -> None:
        instance.error = error
        instance.stopping = self._clock.now
        self.owner.on_failed(instance, error)
        self._release(instance)

    def _stopped(self, instance: Instance) -> None:
        if not instance.is_gone:
            self._release(instance)

    def _release(self, instance: Instance) -> None:
        instance.gone = self._clock.now
        plan = instance.plan
        instance.home.cache.unpin(instance.layers)
        plan.pool.release(plan.number, plan.need, instance.index)
        self._recorder.end(instance)
        self.owner.on_gone(instance)
