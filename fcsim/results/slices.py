"""KPIs of requests in slices of time, for objectives ``in every 5 min``.

A request belongs to the slice in which it arrives, as it belongs to the window by its arrival.
Slices are cut from ``warm_up`` on; the last one may be shorter and counts like the others. A KPI
of a slice is what it would be for a run whose window is that slice.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.request_summary import RequestSummary
from fcsim.results.times import cut

if TYPE_CHECKING:
    from fcsim.results.result import Result

__all__ = ["slices"]


def slices(result: Result, every: float, function: str | None = None) -> Iterator[dict[str, float]]:
    """Yield the KPIs of requests of each slice of *every* seconds, by name without function.

    They are those of *function*, or of the whole run. It needs the rows of requests
    (``run(keep=True)``) and raises UsageError without them.
    """
    record = result.record
    names = [known.name for known in record.functions]
    row = -1 if function is None else names.index(function)
    arrival = record.requests["arrival"]
    order = np.argsort(arrival, kind="stable")
    edges = cut(*record.window, every)
    firsts = np.searchsorted(arrival, edges, sorter=order)
    for (begin, end), (first, last) in zip(
        pairwise(edges.tolist()), pairwise(firsts.tolist()), strict=True
    ):
        rows = order[first:last]
        summary = RequestSummary(len(names), (begin, end))
        summary.add({name: column[rows] for name, column in record.requests.items()})
        yield {name: float(column[row]) for name, column in summary.finish().items()}
