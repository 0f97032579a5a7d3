"""A token bucket that is computed, not filled: no accumulation, so no rounding drifts."""

from __future__ import annotations

__all__ = ["TokenBucket"]

NEVER = float("inf")


class TokenBucket:
    """Full at ``burst``, refilled continuously at ``rate`` tokens a second, one token a take.

    It keeps one number, the instant at which the bucket would be full again (the generic cell
    rate algorithm, ITU-T I.371), and is exact: a take refused until *t* succeeds at *t*.
    """

    def __init__(self, burst: float, rate: float, tokens: float | None = None) -> None:
        """Start with *tokens* (by default full). A rate of 0 never refills."""
        self._interval = 1.0 / rate if rate > 0 else NEVER
        self._unlimited = burst == NEVER or rate == NEVER
        self._burst = burst
        missing = 0.0 if tokens is None else burst - min(tokens, burst)
        self._full_at = missing * self._interval if missing and rate > 0 else missing

    def available_at(self, now: float) -> float:
        """Return the first instant, *now* or later, at which a token can be taken."""
        if self._unlimited:
            return now
        if self._burst < 1:
            return NEVER
        slack = (self._burst - 1) * self._interval if self._burst > 1 else 0.0
        if self._interval == NEVER:
            return now if self._full_at < self._burst else NEVER
        return max(now, self._full_at - slack)

    def take(self, now: float) -> bool:
        """Take a token if there is one."""
        if self._unlimited:
            return True
        if self.available_at(now) > now:
            return False
        if self._interval == NEVER:
            self._full_at += 1  # without refill it counts the tokens taken
        else:
            self._full_at = max(now, self._full_at) + self._interval
        return True
