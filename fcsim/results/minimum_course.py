"""Minimum instances over time: how many policies ask for, and how many there are, by function."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.course import end_of_service
from fcsim.results.levels import Level, level
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]

__all__ = ["MINIMUM_COURSE", "MOST", "minimum_course"]

MINIMUM_COURSE: dict[str, tuple[str, str]] = {
    "time": ("s", "where the cell begins, from the start of the run"),
    "function": ("name", "a function with policies"),
    "target": ("instances", "minimum that its policies ask for, time average"),
    "ready": ("instances", "minimum instances in service, time average"),
}
"""Columns of the course of minimum instances, each with its unit and meaning."""

MOST = 100
"""Functions that are kept: those whose policies ask for most."""


def minimum_course(record: Record, edges: Floats) -> Columns:
    """Return the columns of MINIMUM_COURSE, a row for each function and cell between *edges*.

    ``function`` is the position of the function in the record.
    """
    asked = record.targets
    found = {
        row: _steps(
            asked["time"][asked["function"] == row], asked["target"][asked["function"] == row]
        )
        for row in np.unique(asked["function"]).tolist()
    }
    targets = {row: one.mean(edges) for row, one in found.items()}
    largest = sorted(targets, key=lambda row: -float(targets[row].sum()))[:MOST]
    kept = [(row, targets[row], _ready(record, row).mean(edges)) for row in sorted(largest)]
    cells = len(edges) - 1
    return {
        "time": np.tile(edges[:-1], len(kept)),
        "function": np.repeat(np.array([row for row, _, _ in kept], dtype=np.int32), cells),
        "target": np.concatenate([target for _, target, _ in kept] or [np.zeros(0)]),
        "ready": np.concatenate([ready for _, _, ready in kept] or [np.zeros(0)]),
    }


def _steps(times: Floats, values: NDArray[np.int32]) -> Level:
    """Return the level that is each of *values* from its time on; of one time the last counts."""
    last = np.append(np.diff(times) > 0, True)[: len(times)]
    return Level(times[last], values[last].astype(np.float64))


def _ready(record: Record, row: int) -> Level:
    instances = record.instances
    chosen = (instances["kind"] == Kind.MINIMUM) & (instances["function"] == row)
    return level(instances["ready"][chosen], end_of_service(record)[chosen])
