"""Dispatch order: which of several idle instances got the request.

The set of instances with room at each warm arrival is rebuilt from the log's instance ids. Each
policy names one of them (``random`` any); a policy that is followed but for a share e of
requests, which go to a random instance, has the likelihood of the choices seen. The policies are
compared at their best e. The log decides if the best is 20 times as likely as the next.
"""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import log as ln

import numpy as np

from fcsim.study.calibrate.log import Log
from fcsim.study.calibrate.report import Estimate, Fit, Unidentified
from fcsim.study.calibrate.values import assumption

__all__ = ["ENOUGH_CHOICES", "POLICIES", "Choices", "choices", "fit_dispatch"]

POLICIES = ("newest_created", "most_recently_used", "least_recently_used", "least_loaded")
"""Policies with a first choice; ``random`` has none."""
ENOUGH_CHOICES = 10
"""Fewest choices among two instances or more."""
_MOST = 20_000
"""Choices that are looked at; a log with more says nothing new."""
_TIE = 2e-3
"""Seconds within which whole milliseconds cannot tell two moments apart."""
_DECISIVE = ln(20)


@dataclass
class Choices:
    """Choices among instances with room: how many, and which policies agree."""

    sizes: list[int] = field(default_factory=list)
    hits: dict[str, list[bool]] = field(default_factory=lambda: {p: [] for p in POLICIES})

    def add(self, other: Choices) -> None:
        """Append the choices of another function."""
        self.sizes += other.sizes
        for policy, hits in other.hits.items():
            self.hits[policy] += hits

    def agreement(self, policy: str) -> float:
        """Return the share of choices that are the policy's."""
        return float(np.mean(self.hits[policy])) if self.sizes else float("nan")

    def likelihoods(self) -> dict[str, float]:
        """Return the log-likelihood of each policy at its best share of random choices."""
        sizes = np.array(self.sizes, dtype=np.float64)
        errors = np.concatenate([[1e-4], np.linspace(1e-3, 1, 200)])[:, None]
        found = {"random": float(-np.log(sizes).sum())}
        for policy, hits in self.hits.items():
            chance = errors / sizes + np.where(hits, 1 - errors, 0.0)
            found[policy] = float(np.log(chance).sum(axis=1).max())
        return found


@dataclass(slots=True)
class _Instance:
    """What a policy may look at."""

    created: float
    """NaN: before the log began."""
    minimum: bool
    ready: float
    used: float
    """Last hand-over or end."""
    in_flight: int = 0


def fit_dispatch(
    logs: Mapping[str, Log],
    keep_alive: Mapping[str, float],
    concurrency: Mapping[str, int],
    date: str,
) -> Fit | Unidentified:
    """Fit ``dispatch.policy`` from the choices of all functions."""
    path = "assumptions.dispatch.policy"
    named = [name for name, log in logs.items() if log.has_instances]
    if not named:
        return Unidentified(path, "the log has no instance ids")
    seen = Choices()
    for name in named:
        seen.add(choices(logs[name], keep_alive[name], concurrency[name]))
    if len(seen.sizes) < ENOUGH_CHOICES:
        why = f"{len(seen.sizes)} requests had a choice among instances with room"
        return Unidentified(path, f"{why}; {ENOUGH_CHOICES} are needed")
    ranking = sorted(seen.likelihoods().items(), key=lambda item: -item[1])
    (best, top), (second, next_best) = ranking[:2]
    if top - next_best < _DECISIVE:
        return Unidentified(path, f"{best} and {second} explain the choices equally well")
    return _fit(path, seen, best, ranking, date)


def _fit(path: str, seen: Choices, best: str, ranking: list[tuple[str, float]], date: str) -> Fit:
    from scipy import stats

    second, distance = ranking[1][0], ranking[0][1] - ranking[1][1]
    number = len(seen.sizes)
    warnings = []
    estimates: tuple[Estimate, ...] = ()
    if best in seen.hits:
        hits = int(np.sum(seen.hits[best]))
        interval = stats.binomtest(hits, number).proportion_ci(method="exact")
        estimates = (Estimate("agreement", hits / number, interval.low, interval.high, "share"),)
        if hits < 0.9 * number:
            warnings.append("at most nine in ten choices are this policy's: no policy explains all")
    rule = (
        f"{best}: log-likelihood {distance:.1f} above the next, {second}; "
        "agreement with its exact binomial interval"
    )
    return Fit(path, assumption(best, date), estimates, number, rule, tuple(warnings), seen)


def choices(log: Log, keep_alive: float, concurrency: int) -> Choices:
    """Return the choices of one function's log, given when idle instances go."""
    sweep = _Sweep(keep_alive, concurrency)
    columns = (log.arrival, log.start, log.end, log.instance, log.cold, log.columns["minimum"])
    usable = ~log.refused & (log.instance >= 0)
    for row in zip(*(column[usable].tolist() for column in columns), strict=True):
        sweep.request(*row)
        if len(sweep.seen.sizes) >= _MOST:
            break
    return sweep.seen


class _Sweep:
    """Goes through a log in order of arrival and knows which instances have room."""

    def __init__(self, keep_alive: float, concurrency: int) -> None:
        self.seen = Choices()
        self._keep_alive, self._concurrency = keep_alive, concurrency
        self._instances: dict[int, _Instance] = {}
        self._ends: list[tuple[float, int]] = []

    def request(
        self, arrival: float, start: float, end: float, number: int, cold: bool, minimum: bool
    ) -> None:
        """Take one request into account."""
        self._release(arrival)
        known = self._instances.get(number)
        if known is None:
            created = arrival if cold else float("nan")
            known = self._instances[number] = _Instance(created, minimum, start, start)
        elif not cold and known.ready <= arrival:
            self._choice(arrival, known)
        known.in_flight += 1
        known.used = max(known.used, start)
        heapq.heappush(self._ends, (end, number))

    def _release(self, now: float) -> None:
        while self._ends and self._ends[0][0] <= now:
            end, number = heapq.heappop(self._ends)
            one = self._instances[number]
            one.in_flight -= 1
            one.used = max(one.used, end)
        gone = [
            number
            for number, one in self._instances.items()
            if not one.in_flight and not one.minimum and now - one.used > self._keep_alive
        ]
        for number in gone:
            del self._instances[number]

    def _choice(self, now: float, taken: _Instance) -> None:
        room = [
            one
            for one in self._instances.values()
            if one.in_flight < self._concurrency and one.ready <= now
        ]
        if any(one.minimum for one in room):
            room = [one for one in room if one.minimum]
        if len(room) < 2 or not any(one is taken for one in room):
            return
        if sum(one.created != one.created for one in room) > 1:
            return  # which of them is older nobody knows
        self.seen.sizes.append(len(room))
        for policy, best, own in self._ranks(room, taken):
            self.seen.hits[policy].append(abs(best - own) <= _TIE)

    def _ranks(self, room: list[_Instance], taken: _Instance) -> list[tuple[str, float, float]]:
        """Return, by policy, the rank that is served first and the rank of the one taken."""
        created = [-1.0 if one.created != one.created else one.created for one in room]
        own = -1.0 if taken.created != taken.created else taken.created
        used = [one.used for one in room]
        least = min(one.in_flight for one in room)
        oldest = min(c for c, one in zip(created, room, strict=True) if one.in_flight == least)
        return [
            ("newest_created", max(created), own),
            ("most_recently_used", max(used), taken.used),
            ("least_recently_used", min(used), taken.used),
            ("least_loaded", oldest, own if taken.in_flight == least else float("inf")),
        ]
