"""One instance's life: placing, credential, pull, create, server, initializer, ready, gone.

The phases and their limits are the platform's: the image is pulled with a temporary credential,
the container started, and its HTTP server must answer within 120 s of container start.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol, Self

from simpy.events import Event

from fcsim.sim.cache import Group
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Host
from fcsim.sim.image import Piece, Pulls
from fcsim.sim.plan import Durations, FunctionPlan
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.recorder import InstanceFact, Recorder
from fcsim.sim.registry import Credentials, allows_pull

__all__ = ["Instance", "Lives", "Owner"]


class StartTimes(NamedTuple):
    """How long the phases of one start take, in seconds.

    All are drawn when the instance is created, needed or not, so the k-th instance of a function
    has the k-th draws whatever becomes of the others.
    """

    placing: float
    create: float
    """Container creation, mounts included."""
    server: float
    """From container start until the server answers, model load included."""
    initializer: float

    @classmethod
    def draw(cls, times: Durations) -> Self:
        """Draw the times of the next instance."""
        return cls(
            placing=times.placing.next(),
            create=times.create.next() + (times.mount.next() if times.mount else 0.0),
            server=times.server.next() + times.model_load,
            initializer=times.initializer.next() if times.initializer else 0.0,
        )


@dataclass(eq=False, slots=True)
class Instance:
    """A live instance of the control plane."""

    number: int
    plan: FunctionPlan
    index: int
    """Position of its host in the pool."""
    host: Host
    layers: Group
    """The layers of its image on that host, held while it lives."""
    fact: InstanceFact
    times: StartTimes

    @property
    def start_error(self) -> ErrorCode:
        """How its start will fail once the container runs, NONE if it will not.

        A server that is up after exactly its limit of 120 s is in time.
        """
        limits = self.plan.limits
        if not self.plan.reachable or self.times.server > limits.server_start:
            return ErrorCode.FUNCTION_NOT_STARTED
        if self.times.initializer > limits.initializer:
            return ErrorCode.INITIALIZER_FAILED
        return ErrorCode.NONE


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
        self.owner: Owner

    def begin(self, number: int, plan: FunctionPlan, index: int, kind: Kind) -> Instance:
        """Begin the start of instance *number* on the host at *index* of its pool."""
        instance = self._new(number, plan, index, kind)
        self._begin_start(instance)
        return instance

    def begin_ready(self, number: int, plan: FunctionPlan, index: int) -> Instance:
        """Put a minimum instance in place that is ready at once (the state at t = 0).

        One that could never have become ready begins an ordinary start instead, and fails.
        """
        instance = self._new(number, plan, index, Kind.MINIMUM)
        fact, now = instance.fact, self._clock.now
        if instance.start_error or not self._may_pull(plan):
            self._begin_start(instance)
            return instance
        fact.placed = fact.credential = fact.pulled = fact.started = fact.served = now
        for piece in (*plan.image.pieces, *plan.image.later):
            instance.host.cache.add(piece.key, piece.kept)
        self._ready(instance)
        return instance

    def end(self, instance: Instance, error: ErrorCode = ErrorCode.NONE) -> None:
        """Take *instance* out of service: pre-stop hook, then release."""
        instance.fact.stopping = self._clock.now
        instance.fact.error = error
        hook = instance.plan.durations.pre_stop
        if hook is None or error:
            self._release(instance)
        else:
            time = min(hook.next(), instance.plan.limits.pre_stop)
            self._clock.call_at(self._clock.now + time, self._release, instance)

    def _new(self, number: int, plan: FunctionPlan, index: int, kind: Kind) -> Instance:
        host = plan.pool.hosts[index]
        fact = InstanceFact(plan.number, kind, host.number, created=self._clock.now)
        self._recorder.instances.append(fact)
        layers = host.cache.pin(plan.image.keys)
        return Instance(number, plan, index, host, layers, fact, StartTimes.draw(plan.durations))

    def _begin_start(self, instance: Instance) -> None:
        placed = self._clock.now + instance.times.placing
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
        fact = instance.fact
        fact.placed = fact.credential = fact.pulled = placed
        end, error = self._schedule(instance, placed)
        self._clock.call_at(end, self._started, instance, error)

    def _start(self, instance: Instance, placed: float) -> Generator[Event, Any, None]:
        clock = self._clock
        yield clock.at(placed)
        instance.fact.placed = placed
        error = yield from self._bring_image(instance)
        if not error:
            end, error = self._schedule(instance, clock.now)
            yield clock.at(end)
        self._started(instance, error)

    def _started(self, instance: Instance, error: ErrorCode) -> None:
        if error:
            self._fail(instance, error)
        else:
            self._ready(instance)

    def _may_pull(self, plan: FunctionPlan) -> bool:
        return plan.image.mode == "none" or allows_pull(plan.role)

    def _look_for_image(self, instance: Instance) -> list[Piece]:
        """Return the pieces of the image that the host has not; note how many bytes."""
        fact, image = instance.fact, instance.plan.image
        keys = instance.host.cache.absent(instance.layers)
        if not keys:
            fact.bytes_pulled, fact.bytes_cached = 0.0, image.size
            return []
        absent = [piece for piece in image.pieces if piece.key in keys]
        fact.bytes_pulled = sum(piece.transfer for piece in absent)
        fact.bytes_cached = image.size - fact.bytes_pulled
        return absent

    def _bring_image(self, instance: Instance) -> Generator[Event, Any, ErrorCode]:
        """Obtain a credential and pull what the host has not."""
        fact, plan, host = instance.fact, instance.plan, instance.host
        error = yield from self._credentials.obtain(
            plan.info.template, plan.role, plan.image.registry
        )
        if error:
            return error
        fact.credential = self._clock.now
        absent = self._look_for_image(instance)
        if absent:
            error = yield from self._pulls.pull(host, plan.image, absent)
        if not error:
            fact.pulled = self._clock.now
        return error

    def _schedule(self, instance: Instance, now: float) -> tuple[float, ErrorCode]:
        """Return when the start ends from here on, all durations being known, and how."""
        fact, times, limits = instance.fact, instance.times, instance.plan.limits
        error = instance.start_error
        fact.started = now + times.create
        if error == ErrorCode.FUNCTION_NOT_STARTED:
            return fact.started + limits.server_start, error
        fact.served = fact.started + times.server
        return fact.served + min(times.initializer, limits.initializer), error

    def _ready(self, instance: Instance) -> None:
        instance.fact.ready = self._clock.now
        if instance.plan.image.later:
            self._pulls.read_later(instance.host, instance.plan.image)
        self.owner.on_ready(instance)

    def _fail(self, instance: Instance, error: ErrorCode) -> None:
        instance.fact.error = error
        instance.fact.stopping = self._clock.now
        self.owner.on_failed(instance, error)
        self._release(instance)

    def _release(self, instance: Instance) -> None:
        instance.fact.gone = self._clock.now
        plan = instance.plan
        instance.host.cache.unpin(instance.layers)
        plan.pool.release(plan.number, plan.need, instance.index)
        self.owner.on_gone(instance)
