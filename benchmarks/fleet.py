"""Many functions with Zipf popularity and a share of cold starts, against plain SimPy."""

from __future__ import annotations

import cProfile
import csv
import pstats
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.agreement import check_exactly, figures, requests
from benchmarks.plain_simpy import Fleet
from benchmarks.settings import Settings
from benchmarks.table import Section, aim
from benchmarks.timing import alternate, cpu_seconds

__all__ = ["Case", "measure"]

RATE, SERVICE = 100.0, 0.1
PHASES = {"start.placing": 0.01, "start.create": 0.25, "server.start": 1.0}
AIMS = {0.01: 10.0, 0.05: 4.0}
WITHOUT_LIMITS = {"scaling.instances": 1e6, "scaling.burst": 1e6, "pool.cpu.hosts": 200}


@dataclass(frozen=True)
class Case:
    """One fleet: its size, its traffic and the share of cold starts it is made for."""

    functions: int
    requests: int
    concurrency: int
    cold: float
    file: Path
    """Where the counts of requests by function are kept."""
    overlapping: float = 0.0
    """Share of cold starts that come from requests in flight at the same time."""

    @property
    def horizon(self) -> float:
        """Length of the run in seconds."""
        return self.requests / RATE

    @cached_property
    def counts(self) -> np.ndarray:
        """Requests by function, Zipf(1)."""
        share = 1 / np.arange(1, self.functions + 1)
        counts: np.ndarray = np.round(share / share.sum() * self.requests).astype(int)
        return counts

    @cached_property
    def keep_alive(self) -> float:
        """The keep-alive that gives about the wanted share of cold starts.

        A Poisson request is cold when its function had none for that long, or none before, and
        some are because others are in flight.
        """
        from scipy.optimize import brentq

        rates = self.counts / self.horizon
        wanted = max(self.cold - self.overlapping, 1.02 * self.functions / self.counts.sum())

        def excess(keep_alive: float) -> float:
            cold = (1 + np.maximum(self.counts - 1, 0) * np.exp(-rates * keep_alive)).sum()
            return float(cold / self.counts.sum() - wanted)

        return float(brentq(excess, 1e-3, 10 * self.horizon))

    def scenario(self) -> dict[str, Any]:
        """Write the counts and return the scenario."""
        with self.file.open("w", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(("name", "minute_1"))
            rows.writerows((f"f{i:05d}", count) for i, count in enumerate(self.counts.tolist()))
        counts = {"file": str(self.file), "interval": f"{self.horizon} s", "row_key": "name"}
        times = {name: f"{time} s" for name, time in PHASES.items()}
        changed = {
            **times, **WITHOUT_LIMITS, "credential.latency": "0 s",
            "cache.lifetime": "1000 h", "dispatch.policy": "newest_created",
        }  # fmt: skip
        return {
            "fcsim": 1,
            "name": "fleet",
            "horizon": f"{self.horizon} s",
            "initial": {"caches": "warm"},
            "images": {"image": {"layers": {"os": "30 MB", "runtime": "60 MB", "app": "20 MB"}}},
            "functions": {
                "function": {
                    "image": "image",
                    "pull": "eager",
                    "timeout": "60 s",
                    "instance_concurrency": self.concurrency,
                    "keep_alive": f"{self.keep_alive} s",
                    "service": {"time": {"exponential": f"{SERVICE} s"}},
                }
            },
            "assumptions": {name: {"value": value} for name, value in changed.items()},
            "workload": {
                "visits": {
                    "function": "function",
                    "one_function_per": "row",
                    "arrivals": {"counts": counts},
                }
            },
        }


def measure(settings: Settings) -> list[Section]:
    """Return the table of ratios and a profile of one case."""
    section = Section(
        "Many functions, Zipf(1), 100 requests/s, service 0.1 s",
        (
            "functions",
            "concurrency",
            "requests",
            "cold",
            "fcsim",
            "plain SimPy",
            "ratio",
            "aim",
            "",
        ),
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "counts.csv"
        cases = [_tuned(case, settings) for case in _cases(settings, path)]
        for case in cases:
            _check(case, settings)
            section.rows.append(_row(case, settings))
        section.remarks.append(
            "Fed with fcsim's own requests, the SimPy model makes exactly as many cold starts, "
            "and its mean latency is the same within 1e-9 (checked in each case)."
        )
        return [section, _profile(cases[0], settings)]


def _cases(settings: Settings, file: Path) -> Iterator[Case]:
    sizes = {500: 100_000} if settings.quick else {1000: 1_000_000, 10_000: 2_000_000}
    for functions, size in sizes.items():
        for cold in AIMS:
            for concurrency in (1, 10):
                yield Case(functions, size, concurrency, cold, file)


def _tuned(case: Case, settings: Settings) -> Case:
    """Return *case* with a keep-alive corrected by what one run showed."""
    figures = _fcsim(case, settings, 0)[1]
    return replace(case, overlapping=figures["cold"] / figures["requests"] - case.cold)


def _row(case: Case, settings: Settings) -> tuple[str, ...]:
    timed = alternate(
        {
            "fcsim": lambda seed: _fcsim(case, settings, seed),
            "simpy": lambda seed: cpu_seconds(lambda: _simpy(case, seed)),
        },
        settings.repetitions,
    )
    first = timed["fcsim"].outcomes[0]
    ratio = timed["simpy"].over(timed["fcsim"])
    ours, theirs = (timed[name].median / first["requests"] for name in ("fcsim", "simpy"))
    return (
        f"{case.functions:,}",
        f"{case.concurrency}",
        f"{first['requests']:,}",
        f"{100 * first['cold'] / first['requests']:.2g} %",
        f"{1e6 * ours:.2f} µs",
        f"{1e6 * theirs:.2f} µs",
        f"{ratio:.3g} ×",
        *aim(ratio, AIMS[case.cold]),
    )


def _fcsim(case: Case, settings: Settings, seed: int) -> tuple[float, dict[str, float]]:
    import fcsim

    source = case.scenario()

    def whole() -> Any:
        return fcsim.run(fcsim.load(source, seed=seed + 1), engine=settings.engine).kpis

    seconds, kpis = cpu_seconds(whole)
    return seconds, figures(kpis)


def _simpy(case: Case, seed: int) -> dict[str, float]:
    random = np.random.default_rng(seed)
    times = random.uniform(0, case.horizon, case.counts.sum())
    order = np.argsort(times)
    functions = np.repeat(np.arange(case.functions), case.counts)[order]
    work = random.exponential(SERVICE, len(times))
    return _fleet(case).run(times[order], functions, work, case.horizon)


def _fleet(case: Case) -> Fleet:
    return Fleet(case.functions, case.concurrency, list(PHASES.values()), case.keep_alive)


def _check(case: Case, settings: Settings) -> None:
    """Feed plain SimPy with fcsim's requests: it must decide the same."""
    import fcsim

    source = case.scenario()
    ours = figures(fcsim.run(fcsim.load(source), engine=settings.engine).kpis)
    times, functions, work = requests(source)
    theirs = _fleet(case).run(times, functions, work, case.horizon)
    check_exactly("plain SimPy", theirs, ours)


# ── where the time goes ─────────────────────────────────────────────────────────────────────

PARTS = {
    "load": ("loader.py", "load"),
    "build": ("simulation.py", "__init__"),
    "generate requests": ("source.py", "block"),
    "fold requests": ("folds.py", "__call__"),
    "request plane": ("compiled.py", "advance"),
    "answer the plane": ("scaling.py", "_grow", "_expired", "_died"),
    "control events": ("clock.py", "step"),
    "make the record": ("simulation.py", "_record"),
    "check conservation": ("conservation.py", "violations"),
    "KPIs and bill": ("result.py", "kpis"),
}
"""File and functions of each part; the plane's time includes the two before it."""


def _profile(case: Case, settings: Settings) -> Section:
    """Return the share of each part of a run under cProfile (which slows Python code down)."""
    profile = cProfile.Profile()
    profile.runcall(_fcsim, case, settings, 0)
    stats = pstats.Stats(profile)
    section = Section("Where the time goes (cProfile, first case above)", ("part", "s", "share"))
    whole = _cumulative(stats, "fleet.py", "whole")
    spent = {part: _cumulative(stats, *where) for part, where in PARTS.items()}
    spent["request plane"] -= spent["generate requests"] + spent["fold requests"]
    spent["the rest"] = whole - sum(spent.values())
    for part, seconds in spent.items():
        section.rows.append((part, f"{seconds:.3f}", f"{100 * seconds / whole:.0f} %"))
    section.rows.append(("all", f"{whole:.3f}", "100 %"))
    return section


def _cumulative(stats: pstats.Stats, file: str, *functions: str) -> float:
    found = stats.stats.items()  # type: ignore[attr-defined]
    return sum(
        float(numbers[3]) for (path, _, name), numbers in found
        if Path(path).name == file and name in functions
    )  # fmt: skip
