"""A progress bar for studies: points done, and the time left."""

from __future__ import annotations

from time import monotonic

from fcsim.report.bar import Bar
from fcsim.units import format_duration

__all__ = ["PointProgress", "story"]


class PointProgress(Bar):
    """Shows how far a study is: ``with PointProgress() as progress: progress(done, total)``.

    The first call tells what was known before, which says nothing about speed. A study may go on
    in rounds, each with its own points: a round begins when the number of points done does not
    rise, or their total changes.
    """

    def __init__(self, enabled: bool | None = None) -> None:
        """Wait for the first call."""
        super().__init__(enabled)
        self._begun = 0.0, 0
        self._earlier = 0
        self.done = self.total = -1

    def __call__(self, done: int, total: int) -> None:
        """Report that *done* of *total* points of this round are finished."""
        now = monotonic()
        if done <= self.done or total != self.total:
            self._earlier += max(self.done, 0)
            self._begun = now, done
        self.done, self.total = done, total
        told = story(done, total, done - self._begun[1], now - self._begun[0])
        self.draw(told, done, max(total, 1))

    @property
    def reached(self) -> str:
        """How far the study is: ``2 of 8 runs``, or ``40 runs`` after several rounds."""
        if self._earlier:
            return f"{self._earlier + self.done:,} runs"
        return f"{max(self.done, 0):,} of {max(self.total, 0):,} runs"


def story(done: int, total: int, fresh: int, seconds: float) -> str:
    """Say how far it is when *fresh* of the *done* points took *seconds*."""
    told = f"{done:,} of {total:,} points"
    if not fresh or done == total:
        return told
    return f"{told}, {format_duration(seconds / fresh * (total - done))} left"
