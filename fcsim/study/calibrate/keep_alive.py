"""Keep-alive: how long an idle instance lives, from the gaps that it survived or did not.

A request that reused an instance after an idle gap g says keep-alive > g. A cold request while
an instance was idle, or gone, since u, and never came back, says keep-alive <= u: with that
instance alive there would have been no cold start. Gaps count per instance where the log names
instances. Without names only gaps of the whole function are safe: a warm request g after the
last end says > g, a cold one <= g.

A fixed keep-alive K has a likelihood that jumps: with w gaps on the wrong side of K out of n it
is (w/n)^w (1 - w/n)^(n-w), as if each gap were misjudged with probability w/n. Where no gap is
on the wrong side all K between the largest reused and the smallest expired gap are equally
likely, so the maximum is a bracket and no point. If gaps fall as densely below K as above it,
the place of K in the bracket is uniform, and the middle 95 % of the bracket hold it with 95 %.
Where gaps are a known number of times denser below, the place is not uniform but its quantiles
follow (the ratio of two exponentials): see :func:`inside`. Logged milliseconds blur both ends.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fcsim.study.calibrate.log import Floats, Log
from fcsim.study.calibrate.report import Estimate, Fit, Unidentified, shown
from fcsim.study.calibrate.values import duration

__all__ = ["Gaps", "fit_keep_alive", "gaps", "inside"]

_BLUR = 2e-3
"""Seconds by which a gap of a log in whole milliseconds may be off."""
_NEIGHBOURS = 10
"""Gaps on each side that tell how densely gaps fall there."""
_DROP = 1.92
"""Fall of the log-likelihood at the ends of a 95 % interval (chi-square, one parameter)."""


@dataclass(frozen=True)
class Gaps:
    """Idle gaps, sorted: those that an instance survived, and bounds of those it did not."""

    reused: Floats
    expired: Floats
    per_instance: bool
    contradictions: int = 0
    """Cold starts while an instance was idle that was reused later."""

    def wrong(self, threshold: Floats) -> Floats:
        """Return how many gaps contradict each threshold."""
        above = len(self.reused) - np.searchsorted(self.reused, threshold, side="left")
        below = np.searchsorted(self.expired, threshold, side="left")
        return np.asarray(above + below, dtype=np.float64)


def gaps(log: Log) -> Gaps:
    """Return the idle gaps of on-demand instances."""
    log = log.select(~log.refused)
    if log.has_instances:
        return _per_instance(log.select(~log.columns["minimum"]), log.arrival[log.cold])
    return _of_function(log)


def _of_function(log: Log) -> Gaps:
    last = np.maximum.accumulate(log.end)[:-1]
    idle, cold = log.arrival[1:] - last, log.cold[1:]
    sure = (idle > 0) & ~log.failed[1:]
    return Gaps(np.sort(idle[sure & ~cold]), np.sort(idle[sure & cold]), per_instance=False)


def _per_instance(log: Log, colds: Floats) -> Gaps:
    reused: list[Floats] = []
    expired: list[float] = []
    contradictions = 0
    order = np.lexsort((log.start, log.instance))
    number = log.instance[order]
    for rows in np.split(order, np.flatnonzero(np.diff(number)) + 1):
        if not len(rows):
            continue
        end = np.maximum.accumulate(log.end[rows])
        idle = log.arrival[rows[1:]] - end[:-1]
        reused.append(idle[idle > 0])
        between = np.searchsorted(colds, log.arrival[rows[1:]]) - np.searchsorted(colds, end[:-1])
        contradictions += int(np.sum(between[idle > 0] > 0))
        following = int(np.searchsorted(colds, end[-1], side="right"))
        if following < len(colds) and not log.failed[rows[-1]]:
            expired.append(float(colds[following] - end[-1]))
    together = np.sort(np.concatenate(reused)) if reused else np.empty(0)
    return Gaps(together, np.sort(np.array(expired)), True, contradictions)


def fit_keep_alive(name: str, log: Log) -> Fit | Unidentified:
    """Fit ``keep_alive`` of a function as one fixed time."""
    path = f"functions.{name}.keep_alive"
    found = gaps(log)
    if not len(found.expired) or not len(found.reused):
        return Unidentified(path, _one_sided(found))
    low, high = _bracket(found)
    estimate = Estimate("keep_alive", (low + high) / 2, *inside(found, low, high))
    rule = _rule(found, low, high)
    warnings = _warnings(found, estimate)
    written = duration(estimate.value)
    number = len(found.reused) + len(found.expired)
    return Fit(path, written, (estimate,), number, rule, tuple(warnings), found)


def _one_sided(found: Gaps) -> str:
    if not len(found.expired) and not len(found.reused):
        return "no instance was idle before a request"
    if not len(found.expired):
        bound = shown(float(found.reused[-1]), "duration")
        return f"no cold start after an idle gap: only longer than {bound}, the longest gap reused"
    bound = shown(float(found.expired[0]), "duration")
    return f"no instance was reused after a gap: only at most {bound}, the shortest that expired"


def _bracket(found: Gaps) -> tuple[float, float]:
    """Return the ends of the thresholds that are likely: next to the best, by likelihood."""
    edges = np.unique(np.concatenate([[0.0], found.reused, found.expired]))
    middles = (edges[1:] + edges[:-1]) / 2
    total = len(found.reused) + len(found.expired)
    error = np.maximum(found.wrong(middles), 0.5) / total
    likelihood = total * (error * np.log(error) + (1 - error) * np.log1p(-error))
    likely = np.flatnonzero(likelihood >= likelihood.max() - _DROP)
    return float(edges[likely[0]]), float(edges[likely[-1] + 1])


def inside(found: Gaps, low: float, high: float) -> tuple[float, float]:
    """Return the 95 % interval of the keep-alive in the bracket from *low* to *high*.

    With gaps c times as dense below the bracket as above it, the share r of the bracket below
    the keep-alive has P(r < x) = c x / (c x + 1 - x).
    """
    below = _density(low - found.reused[found.reused <= low][::-1])
    above = _density(found.expired[found.expired >= high] - high)
    c = below / above if below > 0 and above > 0 else 1.0
    ends = [q / (q + c * (1 - q)) for q in (0.025, 0.975)]
    return low + ends[0] * (high - low) - _BLUR, low + ends[1] * (high - low) + _BLUR


def _density(distances: Floats) -> float:
    """Return how many gaps a second fall beside the bracket; 0: not known."""
    near = distances[1 : _NEIGHBOURS + 1]  # the first is the end of the bracket
    return len(near) / float(near[-1]) if len(near) >= 3 and near[-1] > 0 else 0.0


def _rule(found: Gaps, low: float, high: float) -> str:
    wrong = int(found.wrong(np.array([(low + high) / 2]))[0])
    whose = "per instance" if found.per_instance else "of the whole function (no instance ids)"
    return (
        f"fixed threshold, gaps {whose}: {len(found.reused)} reused, {len(found.expired)} bounds "
        f"from instances that never came back, {wrong} on the wrong side; bracket "
        f"{shown(low, 'duration')} to {shown(high, 'duration')}, of it the part that holds the "
        "threshold with 95 %"
    )


def _warnings(found: Gaps, estimate: Estimate) -> list[str]:
    warnings = []
    wrong = int(found.wrong(np.array([estimate.value]))[0])
    if wrong > 0.05 * len(found.expired):
        beyond = found.reused[found.reused > estimate.value]
        early = found.expired[found.expired < estimate.value]
        warnings.append(
            f"no fixed keep-alive: {len(early)} cold starts came sooner after an idle instance's "
            f"last request, {len(beyond)} reuses later; the interval does not cover that"
        )
    if estimate.high - estimate.low > 0.5 * estimate.value:
        warnings.append("at bound: the bracket is wide; few gaps are near the keep-alive")
    if found.contradictions:
        warnings.append(
            f"{found.contradictions} idle gaps saw a cold start though the instance was reused "
            "later: this platform does not always fill idle instances first"
        )
    return warnings
