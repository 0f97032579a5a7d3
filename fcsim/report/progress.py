"""A progress bar on the terminal for runs that take longer than a moment."""

from __future__ import annotations

from time import monotonic
from typing import TYPE_CHECKING, Self

from fcsim.report.bar import Bar
from fcsim.report.values import count
from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

__all__ = ["Progress"]

_PATIENCE = 2.0
"""Seconds before a bar appears."""
_PAUSE = 0.2
"""Least seconds between two drawings."""


class Progress(Bar):
    """Shows how far a simulation is: ``with Progress(horizon) as update: update(now, requests)``.

    The bar appears after two seconds. Calls are cheap; most of them only look at the clock.
    """

    def __init__(self, total: float, enabled: bool | None = None) -> None:
        """Expect simulated time to reach *total* seconds."""
        super().__init__(enabled)
        self._total = total
        self._next = monotonic() + _PATIENCE

    def __enter__(self) -> Self:
        """Start the clock."""
        self._next = monotonic() + _PATIENCE
        return self

    def __call__(self, now: float, requests: int) -> None:
        """Report simulated time *now* in seconds and the number of requests so far."""
        if self.enabled and monotonic() >= self._next:
            self._next = monotonic() + _PAUSE
            self.draw(_story(now, self._total, requests), now, self._total)

    def columns(self) -> list[ProgressColumn]:
        """Add the time that is left."""
        from rich import progress

        left = [progress.TimeRemainingColumn(compact=True), progress.TextColumn("left")]
        return [*super().columns(), *left]


def _story(now: float, total: float, requests: int) -> str:
    reached = f"{format_duration(now)} of {format_duration(total)}"
    return f"{reached} simulated, {count(requests)} requests"
