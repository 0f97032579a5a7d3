"""From a scenario to the parts of a simulation, with every number resolved.

Parameters are read through a :class:`Reader`, so a result can list exactly the assumptions that
its run has read.
"""

from __future__ import annotations

import math
from typing import Any

from fcsim.scenario.content import image_layers
from fcsim.scenario.distributions import Constant
from fcsim.scenario.functions import Function
from fcsim.scenario.images import Image as ImageSpec
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Reader
from fcsim.scenario.platform import Cache as CacheSpec
from fcsim.scenario.platform import Pool as PoolSpec
from fcsim.scenario.platform import Registry as RegistrySpec
from fcsim.scenario.shapes import cards, gpu_memory
from fcsim.sim.cache import LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import HostSettings, Pool, Shape
from fcsim.sim.image import Image, PullSettings, pieces
from fcsim.sim.network import Link, Network
from fcsim.sim.plan import Durations, FunctionPlan, Limits
from fcsim.sim.record import ErrorCode, FunctionInfo
from fcsim.sim.registry import Registry, registry_settings
from fcsim.sim.requests.interface import PlaneFunction
from fcsim.sim.scaling import Quota
from fcsim.sim.tokens import TokenBucket
from fcsim.streams import Streams
from fcsim.workload.samplers import ScalarStream, resolve_by, sampler

__all__ = ["Builder"]

UNLIMITED = 2**62
DEFAULT_REGISTRY = "default"
NO_TIME = Constant.model_construct(constant=0.0)


