"""How to check: what the options of ``fcsim check`` say."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fcsim import units
from fcsim.errors import UsageError
from fcsim.study.check.baseline import Baseline
from fcsim.study.check.baseline_files import path_of
from fcsim.study.check.directions import Tolerances
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.looks import looks, of_one_look
from fcsim.study.workers import Work

__all__ = ["CAP", "Settings", "read_budget", "refuse"]

CAP = 20
"""Most runs of a scenario unless told otherwise."""
_RUNS = 12
"""Runs of a baseline unless told otherwise."""
_AT_FIRST = 5
"""Runs that are compared with a baseline before any verdict; more while one is open."""


@dataclass(frozen=True)
class Settings:
    """What holds for all files of one check."""

    variant: str | None = None
    overrides: Mapping[str, Any] | tuple[str, ...] = ()
    seed: int | None = None
    reps: int | None = None
    """Most runs of a scenario; None: CAP, and _RUNS for a new baseline."""
    tolerances: Tolerances = field(default_factory=lambda: Tolerances({}))
    baselines: Path | None = None
    update: bool = False
    """Whether to write baselines instead of comparing with them."""
    simulate: bool = True
    """False: only whether files can be loaded."""
    confidence: float = CONFIDENCE
    work: Work = field(default_factory=Work)
    progress: Callable[[str, int], None] | None = None
    """Told the file, and how many runs of it there are."""

    @property
    def cap(self) -> int:
        """Most runs of one scenario."""
        return self.reps or CAP

    @property
    def of_a_baseline(self) -> int:
        """Runs of a new baseline."""
        return self.reps or _RUNS

    def beside(self, baseline: Baseline) -> int:
        """Runs that are made at first to be compared with *baseline*."""
        return min(baseline.runs, self.cap, _AT_FIRST)

    @property
    def looks(self) -> tuple[int, ...]:
        """Numbers of runs after which objectives are judged."""
        return looks(self.cap)

    @property
    def narrow(self) -> float:
        """The confidence of one look."""
        return of_one_look(self.confidence, self.cap)


def refuse(paths: Iterable[Path], settings: Settings) -> None:
    """Raise UsageError for settings that do not go together, and where they must not be used."""
    if settings.reps is not None and settings.reps < 2:
        raise UsageError(f"an interval needs at least 2 runs; got reps={settings.reps}")
    if not 0.5 <= settings.confidence < 1:
        raise UsageError(
            f"confidence is a share from 50 % to below 100 %; got {settings.confidence}"
        )
    if not settings.update:
        _refuse_missing(settings.baselines)
        return
    if os.environ.get("CI", "").lower() in ("true", "1", "yes"):
        raise UsageError(
            "baselines are not written where CI=true, or a regression would approve itself: "
            "run --update-baseline at your desk and commit the file"
        )
    if settings.overrides or settings.seed is not None:
        raise UsageError("a baseline is of the file as it stands: no --set, no seed")
    if not settings.simulate:
        raise UsageError("a baseline needs runs")
    _refuse_shared(paths, settings)


def _refuse_missing(folder: Path | None) -> None:
    """Refuse a misspelt folder: without its baselines every file would pass by objectives alone."""
    if folder is not None and not folder.is_dir():
        raise UsageError(f"baselines: {folder} is no folder")


def _refuse_shared(paths: Iterable[Path], settings: Settings) -> None:
    homes: dict[Path, Path] = {}
    for path in paths:
        home = path_of(path, settings.variant, settings.baselines).absolute()
        other = homes.setdefault(home, path)
        if other.absolute() != path.absolute():
            raise UsageError(f"{other} and {path} would share the baseline {home.name}")


def read_budget(budget: str | float | None) -> float:
    """Return seconds of ``60s``, ``2 min`` or a number of seconds; infinity for None."""
    if budget is None:
        return math.inf
    try:
        seconds = budget if isinstance(budget, int | float) else units.parse(budget, "duration")
    except ValueError as error:
        raise UsageError(f"budget: {error}") from None
    if not seconds > 0:
        raise UsageError(f"budget: expected a time above 0; got {budget}")
    return float(seconds)
