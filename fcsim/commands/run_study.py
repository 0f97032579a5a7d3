"""What ``fcsim run`` does beyond one run: replications, batch means, assumption bands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fcsim.commands.study_output import working
from fcsim.errors import UsageError

if TYPE_CHECKING:
    from fcsim.report.run_answers import Answer
    from fcsim.results.result import Result
    from fcsim.scenario.model import Scenario
    from fcsim.study.warm_up import WarmUp
    from fcsim.study.workers import Work

__all__ = ["RunStudy", "study_options"]

Command = TypeVar("Command", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--reps", type=click.IntRange(min=2), help="Independent runs; KPIs get ±."),
    click.option("--until", multiple=True, metavar="'KPI ± WIDTH'",
                 help="Add runs until it is so sure: 'latency.p99 ± 5 %'."),
    click.option("--max-reps", type=click.IntRange(min=2), default=200, show_default=True,
                 help="Most runs with --until."),
    click.option("--warm-up", metavar="TIME|auto",
                 help="Leave the beginning out; auto: by MSER-5 [default: the scenario's]."),
    click.option("--batches", type=click.IntRange(min=5), metavar="N",
                 help="Intervals from N parts of the one run."),
    click.option("--band", is_flag=True, help="Move every assumption to its ends."),
    click.option("--confidence", default="95 %", show_default=True, metavar="SHARE"),
    click.option("--workers", type=click.IntRange(min=1), help="Processes [default: by load]."),
)  # fmt: skip
_BAND_REPS = 5


def study_options(command: Command) -> Command:
    """Add the options of studies to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@dataclass
class RunStudy:
    """The study that the options of ``fcsim run`` ask for."""

    options: dict[str, Any]
    _found: WarmUp | None = None

    def __post_init__(self) -> None:
        """Raise UsageError for options that do not go together."""
        if self.options["batches"] and self.repeated:
            raise UsageError("--batches is for one run; --reps, --until and --band make several")

    @property
    def repeated(self) -> bool:
        """Whether there is more than one run."""
        return any(self.options[name] for name in ("reps", "until", "band"))

    def prepared(self, scenario: Scenario) -> Scenario:
        """Return *scenario* with its warm-up; wishes that cannot be read are told at once."""
        from fcsim.study.precision import read_precisions
        from fcsim.study.warm_up import warmed_up

        read_precisions(self.options["until"], scenario)
        self._confidence()
        ready, self._found = warmed_up(scenario, self.options["warm_up"])
        return ready

    def _confidence(self) -> float:
        from fcsim import units

        try:
            level = units.parse(self.options["confidence"], "share")
        except ValueError as error:
            raise UsageError(f"--confidence: {error}") from None
        if not 0.5 <= level < 1:
            raise UsageError(f"--confidence: from 50 % to below 100 %; got {level:.4g}")
        return level

    def answer(self, result: Result, folder: Path) -> Answer | None:
        """Return what the study says, *result* being its first run; None without a study.

        Other runs are kept in *folder*, where the same command finds them again.
        """
        from fcsim.report.run_answers import BatchAnswer
        from fcsim.study.batches import batch_means

        if self.options["batches"]:
            found = batch_means(result, self.options["batches"], self._confidence())
            return BatchAnswer(result, found)
        if not self.repeated:
            return None
        with working(folder, self.options) as work:
            return self._repeat(result, work)

    def _repeat(self, result: Result, work: Work) -> Answer:
        from fcsim.report.run_answers import BandAnswer, RepeatAnswer
        from fcsim.study.band import band
        from fcsim.study.replications import replicate

        options = self.options
        wanted = options["reps"] or (_BAND_REPS if options["band"] else None)
        found = replicate(
            result.scenario, reps=wanted, until=options["until"], cap=options["max_reps"],
            warm_up=self._found, confidence=self._confidence(), work=work, first=result,
        )  # fmt: skip
        if not options["band"]:
            return RepeatAnswer(found)
        return BandAnswer(band(result.scenario, base=found, work=work))
