"""Whole processes: ``fcsim --help`` and a toy run, beside a Python that does nothing."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from benchmarks.settings import Settings
from benchmarks.table import Section
from benchmarks.timing import alternate

__all__ = ["measure"]

TOY = """\
fcsim: 1
images:    {shop: {compressed: 251 MB}}
functions: {checkout: {image: shop, service: {time: {exponential: 120 ms}}}}
workload:  {visits: {function: checkout, arrivals: {poisson: 2/s}}}
"""


def measure(settings: Settings) -> Section:
    """Return wall and CPU seconds of each command."""
    with tempfile.TemporaryDirectory() as folder:
        toy = Path(folder) / "toy.yaml"
        toy.write_text(TOY)
        run = ["-m", "fcsim", "run", str(toy), "--out", str(Path(folder) / "out")]
        commands = {
            "python -c pass": ["-c", "pass"],
            "fcsim --help": ["-m", "fcsim", "--help"],
            "fcsim run toy.yaml --no-figures": [*run, "--no-figures"],
        }
        timed = alternate(
            {name: partial(_process, command) for name, command in commands.items()},
            max(5, settings.repetitions),
        )
    wall_of_nothing = timed["python -c pass"]
    return Section(
        "Whole processes",
        ("command", "wall", "CPU", "× python -c pass"),
        [
            (
                f"`{name}`",
                f"{one.median:.3f} s",
                f"{sorted(one.outcomes)[len(one.outcomes) // 2]:.3f} s",
                f"{one.over(wall_of_nothing):.1f}",
            )
            for name, one in timed.items()
        ],
    )


def _process(arguments: Sequence[str], _: int) -> tuple[float, float]:
    """Run Python with *arguments*; return wall and CPU seconds."""
    before, began = _cpu(), time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began, _cpu() - before


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
