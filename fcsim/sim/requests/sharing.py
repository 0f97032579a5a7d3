"""Requests that share one instance's vCPU: egalitarian processor sharing.

All n requests of an instance progress at min(1, cpu / (n x vcpu)). A virtual clock counts the
work each has received since the instance was last empty, so a change of n touches no request.
"""

from __future__ import annotations

from collections import deque
from heapq import heappop, heappush

from fcsim.sim.requests.interface import PlaneFunction

__all__ = ["Sharing"]


class Sharing:
    """The requests in flight on one instance, by remaining work and by time-out."""

    __slots__ = ("_cpu", "_deadlines", "_limit", "_rate", "_running", "_since", "_targets",
                 "_vcpu", "_virtual", "version")  # fmt: skip

    def __init__(self, spec: PlaneFunction) -> None:
        """Share the vCPU of an instance of *spec*."""
        self._cpu, self._vcpu, self._limit = spec.cpu, spec.vcpu, spec.time_limit
        self._targets: list[tuple[float, int, int]] = []  # virtual time, sequence, request
        self._deadlines: deque[tuple[float, int, int]] = deque()
        self._running: set[int] = set()
        self._virtual = self._since = 0.0
        self._rate = 1.0
        self.version = 0

    def begin(self, request: int, sequence: int, work: float, at: tuple[float, float]) -> None:
        """Add *request* with *work* seconds at full speed.

        *at* is now, and when the instance is awake if that is later.
        """
        time, awake = at
        if not self._running:
            self._clear(awake)
        self._progress(time)
        self._running.add(request)
        heappush(self._targets, (self._virtual + work, sequence, request))
        self._deadlines.append((awake + self._limit, sequence, request))
        self._adjust()

    def upcoming(self, time: float) -> tuple[float, bool, int] | None:
        """Return (instant, is it a time-out, sequence) of what ends next; outdates earlier."""
        self.version += 1
        if not self._running:
            return None
        while self._targets[0][2] not in self._running:
            heappop(self._targets)
        while self._deadlines[0][2] not in self._running:
            self._deadlines.popleft()
        target, sequence, _ = self._targets[0]
        completion = max(time, self._since) + (target - self._virtual) / self._rate
        if completion <= self._deadlines[0][0]:
            return completion, False, sequence
        return self._deadlines[0][0], True, self._deadlines[0][1]

    def end(self, time: float, is_time_out: bool) -> int:
        """Take out the request that *upcoming* announced and return it."""
        if is_time_out:
            self._progress(time)
            request = self._deadlines.popleft()[2]
        else:
            self._virtual, _, request = heappop(self._targets)
            self._since = time
        self._running.discard(request)
        self._adjust()
        return request

    def drop(self, request: int, time: float) -> None:
        """Take out a request that somebody else ends."""
        self._progress(time)
        self._running.discard(request)
        self._adjust()

    def _clear(self, time: float) -> None:
        self._targets.clear()
        self._deadlines.clear()
        self._virtual, self._since = 0.0, time

    def _progress(self, time: float) -> None:
        if time > self._since:  # else it is still waking
            self._virtual += (time - self._since) * self._rate
            self._since = time

    def _adjust(self) -> None:
        demand = len(self._running) * self._vcpu
        self._rate = 1.0 if demand <= self._cpu else self._cpu / demand
