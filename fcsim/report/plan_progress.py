"""What a plan is trying, on the terminal."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.status import Status

__all__ = ["PlanProgress"]


class PlanProgress:
    """One line on stderr: ``with PlanProgress() as progress: progress(label, runs)``.

    It vanishes at the end. *enabled* None means: when stderr is a terminal.
    """

    def __init__(self, enabled: bool | None = None) -> None:
        """Wait for the first call."""
        self._enabled = sys.stderr.isatty() if enabled is None else enabled
        self._status: Status | None = None

    def __enter__(self) -> PlanProgress:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Remove the line, also after an error."""
        if self._status is not None:
            self._status.stop()

    def __call__(self, label: str, runs: int) -> None:
        """Tell which setting is being tried, and how many runs it makes in all."""
        if not self._enabled:
            return
        if self._status is None:
            self._status = _status()
            self._status.start()
        self._status.update(f"trying {label} · {runs:,} runs")


def _status() -> Status:
    from rich.console import Console

    return Console(stderr=True, force_terminal=True, highlight=False).status("", spinner="line")
