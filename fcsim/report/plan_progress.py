"""What a plan is trying, on the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.report.bar import Bar

if TYPE_CHECKING:
    from rich.progress import ProgressColumn

__all__ = ["PlanProgress"]


class PlanProgress(Bar):
    """Names the setting: ``with PlanProgress() as progress: progress(label, runs)``."""

    moving = True

    def __call__(self, label: str, runs: int) -> None:
        """Tell which setting is being tried, and how many runs it makes in all."""
        self.draw(f"trying {label} · {runs:,} runs")

    def columns(self) -> list[ProgressColumn]:
        """Return a sign of life and the words: nobody knows how many runs it will take."""
        from rich import progress

        return [progress.SpinnerColumn("line"), super().columns()[-1]]
