"""What faults work on, and how they draw whom they strike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fcsim.scenario.event_checks import fault_pool
from fcsim.scenario.faults import Fault, HostFault, RegistryFault
from fcsim.sim.build import Builder
from fcsim.sim.clock import Clock
from fcsim.sim.health import HealthChecks
from fcsim.sim.hosts import Pool
from fcsim.sim.instance import Instance
from fcsim.sim.lives import Lives
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.registry import Registry
from fcsim.sim.requests.interface import RequestPlane
from fcsim.sim.scaling import Scaler
from fcsim.sim.states import States
from fcsim.streams import Streams, hash_uniform

__all__ = ["Draw", "Stage"]


@dataclass(frozen=True)
class Stage:
    """What faults work on."""

    clock: Clock
    builder: Builder
    plane: RequestPlane
    scaler: Scaler
    lives: Lives
    health: HealthChecks
    states: States
    plans: Sequence[FunctionPlan]

    def numbers(self, function: str) -> frozenset[int]:
        """Return the numbers of *function* of the scenario: one, or one for each copy."""
        return frozenset(p.number for p in self.plans if p.info.template == function)

    def registry(self, block: RegistryFault) -> Registry:
        """Return the registry that *block* names."""
        return self.builder.registry(block.registry)

    def host(self, fault: Fault, block: HostFault) -> tuple[Pool, int]:
        """Return the pool and the host that *fault* strikes."""
        scenario = self.builder.scenario
        pool = self.builder.named_pool(fault_pool(scenario, block))
        if block.host is not None:
            return pool, block.host
        key = self.builder.streams.key("fault", f"{fault.kind} {fault.at!r}")
        return pool, int(hash_uniform(key, 0) * len(pool.hosts))


class Draw:
    """Draws of one fault for instances.

    Its name is what it is and when, not where it stands in the file, and an instance's is its
    function's name and its position there: no draw depends on what else happens.
    """

    def __init__(self, stage: Stage, fault: Fault) -> None:
        """Draw for *fault*."""
        self._streams: Streams = stage.builder.streams
        self._name = f"{fault.kind} {fault.at!r}"
        self._keys: dict[int, int] = {}

    def __call__(self, instance: Instance, attempt: int = 0) -> float:
        """Return the draw for *instance*, in [0, 1)."""
        key = self._keys.get(instance.function)
        if key is None:
            name = f"{self._name} {instance.plan.info.name}"
            key = self._keys[instance.function] = self._streams.key("fault", name)
        return hash_uniform(key, instance.ordinal, attempt)

    def order(self, instances: list[Instance]) -> list[Instance]:
        """Return *instances* in an order that is drawn."""
        return sorted(instances, key=self)
