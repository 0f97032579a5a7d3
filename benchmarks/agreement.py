"""Do two simulators of one workload agree? Asked before any ratio of their speeds is told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

__all__ = ["Disagreement", "check", "figures"]

Figures = Mapping[str, float]
CHANCE = 1e-4
"""Of calling two equal simulators different, for each figure."""


class Disagreement(Exception):
    """A rival does not simulate what fcsim simulates."""


def figures(kpis: Mapping[str, Any]) -> dict[str, float]:
    """Return fcsim's figures under the names that the rivals use."""
    return {
        "requests": kpis["requests"]["arrived"],
        "cold": kpis["requests"]["cold"],
        "instances": kpis["instances"]["mean"],
        "latency": kpis["latency"]["mean"],
    }


def check(name: str, rival: Sequence[Figures], fcsim: Sequence[Figures]) -> str:
    """Compare cold starts, instances and latency; return a sentence or raise Disagreement.

    The spread comes from fcsim's independent replications (two or more) and holds for both.
    """
    from scipy.stats import t

    factor = t.ppf(1 - CHANCE / 2, len(fcsim) - 1) * math.sqrt(1 / len(fcsim) + 1 / len(rival))
    told = []
    for key in ("cold", "instances", "latency"):
        ours, theirs = [run[key] for run in fcsim], [run[key] for run in rival]
        difference, tolerance = mean(theirs) - mean(ours), factor * stdev(ours)
        told.append(f"{key} {mean(theirs):.4g} / {mean(ours):.4g} (± {tolerance:.2g})")
        if not abs(difference) <= tolerance:
            raise Disagreement(f"{name} and fcsim differ: {told[-1]}")
    return f"{name} agrees with fcsim: " + ", ".join(told)
