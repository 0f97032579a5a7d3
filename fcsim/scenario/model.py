"""The scenario: one frozen, validated description of everything a run needs."""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, Field, PrivateAttr

from fcsim.scenario.arrivals import Workload
from fcsim.scenario.base import Duration, Model, PositiveDuration
from fcsim.scenario.deployments import Deployment
from fcsim.scenario.faults import Fault
from fcsim.scenario.functions import Function
from fcsim.scenario.images import Image
from fcsim.scenario.parameters import Override, Parameters
from fcsim.scenario.platform import (
    Billing,
    Caches,
    Initial,
    Platform,
    Pool,
    Registry,
    ResidentPool,
)

__all__ = ["Scenario"]

Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")]


class Scenario(Model):
    """Images, functions, platform and workload of one simulation."""

    fcsim: Literal[1]
    """Version of the scenario language."""
    name: str = "scenario"
    """Shown in reports; by default the file's name."""
    description: str = ""
    """Shown in reports."""
    seed: Annotated[int, Field(ge=0)] = 1
    """Seed of every random stream."""
    start: AwareDatetime = Field(default="2026-01-05T00:00:00+08:00", validate_default=True)
    """Wall clock at t = 0, with its offset."""
    horizon: PositiveDuration = 3600.0
    """Arrivals stop here; KPIs, series and bill end here."""
    warm_up: Duration = 0.0
    """KPIs, series and bill begin here."""
    drain: Duration = 900.0
    """Time after the horizon, unbilled, in which running requests may end."""
    platform: Platform = Platform()
    registries: dict[Name, Registry] = {}
    """Container Registry instances, by name."""
    images: Annotated[dict[Name, Image], Field(min_length=1)]
    """Container images, by name."""
    functions: Annotated[dict[Name, Function], Field(min_length=1)]
    """Functions, by name."""
    pools: dict[Name, Pool] = {}
    """Pools of hosts, by name; without any, the assumptions ``pool.cpu.…`` and ``pool.gpu.…``."""
    resident_pools: dict[Name, ResidentPool] = {}
    """Subscribed GPU cards, by name."""
    caches: Caches = Caches()
    workload: Annotated[dict[Name, Workload], Field(min_length=1)]
    """Requests, by name."""
    initial: Initial = Initial()
    deployments: list[Deployment] = []
    """Updates of functions during the run."""
    faults: list[Fault] = []
    """What goes wrong during the run."""
    billing: Billing = Billing()
    assumptions: dict[str, Override] = {}
    """Values that replace the preset's, by name, with where they come from."""
    function_defaults: dict[str, Any] = {}
    """Values for every function that does not give its own."""
    variants: dict[Name, dict[str, Any]] = {}
    """Named sets of changes, ``path: value``."""
    objectives: list[str] = []
    """What must hold, like ``cost.per_month <= 3600 CNY``."""

    _base_dir: Path = PrivateAttr(default_factory=Path)

    @cached_property
    def parameters(self) -> Parameters:
        """The preset's values with this scenario's assumptions applied."""
        return Parameters.resolve(self.platform.preset, self.platform.region, self.assumptions)

    def file(self, name: str) -> Path:
        """Return the path of a file that the scenario names, relative to the scenario."""
        return self._base_dir / name

    def anchored(self) -> Scenario:
        """Return the same scenario with its files by absolute path, for a process elsewhere."""
        copy = self.model_copy()
        copy._base_dir = self._base_dir.absolute()
        return copy
