"""What requests need: service times, and which of them will fail, drawn by source."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.arrivals import Users
from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams, hash_uniforms
from fcsim.workload.fanout import FunctionCopy
from fcsim.workload.process import Array
from fcsim.workload.samplers import MakeSampler, Sampler, mean, resolve_by, samplers

__all__ = ["Draws", "Failures", "draws_of", "expected_of_users", "thinking"]


@dataclass(frozen=True)
class Draws:
    """The streams of what one source's requests need."""

    time: Callable[[int], Array]
    cold_time: Callable[[int], Array] | None
    failure: float
    """Part of the requests that fail."""
    failure_key: int
    """Of the hash of (request, attempt) by which they are chosen."""
    jitter_key: int
    """Of the hash of (request, attempt) from which a client draws its waits."""


class Failures:
    """Chooses the requests that will end in an error of the function."""

    def __init__(self, share: Array, key: NDArray[np.uint64]) -> None:
        """Choose with probability *share* by hash stream *key*, both by source."""
        self._share, self._key = share, key

    @classmethod
    def of(cls, draws: Sequence[Draws]) -> Failures | None:
        """Choose among the requests of sources with *draws*; None where none fails."""
        if not any(one.failure for one in draws):
            return None
        share = np.array([one.failure for one in draws])
        return cls(share, np.array([one.failure_key for one in draws], np.uint64))

    def marked(
        self, source: NDArray[np.unsignedinteger], index: NDArray[np.int64], *works: Array
    ) -> list[Array]:
        """Return *works* with a minus before those of requests that will fail."""
        fails = hash_uniforms(self._key[source], index) < self._share[source]
        return [np.where(fails, -work, work) for work in works]


def draws_of(
    scenario: Scenario, streams: Streams, name: str, copies: Sequence[FunctionCopy]
) -> Iterator[Draws]:
    """Yield the draws of each source of the workload entry *name*."""
    template = scenario.workload[name].function
    service = scenario.functions[template].service

    def made(key: str, time: Any) -> MakeSampler:
        path = f"functions.{template}.service.{key}"
        settled = _for_shape(scenario.functions[template], time, path)
        return samplers(settled, streams, f"service.{key}", scenario.file("."))

    time = made("time", service.time)
    cold_time = made("cold_time", service.cold_time) if service.cold_time else None
    for copy in copies:
        entity, owner = f"{name}/{copy.entity}", copy.entity
        cold = cold_time(entity, owner).draw if cold_time else None
        hashes = (streams.key(purpose, entity) for purpose in ("service.failure", "client.jitter"))
        yield Draws(time(entity, owner).draw, cold, service.failure, *hashes)


def _for_shape(function: Function, distribution: Any, path: str) -> Any:
    gpu_type = function.gpu_config.gpu_type if function.gpu_config else None
    try:
        return resolve_by(distribution, gpu_type=gpu_type, cpu=function.cpu)
    except ValueError as error:
        raise ScenarioError([Problem(str(error), path)]) from None


def thinking(scenario: Scenario, streams: Streams, name: str) -> Sampler:
    """Return what draws the think times of the users of workload *name*."""
    return samplers(_think(scenario, name), streams, "users.think", scenario.file("."))(name)


def _think(scenario: Scenario, name: str) -> Any:
    workload = scenario.workload[name]
    assert isinstance(workload.arrivals, Users)
    path = f"workload.{name}.arrivals.users.think"
    function = scenario.functions[workload.function]
    return _for_shape(function, workload.arrivals.users.think, path)


def expected_of_users(scenario: Scenario, name: str) -> float:
    """Return about how many requests the users of workload *name* send if none ever waits."""
    workload, folder = scenario.workload[name], scenario.file(".")
    assert isinstance(workload.arrivals, Users)
    end = scenario.horizon if workload.end is None else min(workload.end, scenario.horizon)
    function = scenario.functions[workload.function]
    path = f"functions.{workload.function}.service.time"
    service = 0.0
    if workload.invocation_type == "sync":
        service = mean(_for_shape(function, function.service.time, path), folder)
    cycle = mean(_think(scenario, name), folder) + service
    return workload.arrivals.users.number * max(0.0, end - workload.start) / max(cycle, 1e-3)
