"""Run a scenario and check that its record conserves what must be conserved."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

import numpy as np

from fcsim.errors import InvariantError, UsageError, nearest
from fcsim.results.conservation import violations
from fcsim.results.folds import Folds
from fcsim.results.price_book import price_book
from fcsim.results.result import Result
from fcsim.results.rows import RowsFile
from fcsim.scenario.model import Scenario
from fcsim.sim.record import Columns, NotKept
from fcsim.sim.requests.collector import Collector
from fcsim.sim.simulation import Simulation
from fcsim.workload.source import expected_requests

__all__ = ["KEPT", "keeps_rows", "run"]

KEPT = 500_000
"""Most requests to be expected whose rows are kept without being asked for."""
_SERIES = {"auto": None, "functions": True, "region": False}


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Look for unreachable cycles less often: facts are many, last, and form none.

    It takes a quarter off runs with many instances.
    """
    before = gc.get_threshold()
    if before[0]:  # 0: somebody has switched it off
        gc.set_threshold(max(before[0], 50_000), 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)


@_rare_collections()
def run(
    scenario: Scenario,
    *,
    replication: int = 0,
    engine: str = "auto",
    progress: Callable[[float, int], None] | None = None,
    notice: Callable[[str], None] | None = None,
    keep: bool | None = None,
    series: str = "auto",
    rows: RowsFile | None = None,
    trace: bool = False,
) -> Result:
    """Simulate *scenario* once and return its result.

    *replication* chooses independent random streams under the scenario's seed. *progress* is
    called a few times a second with the simulated time and the number of requests ended;
    *notice* is told of what makes the user wait before that (a compile). *engine* is ``auto``,
    ``compiled`` or ``reference``: the results are the same.

    *keep* keeps the row of each request (``result.record.requests``); without it requests are
    folded into figures as they end, and memory does not grow with them. None keeps up to KEPT
    expected requests. *series* asks for time series of ``functions`` or of the ``region`` only;
    ``auto`` adds functions when there are few. *rows* takes the rows as they end. *trace*
    keeps what happens to caches and links, moment by moment (``result.trace``).

    Raises ScenarioError when a GPU has no known price, UsageError for an unknown *series*, and
    InvariantError when the record contradicts itself: never a wrong number.
    """
    price_book(scenario)  # a price that nobody knows is told before the run, not after it
    if series not in _SERIES:
        raise UsageError(f"unknown series {series!r}{nearest(series, _SERIES)}")
    sinks: list[Callable[[Columns], object]] = []
    simulation = Simulation(
        scenario, replication, engine, lambda block: _pass_on(sinks, block), trace=trace
    )
    folds = _folds(simulation, _SERIES[series])
    sinks.append(folds)
    kept = Collector() if keeps_rows(scenario, keep) else None
    if kept is not None:
        sinks.append(kept)
    if rows is not None:
        rows.open([plan.info.name for plan in simulation.plans])
        sinks.append(rows)
    record = simulation.run(progress, notice)
    folds.finish()
    if rows is not None:
        rows.close()
    record.requests = NotKept() if kept is None else kept.columns()
    broken = violations(record, folds)
    if broken:
        raise InvariantError("; ".join(broken))
    return Result(record, folds, rows)


def keeps_rows(scenario: Scenario, keep: bool | None = None) -> bool:
    """Tell whether a run of *scenario* keeps the row of each request."""
    return expected_requests(scenario) <= KEPT if keep is None else keep


def _pass_on(sinks: list[Callable[[Columns], object]], block: Columns) -> None:
    for sink in sinks:
        sink(block)


def _folds(simulation: Simulation, by_function: bool | None) -> Folds:
    recorder = simulation.recorder

    def lookup(first: int) -> dict[str, np.ndarray[tuple[int], np.dtype[np.integer]]]:
        return {
            "function": np.array(recorder.functions[first:], dtype=np.int32),
            "kind": np.array(recorder.kinds[first:], dtype=np.int8),
        }

    infos = [plan.info for plan in simulation.plans]
    kind = "compiled_loops" if simulation.engine == "compiled" else "loops"
    loops = import_module(f"fcsim.results.{kind}")
    return Folds(simulation.scenario, infos, lookup, by_function=by_function, loops=loops)
