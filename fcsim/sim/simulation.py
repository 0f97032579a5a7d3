"""One run: builds everything from a scenario, drives the clock, returns the record.

Two planes share one clock. The driver lets the request plane run to the next control event; if
the plane stops early, the platform decides at that instant; else the control event happens.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from fcsim.errors import InvariantError
from fcsim.scenario import warnings
from fcsim.scenario.model import Scenario
from fcsim.sim.build import Builder
from fcsim.sim.cache import LayerCache
from fcsim.sim.callers import Callers
from fcsim.sim.clock import Clock
from fcsim.sim.disturbances import Disturbances
from fcsim.sim.image import Pulls
from fcsim.sim.lives import Lives
from fcsim.sim.planner import Planner
from fcsim.sim.policy_plan import minimum_settings
from fcsim.sim.record import Record
from fcsim.sim.recorder import Recorder
from fcsim.sim.requests import choose_engine, is_compiled, plane_class
from fcsim.sim.requests.collector import Collector
from fcsim.sim.requests.interface import Sink
from fcsim.sim.scaling import Scaler
from fcsim.sim.trace import Trace
from fcsim.sim.tracer import Tracer
from fcsim.streams import Streams
from fcsim.workload.source import Block, Requests, expected_requests

__all__ = ["Simulation", "simulate"]

Progress = Callable[[float, int], None]
Notice = Callable[[str], None]
EVENTS_AT_ONE_INSTANT = 1_000_000
TURNS = 1024
"""Turns of the driver between two looks at the wall clock."""


def simulate(
    scenario: Scenario,
    *,
    replication: int = 0,
    engine: str = "auto",
    progress: Progress | None = None,
    sink: Sink | None = None,
    notice: Notice | None = None,
) -> Record:
    """Run *scenario* once and return what happened.

    *notice* is told, in words, of what makes the user wait before the clock starts.
    *sink* takes the requests block by block as they end; the record then holds none. Without it
    the record holds them all, in order of arrival.

    *progress* is called with the simulated time and the number of requests ended, a few times a
    second. Raises InvariantError when the run contradicts itself.
    """
    return Simulation(scenario, replication, engine, sink).run(progress, notice)


class Simulation:
    """One run of a scenario: mutable, used once."""

    def __init__(
        self,
        scenario: Scenario,
        replication: int = 0,
        engine: str = "auto",
        sink: Sink | None = None,
        *,
        trace: bool = False,
    ) -> None:
        """Build registries, images, pools, functions and both planes.

        *trace* keeps what happens to caches and links.
        """
        self.scenario = scenario
        self._replication = replication
        streams = Streams(scenario.seed, replication)
        self.clock = Clock()
        self._tracer = Tracer() if trace else None
        self._builder = builder = Builder(scenario, streams, self.clock, self._tracer)
        self._progress: Progress | None = None
        self._told = 0.0
        self._requests = requests = Requests(scenario, streams)
        planner = Planner(builder)
        self.plans = [
            planner.plan(number, name, template)
            for number, (name, template) in enumerate(requests.functions)
        ]
        window = scenario.warm_up, scenario.horizon
        specs = [plan.plane for plan in self.plans]
        self._kept = Collector()
        called = any(workload.has_callers for workload in scenario.workload.values())
        expected = expected_requests(scenario) if called else requests.expected
        self.engine = choose_engine(engine, expected)
        plane = plane_class(self.engine)
        self.plane = plane(specs, self._refill, sink or self._kept, window)
        self.recorder = Recorder()
        read = builder.read
        zone_cache = builder.cache(scenario.caches.zone, "zone")
        self.pulls = Pulls(
            self.clock, builder.network, zone_cache, builder.pull_settings(), self.recorder
        )
        lives = Lives(self.clock, self.plane, self.pulls, self.recorder)
        self.quota = builder.quota(any(plan.cards for plan in self.plans))
        used = {plan.info.template for plan in self.plans}
        settings = minimum_settings([scenario.functions[name] for name in used], read)
        self.scaler = Scaler(
            self.clock, self.plane, lives, self.quota, self.plans, settings,
            self.recorder.targets.append,
        )  # fmt: skip
        self.callers = Callers(scenario, streams, self.clock, self.scaler, read, self.plans)
        if scenario.initial.caches == "warm":
            self._warm(zone_cache)
        self.disturbances = Disturbances(
            self.clock, builder, planner, self.plane, self.scaler, lives, self.plans
        )

    def run(self, progress: Progress | None = None, notice: Notice | None = None) -> Record:
        """Drive the clock to the end and return the record."""
        if notice is not None and self.engine == "compiled" and not is_compiled():
            notice("compiling the request plane, once on this machine (about 20 s)")
        began = time.perf_counter()
        self.scaler.begin()
        self.callers.begin()
        self._progress, self._told = progress, time.monotonic()
        self._drive()
        self.plane.finish()
        record = self._record()
        self._verify()
        record.wall_seconds = time.perf_counter() - began
        return record

    def _warm(self, zone_cache: LayerCache) -> None:
        """Put every image's pieces into the zone cache and on every host."""
        images = self._builder.images
        pieces = [piece for image in images for piece in (*image.pieces, *image.later)]
        for piece in pieces:
            zone_cache.add(piece.key, piece.transfer)
        for pool in self._builder.pools:
            for host in pool.hosts:
                for piece in pieces:
                    host.cache.add(piece.key, piece.kept)
                for plan in self.plans:
                    if plan.model is not None and not plan.model.in_image:
                        host.cache.add(plan.model.key, plan.model.size)

    # ── the driver ────────────────────────────────────────────────────────────────────────

    def _drive(self) -> None:
        """Let happen what happens, and look at wall clock and progress now and then."""
        instant, turns = -1.0, 0
        while self._take_turns():
            now = self.clock.now
            self._tell(now)
            turns = turns + TURNS if now == instant else 0
            instant = now
            if turns > EVENTS_AT_ONE_INSTANT:
                raise InvariantError(f"more than 10^6 control events at t = {now!r} s")

    def _take_turns(self) -> bool:
        """Let the next TURNS stops and control events happen; False at the end of the run."""
        clock, horizon, answers = self.clock, self.scenario.horizon, self.scaler.answers
        peek, step, move_to, advance = clock.peek, clock.step, clock.move_to, self.plane.advance
        last = horizon + self.scenario.drain
        for _ in range(TURNS):
            control = peek()
            stop = advance(control if control < last else last)
            if stop is not None:
                kind, time, subject, error = stop
                move_to(time)
                answers[kind](subject, error)
            elif control > last or (control > horizon and not self._unfinished()):
                return False
            else:
                step()
        return True

    def _unfinished(self) -> int:
        """Count requests on their way, and calls that wait for an answer or another attempt."""
        return self.plane.unfinished() + self.callers.unfinished

    def _refill(self) -> Block | None:
        """Return the next block of requests; a long stretch without control events shows here."""
        block = self._requests.block()
        if block is not None:
            self._tell(float(block.time[0]))
        return block

    def _tell(self, now: float) -> None:
        if self._progress is not None and time.monotonic() - self._told > 0.2:
            self._told = time.monotonic()
            self._progress(now, self.plane.ended())

    # ── the end ───────────────────────────────────────────────────────────────────────────

    def _record(self) -> Record:
        builder = self._builder
        calls, attempts = self.callers.columns()
        return Record(
            scenario=self.scenario,
            functions=[plan.info for plan in self.plans],
            layers=list(builder.layers),
            requests=self._kept.columns(),
            calls=calls,
            attempts=attempts,
            instances=self.recorder.instance_columns(self.scaler.living(), self.plane.usage()),
            pulls=self.recorder.pull_columns(),
            targets=self.recorder.target_columns(),
            assumptions=builder.read.assumptions(),
            warnings=warnings(self.scenario),
            seed=self.scenario.seed,
            replication=self._replication,
            engine=self.engine,
            happenings=self.disturbances.happenings,
            trace=self._trace(),
            counters={
                "end": self.clock.now,
                "credentials": builder.credentials.obtained,
                "registry_refusals": sum(r.refusals for r in builder.registries),
                "bytes_asked": builder.network.asked,
                "bytes_delivered": builder.network.delivered,
                "transfers_open": builder.network.transfers,
            },
        )

    def _trace(self) -> Trace | None:
        if self._tracer is None:
            return None
        return self._tracer.trace(self.clock.now, self.recorder.pulls, list(self._builder.layers))

    def _verify(self) -> None:
        """Resources return to zero once everything that lives is released."""
        self.scaler.release_all()
        self.disturbances.give_back()
        if self.quota.running:
            raise InvariantError(f"{self.quota.running} instances still count after the end")
        for pool in self._builder.pools:
            if any(pool.instances) or pool.free != [pool.capacity] * len(pool.hosts):
                raise InvariantError("a host has not got back what its instances took")
        network = self._builder.network
        # the two sums are added up in different orders
        if network.transfers == 0 and abs(network.asked - network.delivered) > 1e-9 * network.asked:
            raise InvariantError(
                f"bytes asked {network.asked!r} differ from bytes delivered {network.delivered!r}"
            )
