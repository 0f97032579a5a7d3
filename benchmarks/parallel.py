"""What a second core is worth to a study of points of about ten seconds.

Run as a script, ``python -m benchmarks.parallel REQUESTS POINTS WORKERS`` simulates that many
points with that many workers and prints wall and CPU seconds. It takes back all cores, of which
the benchmarks otherwise use one.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

from benchmarks.settings import Settings
from benchmarks.table import Section
from benchmarks.warm import scenario

__all__ = ["measure"]

WORKERS = 2
LEAST = 0.85
"""Aim: share of the workers' time that is not lost, at points of about ten seconds."""
SECONDS_A_REQUEST = {"compiled": 0.36e-6, "reference": 15e-6}


def measure(settings: Settings) -> Section:
    """Return wall seconds with one worker and with two, and the efficiency of two."""
    seconds = settings.pick(2, 10)
    points = 2 * settings.pick(2, 3)
    requests = int(seconds / SECONDS_A_REQUEST[settings.engine])
    alone, together = [], []
    for _ in range(settings.pick(1, settings.repetitions)):
        alone.append(_fresh(requests, points, 1))
        together.append(_fresh(requests, points, WORKERS))
    pairs = list(zip(alone, together, strict=True))
    efficiency = median(one.wall / (WORKERS * two.wall) for one, two in pairs)
    computing = median(one.cpu / two.cpu for one, two in pairs)
    reached = "reached" if efficiency >= LEAST else "MISSED"
    section = Section(
        f"A study with {WORKERS} workers on {os.cpu_count()} cores",
        ("points", "requests each", "1 worker", f"{WORKERS} workers", "efficiency", "aim", ""),
    )
    section.rows.append(
        (
            str(points),
            f"{requests:,}",
            f"{median(run.wall for run in alone):.1f} s",
            f"{median(run.wall for run in together):.1f} s",
            f"{efficiency:.2f}",
            "" if settings.quick else f"≥ {LEAST}",
            "" if settings.quick else reached,
        )
    )
    section.remarks.append(
        "Wall seconds from the first point asked to the last outcome, start of processes, "
        "imports and load of compiled code included. One worker is a process too. The aim is for "
        "points of about ten seconds, and for cores that do nothing else: efficiency in CPU "
        f"seconds, which leaves neighbours out, is {computing:.2f}."
    )
    return section


class _Run(NamedTuple):
    """Seconds of one study, those of its processes included."""

    wall: float
    cpu: float


def _fresh(requests: int, points: int, workers: int) -> _Run:
    command = [sys.executable, "-m", "benchmarks.parallel", *map(str, (requests, points, workers))]
    root = Path(__file__).parent.parent
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    return _Run(*map(float, answer.split()))


def _main(requests: int, points: int, workers: int) -> None:
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
    from fcsim import load
    from fcsim.study.point import Point
    from fcsim.study.processes import Pool

    loaded = load(scenario(requests))
    asked = [Point(loaded, replication) for replication in range(points)]
    began = perf_counter()
    with closing(Pool()) as pool:
        outcomes = list(pool.simulate(asked, workers))
    wall = perf_counter() - began
    used = os.times()
    print(wall, used.user + used.system + used.children_user + used.children_system)
    assert not any(outcome.error for outcome in outcomes), outcomes[0].error


if __name__ == "__main__":
    _main(*map(int, sys.argv[1:]))
