"""From a scenario to the parts of a simulation, with every number resolved.

Parameters are read through a :class:`Reader`, so a result can list exactly the assumptions that
its run has read.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import count
from typing import Any

from fcsim.scenario.content import image_layers
from fcsim.scenario.distributions import Constant
from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Reader
from fcsim.scenario.platform import Cache as CacheSpec
from fcsim.scenario.platform import Pool as PoolSpec
from fcsim.scenario.platform import Registry as RegistrySpec
from fcsim.sim.cache import LayerCache
from fcsim.sim.clock import Clock
from fcsim.sim.hosts import HostSettings, Pool, Shape
from fcsim.sim.image import Image, PullSettings, pieces
from fcsim.sim.network import Link, Network
from fcsim.sim.outlet import Outlet
from fcsim.sim.quota import Quota
from fcsim.sim.registry import Credentials, Registry, registry_settings
from fcsim.sim.resident import ResidentPool
from fcsim.sim.tokens import TokenBucket
from fcsim.sim.trace import ZONE
from fcsim.sim.tracer import Tracer
from fcsim.sim.tracing import TracedCache, TracedNetwork
from fcsim.streams import Streams

__all__ = ["Builder"]

UNLIMITED = 2**62
DEFAULT_REGISTRY = "default"
NO_TIME = Constant.model_construct(constant=0.0)


class Builder:
    """Builds the parts of one run; asks for each parameter only when a part needs it."""

    def __init__(
        self, scenario: Scenario, streams: Streams, clock: Clock, tracer: Tracer | None = None
    ) -> None:
        """Build for *scenario* with the random *streams* on *clock*; tell *tracer*, if any."""
        self.scenario = scenario
        self.read = Reader(scenario.parameters)
        self.network = Network(clock) if tracer is None else TracedNetwork(clock, tracer)
        self.credentials = Credentials(
            clock, self.read["credential.latency"], self.read["credential.lifetime"]
        )
        self.layers: dict[str, int] = {}
        self.streams = streams
        self._clock = clock
        self._tracer = tracer
        self._folder = scenario.file(".")
        self._registries: dict[str, Registry] = {}
        self._images: dict[tuple[str, str], Image] = {}
        self._pools: dict[str, Pool] = {}
        self._resident: dict[str, ResidentPool] = {}
        self._modes = {self.mode(function) for function in scenario.functions.values()}

    # ── registries, images, pulls ─────────────────────────────────────────────────────────

    def registry(self, name: str | None) -> Registry:
        """Return the registry called *name*; None is the only one, or one by default."""
        specs = self.scenario.registries
        if name is None:
            name = next(iter(specs)) if len(specs) == 1 else DEFAULT_REGISTRY
        if name not in self._registries:
            spec = specs.get(name, RegistrySpec())
            key = self.streams.key("registry.retry", name)
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

    @cached_property
    def store(self) -> Outlet:
        """The platform's store of converted images."""
        used = "accelerated" in self._modes
        bandwidth = self.read["accelerated.bandwidth"] if used else 0.0
        return Outlet(self.network, Link("accelerated store", bandwidth))

    def pull_settings(self) -> PullSettings:
        """Return what all pulls share; reads only what the modes in use need."""
        eager, accelerated = "eager" in self._modes, "accelerated" in self._modes
        read = self.read
        return PullSettings(
            parallel_layers=int(read["pull.parallel_layers"]) if eager else 1,
            unpack_rate=read["host.unpack_rate"] if eager else math.inf,
            read_rate=read["accelerated.read_rate"] if accelerated else math.inf,
            zone_latency=read["cache.zone_latency"] if eager or accelerated else 0.0,
            store=self.store.link,
            zone=Link(
                "zone cache", read["cache.zone_bandwidth"] if eager or accelerated else math.inf
            ),
        )

    def cache(self, spec: CacheSpec, tier: str, place: int = ZONE) -> LayerCache:
        """Return an empty cache of *tier* (``host`` or ``zone``) at *place*."""
        read = self.read
        settings = (
            read[f"cache.{tier}_capacity"] if spec.capacity is None else spec.capacity,
            spec.lifetime or read["cache.lifetime"],
            spec.policy or read["cache.policy"],
            lambda: self._clock.now,
        )
        if self._tracer is None:
            return LayerCache(*settings)
        return TracedCache(*settings, self._tracer, place)

    # ── pools ─────────────────────────────────────────────────────────────────────────────

    def pool(self, function: Function) -> Pool:
        """Return the pool that *function*'s instances live in."""
        gpu = function.gpu_config
        name = function.pool or self._matching_pool(gpu.gpu_type if gpu else None)
        return self._pool(name, gpu is not None)

    def named_pool(self, name: str | None) -> Pool:
        """Return the pool called *name*; None is that of the first function."""
        if name is None:
            return self.pool(next(iter(self.scenario.functions.values())))
        return self._pool(name, self.scenario.pools[name].gpu_type is not None)

    def _pool(self, name: str, gpu: bool) -> Pool:
        if name not in self._pools:
            first = sum(len(pool.hosts) for pool in self._pools.values())
            spec = self.scenario.pools.get(name, PoolSpec())
            self._pools[name] = self._new_pool(spec, gpu, first)
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
        numbers = count(first)  # hosts ask for their caches in their order
        caches = self.scenario.caches.host
        settings = HostSettings(shape, nic, lambda: self.cache(caches, "host", next(numbers)))
        policy = spec.placement or self.read["placement.policy"]
        return Pool(int(value("hosts")), settings, policy, first)

    def resident_pool(self, name: str | None) -> ResidentPool | None:
        """Return the resident pool called *name*, on whole hosts of its own."""
        if name is None:
            return None
        if name not in self._resident:
            spec = self.scenario.resident_pools[name]
            each = int(self.read["pool.gpu.cards"])
            hosts = PoolSpec(hosts=math.ceil(spec.cards / each), gpu_type=spec.gpu_type)
            first = sum(len(pool.hosts) for pool in self._pools.values())
            pool = self._pools[f"resident {name}"] = self._new_pool(hosts, True, first)
            self._resident[name] = ResidentPool(pool, spec.cards)
        return self._resident[name]

    def mode(self, function: Function) -> str:
        """Return how *function*'s image is pulled."""
        if function.pull is not None:
            return function.pull
        default: str = self.read["pull.mode"]
        return default

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

    # ── quota ─────────────────────────────────────────────────────────────────────────────

    def quota(self, gpu: bool) -> Quota:
        """Return the account's quota and growth limit; *gpu* tells whether cards are used."""
        read, tokens = self.read, self.scenario.initial.tokens
        bucket = TokenBucket(read["scaling.burst"], read["scaling.growth"], tokens)
        if not gpu:
            return Quota(read["scaling.instances"], math.inf, bucket, bucket)
        gpu_bucket = TokenBucket(read["scaling.gpu_burst"], read["scaling.gpu_growth"], tokens)
        return Quota(read["scaling.instances"], read["scaling.gpu_cards"], bucket, gpu_bucket)
