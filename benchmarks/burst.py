"""A cold burst: many instances pull at once, each on a host of its own."""

from __future__ import annotations

from typing import Any

from benchmarks.settings import Settings
from benchmarks.table import Section
from benchmarks.timing import alternate, cpu_seconds

__all__ = ["measure", "scenario"]

SIZES = (10, 100, 1_000, 10_000)


def scenario(instances: int, pull: str) -> dict[str, Any]:
    """Return *instances* simultaneous requests for one function with nothing cached."""
    changed = {"scaling.instances": 1e6, "scaling.burst": 1e6, "pool.cpu.hosts": instances}
    return {
        "fcsim": 1,
        "name": "burst",
        "horizon": "10 min",
        "images": {"image": {"layers": {"os": "30 MB", "runtime": "60 MB", "app": "20 MB"}}},
        "functions": {
            "function": {
                "image": "image",
                "pull": pull,
                "timeout": "60 s",
                "service": {"time": "100 ms"},
            }
        },
        "assumptions": {name: {"value": value} for name, value in changed.items()},
        "workload": {
            "visits": {
                "function": "function",
                "arrivals": {"bursts": {"size": instances, "every": "1 h", "first": "1 s"}},
            }
        },
    }


def measure(settings: Settings) -> Section:
    """Return seconds by size for both ways to pull."""
    section = Section(
        "Cold burst: instances that pull at once, three layers, a host each",
        ("instances", "eager", "accelerated"),
    )
    for size in SIZES:
        timed = alternate(
            {
                pull: lambda seed, pull=pull: _run(size, pull, settings, seed)  # noqa: B023
                for pull in ("eager", "accelerated")
            },
            settings.repetitions if size < SIZES[-1] or not settings.quick else 1,
        )
        section.rows.append((f"{size:,}", *(f"{one.median:.3f} s" for one in timed.values())))
    if settings.quick:
        section.remarks.append(f"{SIZES[-1]:,} instances: one run only.")
    return section


def _run(size: int, pull: str, settings: Settings, seed: int) -> tuple[float, Any]:
    import fcsim

    def whole() -> Any:
        loaded = fcsim.load(scenario(size, pull), seed=seed + 1)
        return fcsim.run(loaded, engine=settings.engine).kpis

    seconds, kpis = cpu_seconds(whole)
    if kpis["requests"]["cold"] != size or kpis["image"]["pulls"] == 0:
        raise RuntimeError(f"the burst of {size} made {kpis['requests']['cold']} cold starts")
    return seconds, kpis
