"""Points on an existing Dask cluster; Dask moves the points of a dead worker to others."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from fcsim.errors import UsageError
from fcsim.study.outcome import Outcome
from fcsim.study.point import Point, fingerprint, simulate

__all__ = ["PATIENCE", "simulate_on_cluster"]

PATIENCE = 60.0
"""Seconds to wait for a worker, unless another time is given."""
_LOOK = 2.0
"""Most seconds without an answer before workers are counted."""


def simulate_on_cluster(
    points: Sequence[Point], address: str, patience: float, notice: Callable[[str], object]
) -> Iterator[Outcome]:
    """Yield the outcomes of *points* as they come from the cluster whose scheduler is *address*.

    Workers need fcsim of the same version, and the scenario's files at the same absolute paths.
    *notice* is told when there are none. Raises UsageError when Dask is not installed, no
    scheduler answers, or there is no worker for *patience* seconds, at the beginning or later.
    """
    finished: SimpleQueue[Any] = SimpleQueue()
    with _client(address) as client:
        watch = _Watch(client, address, patience, notice)
        futures = {
            client.submit(simulate, _absolute(point), fingerprint(), pure=False): point.key
            for point in points
        }
        for future in futures:
            future.add_done_callback(finished.put)
        for _ in points:
            future = watch.next(finished)
            yield _outcome(future, futures[future])
            future.release()


def _client(address: str) -> Any:
    try:
        distributed: Any = import_module("distributed")
    except ImportError:
        raise UsageError("a cluster needs Dask: pip install 'fcsim[cluster]'") from None
    try:
        return distributed.Client(address, set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        raise UsageError(f"no Dask scheduler answers at {address}: {error}") from None


class _Watch:
    """Waits for answers, but not for ever when nobody is there to give them."""

    def __init__(
        self, client: Any, address: str, patience: float, notice: Callable[[str], object]
    ) -> None:
        self._client = client
        self._address = address
        self._patience = patience
        self._notice = notice
        self._alone: float | None = None
        """Since when there is no worker."""
        self._told = False

    def next(self, finished: SimpleQueue[Any]) -> Any:
        """Return what *finished* gets next; UsageError without workers for too long."""
        while True:
            try:
                return finished.get(timeout=min(_LOOK, self._patience / 4))
            except Empty:
                self._count_workers()

    def _count_workers(self) -> None:
        if self._client.nthreads():
            self._alone = None
            return
        now = monotonic()
        self._alone = now if self._alone is None else self._alone
        if now - self._alone > self._patience:
            raise UsageError(
                f"the Dask scheduler at {self._address} has had no worker for "
                f"{self._patience:g} s; start some: dask worker {self._address} --nthreads 1"
            )
        if not self._told:
            self._told = True
            self._notice(f"no worker at {self._address}: waiting up to {self._patience:g} s")


def _absolute(point: Point) -> Point:
    return Point(point.scenario.anchored(), point.replication, point.objectives)


def _outcome(future: Any, key: str) -> Outcome:
    try:
        outcome: Outcome = future.result()
    except Exception as error:
        return Outcome(key, {}, 0.0, f"{type(error).__name__}: {error}")
    return outcome
