"""A progress bar on the terminal for runs that take longer than a moment."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from fcsim.report.values import count
from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["Progress"]

_PATIENCE = 2.0
"""Seconds before a bar appears."""
_PAUSE = 0.2
"""Least seconds between two drawings."""


class Progress:
    """Shows how far a simulation is: ``with Progress(horizon) as update: update(now, requests)``.

    The bar goes to stderr, appears after two seconds, and vanishes at the end. *enabled* None
    means: when stderr is a terminal. Calls are cheap; most of them only look at the clock.
    """

    def __init__(self, total: float, enabled: bool | None = None) -> None:
        """Expect simulated time to reach *total* seconds."""
        self._total = total
        self._enabled = sys.stderr.isatty() if enabled is None else enabled
        self._bar: RichProgress | None = None
        self._next = monotonic() + _PATIENCE

    def __enter__(self) -> Progress:
        """Start the clock."""
        self._next = monotonic() + _PATIENCE
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Remove the bar, also after an error."""
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, now: float, requests: int) -> None:
        """Report simulated time *now* in seconds and the number of requests so far."""
        if not self._enabled or monotonic() < self._next:
            return
        self._next = monotonic() + _PAUSE
        if self._bar is None:
            self._bar = _bar(self._total)
            self._bar.start()
        story = _story(now, self._total, requests)
        self._bar.update(self._bar.task_ids[0], completed=now, story=story, refresh=True)


def _story(now: float, total: float, requests: int) -> str:
    reached = f"{format_duration(now)} of {format_duration(total)}"
    return f"{reached} simulated, {count(requests)} requests"


def _bar(total: float) -> RichProgress:
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.BarColumn(30),
        progress.TextColumn("{task.percentage:>3.0f} %"),
        progress.TextColumn("{task.fields[story]}"),
        progress.TimeRemainingColumn(compact=True),
        progress.TextColumn("left"),
        console=Console(stderr=True, force_terminal=True),
        auto_refresh=False,
        transient=True,
    )
    bar.add_task("", total=total, story="")
    return bar
