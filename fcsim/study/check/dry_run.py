"""What can be told of a scenario without running it (``fcsim check --no-run``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fcsim.results.price_book import price_book
from fcsim.sim.simulation import Simulation
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Verdict

if TYPE_CHECKING:
    from fcsim.study.check.case import Case

__all__ = ["dry_run"]


def dry_run(case: Case) -> Checked:
    """Build the simulation of *case*, which reads its traces and tables, and do not start it.

    Raises ScenarioError for what would stop a run before its first event.
    """
    price_book(case.scenario)
    Simulation(case.scenario, engine="reference")
    check = Check(Kind.LOAD, "the scenario", Verdict.PASSED, _told(case), Place(case.path))
    return Checked(case.path, case.name, (check,))


def _told(case: Case) -> str:
    number = len(case.objectives)
    told = [f"{number} objective{'s' if number != 1 else ''}" if number else "no objectives"]
    told.append(f"a baseline of {case.baseline.runs} runs" if case.baseline else "no baseline")
    return f"can be run; {', '.join(told)}"
