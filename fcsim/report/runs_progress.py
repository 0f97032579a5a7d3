"""Progress of a study that goes on in rounds, each with its own number of points."""

from __future__ import annotations

from types import TracebackType

from fcsim.report.point_progress import PointProgress

__all__ = ["RunsProgress"]


class RunsProgress:
    """A bar for each round: ``with RunsProgress() as progress: progress(done, total)``."""

    def __init__(self, enabled: bool | None = None) -> None:
        """Show nothing yet; *enabled* None means: when stderr is a terminal."""
        self._enabled = enabled
        self._bar = PointProgress(enabled)

    def __enter__(self) -> RunsProgress:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Remove the bar, also after an error."""
        self._bar.__exit__(kind, error, at)

    def __call__(self, done: int, total: int) -> None:
        """Report that *done* of *total* points of this round are finished."""
        if done < self._bar.done:
            self._bar.__exit__(None, None, None)
            self._bar = PointProgress(self._enabled)
        self._bar(done, total)
