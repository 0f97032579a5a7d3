"""One warm function: against plain SimPy, SimFaaS and a tight C loop."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import agreement, limit
from benchmarks.plain_simpy import WarmPool, draws
from benchmarks.settings import Settings
from benchmarks.table import Section, aim
from benchmarks.timing import Timed, alternate, cpu_seconds

__all__ = ["measure", "scenario"]

RATE, SERVICE, COLD_START, KEEP_ALIVE = 100.0, 1.0, 2.0, 600.0
WORKLOAD = (RATE, SERVICE, COLD_START, KEEP_ALIVE)
REPLICATIONS = 30
"""Runs of fcsim that a rival's figures are held against."""

Run = Callable[[int], tuple[float, Any]]


def scenario(requests: int) -> dict[str, Any]:
    """Return the workload with about this many *requests*."""
    return {
        "fcsim": 1,
        "name": "warm",
        "horizon": f"{requests / RATE} s",
        "platform": {"preset": "ideal"},
        "images": {"image": {"compressed": "1 MB", "server": {"start": f"{COLD_START} s"}}},
        "functions": {
            "function": {
                "image": "image",
                "keep_alive": f"{KEEP_ALIVE} s",
                "service": {"time": {"exponential": f"{SERVICE} s"}},
            }
        },
        "assumptions": {"dispatch.policy": {"value": "newest_created"}},
        "workload": {"visits": {"function": "function", "arrivals": {"poisson": f"{RATE}/s"}}},
    }


@dataclass
class Rival:
    """One contender: how it runs, with how many requests, and what fcsim aims at."""

    name: str
    run: Callable[[int, float], tuple[float, dict[str, float]]]
    """Takes a seed and a horizon, returns seconds and figures."""
    requests: int
    least: float
    """Least ratio of its time to fcsim's."""


def measure(settings: Settings) -> Section:
    """Return the table of ratios."""
    section = Section(
        "One warm function: Poisson 100/s, service 1 s, cold start 2 s, keep-alive 600 s",
        ("", "requests", "a request", "over fcsim", "aim", ""),
    )
    rivals = _rivals(settings, section)
    contenders = {"fcsim": fcsim_run(settings, settings.large)}
    fcsim_run(settings, 10_000)(0)  # compiles
    for rival in rivals:
        rival.run(0, 10.0)  # compiles, imports
        contenders[rival.name] = partial(_timed_run, rival)
    timed = alternate(contenders, settings.repetitions)
    seconds = {name: _per_request(one) for name, one in timed.items()}
    section.rows.append(("fcsim", f"{settings.large:,}", _micro(seconds["fcsim"]), "", "", ""))
    section.remarks.append(_same_requests(settings, rivals[0].requests))
    for rival in rivals:
        if rival.run is not _plain:  # compared exactly
            section.remarks.append(_agreement(rival, timed[rival.name], settings))
        ratio = seconds[rival.name].over(seconds["fcsim"])
        cells = _micro(seconds[rival.name]), f"{ratio:.3g} ×", *aim(ratio, rival.least)
        section.rows.append((rival.name, f"{rival.requests:,}", *cells))
    return section


def _timed_run(rival: Rival, seed: int) -> tuple[float, dict[str, float]]:
    return rival.run(seed, rival.requests / RATE)


def _micro(timed: Timed) -> str:
    return f"{1e6 * timed.median:.3f} µs"


def fcsim_run(settings: Settings, requests: int) -> Run:
    """Return fcsim as a contender."""
    import fcsim

    def run(seed: int) -> tuple[float, dict[str, float]]:
        def whole() -> Any:
            loaded = fcsim.load(scenario(requests), seed=seed + 1)
            return fcsim.run(loaded, engine=settings.engine).kpis

        seconds, kpis = cpu_seconds(whole)
        return seconds, agreement.figures(kpis)

    return run


def _rivals(settings: Settings, section: Section) -> list[Rival]:
    slow = settings.pick(10_000, 200_000)
    rivals = [Rival("plain SimPy", _plain, settings.pick(100_000, 1_000_000), 50)]
    if settings.simfaas_python:
        rivals.append(Rival("SimFaaS", _simfaas(settings.simfaas_python), slow, 100))
    else:
        section.remarks.append("SimFaaS skipped: no `--simfaas-python` given.")
    if limit.available():
        rivals.append(Rival("tight C loop", _limit, settings.large, 0.5))
    else:
        section.remarks.append("C loop skipped: no `cc` found.")
    return rivals


def _per_request(timed: Timed) -> Timed:
    pairs = zip(timed.seconds, timed.outcomes, strict=True)
    return Timed([seconds / outcome["requests"] for seconds, outcome in pairs], timed.outcomes)


def _agreement(rival: Rival, timed: Timed, settings: Settings) -> str:
    """Hold the rival's figures against fcsim's at one horizon."""
    requests = min(rival.requests, settings.pick(100_000, 1_000_000))
    theirs = timed.outcomes
    if requests < rival.requests:
        theirs = [rival.run(seed, requests / RATE)[1] for seed in range(REPLICATIONS)]
    run = fcsim_run(settings, requests)
    ours = [run(100 + replication)[1] for replication in range(REPLICATIONS)]
    return agreement.check(rival.name, theirs, ours) + f", over {requests:,} requests."


def _same_requests(settings: Settings, requests: int) -> str:
    """Feed plain SimPy with fcsim's requests: it must decide the same."""
    times, _, work = agreement.requests(scenario(requests))
    gaps = np.diff(times, prepend=0.0).tolist()
    theirs = WarmPool(COLD_START, KEEP_ALIVE).run([(gaps, work.tolist())], requests / RATE)
    agreement.check_exactly("plain SimPy", theirs, fcsim_run(settings, requests)(0)[1])
    return f"plain SimPy, fed with fcsim's {len(gaps):,} requests, decides exactly the same."


def _plain(seed: int, horizon: float) -> tuple[float, dict[str, float]]:
    blocks = draws(seed, RATE, SERVICE)
    return cpu_seconds(lambda: WarmPool(COLD_START, KEEP_ALIVE).run(blocks, horizon))


def _limit(seed: int, horizon: float) -> tuple[float, dict[str, float]]:
    return cpu_seconds(lambda: limit.run_limit(seed, *WORKLOAD, horizon))


def _simfaas(python: str) -> Callable[[int, float], tuple[float, dict[str, float]]]:
    script = Path(__file__).with_name("simfaas_rival.py")

    def run(seed: int, horizon: float) -> tuple[float, dict[str, float]]:
        command = [python, str(script), str(seed), *map(str, (*WORKLOAD, horizon))]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        return answer["seconds"], answer["figures"]

    return run
