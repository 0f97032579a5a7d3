"""Time and peak memory as the number of requests grows, each in a fresh process.

Run as a script, ``python -m benchmarks.growth REQUESTS ENGINE`` simulates once (0 requests:
imports only) and prints CPU seconds and peak memory in MB.
"""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path
from statistics import median

from benchmarks.settings import Settings
from benchmarks.table import Section
from benchmarks.timing import cpu_seconds

__all__ = ["measure"]

LARGEST = 10**7
MOST_MEMORY = 300.0
"""Aim: MB above the empty program at the largest size."""


def measure(settings: Settings) -> Section:
    """Return seconds and memory by size."""
    sizes = (10**5, 10**6) if settings.quick else (10**5, 10**6, LARGEST)
    runs = {
        size: [_fresh(size, settings.engine) for _ in range(settings.repetitions)]
        for size in (0, *sizes)
    }
    seconds = {size: median(run[0] for run in runs[size]) for size in runs}
    memory = {size: median(run[1] for run in runs[size]) for size in runs}
    section = Section(
        "Growth, warm workload", ("requests", "seconds", "a request", "MB above empty", "aim", "")
    )
    for size in sizes:
        above = memory[size] - memory[0]
        aim = ("", "")
        if size == LARGEST:
            aim = (f"≤ {MOST_MEMORY:.0f} MB", "reached" if above <= MOST_MEMORY else "MISSED")
        section.rows.append(
            (
                f"{size:,}",
                f"{seconds[size]:.3f}",
                f"{1e6 * seconds[size] / size:.3f} µs",
                f"{above:.0f}",
                *aim,
            )
        )
    section.remarks.append(
        f"Empty program with the same imports: {memory[0]:.0f} MB. Seconds include the load of "
        "compiled code from the disk cache."
    )
    return section


def _fresh(requests: int, engine: str) -> tuple[float, float]:
    command = [sys.executable, "-m", "benchmarks.growth", str(requests), engine]
    root = Path(__file__).parent.parent
    answer = subprocess.run(command, check=True, capture_output=True, text=True, cwd=root).stdout
    seconds, memory = map(float, answer.split())
    return seconds, memory


def _peak() -> float:
    """Return this program's peak memory in MB."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss of a child also counts what its parent had when it forked
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) / 1024
    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


def _main(requests: int, engine: str) -> None:
    from benchmarks.warm import fcsim_run
    from fcsim.results import kpis, result
    from fcsim.sim.requests import plane_class

    plane_class(engine)
    assert kpis
    assert result
    seconds = 0.0
    if requests:
        settings = Settings(quick=False, engine=engine, simfaas_python=None)
        seconds, _ = cpu_seconds(lambda: fcsim_run(settings, requests)(0))
    print(seconds, _peak())


if __name__ == "__main__":
    _main(int(sys.argv[1]), sys.argv[2])
