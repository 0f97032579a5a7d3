"""Run a scenario and check that its record conserves what must be conserved."""

from __future__ import annotations

from collections.abc import Callable

from fcsim.errors import InvariantError
from fcsim.results.conservation import violations
from fcsim.results.price_book import price_book
from fcsim.results.result import Result
from fcsim.scenario.model import Scenario
from fcsim.sim.simulation import simulate

__all__ = ["run"]


def run(
    scenario: Scenario,
    *,
    replication: int = 0,
    engine: str = "auto",
    progress: Callable[[float, int], None] | None = None,
    notice: Callable[[str], None] | None = None,
) -> Result:
    """Simulate *scenario* once and return its result.

    *replication* chooses independent random streams under the scenario's seed. *progress* is
    called a few times a second with the simulated time and the number of requests ended;
    *notice* is told of what makes the user wait before that (a compile). *engine* is ``auto``,
    ``compiled`` or ``reference``: the results are the same.


    Raises ScenarioError when a GPU has no known price, and InvariantError when the record
    contradicts itself: never a wrong number.
    """
    price_book(scenario)  # a price that nobody knows is told before the run, not after it
    record = simulate(
        scenario, replication=replication, engine=engine, progress=progress, notice=notice
    )
    broken = violations(record)
    if broken:
        raise InvariantError("; ".join(broken))
    return Result(record)
