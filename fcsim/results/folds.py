"""Everything that results need of requests, folded block by block without keeping rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results import loops as numpy_loops
from fcsim.results.cells import Cuts, Instants
from fcsim.results.flow import CELLS, Flow
from fcsim.results.function_series import FunctionSeries
from fcsim.results.intervals import Spans, busy_spans, inside
from fcsim.results.request_rules import RequestRules, first_of
from fcsim.results.request_summary import RequestSummary
from fcsim.results.service import Lookup, Register, ServiceFold
from fcsim.results.settling import Arrivals, Crowds
from fcsim.results.times import bars, clock_hours, cut
from fcsim.sim.record import ERRORS, NUMBER

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.intervals import Occupancy
    from fcsim.results.loops import Loops
    from fcsim.scenario.model import Scenario
    from fcsim.sim.record import Columns, FunctionInfo, Record

    Marks = NDArray[np.bool_]

__all__ = ["INTERVAL", "ROWS", "SERIES_FUNCTIONS", "Folds", "folded"]

INTERVAL = 60.0
"""Seconds of one interval of time series, CloudMonitor's period."""
SERIES_FUNCTIONS = 50
"""Most functions that get time series of their own without being asked for."""
ROWS = 65_536
"""Rows of one block when a kept record is folded, as the planes hand them on."""


class Folds:
    """Takes blocks of ended requests, in order of ending; memory does not grow with them.

    It is a sink (:data:`fcsim.sim.requests.interface.Sink`). After the last block, call
    :meth:`finish` once.
    """

    def __init__(
        self,
        scenario: Scenario,
        functions: Sequence[FunctionInfo],
        lookup: Lookup,
        *,
        by_function: bool | None = None,
        interval: float = INTERVAL,
        loops: Loops = numpy_loops,
        numbered: bool = True,
    ) -> None:
        """Fold requests of *functions*; *lookup* knows their instances.

        *by_function* chooses time series per function (None: up to SERIES_FUNCTIONS), in
        intervals of *interval* seconds. *loops* are the inner loops, compiled or not.
        *numbered*: requests of callers have numbers of their own, below 0.
        """
        count, self.window = len(functions), (scenario.warm_up, scenario.horizon)
        if by_function is None:
            by_function = count <= SERIES_FUNCTIONS
        self.intervals = cut(*self.window, interval)
        self.interval = interval
        self.bars = bars(*self.window)
        self._register = Register(lookup)
        hours = clock_hours(scenario.start, *self.window)
        figures = np.linspace(*self.window, CELLS + 1)
        self._cuts = Cuts(loops, self.window, self.intervals, figures, hours, self.bars)
        self._crowded = np.array([f.instance_concurrency > 1 for f in functions], dtype=bool)
        self._limits = np.array([f.instance_concurrency for f in functions], dtype=int)
        self.summary = RequestSummary(count, self.window, loops=loops)
        self.rules = RequestRules(loops, count)
        self.service = ServiceFold(loops, count, hours, self._cuts, self._register)
        self.flow = Flow(loops, self._cuts, self.window, bool(self._crowded.any()))
        self.functions: FunctionSeries | None = None
        if by_function:
            self.functions = FunctionSeries(
                loops, self.intervals, count, self._cuts, self._register
            )
        self.rows = 0
        callers = [numbered and one.has_callers for one in scenario.workload.values()]
        self._arrivals = Arrivals(loops, generated=not all(callers), called=any(callers))
        self._crowds = Crowds()
        self.called: NDArray[np.int64] | None = None
        """Requests of callers by error, unfinished last; None: nobody has told which they are."""
        if any(callers):
            self.called = np.zeros(len(ERRORS) + 1, np.int64)
        self._ended = -np.inf

    @property
    def broken(self) -> list[str]:
        """What is wrong with requests, as far as they have been seen."""
        return self.rules.broken

    def __call__(self, block: Columns) -> None:
        """Add *block*: the request columns and ``number``."""
        self.rows += len(block["arrival"])
        self._register.upto(int(block["instance"].max(initial=-1)))
        if not self.rules.add(block, len(self._register)):
            return
        self.summary.add(block)
        if self.called is not None:
            self.called += _called(block)
        arrival, started, ended = (block[name] for name in ("arrival", "started", "ended"))
        arrived, begun, left = map(self._cuts.instants, (arrival, started, ended))
        handed = ~np.isnan(started)
        self.flow.add(arrived, begun, left, handed)
        counted = inside(arrival, self.window)
        self.flow.count(arrived.cells, block["error"], ended, counted)
        ends = ended[~np.isnan(ended)]
        self._ended = float(ends[-1]) if len(ends) else self._ended
        settled = self._arrivals.add(block[NUMBER], arrival, self._ended)
        self.flow.settle(settled, ends, self._arrivals.known)
        self._serve(block, begun, left, handed & (block["instance"] >= 0))
        if self.functions:
            self.functions.add(block, arrived, self._arrivals.known)

    def finish(self) -> None:
        """Settle what still waits: there are no more requests."""
        known, nothing = np.inf, np.empty(0)
        self.flow.settle(self._arrivals.finish(), nothing, known)
        self._share(self._crowds.add(np.empty(0, np.int64), nothing, nothing, known))
        if self.functions:
            self.functions.finish()

    def _serve(self, block: Columns, begin: Instants, end: Instants, handed: Marks) -> None:
        """Add the requests that are *handed* to an instance."""
        names = ("function", "instance", "started", "ended")
        rows = {name: block[name] for name in names}
        if not handed.all():
            rows = {name: column[handed] for name, column in rows.items()}
            begin, end = begin.select(handed), end.select(handed)
        self.service.add(rows, begin, end)
        spans = Spans(rows["instance"].astype(np.int64), rows["started"], rows["ended"])
        together = self._crowded[rows["function"]]
        if together.any():
            owner, starts, ends = (c[together] for c in (spans.owner, spans.begin, spans.end))
            self._share(self._crowds.add(owner, starts, ends, self._arrivals.known))
            alone = ~together
            spans = Spans(*(c[alone] for c in (spans.owner, spans.begin, spans.end)))
            begin, end = begin.select(alone), end.select(alone)
        self._busy(spans.owner, begin, end)
        if self.functions:
            self.functions.add_alone(spans.owner, begin, end)

    def _share(self, occupancy: Occupancy) -> None:
        """Add settled requests of instances that take several at a time."""
        if not len(occupancy.owner):
            return
        spans = busy_spans(occupancy)
        instants = self._cuts.instants
        self._busy(spans.owner, instants(spans.begin), instants(spans.end))
        self.rules.broken += self._too_many(occupancy)
        if self.functions:
            self.functions.add_crowd(occupancy)

    def _busy(self, owner: NDArray[np.int64], begin: Instants, end: Instants) -> None:
        self.flow.add_busy(begin, end)
        self.service.add_busy(owner, begin, end)

    def _too_many(self, occupancy: Occupancy) -> Iterator[str]:
        """Check that no instance has more requests at once than it takes."""
        most = self._limits[self._register.function[occupancy.owner]]
        for limit in np.unique(most):
            rows = np.flatnonzero(most == limit)
            owner = occupancy.owner[rows]
            begins, ends = occupancy.begins[rows], occupancy.ends[rows]
            crowded = (owner[limit:] == owner[:-limit]) & (begins[limit:] < ends[:-limit])
            told = f"instances: more than {limit} requests at once"
            yield from first_of(crowded, told, owner[limit:])


