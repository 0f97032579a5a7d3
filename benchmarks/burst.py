"""A cold burst: many instances pull at once, each on a host of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
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
        "horizon": "30 min",  # 10,000 eager pulls take a quarter of an hour
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
    columns = [_column(pull, settings) for pull in ("eager", "accelerated")]
    rows: list[Sequence[str]] = [
        (f"{size:,}", *cells) for size, *cells in zip(SIZES, *columns, strict=True)
    ]
    return Section(
        "Cold burst: instances that pull at once, three layers, a host each",
        ("instances", "eager", "accelerated"),
        rows,
    )


def _column(pull: str, settings: Settings) -> list[str]:
    """Time all sizes; one of which the smaller size foretells minutes is not run."""
    patience = settings.pick(1, 6)
    _run(SIZES[0], pull, settings, 0)  # compiles
    cells: list[str] = []
    latest = 0.0
    for size in SIZES:
        if latest > patience:
            cells.append(f"not run, over {10 * latest:.0f} s")
            continue
        latest = _run(size, pull, settings, 0)[0]
        if settings.quick and latest > patience:
            cells.append(f"{latest:.3f} s (one run)")
            continue
        timed = alternate({"": partial(_run, size, pull, settings)}, settings.repetitions)
        latest = timed[""].median
        cells.append(f"{latest:.3f} s")
    return cells


def _run(size: int, pull: str, settings: Settings, seed: int) -> tuple[float, Any]:
    import fcsim

    def whole() -> Any:
        loaded = fcsim.load(scenario(size, pull), seed=seed + 1)
        return fcsim.run(loaded, engine=settings.engine).kpis

    seconds, kpis = cpu_seconds(whole)
    if kpis["requests"]["cold"] != size or kpis["image"]["pulls"] == 0:
        raise RuntimeError(f"the burst of {size} made {kpis['requests']['cold']} cold starts")
    return seconds, kpis
