"""The rival in plain SimPy: one process a request, written as well as such a model can be.

Arrivals and work are drawn in NumPy blocks; a heap holds the instances with room; expiry is
looked at only where an arrival could notice it, so it costs no events; nothing is measured but
counts, latencies and instance lives.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable, Iterator
from heapq import heappop, heappush
from typing import Any

import numpy as np
import simpy

__all__ = ["Fleet", "WarmPool", "draws"]

BLOCK = 65_536
NEVER = float("inf")
Steps = Generator[simpy.Event, Any, None]
Blocks = Iterable[tuple[list[float], list[float]]]
"""Gaps between arrivals and the work of each request, block by block."""


def draws(seed: int, rate: float, service: float) -> Iterator[tuple[list[float], list[float]]]:
    """Draw Poisson arrivals and exponential work, without end."""
    random = np.random.default_rng(seed)
    while True:
        gaps = random.exponential(1 / rate, BLOCK).tolist()
        yield gaps, random.exponential(service, BLOCK).tolist()


class WarmPool:
    """One function, one request an instance, a fixed cold start, newest created first."""

    def __init__(self, cold_start: float, keep_alive: float) -> None:
        self.env = simpy.Environment()
        self._cold_start, self._keep_alive = cold_start, keep_alive
        self._idle: list[int] = []  # minus the numbers of idle instances, a heap
        self._expiry: list[tuple[float, int]] = []  # one entry an instance, renewed lazily
        self.idle_since: list[float] = []
        self.dead: list[bool] = []
        self.lives = 0.0
        self.latencies: list[float] = []

    def run(self, blocks: Blocks, horizon: float) -> dict[str, float]:
        """Simulate the requests that arrive in [0, horizon) to their end; return the figures."""
        self.env.process(self._source(blocks, horizon))
        self.env.run()
        living = (since for since, dead in zip(self.idle_since, self.dead, strict=True) if not dead)
        self.lives += sum(min(since + self._keep_alive, horizon) for since in living)
        return {
            "requests": len(self.latencies),
            "cold": len(self.dead),
            "instances": self.lives / horizon,
            "latency": sum(self.latencies) / len(self.latencies),
        }

    def _source(self, blocks: Blocks, horizon: float) -> Steps:
        env = self.env
        timeout, process, request = env.timeout, env.process, self._request
        for gaps, works in blocks:
            for gap, work in zip(gaps, works, strict=True):
                yield timeout(gap)
                if env.now >= horizon:
                    return
                process(request(work))

    def _request(self, work: float) -> Steps:
        env, idle = self.env, self._idle
        arrival = env.now
        if self._expiry and self._expiry[0][0] <= arrival:
            self._expire(arrival)
        while idle and self.dead[-idle[0]]:
            heappop(idle)
        if idle:
            instance = -heappop(idle)
            self.idle_since[instance] = NEVER
        else:
            instance = len(self.dead)
            self.dead.append(False)
            self.idle_since.append(NEVER)
            self.lives -= arrival
            yield env.timeout(self._cold_start)
            heappush(self._expiry, (env.now + self._keep_alive, instance))
        yield env.timeout(work)
        now = env.now
        self.latencies.append(now - arrival)
        self.idle_since[instance] = now
        heappush(idle, -instance)

    def _expire(self, now: float) -> None:
        expiry = self._expiry
        while expiry and expiry[0][0] <= now:
            instance = heappop(expiry)[1]
            end = self.idle_since[instance] + self._keep_alive
            if end > now:
                heappush(expiry, (min(end, now + self._keep_alive), instance))
            else:
                self.dead[instance] = True
                self.lives += end


class Pool:
    """The instances of one function."""

    __slots__ = ("expiry", "room", "starting")

    def __init__(self) -> None:
        self.room: list[tuple[int, Any]] = []  # a heap, newest created first
        self.starting: deque[Any] = deque()  # starting instances with room, oldest first
        self.expiry: list[tuple[float, int, Any]] = []


class Instance:
    """One instance: its slots and the instants of its life."""

    __slots__ = ("dead", "idle_since", "in_flight", "moments", "number", "ready")

    def __init__(self, number: int, ready: simpy.Event) -> None:
        self.number, self.ready = number, ready
        self.dead = False
        self.in_flight = 0
        self.idle_since = NEVER
        self.moments: list[float] = []


class Fleet:
    """Many functions with some slots an instance and cold starts of several phases.

    A request that finds no room waits for the oldest starting instance with a free slot, as in
    fcsim's ``waiting: bound``, else starts an instance: one time-out a phase that takes time.
    """

    def __init__(
        self, functions: int, concurrency: int, phases: list[float], keep_alive: float
    ) -> None:
        self.env = simpy.Environment()
        self._concurrency, self._phases, self._keep_alive = concurrency, phases, keep_alive
        self._pools = [Pool() for _ in range(functions)]
        self.instances: list[Instance] = []
        self.latencies: list[float] = []

    def run(
        self, times: np.ndarray, functions: np.ndarray, work: np.ndarray, horizon: float
    ) -> dict[str, float]:
        """Simulate the requests until they have all ended and return the figures."""
        self.env.process(self._source(times, functions, work))
        self.env.run()
        ends = (min(i.idle_since + self._keep_alive, horizon) for i in self.instances)
        begins = (instance.moments[0] for instance in self.instances)
        return {
            "requests": len(self.latencies),
            "cold": len(self.instances),
            "instances": (sum(ends) - sum(begins)) / horizon,
            "latency": sum(self.latencies) / len(self.latencies),
        }

    def _source(self, times: np.ndarray, functions: np.ndarray, work: np.ndarray) -> Steps:
        env, pools, request = self.env, self._pools, self._request
        for begin in range(0, len(times), BLOCK):
            part = slice(begin, begin + BLOCK)
            gaps = np.diff(times[part], prepend=times[begin - 1] if begin else 0.0).tolist()
            for gap, function, need in zip(
                gaps, functions[part].tolist(), work[part].tolist(), strict=True
            ):
                yield env.timeout(gap)
                env.process(request(pools[function], need))

    def _request(self, pool: Pool, work: float) -> Steps:
        env, room = self.env, pool.room
        arrival = env.now
        if pool.expiry and pool.expiry[0][0] <= arrival:
            self._expire(pool, arrival)
        while room and room[0][1].dead:
            heappop(room)
        if room:
            instance = room[0][1]
            instance.in_flight += 1
            if instance.in_flight == self._concurrency:
                heappop(room)
        else:
            if not pool.starting:
                self._begin(pool)
            instance = pool.starting[0]
            instance.in_flight += 1
            if instance.in_flight == self._concurrency:
                pool.starting.popleft()
            yield instance.ready
        yield env.timeout(work)
        now = env.now
        self.latencies.append(now - arrival)
        instance.idle_since = now
        instance.in_flight -= 1
        if instance.in_flight == self._concurrency - 1:
            heappush(room, (-instance.number, instance))

    def _begin(self, pool: Pool) -> None:
        instance = Instance(len(self.instances), self.env.event())
        self.instances.append(instance)
        pool.starting.append(instance)
        self.env.process(self._start(pool, instance))

    def _start(self, pool: Pool, instance: Instance) -> Steps:
        env = self.env
        instance.moments.append(env.now)
        for phase in self._phases:
            yield env.timeout(phase)
            instance.moments.append(env.now)
        if instance.in_flight < self._concurrency:
            pool.starting.remove(instance)
            heappush(pool.room, (-instance.number, instance))
        heappush(pool.expiry, (env.now + self._keep_alive, instance.number, instance))
        instance.ready.succeed()

    def _expire(self, pool: Pool, now: float) -> None:
        expiry = pool.expiry
        while expiry and expiry[0][0] <= now:
            _, number, instance = heappop(expiry)
            end = now + self._keep_alive
            if not instance.in_flight:
                end = instance.idle_since + self._keep_alive
            if end > now:
                heappush(expiry, (end, number, instance))
            else:
                instance.dead = True
