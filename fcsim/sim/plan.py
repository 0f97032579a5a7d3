"""What the control plane needs to know of a function, with all numbers resolved."""

from __future__ import annotations

from dataclasses import dataclass

from fcsim.scenario.platform import Role
from fcsim.sim.hosts import Amounts, Pool
from fcsim.sim.image import Image
from fcsim.sim.record import FunctionInfo
from fcsim.sim.requests.interface import PlaneFunction
from fcsim.workload.samplers import ScalarStream

__all__ = ["Durations", "FunctionPlan", "Limits"]


@dataclass(frozen=True)
class Durations:
    """Streams of the times of an instance's phases; the k-th instance takes the k-th draw."""

    placing: ScalarStream
    create: ScalarStream
    mount: ScalarStream | None
    server: ScalarStream
    initializer: ScalarStream | None
    pre_stop: ScalarStream | None
    keep_alive: ScalarStream
    model_load: float
    """Seconds the server takes to load its model before it answers."""


@dataclass(frozen=True)
class Limits:
    """Limits of an instance's start and end, in seconds."""

    server_start: float
    initializer: float
    pre_stop: float


@dataclass(frozen=True)
class FunctionPlan:
    """One simulated function."""

    number: int
    info: FunctionInfo
    plane: PlaneFunction
    image: Image
    role: Role | None
    pool: Pool
    need: Amounts
    """What an instance takes from its host (see :class:`fcsim.sim.hosts.Shape`)."""
    cards: float
    """GPU cards of an instance."""
    durations: Durations
    limits: Limits
    reachable: bool
    """Whether the server listens where the platform calls."""
    min_instances: int
    max_instances: float
    reserved: int
