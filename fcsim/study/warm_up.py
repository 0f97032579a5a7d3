"""How long a run takes to forget that it began empty.

MSER-5 (White, Cobb and Spratt, Winter Simulation Conference 2000): group a series by five, and cut
off the beginning without which the mean of the rest has the least standard error.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from fcsim import runner, units
from fcsim.errors import UsageError
from fcsim.scenario.arrivals import ConstantRate, Mmpp, Poisson, Renewal
from fcsim.scenario.assume import with_warm_up
from fcsim.scenario.model import Scenario
from fcsim.sim.record import Outcome
from fcsim.units import format_duration
from fcsim.workload.source import expected_requests

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Record

    Floats = NDArray[np.float64]

__all__ = ["AUTO", "WarmUp", "course_of", "find_warm_up", "mser5", "warmed_up"]

AUTO = "auto"
PILOTS = 5
"""Runs whose mean course is looked at."""
_BINS = 1000
"""Most intervals of a course."""
_PER_BIN = 20
"""Requests that an interval should hold on average."""
_STEADY = (Poisson, ConstantRate, Renewal, Mmpp)


@dataclass(frozen=True)
class WarmUp:
    """The time that is left out at the beginning of each run, and what shows it."""

    seconds: float
    times: Floats
    """The middle of each interval, in seconds from the start."""
    latency: Floats
    """Mean latency of requests by interval of arrival, over the pilot runs; NaN without any."""
    instances: Floats
    """Instances alive at each time, likewise."""
    warnings: tuple[str, ...] = ()


def warmed_up(scenario: Scenario, warm_up: str | WarmUp | None) -> tuple[Scenario, WarmUp | None]:
    """Return *scenario* with the *warm_up* asked for, and how it was found.

    None keeps the scenario's own; ``auto`` looks at pilot runs; other texts are durations. One
    that was found before is taken as it is.
    """
    if warm_up is None:
        return scenario, None
    if isinstance(warm_up, WarmUp):
        same = scenario.warm_up == warm_up.seconds
        return scenario if same else with_warm_up(scenario, warm_up.seconds), warm_up
    if warm_up == AUTO:
        found = find_warm_up(scenario)
        return with_warm_up(scenario, found.seconds), found
    try:
        seconds = units.parse(warm_up, "duration")
    except ValueError as error:
        raise UsageError(f"--warm-up: {error}, or auto") from None
    if not 0 <= seconds < scenario.horizon:
        horizon = format_duration(scenario.horizon)
        raise UsageError(f"--warm-up: {warm_up} is not between 0 and the horizon, {horizon}")
    return with_warm_up(scenario, seconds), None


def find_warm_up(scenario: Scenario, pilots: int = PILOTS) -> WarmUp:
    """Return the warm-up by MSER-5 on the mean course of *pilots* runs.

    It is the later one of latency and instances alive.
    """
    bare = with_warm_up(scenario, 0.0)
    found = course_of(runner.run(bare, replication=k, keep=True).record for k in range(pilots))
    cuts = [mser5(_filled(found.times, found.latency)), mser5(found.instances)]
    seconds = float(max(cuts) * scenario.horizon / len(found.times))
    return replace(found, seconds=seconds, warnings=_warnings(scenario, seconds))


def course_of(records: Iterable[Record]) -> WarmUp:
    """Return the mean course of runs of one scenario that kept their rows, and its warm-up."""
    found = []
    for record in records:
        scenario, times = record.scenario, _times(record.scenario)
        found.append(_course(record, times))
    latency = _mean([course[0] for course in found])
    instances: Floats = np.array([course[1] for course in found]).mean(axis=0)
    return WarmUp(scenario.warm_up, times, latency, instances)


def _warnings(scenario: Scenario, seconds: float) -> tuple[str, ...]:
    found = []
    if any(not isinstance(load.arrivals, _STEADY) for load in scenario.workload.values()):
        found.append(
            "the arrival rate changes with time, so there may be no steady state: a warm-up "
            "found by MSER-5 cuts off a part of what happens"
        )
    if seconds >= 0.45 * scenario.horizon:
        found.append(
            f"MSER-5 cuts off {format_duration(seconds)}, about half of the run, which says that "
            "it has not settled: make the horizon longer"
        )
    return tuple(found)


def _times(scenario: Scenario) -> Floats:
    """Return the middles of equal intervals that hold enough requests each."""
    count = int(np.clip(expected_requests(scenario) // _PER_BIN, 50, _BINS))
    return np.linspace(0, scenario.horizon, 2 * count + 1)[1::2]


def _course(record: Record, times: Floats) -> tuple[Floats, Floats]:
    """Return the mean latency of requests arriving around *times*, and instances alive then."""
    requests = record.requests
    done = requests["outcome"] == Outcome.COMPLETED
    arrival = requests["arrival"][done]
    edges = np.linspace(0, record.scenario.horizon, len(times) + 1)
    number = np.histogram(arrival, edges)[0]
    total = np.histogram(arrival, edges, weights=requests["ended"][done] - arrival)[0]
    latency = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    created, gone = (np.sort(record.instances[name]) for name in ("created", "gone"))
    alive = np.searchsorted(created, times, "right") - np.searchsorted(gone, times, "right")
    return latency, alive.astype(float)


def _mean(series: list[Floats]) -> Floats:
    """Return the mean of courses, NaN left out."""
    stacked = np.array(series)
    known = ~np.isnan(stacked)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    number = known.sum(axis=0)
    mean: Floats = np.where(number > 0, total / np.maximum(number, 1), np.nan)
    return mean


def _filled(times: Floats, course: Floats) -> Floats:
    known = ~np.isnan(course)
    if not known.any():
        return np.zeros(len(times))
    filled: Floats = np.interp(times, times[known], course[known])
    return filled


def mser5(series: Floats, group: int = 5) -> int:
    """Return how many items of *series* to cut off at its beginning: 0 to half of them."""
    whole = len(series) // group * group
    means = series[:whole].reshape(-1, group).mean(axis=1)
    count = len(means)
    if count < 2:
        return 0
    left = np.arange(count, 0, -1)
    centred = means - means.mean()
    sums, squares = (np.cumsum(x[::-1])[::-1] for x in (centred, centred**2))
    errors = (squares - sums**2 / left) / left.astype(float) ** 2
    return int(np.argmin(errors[: count // 2 + 1])) * group
