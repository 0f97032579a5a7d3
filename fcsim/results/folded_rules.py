"""What must hold of the sums that were folded from requests, beside the rows of instances."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.instance_figures import until
from fcsim.results.loops import FIRST, HANDED, LAST, LASTED, LEFT, LONGEST, UNION
from fcsim.results.request_rules import first_of
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.folds import Folds
    from fcsim.sim.record import Columns, Record

__all__ = ["TOLERANCE", "began", "broken_folds", "slack"]

TOLERANCE = 1e-9
"""Relative error that sums of seconds may have."""


def broken_folds(record: Record, folds: Folds) -> Iterator[str]:
    """Yield every rule that *folds* breaks, with the first instance that breaks it."""
    yield from folds.broken
    folds.service.grow(len(record.instances["created"]) - 1)
    yield from _stay(record, folds)
    yield from _loads(record, folds)
    started = record.instances["function"][began(record.instances)]
    more = folds.rules.cold > np.bincount(started, minlength=len(record.functions))
    yield from first_of(more, "functions: more cold starts than instances that started")
    flown, lasted = float(folds.flow.flying().sum()), folds.flow.durations
    if not abs(flown - lasted) <= TOLERANCE * max(flown, lasted) + slack(record):
        yield f"requests: {flown!r} s in flight over time, but {lasted!r} s one by one"


def _stay(record: Record, folds: Folds) -> Iterator[str]:
    """Check that requests were only where and when an instance of their function served."""
    instances, use = record.instances, folds.service
    leaves = until(instances, "stopping", "gone")
    if use.strangers:
        yield f"requests: {use.strangers} on an instance of another function"
    used = use.used(HANDED) > 0
    early = used & ~(use.used(FIRST) >= instances["ready"])
    yield from first_of(early, "instances: a request before it was ready")
    after = used & (use.used(LAST) > leaves)
    yield from first_of(after, "instances: a request after it was taken out of service")
    left = (use.used(LEFT) > 0) & ~np.isnan(leaves)
    yield from first_of(left, "instances: an unfinished request on one that is gone")
    differs = use.used(HANDED) != instances["requests"]
    yield from first_of(differs, "instances: column requests differs from the requests")


def _loads(record: Record, folds: Folds) -> Iterator[str]:
    """Check busy time against all its requests together, and against the longest."""
    busy, use, least = record.instances["busy"], folds.service, slack(record)
    union = ~(np.abs(use.used(UNION) - busy) <= least)
    yield from first_of(union, "instances: column busy differs from the union of its requests")
    short = busy < use.used(LONGEST) - least
    yield from first_of(short, "instances: busy shorter than the longest request")
    long = busy > use.used(LASTED) * (1 + TOLERANCE) + least
    yield from first_of(long, "instances: busy longer than all requests together")


def began(instances: Columns) -> NDArray[np.bool_]:
    """Mark instances that started in the run; minimum ones of t = 0 were there."""
    marks: NDArray[np.bool_] = (instances["kind"] != Kind.MINIMUM) | (instances["created"] > 0)
    return marks


def slack(record: Record) -> float:
    """Return the seconds by which sums over the window may differ."""
    begin, end = record.window
    return TOLERANCE * (end - begin)
