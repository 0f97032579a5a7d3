"""One instance, while it lives."""

from __future__ import annotations

from dataclasses import dataclass, field

from fcsim.sim.cache import Group
from fcsim.sim.hosts import Host, Pool
from fcsim.sim.plan import FunctionPlan, StartTimes
from fcsim.sim.record import ErrorCode
from fcsim.sim.recorder import InstanceFact

__all__ = ["Instance"]


@dataclass(eq=False)
class Instance(InstanceFact):
    """A live instance of the control plane, with what will be recorded of it."""

    plan: FunctionPlan
    index: int
    """Position of its host in the pool."""
    pool: Pool
    home: Host
    layers: Group
    """The layers of its image on that host, held while it lives."""
    times: StartTimes
    ordinal: int
    """Position among all instances of its function."""
    # not in __init__: of the class until an instance has its own
    model: Group | None = field(default=None, init=False)
    """Its model on that host, held likewise."""
    later: Group | None = field(default=None, init=False)
    """What it reads of its image while serving, held from then on."""
    leaving: bool = field(default=False, init=False)
    """There are more minimum instances than there should be: it goes when it can."""
    expected: bool = field(default=False, init=False)
    """Its owner waits for the end of its start."""
    holds: int = field(default=0, init=False)
    """For so many reasons it gets no requests."""
    attempt: int = field(default=1, init=False)
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

    @property
    def may_repeat(self) -> bool:
        """Whether its initializer has failed and is to be tried on another instance."""
        failed = self.error is ErrorCode.INITIALIZER_FAILED
        return failed and self.attempt < self.plan.attempts
