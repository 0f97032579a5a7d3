"""Where points are simulated: here, in local processes, or on a cluster. Numbers are the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing

from fcsim.errors import FcsimError, UsageError
from fcsim.study.cluster import simulate_on_cluster
from fcsim.study.point import Outcome, Point, simulate
from fcsim.study.processes import simulate_in_processes
from fcsim.study.store import Store
from fcsim.workload.source import expected_requests

__all__ = ["evaluate"]

_QUICK = 100_000
"""Expected requests in all that are simulated sooner than processes start."""


def evaluate(
    points: Iterable[Point],
    *,
    store: Store | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Iterator[tuple[Point, Outcome]]:
    """Yield each of *points* with its outcome, in the order given, whatever the workers.

    Outcomes that *store* has are taken from it; others are put there as they finish, failures
    excepted. *workers* are local processes (1: this one; None: one a core, or this one when
    there is little to do); *cluster* is the address of a Dask scheduler instead. *progress* is
    called with the number of distinct points done and their total: first with those that the
    store had, then as each finishes.

    A point that fails has an outcome with an ``error``. Raises UsageError at once for workers
    that cannot be.
    """
    if workers is not None and workers < 1:
        raise UsageError(f"workers: at least 1; got {workers}")
    if workers is not None and cluster is not None:
        raise UsageError("workers are local processes and a cluster has its own: give one")
    return _evaluate(list(points), store, workers, cluster, progress or _nothing)


def _nothing(done: int, total: int) -> None:
    pass


def _evaluate(
    points: list[Point],
    store: Store | None,
    workers: int | None,
    cluster: str | None,
    progress: Callable[[int, int], None],
) -> Iterator[tuple[Point, Outcome]]:
    distinct = {point.key: point for point in points}
    done: dict[str, Outcome] = {}
    if store is not None:
        done = {key: outcome for key in distinct if (outcome := store.get(key)) is not None}
    pending = [point for key, point in distinct.items() if key not in done]
    progress(len(done), len(distinct))
    with closing(_outcomes(pending, workers, cluster)) as coming:
        for point in points:
            while point.key not in done:
                outcome = next(coming)
                done[outcome.key] = outcome
                if store is not None and not outcome.error:
                    store.put(outcome)
                progress(len(done), len(distinct))
            yield point, done[point.key]


def _outcomes(
    points: list[Point], workers: int | None, cluster: str | None
) -> Generator[Outcome, None, None]:
    """Yield outcomes in whatever order they come."""
    if cluster is not None and points:
        yield from simulate_on_cluster(points, cluster)
        return
    count = workers or _suitable(points)
    if count > 1:
        yield from simulate_in_processes(points, count)
    else:
        yield from map(simulate, points)


def _suitable(points: list[Point]) -> int:
    """Return how many local workers are worth starting."""
    if len(points) < 2:
        return 1
    try:
        requests = len(points) * expected_requests(points[0].scenario)
    except (FcsimError, OSError):
        return 1
    return 1 if requests < _QUICK else min(len(points), _cores())


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
