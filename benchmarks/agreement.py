"""Do two simulators of one workload agree? Asked before any ratio of their speeds is told."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from statistics import mean, stdev
from typing import Any

import numpy as np

import fcsim
from fcsim.streams import Streams
from fcsim.workload.source import Requests

__all__ = ["Disagreement", "check", "check_exactly", "figures", "requests"]

Figures = Mapping[str, float]
CHANCE = 1e-3
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


def check_exactly(name: str, rival: Figures, ours: Figures) -> None:
    """Compare two runs of the same requests: equal cold starts, latency within 1e-9."""
    if rival["cold"] != ours["cold"] or abs(rival["latency"] - ours["latency"]) > 1e-9:
        raise Disagreement(f"{name} {rival} and fcsim {ours} differ on the same requests")


def requests(source: Mapping[str, Any]) -> list[np.ndarray]:
    """Return times, functions and work of the requests that fcsim makes of a scenario."""
    loaded = fcsim.load(source)
    made = Requests(loaded, Streams(loaded.seed, 0))
    blocks = list(iter(made.block, None))
    columns = ("time", "function", "work")
    return [np.concatenate([getattr(block, name) for block in blocks]) for name in columns]


def check(name: str, rival: Sequence[Figures], ours: Sequence[Figures]) -> str:
    """Compare cold starts, instances and latency; return a sentence or raise Disagreement.

    The spread comes from fcsim's independent replications (two or more) and holds for both.
    """
    from scipy.stats import t

    factor = t.ppf(1 - CHANCE / 2, len(ours) - 1) * math.sqrt(1 / len(ours) + 1 / len(rival))
    told = []
    for key in ("cold", "instances", "latency"):
        left, right = [run[key] for run in ours], [run[key] for run in rival]
        difference, tolerance = mean(right) - mean(left), factor * stdev(left)
        told.append(f"{key} {mean(right):.4g} / {mean(left):.4g} (± {tolerance:.2g})")
        if not abs(difference) <= tolerance:
            raise Disagreement(f"{name} and fcsim differ: {told[-1]}")
    return f"{name} agrees with fcsim: " + ", ".join(told)
