"""What one uncontended start with all layers cached costs, in bare SimPy time-outs."""

from __future__ import annotations

from typing import Any

import simpy

from benchmarks.settings import Settings
from benchmarks.table import Section
from benchmarks.timing import alternate, cpu_seconds

__all__ = ["measure", "scenario"]

EVERY = 3.0
"""Seconds between requests: a start, its request and its end are over by then."""
AIM = 10


def scenario(requests: int, keep_alive: float) -> dict[str, Any]:
    """Return evenly spaced requests; with a short *keep_alive* each of them is a cold start."""
    return {
        "fcsim": 1,
        "name": "start",
        "horizon": f"{requests * EVERY} s",
        "initial": {"caches": "warm"},
        "caches": {"host": {"lifetime": "100000 h"}},
        "images": {"image": {"layers": {"os": "30 MB", "runtime": "60 MB", "app": "20 MB"}}},
        "functions": {
            "function": {
                "image": "image",
                "pull": "eager",
                "timeout": "60 s",
                "keep_alive": f"{keep_alive} s",
                "service": {"time": "100 ms"},
            }
        },
        "workload": {
            "visits": {"function": "function", "arrivals": {"constant": f"{1 / EVERY}/s"}}
        },
    }


def measure(settings: Settings) -> Section:
    """Return the cost of a start and of a time-out."""
    starts = settings.pick(5_000, 50_000)
    timed = alternate(
        {
            "cold": lambda seed: _run(starts, 0.1, settings),
            "warm": lambda seed: _run(starts, 1000.0, settings),
            "time-out": lambda seed: cpu_seconds(lambda: _time_outs(10 * starts)),
        },
        settings.repetitions,
    )
    for name, expected in (("cold", starts - 1), ("warm", 1)):
        created = len(timed[name].outcomes[0].instances["created"])
        if abs(created - expected) > 1:
            raise RuntimeError(f"{created} starts where {expected} were meant")
    start = (timed["cold"].median - timed["warm"].median) / starts
    time_out = timed["time-out"].median / (10 * starts)
    ratio = start / time_out
    reached = "reached" if ratio <= 1.2 * AIM else "MISSED"
    return Section(
        "One uncontended start, all layers cached (creation to release, without KPIs)",
        ("a start", "a bare SimPy time-out", "time-outs a start", "aim", ""),
        [
            (
                f"{1e6 * start:.1f} µs",
                f"{1e6 * time_out:.2f} µs",
                f"{ratio:.1f}",
                f"≈ {AIM}",
                reached,
            )
        ],
    )


def _run(starts: int, keep_alive: float, settings: Settings) -> tuple[float, Any]:
    import fcsim
    from fcsim.sim.simulation import simulate

    loaded = fcsim.load(scenario(starts, keep_alive))
    return cpu_seconds(lambda: simulate(loaded, engine=settings.engine))


def _time_outs(number: int) -> None:
    """Run one process that waits *number* times."""
    env = simpy.Environment()

    def wait() -> Any:
        for _ in range(number):
            yield env.timeout(1.0)

    env.process(wait())
    env.run()
