"""Points on an existing Dask cluster; Dask moves the points of a dead worker to others."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

from fcsim.errors import UsageError
from fcsim.study.point import Outcome, Point, fingerprint, simulate

__all__ = ["simulate_on_cluster"]


def simulate_on_cluster(points: Sequence[Point], address: str) -> Iterator[Outcome]:
    """Yield the outcomes of *points* as they come from the cluster whose scheduler is *address*.

    Workers need fcsim of the same version, and the scenario's files at the same absolute paths.
    Raises UsageError when Dask is not installed or no scheduler answers.
    """
    with _client(address) as client:
        futures = {
            client.submit(simulate, _absolute(point), fingerprint(), pure=False): point.key
            for point in points
        }
        for future in _completed(client, list(futures)):
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


def _completed(client: Any, futures: list[Any]) -> Iterator[Any]:
    distributed: Any = import_module("distributed")
    yield from distributed.as_completed(futures, loop=client.loop)


def _absolute(point: Point) -> Point:
    return Point(point.scenario.anchored(), point.replication)


def _outcome(future: Any, key: str) -> Outcome:
    try:
        outcome: Outcome = future.result()
    except Exception as error:
        return Outcome(key, {}, 0.0, f"{type(error).__name__}: {error}")
    return outcome
