"""Fair timing: one core, alternating repetitions, medians of paired ratios."""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

__all__ = ["Timed", "alternate", "cpu_seconds", "pin"]


def pin() -> None:
    """Keep this process and its children on one core and one thread; call before NumPy loads."""
    for name in ("OMP", "OPENBLAS", "MKL", "NUMBA"):
        os.environ[f"{name}_NUM_THREADS"] = "1"
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})


@dataclass
class Timed:
    """The repetitions of one contender."""

    seconds: list[float] = field(default_factory=list)
    outcomes: list[Any] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Median seconds."""
        return median(self.seconds)

    def over(self, other: Timed) -> float:
        """Median, over repetitions made one after the other, of this time over the other's."""
        return median(a / b for a, b in zip(self.seconds, other.seconds, strict=True))


def cpu_seconds(work: Callable[[], Any]) -> tuple[float, Any]:
    """Run *work*; return its CPU seconds (user and system) and what it returned.

    On an idle core they equal wall seconds; on a shared one they leave the neighbours out.
    """
    gc.collect()
    began = time.process_time()
    outcome = work()
    return time.process_time() - began, outcome


def alternate(
    contenders: Mapping[str, Callable[[int], tuple[float, Any]]], repetitions: int
) -> dict[str, Timed]:
    """Run all *contenders* in turn, *repetitions* times, so that drift hits all of them alike.

    A contender takes the number of the repetition (its seed) and returns seconds and outcome.
    """
    timed = {name: Timed() for name in contenders}
    for repetition in range(repetitions):
        for name, contender in contenders.items():
            seconds, outcome = contender(repetition)
            timed[name].seconds.append(seconds)
            timed[name].outcomes.append(outcome)
    return timed
