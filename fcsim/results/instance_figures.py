"""KPIs of instances and images, from the rows of instances and transfers.

An instance is alive from ``created`` to ``gone``: starting until ``ready`` (or its failure), in
service until ``stopping``, then in pre-stop. In service it is busy with a request, or idle.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.intervals import inside, overlap
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.request_summary import Table
    from fcsim.sim.record import Columns, Record

    Floats = NDArray[np.float64]

__all__ = ["PHASES", "became_ready", "instance_figures", "peak", "phase_seconds", "until"]

PHASES: dict[str, tuple[str, str]] = {
    "placing": ("created", "placed"),
    "credential": ("placed", "credential"),
    "pull": ("credential", "pulled"),
    "create": ("pulled", "started"),
    "server": ("started", "served"),
    "initializer": ("served", "ready"),
}
"""Phases of a start in order, with the columns that begin and end them."""


def until(instances: Columns, *moments: str) -> Floats:
    """Return the first of *moments* (column names, earliest first) that was reached, or NaN."""
    reached = instances[moments[-1]]
    for moment in reversed(moments[:-1]):
        reached = np.where(np.isnan(instances[moment]), reached, instances[moment])
    return reached


def became_ready(record: Record) -> NDArray[np.bool_]:
    """Mark instances whose start ended in the window.

    Minimum instances that were ready at t = 0 did not start in the run and do not count.
    """
    ready = record.instances["ready"]
    chosen = inside(ready, record.window)
    chosen[(record.instances["kind"] != Kind.ON_DEMAND) & (ready <= 0)] = False
    return chosen


def phase_seconds(instances: Columns, phase: str) -> Floats:
    """Return how long *phase* took for each instance; NaN when it did not end."""
    begin, end = PHASES[phase]
    return instances[end] - instances[begin]


def instance_figures(record: Record) -> Table:
    """Return the KPIs ``cold_start.phase``, ``instances`` and ``image`` by function and overall."""
    return _phases(record) | _population(record) | _images(record)


def _phases(record: Record) -> Table:
    chosen = became_ready(record)
    function = record.instances["function"][chosen]
    return {
        f"cold_start.phase.{phase}.mean": _mean(
            function, phase_seconds(record.instances, phase)[chosen], len(record.functions)
        )
        for phase in PHASES
    }


def _population(record: Record) -> Table:
    instances, window, n = record.instances, record.window, len(record.functions)
    function, created, gone = (instances[name] for name in ("function", "created", "gone"))
    length = window[1] - window[0]
    alive = _total(function, overlap(created, gone, window), n) / length
    service = overlap(instances["ready"], until(instances, "stopping", "gone"), window)
    busy = _total(function, instances["busy"], n) / length
    left = inside(gone, window)
    return {
        "instances.created": _total(function, inside(created, window), n),
        "instances.mean": alive,
        "instances.peak": _peaks(record),
        "instances.mean_busy": busy,
        "instances.mean_idle": np.maximum(_total(function, service, n) / length - busy, 0.0),
        "instances.failed": _total(function, left & np.isnan(instances["ready"]), n),
        "instances.lost": _total(
            function, left & ~np.isnan(instances["ready"]) & (instances["error"] > 0), n
        ),
        "instances.mean_life": _mean(function[left], (gone - created)[left], n),
    }


def _images(record: Record) -> Table:
    instances, window, n = record.instances, record.window, len(record.functions)
    function, pulls = instances["function"], record.pulls
    ended = inside(instances["pulled"], window)
    pulled = np.where(ended, instances["bytes_pulled"], 0.0)
    waited_for = _total(function, pulled, n)
    waited_for[-1] = pulls["bytes"][inside(pulls["transferred"], window)].sum()
    pull_end = until(instances, "pulled", "stopping", "gone")
    return {
        "image.bytes_pulled": waited_for,
        "image.bytes_from_cache": _total(
            function, np.where(ended, instances["bytes_cached"], 0), n
        ),
        "image.pulls": _total(function, pulled > 0, n),
        "image.pull_seconds": _total(
            function, overlap(instances["credential"], pull_end, window), n
        ),
    }


def _total(function: NDArray[np.integer], values: NDArray[np.generic], count: int) -> Floats:
    """Return sums by function, and their total last."""
    sums = np.bincount(function, weights=values.astype(np.float64), minlength=count)
    return np.append(sums, sums.sum())


def _mean(function: NDArray[np.integer], values: Floats, count: int) -> Floats:
    """Return means by function and overall, over values that are numbers."""
    known = ~np.isnan(values)
    number = _total(function[known], known[known], count)
    sums = _total(function[known], values[known], count)
    mean = np.full(count + 1, np.nan)
    np.divide(sums, number, out=mean, where=number > 0)
    return mean


def _peaks(record: Record) -> Floats:
    instances, n = record.instances, len(record.functions)
    function, begin, end = (instances[name] for name in ("function", "created", "gone"))
    whole = peak(np.zeros_like(function), begin, end, record.window, 1)
    return np.append(peak(function, begin, end, record.window, n), whole)


def peak(
    owner: NDArray[np.integer],
    begin: Floats,
    end: Floats,
    window: tuple[float, float],
    count: int,
) -> Floats:
    """Return the most intervals that each of *count* owners had at one time in *window*.

    An interval that ends when another begins does not meet it.
    """
    lasting = overlap(begin, end, window) > 0
    owner, begin, end = owner[lasting], begin[lasting], end[lasting]
    times = np.concatenate([np.maximum(begin, window[0]), np.where(np.isnan(end), np.inf, end)])
    change = np.repeat([1, -1], len(begin))
    owners = np.tile(owner, 2)
    order = np.lexsort((change, times, owners))
    level = np.cumsum(change[order])  # every owner's changes sum to 0: no carry-over to the next
    highest = np.zeros(count)
    np.maximum.at(highest, owners[order], level)
    return highest
