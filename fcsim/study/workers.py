"""Where points are simulated: here, in local processes, or on a cluster. Numbers are the same."""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from types import TracebackType

from fcsim.errors import FcsimError, InvariantError, UsageError
from fcsim.study.cluster import PATIENCE, simulate_on_cluster
from fcsim.study.outcome import Outcome
from fcsim.study.point import Point, simulate
from fcsim.study.processes import Pool
from fcsim.study.store import Store
from fcsim.workload.source import expected_requests

__all__ = ["Work"]

_QUICK = 100_000
"""Expected requests in all that are simulated sooner than processes start."""
_STARTED = 2.0
"""Seconds in which processes certainly start."""


@dataclass(eq=False)
class Work:
    """Where runs are simulated and kept.

    Local processes last until the end of the outermost ``with work:``, so that a study that asks
    for its runs bit by bit starts them once; without one, each question starts its own. Raises
    UsageError for workers that cannot be.
    """

    workers: int | None = None
    """Local processes (1: this one; None: one a core, or this one while there is little to do)."""
    cluster: str | None = None
    """The address of a Dask scheduler instead."""
    store: Store | None = None
    """Outcomes that it has are taken from it; others are put there, failures excepted."""
    progress: Callable[[int, int], None] | None = None
    """Called with the number of distinct points done and their total: first with those that the
    store had, then as each finishes."""
    notice: Callable[[str], None] | None = None
    """Told of what makes the user wait."""
    patience: float = PATIENCE
    """Seconds that a cluster may be without workers."""
    _pool: Pool | None = field(default=None, init=False, repr=False)
    _depth: int = field(default=0, init=False, repr=False)
    _seconds: list[float] = field(default_factory=list, init=False, repr=False)
    """What each point took that was left to this process."""

    def __post_init__(self) -> None:
        """Check what was given."""
        if self.workers is not None and self.workers < 1:
            raise UsageError(f"workers: at least 1; got {self.workers}")
        if self.workers is not None and self.cluster is not None:
            raise UsageError("workers are local processes and a cluster has its own: give one")

    def __enter__(self) -> Work:
        """Let local processes last; may be nested."""
        self._depth += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """End local processes when this is the outermost."""
        self._depth -= 1
        if not self._depth and self._pool is not None:
            self._pool.close()
            self._pool = None

    def outcomes(self, points: Iterable[Point]) -> Iterator[tuple[Point, Outcome]]:
        """Yield each of *points* with its outcome, in the order given, whatever the workers.

        Equal points are simulated once. A point that fails has an outcome with an ``error``.
        """
        asked = list(points)
        distinct = {point.key: point for point in asked}
        done = self._kept(distinct)
        tell = self.progress or _nothing
        tell(len(done), len(distinct))
        pending = [point for key, point in distinct.items() if key not in done]
        with closing(self._simulated(pending)) as coming:
            for point in asked:
                while point.key not in done:
                    outcome = next(coming)
                    done[outcome.key] = outcome
                    if self.store is not None and not outcome.error:
                        self.store.put(outcome)
                    tell(len(done), len(distinct))
                yield point, done[point.key]

    def done(self, points: Iterable[Point]) -> Iterator[Outcome]:
        """Yield the outcomes of *points*; InvariantError when one has none."""
        for point, outcome in self.outcomes(points):
            if outcome.error:
                raise InvariantError(f"run {point.replication} failed: {outcome.error}")
            yield outcome

    def _kept(self, keys: Iterable[str]) -> dict[str, Outcome]:
        if self.store is None:
            return {}
        found = ((key, self.store.get(key)) for key in keys)
        return {key: outcome for key, outcome in found if outcome is not None}

    def _simulated(self, points: Sequence[Point]) -> Generator[Outcome, None, None]:
        """Yield outcomes in whatever order they come."""
        if not points:
            return
        if self.cluster is not None:
            tell = self.notice or _nothing
            yield from simulate_on_cluster(points, self.cluster, self.patience, tell)
            return
        count = self._processes(points)
        if count == 1:
            for outcome in map(simulate, points):
                self._seconds.append(outcome.seconds)
                yield outcome
            return
        if self._depth and self._pool is None:
            self._pool = Pool()
        if self._pool is not None and not self._pool.busy:
            yield from self._pool.simulate(points, count)
            return
        with closing(Pool()) as pool:
            yield from pool.simulate(points, count)

    def _processes(self, points: Sequence[Point]) -> int:
        """Return how many processes *points* are worth; 1: this one."""
        if self.workers is not None:
            return self.workers
        if self._pool is not None:
            return _cores()  # they run already and cost nothing
        return min(len(points), _cores()) if len(points) > 1 and self._are_many(points) else 1

    def _are_many(self, points: Sequence[Point]) -> bool:
        """Tell whether *points* take longer here than processes take to start.

        That goes by the time that others took here, if there were any: all together they are as
        good a reason, as what asks often will ask again.
        """
        if self._seconds:
            spent = sum(self._seconds)
            return max(spent, spent / len(self._seconds) * len(points)) > _STARTED
        try:
            return len(points) * expected_requests(points[0].scenario) >= _QUICK
        except (FcsimError, OSError):
            return False


def _nothing(*_: object) -> None:
    pass


def _cores() -> int:
    affinity = getattr(os, "sched_getaffinity", None)
    return len(affinity(0)) if affinity else os.cpu_count() or 1