class Builder:
    """Builds the parts of one run; asks for each parameter only when a part needs it."""

    def __init__(self, scenario: Scenario, streams: Streams, clock: Clock) -> None:
        """Build for *scenario* with the random *streams* on *clock*."""
        self.scenario = scenario
        self.read = Reader(scenario.parameters)
        self.network = Network(clock)
        self.layers: dict[str, int] = {}
        self._streams = streams
        self._clock = clock
        self._folder = scenario.file(".")
        self._registries: dict[str, Registry] = {}
        self._images: dict[tuple[str, str], Image] = {}
        self._pools: dict[str, Pool] = {}
        self._modes = {self._mode(function) for function in scenario.functions.values()}

    # ── registries, images, pulls ─────────────────────────────────────────────────────────

    def registry(self, name: str | None) -> Registry:
        """Return the registry called *name*; None is the only one, or one by default."""
        specs = self.scenario.registries
        if name is None:
            name = next(iter(specs)) if len(specs) == 1 else DEFAULT_REGISTRY
        if name not in self._registries:
            spec = specs.get(name, RegistrySpec())
            key = self._streams.key("registry.retry", name)
            settings = registry_settings(name, spec, self.read, key, self._modes)
            self._registries[name] = Registry(self._clock, self.network, settings)
        return self._registries[name]

    def image(self, name: str, mode: str) -> Image:
        """Return image *name* as *mode* needs it."""
        if (name, mode) not in self._images:
            registry = self.registry(self.scenario.images[name].registry)
            needed, later = self._pieces(name, mode)
            self._images[name, mode] = Image(name, mode, registry, needed, later)
        return self._images[name, mode]

    def _pieces(self, name: str, mode: str) -> tuple[Any, Any]:
        if mode == "none":
            return (), ()
        found = image_layers(self.scenario, name, self.read["image.compression_ratio"])
        layers = [
            (self.layers.setdefault(layer.digest, len(self.layers)), layer.compressed,
             layer.uncompressed)
            for layer in found
        ]  # fmt: skip
        if mode == "eager":
            return pieces(layers, "layer"), ()
        at_start = self.read["accelerated.read_at_start"]
        later = min(self.read["accelerated.read_while_serving"], 1.0 - at_start)
        return pieces(layers, "start", at_start), pieces(layers, "later", later)

    def pull_settings(self) -> PullSettings:
        """Return what all pulls share; reads only what the modes in use need."""
        eager, accelerated = "eager" in self._modes, "accelerated" in self._modes
        read = self.read
        return PullSettings(
            parallel_layers=int(read["pull.parallel_layers"]) if eager else 1,
            unpack_rate=read["host.unpack_rate"] if eager else math.inf,
            read_rate=read["accelerated.read_rate"] if accelerated else math.inf,
            zone_latency=read["cache.zone_latency"] if eager or accelerated else 0.0,
            store=Link("accelerated store", read["accelerated.bandwidth"] if accelerated else 0.0),
            zone=Link(
                "zone cache", read["cache.zone_bandwidth"] if eager or accelerated else math.inf
            ),
        )

    def cache(self, spec: CacheSpec, tier: str) -> LayerCache:
        """Return an empty cache of *tier* (``host`` or ``zone``)."""
        read = self.read
        return LayerCache(
            read[f"cache.{tier}_capacity"] if spec.capacity is None else spec.capacity,
            spec.lifetime or read["cache.lifetime"],
            spec.policy or read["cache.policy"],
            lambda: self._clock.now,
        )

    # ── pools ─────────────────────────────────────────────────────────────────────────────

    def pool(self, function: Function) -> Pool:
        """Return the pool that *function*'s instances live in."""
        gpu = function.gpu_config
        name = function.pool or self._matching_pool(gpu.gpu_type if gpu else None)
        if name not in self._pools:
            first = sum(len(pool.hosts) for pool in self._pools.values())
            spec = self.scenario.pools.get(name, PoolSpec())
            self._pools[name] = self._new_pool(spec, gpu is not None, first)
        return self._pools[name]

    def _matching_pool(self, gpu_type: str | None) -> str:
        for name, spec in self.scenario.pools.items():
            if spec.gpu_type == gpu_type:
                return name
        return f"default {gpu_type or 'cpu'}"

    def _new_pool(self, spec: PoolSpec, gpu: bool, first: int) -> Pool:
        def value(name: str) -> float:
            given = getattr(spec, name)
            return float(self.read[f"pool.{kind}.{name}"] if given is None else given)

        kind = "gpu" if gpu else "cpu"
        shape = Shape(value("cpu"), value("memory"), value("disk"), value("cards") if gpu else 0.0)
        nic = spec.nic or (math.inf if shape.cpu == math.inf else self.read[f"pool.{kind}.nic"])
        settings = HostSettings(shape, nic, lambda: self.cache(self.scenario.caches.host, "host"))
        policy = spec.placement or self.read["placement.policy"]
        return Pool(int(value("hosts")), settings, policy, first)

    @property
    def pools(self) -> list[Pool]:
        """Pools built so far."""
        return list(self._pools.values())

    @property
    def registries(self) -> list[Registry]:
        """Registries built so far."""
        return list(self._registries.values())

    @property
    def images(self) -> list[Image]:
        """Images built so far."""
        return list(self._images.values())

    # ── functions ─────────────────────────────────────────────────────────────────────────

    def plan(self, number: int, name: str, template: str) -> FunctionPlan:
        """Resolve function *template*, simulated under *name*."""
        function = self.scenario.functions[template]
        image = self.scenario.images[function.image]
        scaling = function.scaling_config
        most = math.inf if scaling.max_instances is None else scaling.max_instances
        gpu = function.gpu_config
        shape = Shape(function.cpu, function.memory_size, function.disk_size, self._cards(function))
        info = FunctionInfo(
            name, template, function.image, function.cpu, function.memory_size,
            function.disk_size, function.instance_concurrency, gpu.gpu_type if gpu else "",
            gpu_memory(gpu) if gpu else 0.0,
        )  # fmt: skip
        return FunctionPlan(
            number=number,
            info=info,
            plane=self._plane(name, function, image),
            image=self.image(function.image, self._mode(function)),
            role=function.role,
            pool=self.pool(function),
            need=shape.amounts(),
            cards=shape.cards,
            durations=self._durations(name, function, image),
            limits=self._limits(function),
            reachable=self._reachable(function, image),
            min_instances=scaling.min_instances,
            max_instances=most,
            reserved=function.concurrency_config.reserved_concurrency or 0,
        )

    @property
    def quota_instances(self) -> float:
        """Instances that the account may run in the region."""
        instances: float = self.read["scaling.instances"]
        return instances

    def _mode(self, function: Function) -> str:
        if function.pull is not None:
            return function.pull
        default: str = self.read["pull.mode"]
        return default

    def _cards(self, function: Function) -> float:
        gpu = function.gpu_config
        return float(cards(gpu)) if gpu else 0.0

    def _reachable(self, function: Function, image: ImageSpec) -> bool:
        if not image.interactive:
            return True
        return image.server.serves(function.custom_container_config.port)

    def _limits(self, function: Function) -> Limits:
        hooks = function.instance_lifecycle_config
        initializer = self.read["limits.initializer"]
        pre_stop = self.read["limits.pre_stop"]
        return Limits(
            server_start=self.read["limits.server_start"],
            initializer=(hooks.initializer and hooks.initializer.timeout) or initializer,
            pre_stop=(hooks.pre_stop and hooks.pre_stop.timeout) or pre_stop,
        )

    def _durations(self, name: str, function: Function, image: ImageSpec) -> Durations:
        def stream(purpose: str, distribution: Any) -> ScalarStream:
            resolved = resolve_by(
                distribution,
                gpu_type=function.gpu_config.gpu_type if function.gpu_config else None,
                cpu=function.cpu,
            )
            return ScalarStream(sampler(resolved, self._streams, purpose, name, self._folder))

        read, hooks = self.read, function.instance_lifecycle_config
        server = image.server.start or read["server.start"]
        keep_alive = function.keep_alive
        return Durations(
            placing=stream("start.placing", read["start.placing"]),
            create=stream("start.create", read["start.create"]),
            mount=stream("mount", function.mount_time) if function.mount_time else None,
            server=stream("server.start", server if image.interactive else NO_TIME),
            initializer=stream("initializer", hooks.initializer.time)
            if hooks.initializer
            else None,
            pre_stop=stream("pre_stop", hooks.pre_stop.time) if hooks.pre_stop else None,
            keep_alive=stream(
                "keep_alive",
                read["idle.keep_alive"]
                if keep_alive is None
                else Constant.model_construct(constant=keep_alive),
            ),
            model_load=self._model_load(function),
        )

    def _model_load(self, function: Function) -> float:
        if function.model is None:
            return 0.0
        bandwidth: float = self.read[f"model.{function.model.tier}_bandwidth"]
        return function.model.size / bandwidth

    def _plane(self, name: str, function: Function, image: ImageSpec) -> PlaneFunction:
        service = function.service
        overflow = function.overflow or self.read["scaling.overflow"]
        queues = overflow == "queue"
        limit, error = function.timeout, ErrorCode.FUNCTION_TIMEOUT
        if image.server.keep_alive and image.server.keep_alive < limit:
            limit, error = image.server.keep_alive, ErrorCode.BAD_RESPONSE
        return PlaneFunction(
            name=name,
            concurrency=function.instance_concurrency,
            cpu=function.cpu,
            vcpu=service.vcpu or 0.0,
            time_limit=limit,
            limit_error=error,
            memory_limit=whole(function.memory_size, service.memory),
            disk_limit=whole(function.disk_size, service.disk),
            in_line=queues or self.read["scaling.waiting"] == "first_free",
            queues=queues,
            queue_limit=UNLIMITED if function.queue_limit is None else function.queue_limit,
            dispatch=self.read["dispatch.policy"],
            dispatch_key=self._streams.key("dispatch", name),
        )

    # ── quota ─────────────────────────────────────────────────────────────────────────────

    def quota(self, gpu: bool) -> Quota:
        """Return the account's quota and growth limit; *gpu* tells whether cards are used."""
        read, tokens = self.read, self.scenario.initial.tokens
        bucket = TokenBucket(read["scaling.burst"], read["scaling.growth"], tokens)
        if not gpu:
            return Quota(self.quota_instances, math.inf, bucket, bucket)
        gpu_bucket = TokenBucket(read["scaling.gpu_burst"], read["scaling.gpu_growth"], tokens)
        return Quota(self.quota_instances, read["scaling.gpu_cards"], bucket, gpu_bucket)


def whole(total: float, part: float | None) -> int:
    """Return how many times *part* fits into *total*; unlimited without a part."""
    return UNLIMITED if part is None else math.floor(total / part)
