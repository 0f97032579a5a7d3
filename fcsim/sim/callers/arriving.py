"""When calls come: at instants that are settled, or as users have thought."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from fcsim.sim.clock import Clock
from fcsim.workload.called import Need, NeedsOfUsers

__all__ = ["OpenLoop", "Users"]

Deliver = Callable[[Need], None]
"""Makes a call of what it needs, now."""


class OpenLoop:
    """Calls come at their instants, whatever became of earlier ones."""

    def __init__(self, clock: Clock, needs: Iterator[Need], deliver: Deliver) -> None:
        """Give *needs* to *deliver*, each at its time."""
        self._clock, self._needs, self._deliver = clock, needs, deliver

    def begin(self) -> None:
        """Wait for the first call."""
        self._await()

    def _await(self) -> None:
        need = next(self._needs, None)
        if need is not None:
            self._clock.call_at(need.time, self._arrive, need)

    def _arrive(self, need: Need) -> None:
        self._deliver(need)
        self._await()


class Users:
    """A closed loop: each user thinks, calls, waits for the answer, and thinks again."""

    def __init__(
        self, clock: Clock, needs: NeedsOfUsers, deliver: Deliver, span: tuple[float, float]
    ) -> None:
        """Let users begin to think at the begin of *span* and call before its end."""
        self._clock, self._deliver = clock, deliver
        self._number, self._think_time, self._needs = needs.number, needs.think, iter(needs)
        self._start, self._end = span

    def begin(self) -> None:
        """Let every user begin to think."""
        for _ in range(self._number):
            self._think_from(self._start)

    def think(self) -> None:
        """Let the user who has been answered think."""
        self._think_from(self._clock.now)

    def _think_from(self, now: float) -> None:
        time = now + self._think_time()
        if time < self._end:
            self._clock.call_at(time, self._call)

    def _call(self) -> None:
        self._deliver(next(self._needs))
