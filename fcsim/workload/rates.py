"""Rates that change with time, as cumulative rates and their inverses.

Poisson arrivals at a rate r(t) are the points of one unit-rate Poisson process, mapped through
the inverse of R(t), the integral of r from 0 to t. Two variants of a scenario whose rates differ
thus see the same points, moved.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fcsim.scenario import arrivals as models

__all__ = ["DiurnalRate", "MmppRate", "PiecewiseRate", "Rate", "SteadyRate", "steps_rate"]

Array = NDArray[np.float64]


class Rate(Protocol):
    """Arrivals a second over the time of the run."""

    def cumulative(self, t: Array) -> Array:
        """Return the expected number of arrivals in [0, t)."""

    def inverse(self, y: Array) -> Array:
        """Return when the cumulative rate reaches each *y* (rising); infinity for never."""


class PiecewiseRate:
    """A rate that is linear between instants: steady, in steps, with ramps."""

    def __init__(self, times: Array, rates: Array, slopes: Array) -> None:
        """Take the segments' begins, rates there, and slopes; the last has no end and no slope."""
        self._times, self._rates, self._slopes = times, rates, slopes
        widths = np.diff(times)
        areas = (rates[:-1] + slopes[:-1] * widths / 2) * widths
        self._totals = np.concatenate(([0.0], np.cumsum(areas)))

    def cumulative(self, t: Array) -> Array:
        """Return the expected number of arrivals in [0, t)."""
        at = np.searchsorted(self._times, t, side="right") - 1
        x = t - self._times[at]
        return self._totals[at] + (self._rates[at] + self._slopes[at] * x / 2) * x

    def inverse(self, y: Array) -> Array:
        """Return when the cumulative rate reaches each *y*; infinity for never.

        In a segment, area = rate * x + slope * x**2 / 2; this root has no cancellation.
        """
        at = np.searchsorted(self._totals, y, side="right") - 1
        rate, slope, area = self._rates[at], self._slopes[at], y - self._totals[at]
        speed = rate + np.sqrt(np.maximum(rate * rate + 2 * slope * area, 0.0))
        never = np.where(slope > 0, 0.0, np.inf)
        x: Array = np.divide(2 * area, speed, out=never, where=speed > 0)
        return self._times[at] + x


class SteadyRate:
    """A rate that never changes."""

    def __init__(self, rate: float) -> None:
        """Take the arrivals a second."""
        self._rate = rate

    def cumulative(self, t: Array) -> Array:
        """Return the expected number of arrivals in [0, t)."""
        return self._rate * t

    def inverse(self, y: Array) -> Array:
        """Return when the cumulative rate reaches each *y*; infinity for never."""
        return y / self._rate if self._rate else np.where(y > 0, np.inf, 0.0)


def steps_rate(steps: Sequence[models.Step]) -> PiecewiseRate:
    """Return the rate of a ``steps`` workload: 0 before the first step."""
    segments = [(0.0, 0.0, 0.0)]
    for step in steps:
        if step.ramp > 0:
            before = segments[-1][1]
            segments.append((step.at, before, (step.rate - before) / step.ramp))
        segments.append((step.at + step.ramp, step.rate, 0.0))
    times, rates, slopes = np.array(segments).T
    return PiecewiseRate(times, rates, slopes)


