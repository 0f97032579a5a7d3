"""What all progress on a terminal shares: one line on stderr that vanishes at the end."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import ProgressColumn

__all__ = ["Bar"]


class Bar:
    """A line that says how far something is, for as long as the ``with`` lasts.

    It appears when it is first drawn. *enabled* None means: when stderr is a terminal.
    """

    moving = False
    """Whether it moves by itself, and not only when it is drawn."""

    def __init__(self, enabled: bool | None = None) -> None:
        """Show nothing yet."""
        self.enabled = sys.stderr.isatty() if enabled is None else enabled
        self._bar: RichProgress | None = None

    @property
    def reached(self) -> str:
        """How far it is, for the words that end what was interrupted."""
        return "finished runs"

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        """Remove the line, also after an error."""
        self.remove()

    def remove(self) -> None:
        """Take the line away until it is drawn again."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def draw(self, story: str, done: float = 0.0, total: float = 1.0) -> None:
        """Show that *done* of *total* is reached, in words the *story*."""
        if not self.enabled:
            return
        if self._bar is None:
            self._bar = self._started()
        (task,) = self._bar.task_ids
        self._bar.update(task, completed=done, total=total, story=story, refresh=True)

    def tell(self, text: str) -> None:
        """Write a line that stays, above the one that moves."""
        if self._bar is not None:
            self._bar.console.print(text, markup=False, highlight=False)
        elif self.enabled:
            print(text, file=sys.stderr)

    def columns(self) -> list[ProgressColumn]:
        """Return what the line is made of."""
        from rich import progress

        return [
            progress.BarColumn(30),
            progress.TextColumn("{task.percentage:>3.0f} %"),
            progress.TextColumn("{task.fields[story]}", markup=False),
        ]

    def _started(self) -> RichProgress:
        from rich import progress
        from rich.console import Console

        bar = progress.Progress(
            *self.columns(),
            console=Console(stderr=True, force_terminal=True),
            auto_refresh=self.moving,
            transient=True,
        )
        bar.add_task("", total=1, story="")
        bar.start()
        return bar
