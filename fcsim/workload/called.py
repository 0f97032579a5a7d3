"""Requests one at a time, for those who wait for answers: the same draws as in blocks."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from math import nan
from typing import NamedTuple

from fcsim.scenario.arrivals import Users
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams
from fcsim.workload.fanout import FunctionCopy, expand
from fcsim.workload.needs import Draws, draws_of, thinking
from fcsim.workload.samplers import ScalarStream
from fcsim.workload.source import Requests

__all__ = ["Need", "NeedsOfUsers", "NeedsOverTime"]

BLOCK = 256
"""Draws fetched at a time."""


class Need(NamedTuple):
    """What one request needs."""

    time: float
    """Arrival in seconds of the run; NaN where a user decides."""
    function: int
    """Position in :attr:`fcsim.workload.source.Requests.functions`."""
    work: float
    cold_work: float
    """Seconds of service, never negative: whether an attempt fails is drawn for each."""
    number: int
    """k, the number of the request in its source from 0."""
    draws: Draws
    """Of its source: what its attempts draw from."""


class NeedsOverTime:
    """The requests of a workload whose instants are settled, in order of arrival."""

    def __init__(self, scenario: Scenario, streams: Streams, name: str) -> None:
        """Read the arrivals of the workload called *name*."""
        self._requests = Requests(scenario, streams, [name])
        self.expected = self._requests.expected
        """About how many there will be, on average."""

    def __iter__(self) -> Iterator[Need]:
        """Yield what each request needs."""
        draws = self._requests.draws
        while (block := self._requests.block()) is not None:
            columns = block.time, block.function, abs(block.work), abs(block.cold_work)
            own = (draws[source] for source in block.source.tolist())
            rows = (*(column.tolist() for column in columns), block.index.tolist(), own)
            yield from map(Need, *rows)


class NeedsOfUsers:
    """The requests of users, in the order in which they are sent, and how long users think."""

    def __init__(self, scenario: Scenario, streams: Streams, name: str) -> None:
        """Take the users of the workload called *name*."""
        workload = scenario.workload[name]
        assert isinstance(workload.arrivals, Users)
        itself = FunctionCopy(workload.function, workload.function)
        self._function = expand(scenario).index(itself)
        (self._draws,) = draws_of(scenario, streams, name, [itself])
        self.number = workload.arrivals.users.number
        self.think = ScalarStream(thinking(scenario, streams, name)).next
        """Returns how long the next user to think takes, in seconds."""

    def __iter__(self) -> Iterator[Need]:
        """Yield what each request needs."""
        draws = self._draws
        for first in count(step=BLOCK):
            work = draws.time(BLOCK)
            cold_work = work if draws.cold_time is None else draws.cold_time(BLOCK)
            for k, (warm, cold) in enumerate(zip(work.tolist(), cold_work.tolist(), strict=True)):
                yield Need(nan, self._function, warm, cold, first + k, draws)
