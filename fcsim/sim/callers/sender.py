"""Sends calls to the platform: each attempt is one request, whose end is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fcsim.sim.callers.facts import Call, CallFacts
from fcsim.sim.clock import Clock
from fcsim.sim.record import ErrorCode
from fcsim.sim.scaling import Scaler
from fcsim.streams import hash_uniform

__all__ = ["OnAnswer", "Sender"]

OnAnswer = Callable[[Call, ErrorCode], None]
"""Is told how an attempt of a call ended; NONE: it was completed."""


class Sender:
    """Makes requests of attempts."""

    def __init__(self, clock: Clock, scaler: Scaler, facts: CallFacts, last: float) -> None:
        """Send through *scaler* until the run's *last* instant, and note it in *facts*."""
        self._clock = clock
        self._scaler = scaler
        self._last = last
        self.facts = facts

    @property
    def is_over(self) -> bool:
        """Whether the run has ended for whoever would send now: nothing would arrive any more."""
        return self._clock.now >= self._last

    def send(self, call: Call, on_answer: OnAnswer) -> int:
        """Send *call* once more, now; return the number of the request."""
        call.begun = self._clock.now
        if not call.attempts:
            call.sent = call.begun
        need, draws = call.need, call.need.draws
        work, cold_work = need.work, need.cold_work
        if draws.failure:
            drawn = hash_uniform(draws.failure_key, need.number, call.attempts)
            if drawn < draws.failure:
                work, cold_work = -work, -cold_work
        call.attempts += 1
        on_end = partial(self._ended, call, on_answer)
        return self._scaler.call(need.function, work, cold_work, on_end)

    def hang_up(self, request: int, *, replace: bool) -> None:
        """Close *request* from the client's side; see :meth:`Scaler.hang_up`."""
        self._scaler.hang_up(request, replace=replace)

    def _ended(self, call: Call, on_answer: OnAnswer, error: ErrorCode) -> None:
        self.facts.attempted(call, self._clock.now, error)
        on_answer(call, error)
