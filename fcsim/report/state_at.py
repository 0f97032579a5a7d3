"""The state of a run at an instant: what hosts hold, what is on its way, what instances do."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fcsim.report.life_rows import BUSY, IDLE, PRE_STOP
from fcsim.results.instance_figures import PHASES
from fcsim.results.trace_views import cache_capacity, herd, rates, stays

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.result import Result

    Floats = NDArray[np.float64]

__all__ = ["Arrival", "Held", "HostState", "InstanceState", "States"]


class Held(NamedTuple):
    """An entry that can be used."""

    entry: int
    bytes: float


class Arrival(NamedTuple):
    """An entry on its way to a host."""

    entry: int
    bytes: float
    """What it will take there."""
    share: float
    """Of it received."""


class InstanceState(NamedTuple):
    """What an instance does."""

    what: str
    """A phase of its start, or IDLE, BUSY or PRE_STOP."""
    requests: int
    """Requests that it serves."""


class HostState(NamedTuple):
    """A host at an instant."""

    held: list[Held]
    """In order of arrival."""
    arriving: list[Arrival]
    instances: list[InstanceState]
    """In order of creation."""


class _Pull(NamedTuple):
    """A transfer of an entry that became usable."""

    host: int
    entry: int
    bytes: float
    begun: float
    unpacked: float
    flow: int


class States:
    """Tells the state of a traced run at any instant."""

    def __init__(self, result: Result) -> None:
        """Look at *result*; UsageError when it was not traced."""
        self._record, self.trace = result.record, result.trace
        instances = self._record.instances
        seen = np.concatenate([instances["host"], self.trace.cache_events["host"]])
        self.hosts: list[int] = np.unique(seen[seen >= 0]).tolist()
        """Numbers of the hosts at which anything happens."""
        self._stays = {host: stays(self.trace, host) for host in self.hosts}
        self._pulls = self._find_pulls()
        self._rates = rates(self.trace, np.arange(len(self.trace.flows["bytes"])))

    def _find_pulls(self) -> list[_Pull]:
        """Match the rows of pulls with what was inserted when they were unpacked."""
        pulls, flows = self._record.pulls, self.trace.flows
        flow_of = np.full(len(pulls["begun"]), -1)
        for flow in np.flatnonzero(flows["layers"]).tolist():
            first = flows["pull"][flow]
            flow_of[first : first + flows["layers"][flow]] = flow
        found = []
        for host, stay in self._stays.items():
            comes = zip(*(column.tolist() for column in stay), strict=True)
            for entry, begin, _, size in comes:
                name = self.trace.entries[entry]
                rows = np.flatnonzero((pulls["host"] == host) & (pulls["unpacked"] == begin))
                for row in rows.tolist():
                    layer = self._record.layers[pulls["layer"][row]]
                    if name == layer or name.startswith(f"{layer} ("):
                        begun = float(pulls["begun"][row])
                        found.append(_Pull(host, entry, size, begun, begin, int(flow_of[row])))
                        break
        return found

    @property
    def capacity(self) -> float:
        """The capacity of a host's cache, in bytes."""
        return cache_capacity(self._record.scenario, 0)

    def most_bytes(self, hosts: list[int]) -> float:
        """Return the most bytes that any of *hosts* holds and awaits at one time."""
        return max((self._most(host) for host in hosts), default=0.0)

    def _most(self, host: int) -> float:
        begun = {(pull.entry, pull.unpacked): pull.begun for pull in self._pulls
                 if pull.host == host}  # fmt: skip
        changes = []
        for entry, begin, end, size in zip(*(c.tolist() for c in self._stays[host]), strict=True):
            changes += [(begun.get((entry, begin), begin), size), (end, -size)]
        levels = np.cumsum([size for _, size in sorted(changes)])
        return float(levels.max(initial=0.0))

    def host(self, host: int, at: float) -> HostState:
        """Return the state of *host* at an instant."""
        stay = self._stays[host]
        there = (stay.begin <= at) & (stay.end > at)
        held = list(map(Held, stay.owner[there].tolist(), stay.value[there].tolist()))
        arriving = [
            Arrival(pull.entry, pull.bytes, self._received(pull.flow, at))
            for pull in self._pulls
            if pull.host == host and pull.begun <= at < pull.unpacked
        ]
        return HostState(held, arriving, self._instances(host, at))

    def _received(self, flow: int, at: float) -> float:
        """Return the share of *flow* that has been received."""
        if flow < 0:
            return 0.0
        mine = self._rates.owner == flow
        begin, end = self._rates.begin[mine], np.minimum(self._rates.end[mine], at)
        received = float((np.maximum(end - begin, 0.0) * self._rates.value[mine]).sum())
        return min(1.0, received / float(self.trace.flows["bytes"][flow]))

    def _instances(self, host: int, at: float) -> list[InstanceState]:
        instances = self._record.instances
        lives = (instances["host"] == host) & (instances["created"] <= at)
        lives &= ~(instances["gone"] <= at)
        rows = np.flatnonzero(lives)
        serving = self._serving(at)
        return [self._instance(row, at, int(serving[row])) for row in rows.tolist()]

    def _serving(self, at: float) -> NDArray[np.int64]:
        requests, number = self._record.requests, len(self._record.instances["created"])
        if not requests:
            return np.zeros(number, dtype=np.int64)
        now = (requests["started"] <= at) & ~(requests["ended"] <= at)
        return np.bincount(requests["instance"][now], minlength=number)

    def _instance(self, row: int, at: float, requests: int) -> InstanceState:
        instances = self._record.instances
        if instances["stopping"][row] <= at:
            return InstanceState(PRE_STOP, requests)
        if instances["ready"][row] <= at:
            return InstanceState(BUSY if requests else IDLE, requests)
        reached = [phase for phase, (begin, _) in PHASES.items() if instances[begin][row] <= at]
        return InstanceState(reached[-1], requests)

    def waiting(self, at: float) -> int:
        """Return how many requests wait for an instance."""
        requests = self._record.requests
        if not requests:
            return 0
        waits = (requests["arrival"] <= at) & ~(requests["ended"] <= at)
        return int((waits & ~(requests["started"] <= at)).sum())

    def rates(self, at: float) -> Floats:
        """Return the rates of the transfers that flow."""
        now = (self._rates.begin <= at) & (self._rates.end > at)
        return self._rates.value[now]

    def eventful(self) -> tuple[float, float]:
        """Return a stretch worth looking at: when most comes to hosts, close to each other."""
        if not self._pulls:
            created = self._record.instances["created"]
            return (
                (float(created.min()), float(created.max()) + 1.0) if len(created) else (0.0, 1.0)
            )
        ordered = sorted(self._pulls, key=lambda pull: pull.begun)
        begun, ended, size = np.array([(p.begun, p.unpacked, p.bytes) for p in ordered]).T
        return herd(begun, ended, size)
