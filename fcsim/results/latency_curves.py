"""The distribution of latency by kind of request: what ``latency.csv`` holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fcsim.results.levels import thin
from fcsim.results.request_summary import ENDINGS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from fcsim.results.request_summary import RequestSummary
    from fcsim.results.samples import Ranked

__all__ = ["Curve", "CurvePoint", "curve_points", "curves", "curves_of"]

_MOST_POINTS = 240
"""Points of one curve; the tails keep every extreme."""


class CurvePoint(NamedTuple):
    """How many requests of one kind took at most so long."""

    kind: str
    """``completed``, or its parts ``warm``, ``cold``, ``waited``, ``queued``; or another end."""
    seconds: float
    requests: int


class Curve(NamedTuple):
    """The requests of one kind: ``requests[k]`` of them took at most ``seconds[k]``."""

    kind: str
    seconds: NDArray[np.float64]
    requests: NDArray[np.int64]

    @property
    def number(self) -> int:
        """Number of requests."""
        return int(self.requests[-1])


def curves_of(summary: RequestSummary) -> list[Curve]:
    """Return a curve for all completed requests and for each ending that occurred."""
    spread, whole = summary.endings(), summary.completed()
    parts = [("completed", whole, 0), *((kind, spread, k) for k, kind in enumerate(ENDINGS))]
    return [_curve(kind, ranked, group) for kind, ranked, group in parts if ranked.count[group]]


def _curve(kind: str, ranked: Ranked, group: int) -> Curve:
    number = int(ranked.count[group])
    seconds, shares = thin(number, lambda ranks: ranked.at(group, ranks), _MOST_POINTS)
    return Curve(kind, seconds, np.rint(shares * number).astype(np.int64))


def curve_points(found: Iterable[Curve]) -> Iterator[CurvePoint]:
    """Yield the points of *found*, one after the other."""
    for curve in found:
        for seconds, requests in zip(curve.seconds.tolist(), curve.requests.tolist(), strict=True):
            yield CurvePoint(curve.kind, seconds, requests)


def curves(points: Iterable[CurvePoint]) -> list[Curve]:
    """Return the curves that :func:`curve_points` took apart."""
    grouped: dict[str, list[CurvePoint]] = {}
    for point in points:
        grouped.setdefault(point.kind, []).append(point)
    return [
        Curve(kind, np.array([p.seconds for p in own]), np.array([p.requests for p in own]))
        for kind, own in grouped.items()
    ]
