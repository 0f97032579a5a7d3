"""Keep-alive: how long an idle instance lives, from the gaps that it survived or did not.

A request that reused an instance after an idle gap g says keep-alive > g. A cold request while
an instance was idle, or gone, since u, and never came back, says keep-alive <= u: with that
instance alive there would have been no cold start. Gaps count per instance where the log names
instances. Without names only gaps of the whole function are safe: a warm request g after the
last end says > g, a cold one <= g.

A fixed keep-alive K has a likelihood that jumps: it is 1 between the largest reused and the
smallest expired gap and 0 elsewhere, so the maximum is a bracket and no point. If gaps fall as
densely below K as above it, the place of K in the bracket is uniform, and the middle 95 % of the
bracket hold it with 95 %. Where gaps are a known number of times denser below, the place is not
uniform but its quantiles follow (the ratio of two exponentials): see :func:`inside`. Logged
milliseconds blur both ends.

Where gaps contradict every fixed K (a reused one is longer than an expired one), K is put where
as many reused gaps lie above as expired ones below. A simulation with that K turns the first
into cold starts and the second into warm ones, so their number comes out right. The interval is
then a bootstrap over gaps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from fcsim.streams import Streams
from fcsim.study.calibrate.log import Floats, Log
from fcsim.study.calibrate.report import Estimate, Fit, Unidentified, shown
from fcsim.study.calibrate.values import duration

__all__ = ["Gaps", "balance", "fit_keep_alive", "gaps", "inside"]

_BLUR = 2e-3
"""Seconds by which a gap of a log in whole milliseconds may be off."""
_NEIGHBOURS = 10
"""Gaps on each side that tell how densely gaps fall there."""
_BOOTSTRAPS = 400


@dataclass(frozen=True)
class Gaps:
    """Idle gaps, sorted: those that an instance survived, and bounds of those it did not."""

    reused: Floats
    expired: Floats
    per_instance: bool
    contradictions: int = 0
    """Cold starts while an instance was idle that was reused later."""


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
    for rows in log.by_instance():
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
    low, high = float(found.reused[-1]), float(found.expired[0])
    if low < high + _BLUR:
        low, high = min(low, high), max(low, high)
        estimate = Estimate("keep_alive", (low + high) / 2, *inside(found, low, high))
        rule = _rule(found, low, high)
    else:
        value = balance(found.reused, found.expired)
        estimate = Estimate("keep_alive", value, *_bootstrap(name, found))
        rule = _balance_rule(found)
    number = len(found.reused) + len(found.expired)
    warnings = tuple(_warnings(found, estimate))
    written = duration(estimate.value)
    return Fit(path, written, (estimate,), number, rule, warnings, found)


def _one_sided(found: Gaps) -> str:
    if not len(found.expired) and not len(found.reused):
        return "no instance was idle before a request"
    if not len(found.expired):
        bound = shown(float(found.reused[-1]), "duration")
        return f"no cold start after an idle gap: only longer than {bound}, the longest gap reused"
    bound = shown(float(found.expired[0]), "duration")
    return f"no instance was reused after a gap: only at most {bound}, the shortest that expired"


def balance(reused: Floats, expired: Floats) -> float:
    """Return the time with as many reused gaps above it as expired ones below, both sorted."""
    edges = np.unique(np.concatenate([[0.0], reused, expired]))
    middles = (edges[1:] + edges[:-1]) / 2
    above = len(reused) - np.searchsorted(reused, middles)
    surplus = np.searchsorted(expired, middles) - above  # rises from below 0 to above 0
    even = np.flatnonzero(np.abs(surplus) == np.abs(surplus).min())
    return float((edges[even[0]] + edges[even[-1] + 1]) / 2)


def _bootstrap(name: str, found: Gaps) -> tuple[float, float]:
    generator = Streams(0).generator("calibrate.keep_alive", name)

    def again(values: Floats) -> Floats:
        return np.sort(generator.choice(values, len(values)))

    values = [balance(again(found.reused), again(found.expired)) for _ in range(_BOOTSTRAPS)]
    low, high = np.quantile(values, [0.025, 0.975]).tolist()
    return low, high


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


def _seen(found: Gaps) -> str:
    whose = "per instance" if found.per_instance else "of the whole function (no instance ids)"
    return (
        f"gaps {whose}: {len(found.reused)} reused, {len(found.expired)} bounds from instances "
        "that never came back"
    )


def _rule(found: Gaps, low: float, high: float) -> str:
    return (
        f"fixed time, {_seen(found)}; bracket {shown(low, 'duration')} to "
        f"{shown(high, 'duration')}, of it the part that holds the time with 95 %"
    )


def _balance_rule(found: Gaps) -> str:
    return f"balance of misjudged gaps, {_seen(found)}; bootstrap interval"


def _warnings(found: Gaps, estimate: Estimate) -> list[str]:
    warnings = []
    late = int((found.reused > estimate.value + _BLUR).sum())
    early = int((found.expired < estimate.value - _BLUR).sum())
    if late or early:
        warnings.append(
            f"no fixed keep-alive: {early} of {len(found.expired)} bounds are shorter, {late} of "
            f"{len(found.reused)} reused gaps longer"
        )
    if estimate.high - estimate.low > 0.5 * estimate.value:
        warnings.append("at bound: the bracket is wide; few gaps are near the keep-alive")
    if found.contradictions:
        warnings.append(
            f"{found.contradictions} idle gaps saw a cold start though the instance was reused "
            "later: this platform does not always fill idle instances first"
        )
    return warnings
