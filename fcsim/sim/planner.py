"""From a function of the scenario to its plan; copies of one function share what they can."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from fcsim.scenario.distributions import Constant
from fcsim.scenario.functions import Function, ModelFile
from fcsim.scenario.images import Image as ImageSpec
from fcsim.scenario.shapes import cards, gpu_memory
from fcsim.sim.build import Builder
from fcsim.sim.hosts import Shape
from fcsim.sim.models import Model
from fcsim.sim.plan import Durations, Failure, FunctionPlan, HealthCheck, Limits
from fcsim.sim.policy_plan import policy_maker
from fcsim.sim.record import ErrorCode, FunctionInfo
from fcsim.sim.requests.interface import PlaneFunction
from fcsim.workload.samplers import ScalarStream, resolve_by, samplers

__all__ = ["Planner"]

UNLIMITED = 2**62


@dataclass(frozen=True)
class _Template:
    """What all copies of a function share, and how to make the rest."""

    info: dict[str, Any]
    plane: PlaneFunction
    durations: Callable[[str], Durations]
    rest: dict[str, Any]


class Planner:
    """Makes the plans of functions; asks for each parameter only when a function needs it."""

    def __init__(self, builder: Builder) -> None:
        """Make plans with what *builder* builds."""
        self._builder = builder
        self._read = builder.read
        self._scenario = builder.scenario
        self._templates: dict[str, _Template] = {}

    def plan(self, number: int, name: str, template: str) -> FunctionPlan:
        """Resolve function *template*, simulated under *name*."""
        shared = self._templates.get(template)
        if shared is None:
            function = self._scenario.functions[template]
            shared = self._templates[template] = self._resolve(template, function)
        return self._copy(shared, number, name, template)

    def _copy(self, shared: _Template, number: int, name: str, template: str) -> FunctionPlan:
        plane = shared.plane
        if plane.dispatch == "random":
            key = self._builder.streams.key("dispatch", name)
            plane = PlaneFunction(**{**vars(plane), "dispatch_key": key})
        return FunctionPlan(
            number=number,
            info=FunctionInfo(name=name, template=template, **shared.info),
            plane=plane,
            durations=shared.durations(name),
            **shared.rest,
        )

    def update(self, plan: FunctionPlan, function: Function, version: int) -> FunctionPlan:
        """Return what becomes of *plan* when *function* is deployed; its traffic stays."""
        shared = self._resolve(plan.info.template, function)
        durations = shared.durations(f"{plan.info.name}/{version}")
        return replace(plan, durations=durations, version=version, **shared.rest)

    def _resolve(self, template: str, function: Function) -> _Template:
        image = self._scenario.images[function.image]
        return _Template(
            info=self._info(function),
            plane=self._plane(function, image),
            rest=self._rest(template, function),
            durations=self._durations(function, image),
        )

    def _info(self, function: Function) -> dict[str, Any]:
        gpu = function.gpu_config
        return {
            "image": function.image,
            "cpu": function.cpu,
            "memory_size": function.memory_size,
            "disk_size": function.disk_size,
            "instance_concurrency": function.instance_concurrency,
            "gpu_type": gpu.gpu_type if gpu else "",
            "gpu_memory_size": gpu_memory(gpu) if gpu else 0.0,
            "resident_pool": function.scaling_config.resident_pool_id or "",
            "mixed": function.scaling_config.enable_mix_mode,
            "minimum_idle": minimum_idle(function),
            "delayed_release": function.scaling_config.delayed_release is not None,
        }

    def _rest(self, template: str, function: Function) -> dict[str, Any]:
        scaling, gpu = function.scaling_config, function.gpu_config
        whole_cards = float(cards(gpu)) if gpu else 0.0
        shape = Shape(function.cpu, function.memory_size, function.disk_size, whole_cards)
        most = scaling.max_instances
        image = self._builder.image(function.image, self._builder.mode(function))
        credential = self._builder.credentials.of(template, function.role, image.registry)
        return {
            "image": image,
            "credential": None if image.mode == "none" else credential,
            "pool": self._builder.pool(function),
            "need": shape.amounts(),
            "cards": shape.cards,
            "has_pre_stop": function.instance_lifecycle_config.pre_stop is not None,
            "min_instances": scaling.min_instances,
            "policies": policy_maker(function, self._scenario.start, self._read),
            "resident": self._builder.resident_pool(scaling.resident_pool_id),
            "model": self._model(template, function),
            "max_instances": math.inf if most is None else most,
            "reserved": function.concurrency_config.reserved_concurrency or 0,
            "health": health_check(function),
            "attempts": self._attempts(function),
        }

    def _attempts(self, function: Function) -> int:
        hook = function.instance_lifecycle_config.initializer
        return 1 if hook is None else int(self._read["initializer.attempts"])

    def _plane(self, function: Function, image: ImageSpec) -> PlaneFunction:
        service = function.service
        overflow = function.overflow or self._read["scaling.overflow"]
        queues = overflow == "queue"
        limit, error = function.timeout, ErrorCode.FUNCTION_TIMEOUT
        if image.server.keep_alive and image.server.keep_alive < limit:
            limit, error = image.server.keep_alive, ErrorCode.BAD_RESPONSE
        return PlaneFunction(
            concurrency=function.instance_concurrency,
            cpu=function.cpu,
            vcpu=service.vcpu or 0.0,
            time_limit=limit,
            limit_error=error,
            memory_limit=whole(function.memory_size, service.memory),
            disk_limit=whole(function.disk_size, service.disk),
            in_line=queues or self._read["scaling.waiting"] == "first_free",
            queues=queues,
            queue_limit=UNLIMITED if function.queue_limit is None else function.queue_limit,
            dispatch=self._read["dispatch.policy"],
            dispatch_key=0,
            wake=self._wake(function),
            metered=bool(function.scaling_config.horizontal_scaling_policies),
        )

    def _wake(self, function: Function) -> float:
        """Return how long an idle instance takes to wake; the CPU first, then the GPU."""
        scaling, wake = function.scaling_config, 0.0
        if scaling.always_allocate_cpu is False:
            wake += self._read["idle.cpu_wake"]
        if function.gpu_config and scaling.always_allocate_gpu is False and function.model:
            wake += function.model.size / self._read["idle.gpu_wake_bandwidth"]
        return wake

    # ── durations ─────────────────────────────────────────────────────────────────────────

    def _durations(self, function: Function, image: ImageSpec) -> Callable[[str], Durations]:
        """Return what makes the durations of a copy; the same for all where nothing is drawn."""
        read, hooks, kept = self._read, function.instance_lifecycle_config, function.keep_alive
        if kept is None:
            kept = function.scaling_config.delayed_release
        times = {
            "start.placing": read["start.placing"],
            "start.create": read["start.create"],
            "mount": function.mount_time,
            "server.start": self._server(image),
            "initializer": hooks.initializer and hooks.initializer.time,
            "keep_alive": read["idle.keep_alive"] if kept is None else constant(kept),
            "pre_stop": hooks.pre_stop and hooks.pre_stop.time,
        }
        streams = {
            purpose: self._streams(function, purpose, time) for purpose, time in times.items()
        }
        limits, load = self._limits(function), self._model_load(function)
        reachable = self._reachable(function, image)

        def durations(name: str) -> Durations:
            own = {purpose: stream(name) for purpose, stream in streams.items()}
            return Durations(own, limits, load, reachable, self._failure(function, name))

        first = durations("")
        return (lambda name: first) if first.are_constant else durations

    def _failure(self, function: Function, name: str) -> Failure | None:
        hook = function.instance_lifecycle_config.initializer
        if hook is None or not hook.failure_probability:
            return None
        key = self._builder.streams.key("initializer.failure", name)
        return Failure(key, hook.failure_probability)

    def _streams(
        self, function: Function, purpose: str, distribution: Any
    ) -> Callable[[str], ScalarStream]:
        """Return what makes the stream of a copy; None takes no time."""
        gpu_type = function.gpu_config.gpu_type if function.gpu_config else None
        resolved = resolve_by(distribution or constant(0.0), gpu_type=gpu_type, cpu=function.cpu)
        make = samplers(resolved, self._builder.streams, purpose, self._scenario.file("."))
        return lambda name: ScalarStream(make(name))

    def _server(self, image: ImageSpec) -> Any:
        if not image.interactive:
            return None
        return image.server.start or self._read["server.start"]

    def _model_load(self, function: Function) -> float:
        """Return the seconds of a load that is the same for each start."""
        if function.model is None or not self._is_fixed(function.model):
            return 0.0
        bandwidth: float = self._read[f"model.{function.model.tier}_bandwidth"]
        return function.model.size / bandwidth

    def _is_fixed(self, model: ModelFile) -> bool:
        """Tell whether each start finds the model in the same tier."""
        if model.tier == "host_memory":
            return True
        return model.tier == "host_disk" and not self._read["model.memory_lifetime"]

    def _model(self, template: str, function: Function) -> Model | None:
        model, read = function.model, self._read
        if model is None or self._is_fixed(model):
            return None
        lifetime = read["model.memory_lifetime"]
        tiers = ["host_disk"]
        tiers += ["origin"] if model.tier == "origin" else []
        tiers += ["host_memory"] if lifetime else []
        return Model(
            key=("model", template, model.size),
            size=model.size,
            in_image=model.tier != "origin",
            bandwidth={tier: read[f"model.{tier}_bandwidth"] for tier in tiers},
            memory_lifetime=lifetime,
        )

    def _limits(self, function: Function) -> Limits:
        hooks = function.instance_lifecycle_config
        initializer = self._read["limits.initializer"]
        pre_stop = self._read["limits.pre_stop"]
        return Limits(
            server_start=self._read["limits.server_start"],
            initializer=(hooks.initializer and hooks.initializer.timeout) or initializer,
            pre_stop=(hooks.pre_stop and hooks.pre_stop.timeout) or pre_stop,
        )

    def _reachable(self, function: Function, image: ImageSpec) -> bool:
        if not image.interactive:
            return True
        return image.server.serves(function.custom_container_config.port)


def constant(seconds: float) -> Constant:
    """Return the distribution that is always *seconds*."""
    return Constant.model_construct(constant=seconds)


def health_check(function: Function) -> HealthCheck | None:
    """Return the health checks of *function*'s instances, if it has any."""
    config = function.custom_container_config.health_check_config
    if config is None:
        return None
    return HealthCheck(
        float(config.initial_delay_seconds),
        float(config.period_seconds),
        float(config.timeout_seconds),
        config.failure_threshold,
        config.success_threshold,
    )


def minimum_idle(function: Function) -> str:
    """Return how an idle minimum instance is billed (:class:`FunctionInfo`)."""
    scaling = function.scaling_config
    cpu, gpu = scaling.always_allocate_cpu, scaling.always_allocate_gpu
    if cpu is None and gpu is None:
        return "idle"
    keeps_cpu, keeps_gpu = cpu is not False, gpu is not False
    if function.gpu_config is None or keeps_cpu == keeps_gpu:
        return "active" if keeps_cpu else "idle"
    return "gpu_idle" if keeps_cpu else "cpu_idle"


def whole(total: float, part: float | None) -> int:
    """Return how many times *part* fits into *total*; unlimited without a part."""
    return UNLIMITED if part is None else math.floor(total / part)
