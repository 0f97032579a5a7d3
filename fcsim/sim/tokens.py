"""A token bucket that is computed, not filled: no accumulation, so no rounding drifts."""

from __future__ import annotations

__all__ = ["TokenBucket"]

NEVER = float("inf")


class TokenBucket:
    """Full at ``burst``, refilled continuously at ``rate`` tokens a second, one token a take.

    It keeps the instant at which it was last full and counts what was taken since, and is
    exact: the whole burst can be taken at once, and a take refused until *t* succeeds at *t*.
    """

    def __init__(self, burst: float, rate: float, tokens: float | None = None) -> None:
        """Start with *tokens* (by default full). A rate of 0 never refills."""
        self._burst = burst
        self._rate = rate
        self._unlimited = NEVER in (burst, rate)
        self._full = 0.0
        self._taken = 0.0 if tokens is None else max(0.0, burst - tokens)

    def available_at(self, now: float) -> float:
        """Return the first instant, *now* or later, at which a token can be taken."""
        missing = self._taken + 1 - self._burst
        if self._unlimited or missing <= 0:
            return now
        if self._rate == 0 or self._burst < 1:
            return NEVER
        return max(now, self._full + missing / self._rate)

    def take(self, now: float) -> bool:
        """Take a token if there is one."""
        if self.available_at(now) > now:
            return False
        self.spend(now)
        return True

    def spend(self, now: float) -> None:
        """Take the token that there is."""
        if self._unlimited:
            return
        if self._rate and now >= self._full + self._taken / self._rate:
            self._full, self._taken = now, 0.0
        self._taken += 1
