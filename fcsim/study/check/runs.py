"""Runs of one scenario, made as they are needed and as long as there is time."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import TYPE_CHECKING

from fcsim import runner
from fcsim.errors import FcsimError
from fcsim.study.check.makeup import pulled_bytes
from fcsim.study.judgement import figure
from fcsim.study.outcome import Outcome, outcome_of
from fcsim.study.point import Point

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.scenario.model import Scenario
    from fcsim.study.objectives import Objective
    from fcsim.study.workers import Work

__all__ = ["Clock", "OutOfTime", "RunFailed", "Runs"]

_USER_ERRORS = ("ScenarioError", "UsageError")


class OutOfTime(Exception):
    """There is no time left for another run."""


class RunFailed(FcsimError):
    """A run elsewhere ended with an error."""

    def __init__(self, told: str) -> None:
        """Take the error as ``kind: message``; the kind decides the exit code."""
        super().__init__(told)
        self.exit_code = 2 if told.partition(":")[0] in _USER_ERRORS else 3


@dataclass(frozen=True)
class Clock:
    """The time that a check may take."""

    seconds: float = math.inf
    begun: float = field(default_factory=monotonic)

    @property
    def spent(self) -> float:
        """Seconds since the check began."""
        return monotonic() - self.begun

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return self.seconds - self.spent

    def ask(self, needed: float = 0.0) -> None:
        """Raise OutOfTime when *needed* seconds are more than what is left."""
        if needed >= self.left:
            raise OutOfTime

    def look(self, time: float, requests: int) -> None:
        """Raise OutOfTime in the midst of a run, as its progress."""
        self.ask()


class Runs:
    """Replications of one scenario, from 0 on."""

    def __init__(
        self, scenario: Scenario, sliced: tuple[Objective, ...], work: Work, clock: Clock
    ) -> None:
        """Run *scenario* where *work* says, as long as *clock* allows.

        *sliced* are the objectives in slices of time, which need the rows of requests.
        """
        self.outcomes: list[Outcome] = []
        self.pulled: dict[str, float] = {}
        """Bytes that hosts fetched in replication 0, by layer."""
        self._scenario = scenario
        self._sliced = sliced
        self._work = work
        self._clock = clock

    def have(self, number: int) -> None:
        """Have at least *number* runs.

        The first is made here, because more is kept of it than figures. A run that would not end
        in time, by what the others took, is not begun. Raises OutOfTime, with what is finished
        kept, and RunFailed.
        """
        if not self.outcomes and number:
            self._first()
        while len(self.outcomes) < number:
            wanted = range(len(self.outcomes), min(number, len(self.outcomes) + self._at_once))
            self._clock.ask(min(outcome.seconds for outcome in self.outcomes))
            points = [Point(self._scenario, k, self._sliced) for k in wanted]
            for _, outcome in self._work.outcomes(points):
                if outcome.error:
                    raise RunFailed(outcome.error)
                self.outcomes.append(outcome)

    def _first(self) -> None:
        self._clock.ask()
        limited = math.isfinite(self._clock.seconds)
        progress = self._clock.look if limited else None
        result = runner.run(self._scenario, keep=bool(self._sliced), progress=progress)
        self.pulled = pulled_bytes(result)
        self.outcomes.append(_outcome(result, self._sliced))

    @property
    def _at_once(self) -> int:
        """How many runs are begun together: as many as end together, if time is limited."""
        if not math.isfinite(self._clock.seconds):
            return 10**9
        return self._work.workers or os.cpu_count() or 1


def _outcome(result: Result, sliced: tuple[Objective, ...]) -> Outcome:
    """Return what a worker would have sent."""
    found = outcome_of(result, Point(result.scenario, result.replication, sliced).key)
    figures = {objective.text: figure(objective, result) for objective in sliced}
    return replace(found, kpis=found.kpis | figures)
