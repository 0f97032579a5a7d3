"""What the control plane needs to know of a function, with all numbers resolved."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

from fcsim.sim.hosts import Amounts, Pool
from fcsim.sim.image import Image
from fcsim.sim.models import Model
from fcsim.sim.policies import PolicySet
from fcsim.sim.record import ErrorCode, FunctionInfo
from fcsim.sim.registry import Credential
from fcsim.sim.requests.interface import PlaneFunction
from fcsim.sim.resident import ResidentPool
from fcsim.streams import hash_uniform
from fcsim.workload.samplers import ScalarStream

__all__ = ["Durations", "Failure", "FunctionPlan", "HealthCheck", "Limits", "StartTimes"]


@dataclass(frozen=True)
class Limits:
    """Limits of an instance's start and end, in seconds."""

    server_start: float
    initializer: float
    pre_stop: float


@dataclass(frozen=True)
class Failure:
    """Whether the initializer of the k-th start of a function fails."""

    key: int
    probability: float

    def happens(self, k: int) -> bool:
        """Draw for start *k*."""
        return hash_uniform(self.key, k) < self.probability


class StartTimes(NamedTuple):
    """How long the phases of one start take, in seconds, and how it ends.

    All are drawn when the instance is created, needed or not, so the k-th instance of a function
    has the k-th draws whatever becomes of the others. A phase takes no longer than its limit.
    """

    placing: float
    create: float
    """Container creation, mounts included."""
    server: float
    """From container start until the server answers, model load included, or is given up."""
    initializer: float
    error: ErrorCode
    """How the start will fail once the container runs, NONE if it will not."""

    def with_load(self, load: float, limits: Limits) -> StartTimes:
        """Return the times when the server loads a model for *load* seconds before it answers."""
        server = self.server + load
        if server <= limits.server_start:
            return self._replace(server=server)
        error = ErrorCode.FUNCTION_NOT_STARTED
        return self._replace(server=limits.server_start, initializer=0.0, error=error)


class Durations:
    """The times of an instance's phases; the k-th instance takes the k-th draws."""

    def __init__(
        self,
        streams: Mapping[str, ScalarStream],
        limits: Limits,
        model_load: float,
        reachable: bool,
        failure: Failure | None = None,
    ) -> None:
        """Take times from *streams*, by purpose.

        The server takes *model_load* seconds to load its model before it answers; *reachable*
        tells whether it listens where the platform calls. *failure* draws whether the
        initializer fails.
        """
        self._failure, self._count = failure, 0
        self._placing, self._create = streams["start.placing"].next, streams["start.create"].next
        self._mount, self._server = streams["mount"].next, streams["server.start"].next
        self._initializer = streams["initializer"].next
        self._model_load, self._reachable = model_load, reachable
        self.limits = limits
        self.keep_alive = streams["keep_alive"].next
        self.pre_stop = streams["pre_stop"].next
        self.are_constant = failure is None and all(s.is_constant for s in streams.values())
        """Whether nothing is drawn."""
        self.starts = repeat(self._next()) if self.are_constant else self._each()
        """The times of one start after the other, without end."""

    def _each(self) -> Iterator[StartTimes]:
        while True:
            yield self._next()

    def _next(self) -> StartTimes:
        placing, create = self._placing(), self._create() + self._mount()
        server = self._server() + self._model_load
        initializer, limits = self._initializer(), self.limits
        fails = self._failure is not None and self._fails(self._failure)
        if not self._reachable or server > limits.server_start:  # exactly the limit is in time
            error = ErrorCode.FUNCTION_NOT_STARTED
            return StartTimes(placing, create, limits.server_start, 0.0, error)
        if fails or initializer > limits.initializer:
            error = ErrorCode.INITIALIZER_FAILED
            initializer = min(initializer, limits.initializer)
            return StartTimes(placing, create, server, initializer, error)
        return StartTimes(placing, create, server, initializer, ErrorCode.NONE)

    def _fails(self, failure: Failure) -> bool:
        """Draw whether the initializer of the next start fails."""
        self._count += 1
        return failure.happens(self._count)


@dataclass(frozen=True)
class HealthCheck:
    """Health checks of a function's instances: seconds, and numbers of checks in a row."""

    initial_delay: float
    period: float
    timeout: float
    failures: int
    successes: int


@dataclass
class FunctionPlan:
    """One simulated function; never changes during a run."""

    number: int
    info: FunctionInfo
    plane: PlaneFunction
    image: Image
    credential: Credential | None
    """What its image is pulled with; None when images take no time."""
    pool: Pool
    need: Amounts
    """What an instance takes from its host (see :class:`fcsim.sim.hosts.Shape`)."""
    cards: float
    """GPU cards of an instance."""
    durations: Durations
    has_pre_stop: bool
    """Whether something runs between an instance's service and its end."""
    min_instances: int
    """The initial minimum."""
    policies: Callable[[], PolicySet] | None
    """What makes the policies that change it, if there are any."""
    resident: ResidentPool | None
    """Where its instances live first, if it has a resident pool."""
    model: Model | None
    """A model whose load depends on the host."""
    max_instances: float
    reserved: int
    health: HealthCheck | None = None
    version: int = 0
    """Deployments of the function before this one."""
    attempts: int = 1
    """Instances in a row whose initializer may fail before those who wait get the error."""

    @property
    def replaces_aborted(self) -> bool:
        """Whether an instance is replaced when the client of its only request hangs up."""
        return self.plane.concurrency == 1 and not self.cards