class DiurnalRate:
    """A sine between two rates, highest at the instant ``peak`` of the run and each period on."""

    def __init__(self, low: float, high: float, peak: float, period: float) -> None:
        """Take rates a second and times in seconds."""
        self._middle, self._swing = (low + high) / 2, (high - low) / 2
        self._peak, self._period = peak, period
        self._turn = 2 * np.pi / period
        self._rounding = 1e-15 * self._middle * period
        self._grid = np.linspace(0, period, 257)
        self._reached = np.maximum.accumulate(self.cumulative(self._grid))

    def cumulative(self, t: Array) -> Array:
        """Return the expected number of arrivals in [0, t)."""
        wave = np.sin(self._turn * (t - self._peak)) + np.sin(self._turn * self._peak)
        reached: Array = self._middle * t + self._swing / self._turn * wave
        return reached

    def _rate(self, t: Array) -> Array:
        return self._middle + self._swing * np.cos(self._turn * (t - self._peak))

    def inverse(self, y: Array) -> Array:
        """Return when the cumulative rate reaches each *y*: Newton's method, kept in a bracket."""
        per_period = self._middle * self._period
        if per_period == 0:
            return np.full(len(y), np.inf)
        periods = np.floor(y / per_period)
        rest = y - periods * per_period
        piece = np.searchsorted(self._reached, rest, side="right") - 1
        piece = np.clip(piece, 0, len(self._grid) - 2)
        return periods * self._period + self._root(rest, self._grid[piece], self._grid[piece + 1])

    def _root(self, y: Array, low: Array, high: Array) -> Array:
        t = (low + high) / 2
        for _ in range(60):  # 60 halvings exhaust a double; mostly four of Newton's steps do
            excess = self.cumulative(t) - y
            settled = np.abs(excess) <= self._rounding
            if settled.all():
                break
            low, high = np.where(excess > 0, low, t), np.where(excess > 0, t, high)
            with np.errstate(divide="ignore", invalid="ignore"):
                newton = t - excess / self._rate(t)
            inside = (newton > low) & (newton < high)
            t = np.where(settled, t, np.where(inside, newton, (low + high) / 2))
        return t


class MmppRate:
    """One path of a rate that jumps between states, drawn as far as it is asked for.

    The first state is drawn by the share of time that each state has, so the path is stationary
    from the beginning; the next state is drawn evenly among the others.
    """

    def __init__(
        self,
        states: Sequence[models.MmppState],
        stays: np.random.Generator,
        choices: np.random.Generator,
        end: float,
    ) -> None:
        """Draw stays and next states from two streams; nothing is needed from *end* on."""
        self._rates = np.array([state.rate for state in states])
        self._stays = np.array([state.mean_stay for state in states])
        self._stay_draws, self._choices, self._end = stays, choices, end
        shares = np.cumsum(self._stays) / np.sum(self._stays)
        self._state = min(int(np.searchsorted(shares, choices.random())), len(states) - 1)
        self._clock, self._total = 0.0, 0.0
        self._begins, self._totals = np.empty(0), np.empty(0)
        self._levels = np.empty(0)

    def cumulative(self, t: Array) -> Array:
        """Return the expected number of arrivals in [0, t), over all paths."""
        return t * float(self._rates @ self._stays / np.sum(self._stays))

    def inverse(self, y: Array) -> Array:
        """Return when the path's cumulative rate reaches each *y*; infinity past the end.

        Calls must go on in time: what lies before the last *y* of a call is forgotten.
        """
        while self._total <= y[-1] and self._clock < self._end:
            self._extend()
        at = np.searchsorted(self._totals, y, side="right") - 1
        area, level = y - self._totals[at], self._levels[at]
        never = np.full(len(y), np.inf)
        times = self._begins[at] + np.divide(area, level, out=never, where=level > 0)
        times = np.where(y < self._total, times, np.inf)
        self._begins, self._totals, self._levels = (
            column[at[-1] :] for column in (self._begins, self._totals, self._levels)
        )
        return times

    def _extend(self, jumps: int = 256) -> None:
        """Draw the next stays and the states after them."""
        others = len(self._rates) - 1
        steps = 1 + np.floor(self._choices.random(jumps) * others).astype(np.int64)
        states = (self._state + np.concatenate(([0], np.cumsum(steps)))) % len(self._rates)
        self._state, states = int(states[-1]), states[:-1]
        stays = self._stay_draws.exponential(size=jumps) * self._stays[states]
        ends = np.cumsum(np.concatenate(([self._clock], stays)))
        totals = np.cumsum(np.concatenate(([self._total], stays * self._rates[states])))
        self._begins = np.concatenate((self._begins, ends[:-1]))
        self._totals = np.concatenate((self._totals, totals[:-1]))
        self._levels = np.concatenate((self._levels, self._rates[states]))
        self._clock, self._total = float(ends[-1]), float(totals[-1])