def _called(block: Columns) -> NDArray[np.int64]:
    """Count the requests of callers in *block* by error, unfinished last."""
    code = np.where(np.isnan(block["ended"]), len(ERRORS), block["error"])
    return np.bincount(code[block[NUMBER] < 0], minlength=len(ERRORS) + 1)


def folded(record: Record, *, by_function: bool | None = None, interval: float = INTERVAL) -> Folds:
    """Fold the requests that *record* has kept."""
    instances = record.instances

    def lookup(first: int) -> Columns:
        return {name: instances[name][first:] for name in ("function", "kind")}

    folds = Folds(
        record.scenario,
        record.functions,
        lookup,
        by_function=by_function,
        interval=interval,
        numbered=False,
    )
    for block in _blocks(record.requests):
        folds(block)
    folds.finish()
    return folds


def _blocks(requests: Columns) -> Iterator[Columns]:
    """Cut requests into blocks in order of ending."""
    arrival, ended = requests["arrival"], requests["ended"]
    number = np.empty(len(arrival), np.int64)
    number[np.argsort(arrival, kind="stable")] = np.arange(len(arrival))
    order = np.lexsort((number, ended))
    for begin in range(0, len(order), ROWS):
        rows = order[begin : begin + ROWS]
        yield {**{name: column[rows] for name, column in requests.items()}, NUMBER: number[rows]}
