"""A progress bar for studies: points done, and the time left."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING

from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

__all__ = ["PointProgress", "story"]


class PointProgress:
    """Shows how far a study is: ``with PointProgress() as progress: progress(done, total)``.

    The bar goes to stderr and vanishes at the end. *enabled* None means: when stderr is a
    terminal. The first call tells what was known before, which says nothing about speed.
    """

    def __init__(self, enabled: bool | None = None) -> None:
        """Wait for the first call."""
        self._enabled = sys.stderr.isatty() if enabled is None else enabled
        self._bar: RichProgress | None = None
        self._begun: tuple[float, int] | None = None
        self.done = 0
        self.total = 0

    def __enter__(self) -> PointProgress:
        """Return itself."""
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

    def __call__(self, done: int, total: int) -> None:
        """Report that *done* of *total* points are finished."""
        self.done, self.total = done, total
        now = monotonic()
        if self._begun is None:
            self._begun = now, done
        if not self._enabled:
            return
        if self._bar is None:
            self._bar = _bar()
            self._bar.start()
        told = story(done, total, done - self._begun[1], now - self._begun[0])
        self._bar.update(
            self._bar.task_ids[0], completed=done, total=max(total, 1), story=told, refresh=True
        )


def story(done: int, total: int, fresh: int, seconds: float) -> str:
    """Say how far it is when *fresh* of the *done* points took *seconds*."""
    told = f"{done:,} of {total:,} points"
    if not fresh or done == total:
        return told
    return f"{told}, {format_duration(seconds / fresh * (total - done))} left"


def _bar() -> RichProgress:
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.BarColumn(30),
        progress.TextColumn("{task.percentage:>3.0f} %"),
        progress.TextColumn("{task.fields[story]}"),
        console=Console(stderr=True, force_terminal=True),
        auto_refresh=False,
        transient=True,
    )
    bar.add_task("", total=1, story="")
    return bar
