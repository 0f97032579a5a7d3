"""The course of a run: instances and requests over 300 equal cells of the window."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.levels import Level, level
from fcsim.sim.record import Kind, Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.folds import Folds
    from fcsim.sim.record import Columns, Record

__all__ = ["COURSE", "alive", "course", "end_of_service"]

COURSE: dict[str, tuple[str, str]] = {
    "time": ("s", "where the cell begins, from the start of the run"),
    "busy": ("instances", "with a request in flight, time average"),
    "idle": ("instances", "ready without a request, time average"),
    "starting": ("instances", "starting or in pre-stop, time average"),
    "minimum": ("instances", "minimum instances in service, time average"),
    "most_instances": ("instances", "most alive at one time"),
    "served": ("requests", "on an instance, time average"),
    "waiting": ("requests", "not yet on an instance, time average"),
    "most_requests": ("requests", "most in flight at one time"),
    "throttled": ("count", "arrived in the cell and refused with 429 or 503"),
    "failed": ("count", "arrived in the cell and failed"),
    "timed_out": ("count", "arrived in the cell and cut at the timeout"),
    "unfinished": ("count", "arrived in the cell and still under way when the drain ended"),
}
"""Columns of the course, each with its unit and meaning."""

_TROUBLES = ("throttled", "failed", "timed_out", "unfinished")


def course(record: Record, folds: Folds) -> Columns:
    """Return the columns of COURSE, a row for each cell; *folds* are the run's requests."""
    flow, instances = folds.flow, record.instances
    edges, busy, served = flow.edges, flow.busy(), flow.served()
    all_alive = alive(record)
    mean = all_alive.mean(edges)
    in_service = level(instances["ready"], end_of_service(record)).mean(edges)
    idle = np.maximum(in_service - busy, 0.0)
    columns = {
        "time": edges[:-1],
        "busy": busy,
        "idle": idle,
        "starting": np.maximum(mean - busy - idle, 0.0),
        "minimum": _minimum(record).mean(edges),
        "most_instances": all_alive.peak(edges),
        "served": served,
        "waiting": np.maximum(flow.in_flight() - served, 0.0),
        "most_requests": flow.peaks(),
    }
    for name in _TROUBLES:
        columns[name] = flow.outcomes(Outcome[name.upper()], edges).astype(np.float64)
    return columns


def alive(record: Record) -> Level:
    """Return how many instances are alive, from creation to release."""
    return level(record.instances["created"], record.instances["gone"])


def end_of_service(record: Record) -> NDArray[np.float64]:
    """Return when each instance was taken out of service; NaN when it never was."""
    instances = record.instances
    return np.where(np.isnan(instances["stopping"]), instances["gone"], instances["stopping"])


def _minimum(record: Record) -> Level:
    chosen = record.instances["kind"] == Kind.MINIMUM
    return level(record.instances["ready"][chosen], end_of_service(record)[chosen])
