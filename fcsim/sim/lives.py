"""One instance's life: placing, credential, pull, create, server, initializer, ready, gone.

The phases and their limits are the platform's: the image is pulled with a temporary credential,
the container started, and its HTTP server must answer within 120 s of container start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator
from typing import Any, Protocol

from simpy.events import Event

from fcsim.sim.clock import Clock
from fcsim.sim.image import Piece, Pulls
from fcsim.sim.instance import Instance
from fcsim.sim.models import ModelLoads
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.recorder import UNKNOWN, Recorder
from fcsim.sim.registry import Credential
from fcsim.sim.requests.interface import RequestPlane

__all__ = ["Lives", "Owner"]

MOMENTS = ("placed", "credential", "pulled", "started", "served")
"""Ends of the phases of a start but the last."""


class Owner(Protocol):
    """Who is told of what becomes of an instance."""

    def on_started(self, instance: Instance) -> None:
        """The start of an expected instance has ended, well or not, and will not be repeated."""

    def on_gone(self, instance: Instance) -> None:
        """The instance has given back its resources; those who wait for it may be left to it.

        They are if it may be repeated.
        """


class Lives:
    """Starts and ends instances."""

    def __init__(self, clock: Clock, plane: RequestPlane, pulls: Pulls, recorder: Recorder) -> None:
        """Open instances to the requests of *plane*; use *pulls* to bring images to hosts."""
        self._clock = clock
        self._plane = plane
        self._pulls = pulls
        self._recorder = recorder
        self.models = ModelLoads(clock)
        self._created: defaultdict[int, int] = defaultdict(int)  # instances by function
        self.owner: Owner
        self.all_expected = False
        """Whether the owner waits for the end of every start."""
        self.is_sick: Callable[[Instance], bool] = lambda instance: False
        """Whether an instance fails its health checks now."""

    def begin(self, number: int, plan: FunctionPlan, index: int, kind: Kind) -> Instance:
        """Begin the start of instance *number* on the host at *index* of its pool."""
        instance = self._new(number, plan, index, kind)
        self._begin_start(instance)
        return instance

    def begin_ready(
        self, number: int, plan: FunctionPlan, index: int, kind: Kind = Kind.MINIMUM
    ) -> Instance:
        """Put a minimum instance in place that is ready at once (the state at t = 0).

        One that could never have become ready begins an ordinary start instead, and fails.
        """
        instance, now = self._new(number, plan, index, kind), self._clock.now
        is_denied = plan.credential is not None and not plan.credential.is_granted
        if instance.times.error or is_denied:
            self._begin_start(instance)
            return instance
        instance.placed = instance.credential = instance.pulled = now
        instance.started = instance.served = now
        for piece in (*plan.image.pieces, *plan.image.later):
            instance.home.cache.add(piece.key, piece.kept)
        if plan.model is not None:
            self.models.put(instance.home, plan.model)
        self._ready(instance)
        return instance

    def end(self, instance: Instance, error: ErrorCode = ErrorCode.NONE) -> None:
        """Take *instance* out of service: pre-stop hook, then release."""
        instance.stopping = now = self._clock.now
        if error:
            instance.error = error
        if error or not instance.plan.has_pre_stop:
            self._release(instance)
        else:
            times = instance.plan.durations
            time = min(times.pre_stop(), times.limits.pre_stop)
            self._clock.call_at(now + time, self._stopped, instance)

    def kill(self, instance: Instance, error: ErrorCode) -> None:
        """End *instance* at once, whatever it is doing; its requests end with *error*."""
        if instance.is_gone:
            return
        now = self._clock.now
        for moment in MOMENTS:
            if getattr(instance, moment) > now:  # was known in advance, and does not come
                setattr(instance, moment, UNKNOWN)
        instance.error = error
        if instance.stopping != instance.stopping:
            instance.stopping = now
            self._plane.instance_gone(instance.number, now, error)
            if instance.expected and not instance.is_ready:
                self.owner.on_started(instance)
        self._release(instance)

    def _new(self, number: int, plan: FunctionPlan, index: int, kind: Kind) -> Instance:
        resident = plan.resident if kind is Kind.RESIDENT else None
        pool = resident.hosts if resident else plan.pool
        home = pool.hosts[index]
        layers = home.cache.pin(plan.image.keys)
        times = next(plan.durations.starts)
        ordinal = self._created[plan.number]
        self._created[plan.number] = ordinal + 1
        instance = Instance(
            number, plan.number, kind, home.number, self._clock.now, plan, index, pool, home,
            layers, times, ordinal,
        )  # fmt: skip
        if plan.version:
            instance.version = plan.version
        if self.all_expected:
            instance.expected = True
        if plan.model is not None:
            instance.model = home.cache.pin((plan.model.key,))
        self._recorder.begin(instance)
        return instance

    def _begin_start(self, instance: Instance) -> None:
        """Start: in one step where all durations are known, else as a process."""
        placed = instance.created + instance.times.placing
        credential = instance.plan.credential
        if credential is None or (
            placed < credential.valid_until and not self._look_for_image(instance)
        ):
            instance.placed = instance.credential = instance.pulled = placed
            self._begin_container(instance, placed)
        else:
            self._clock.process(self._start(instance, placed, credential))

    def _begin_container(self, instance: Instance, now: float) -> None:
        """Create the container *now*, start its server, initialize: all times are known."""
        if instance.plan.model is None:
            self._clock.call_at(self._schedule(instance, now), self._started, instance)
        else:
            instance.started = now + instance.times.create
            self._clock.call_at(instance.started, self._serve_with_model, instance)

    def _serve_with_model(self, instance: Instance) -> None:
        """Let the server load its model, which depends on what the host has by now."""
        if instance.is_gone:
            return
        model, times = instance.plan.model, instance.times
        if model is not None and times.error is not ErrorCode.FUNCTION_NOT_STARTED:
            load = self.models.begin(instance.home, model)
            instance.times = times.with_load(load, instance.plan.durations.limits)
        self._clock.call_at(self._answer(instance), self._started, instance)

    def _start(
        self, instance: Instance, placed: float, credential: Credential
    ) -> Generator[Event, Any, None]:
        clock = self._clock
        yield clock.at(placed)
        error = yield from self._prepare(instance, credential)
        if instance.is_gone:
            return
        if error:
            self._fail(instance, error)
            return
        instance.pulled = clock.now
        if instance.plan.model is not None:
            self._begin_container(instance, clock.now)
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

    def _prepare(
        self, instance: Instance, credential: Credential
    ) -> Generator[Event, Any, ErrorCode]:
        """Obtain the credential and pull what the host has not; the instance may die meanwhile."""
        if instance.is_gone:
            return ErrorCode.NONE
        instance.placed = self._clock.now
        error = yield from credential.obtain()
        if error or instance.is_gone:
            return error
        instance.credential = self._clock.now
        absent = self._look_for_image(instance)
        if not absent:
            return ErrorCode.NONE
        instance.home.cache.looked(instance.plan.image.pieces, absent)
        return (yield from self._pulls.pull(instance.home, instance.plan.image, absent))

    def _schedule(self, instance: Instance, now: float) -> float:
        """Return when the start ends from here on, all durations being known."""
        instance.started = now + instance.times.create
        return self._answer(instance)

    def _answer(self, instance: Instance) -> float:
        """Return when the start ends of a container that starts at its instant ``started``."""
        _, _, server, initializer, error = instance.times
        served = instance.started + server
        if error is not ErrorCode.FUNCTION_NOT_STARTED:
            instance.served = served
        end, health = served + initializer, instance.plan.health
        return end if health is None or error else end + health.initial_delay

    def _ready(self, instance: Instance) -> None:
        instance.ready = self._clock.now
        if instance.plan.image.later:
            instance.later = self._pulls.read_later(instance.home, instance.plan.image)
        self._plane.instance_ready(instance.number, self._clock.now)
        if instance.expected:
            self.owner.on_started(instance)

    def _fail(self, instance: Instance, error: ErrorCode) -> None:
        instance.error = error
        instance.stopping = self._clock.now
        if not instance.may_repeat:
            self._plane.instance_gone(instance.number, self._clock.now, error)
            if instance.expected:
                self.owner.on_started(instance)
        self._release(instance)

    def _stopped(self, instance: Instance) -> None:
        if not instance.is_gone:
            self._release(instance)

    def _release(self, instance: Instance) -> None:
        instance.gone = self._clock.now
        plan = instance.plan
        instance.home.cache.unpin(instance.layers)
        if instance.model is not None:
            instance.home.cache.unpin(instance.model)
        if instance.later is not None:
            instance.home.cache.unpin(instance.later)
        instance.pool.release(plan.number, plan.need, instance.index)
        self._recorder.end(instance)
        self.owner.on_gone(instance)
