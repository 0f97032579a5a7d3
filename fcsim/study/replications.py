"""Independent runs of one scenario: every KPI with its confidence interval.

The number of runs is given, or found: runs are added until the intervals asked for are narrow
enough, or the cap is reached.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim import runner
from fcsim.errors import UsageError
from fcsim.results.result import Result
from fcsim.results.vocabulary import find
from fcsim.scenario.loader import load
from fcsim.scenario.model import Scenario
from fcsim.study.estimates import CONFIDENCE, Estimate
from fcsim.study.outcome import Outcome, outcome_of
from fcsim.study.point import Point
from fcsim.study.precision import Precision, read_precisions
from fcsim.study.quantiles import estimate_of
from fcsim.study.warm_up import WarmUp, warmed_up
from fcsim.study.workers import Work

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CAP", "Replications", "replicate", "scenario_of"]

CAP = 200
"""Most runs when the number of runs is not given."""
_FEWEST = 10
"""Runs before an interval decides that there are enough: few runs look alike by chance."""


@dataclass(frozen=True, repr=False)
class Replications:
    """Independent runs of one scenario and what they say together."""

    first: Result
    """The run with replication 0, whole."""
    outcomes: tuple[Outcome, ...]
    """What each run came to, replication 0 first."""
    confidence: float = CONFIDENCE
    until: tuple[Precision, ...] = ()
    """The precision that was asked for."""
    warm_up: WarmUp | None = None
    """How the warm-up was found; None when the scenario states it."""

    @property
    def scenario(self) -> Scenario:
        """The scenario, with the warm-up that was used."""
        return self.first.scenario

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.first.seed

    @cached_property
    def runs(self) -> tuple[Mapping[str, float], ...]:
        """KPIs of each run by dotted name."""
        return tuple(outcome.kpis for outcome in self.outcomes)

    @cached_property
    def estimates(self) -> dict[str, Estimate]:
        """Every KPI with its interval, by dotted name."""
        return {name: estimate_of(name, self.outcomes, self.confidence) for name in self.runs[0]}

    def __getitem__(self, name: str) -> Estimate:
        """Return the estimate of one KPI; UsageError tells the nearest name."""
        find(name, self.first.kpis["functions"])
        return self.estimates[name]

    @property
    def missed(self) -> list[Precision]:
        """What was asked for and not reached."""
        return [wish for wish in self.until if not wish.met(self.estimates[wish.kpi])]

    @property
    def warnings(self) -> list[str]:
        """What the reader should know."""
        found = list(self.first.warnings)
        if self.warm_up is not None:
            found += self.warm_up.warnings
        return [*found, *(self._short(wish) for wish in self.missed)]

    def _short(self, wish: Precision) -> str:
        found = self.estimates[wish.kpi]
        short = f"{wish} is not reached after {len(self.runs)} runs"
        if not math.isfinite(found.half):
            return f"{short}: they have too few requests for an interval"
        part = f" ({found.half / abs(found.value):.2g} of it)" if found.value else ""
        needed = wish.runs_needed(found)
        return f"{short}: ± {found.half:.3g}{part}; about {needed} runs would do"

    def to_frame(self) -> pd.DataFrame:
        """Return one row a KPI: value, low, high, runs."""
        import pandas as pd

        rows = {name: vars(found) for name, found in self.estimates.items()}
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("kpi").reset_index()

    def runs_frame(self) -> pd.DataFrame:
        """Return one row a run, one column a KPI."""
        import pandas as pd

        return pd.DataFrame(list(self.runs)).rename_axis("replication").reset_index()

    def figure(self) -> Any:
        """Return the figure of warm-up and intervals."""
        from fcsim.report.replications import replications_figure

        return replications_figure(self)

    def summary(self) -> str:
        """Return what ``fcsim run --reps`` prints, as text."""
        from fcsim.report.console import text
        from fcsim.report.estimates import replications_summary

        return text(replications_summary(self))

    def __repr__(self) -> str:
        """Say what was run."""
        return f"<Replications of {self.scenario.name!r}: {len(self.runs)} runs>"


def replicate(
    scenario: Scenario | str | Path | Mapping[str, Any],
    *,
    reps: int | None = None,
    until: str | Iterable[str] | None = None,
    cap: int = CAP,
    warm_up: str | WarmUp | None = None,
    confidence: float = CONFIDENCE,
    work: Work | None = None,
    first: Result | None = None,
) -> Replications:
    """Run *scenario* (or its file) several times with independent random streams.

    *reps* is the number of runs, 10 by default; with *until*, a text or several like
    ``latency.p99 ± 5 %`` or ``cost.per_month ± 20 CNY``, the least number: runs are added, at
    most to *cap*, until all those half widths are reached. *warm_up* is ``auto`` (found by
    MSER-5), a duration, or None for the scenario's own. *first* is the run with replication 0,
    when there is one already.

    Raises UsageError for a wish that cannot be read, and InvariantError when a run fails.
    """
    given = scenario_of(scenario)
    least = _FEWEST if reps is None else reps
    _check(least, cap, confidence, until)
    wishes = read_precisions(until, given)
    ready, found = warmed_up(given, warm_up)
    if first is None or ready is not given:
        first = runner.run(ready)
    with work or Work() as own:
        runs = _enough(first, least, wishes, cap, confidence, own)
    return Replications(first, tuple(runs), confidence, wishes, found)


def scenario_of(source: Scenario | str | Path | Mapping[str, Any]) -> Scenario:
    """Return *source*, loaded if it is a file or a mapping."""
    return source if isinstance(source, Scenario) else load(source)


def _check(least: int, cap: int, confidence: float, until: object) -> None:
    if least < 2:
        raise UsageError(f"an interval needs at least 2 runs; got reps={least}")
    if until and cap < least:
        raise UsageError(f"the cap of {cap} runs is below the least number of runs, {least}")
    if not 0.5 <= confidence < 1:
        raise UsageError(f"confidence is a share from 50 % to less than 100 %; got {confidence}")


def _enough(
    first: Result,
    least: int,
    wishes: tuple[Precision, ...],
    cap: int,
    confidence: float,
    work: Work,
) -> list[Outcome]:
    """Return enough outcomes; rounds depend on the figures only, never on the workers."""
    found = [outcome_of(first, Point(first.scenario, first.replication).key)]
    wanted = least
    while len(found) < wanted:
        found += work.done(Point(first.scenario, k) for k in range(len(found), wanted))
        wanted = _next(found, wishes, cap, confidence)
    return found


def _next(found: list[Outcome], wishes: tuple[Precision, ...], cap: int, confidence: float) -> int:
    """Return how many runs to have after the next round: at most half as many again."""
    known = {wish: estimate_of(wish.kpi, found, confidence) for wish in wishes}
    needed = [wish.runs_needed(one) for wish, one in known.items() if not wish.met(one)]
    if not needed:
        return len(found)
    return min(max(*needed, len(found) + 1), len(found) + math.ceil(len(found) / 2), cap)
