"""Requests folded into counts and samples, block by block, without keeping their rows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Self

import numpy as np

from fcsim.results import loops as numpy_loops
from fcsim.results.intervals import Window, inside
from fcsim.results.samples import EXACT, Ranked, Sample
from fcsim.sim.record import ERRORS, Outcome, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops
    from fcsim.sim.record import Columns

__all__ = ["ENDINGS", "RequestSummary", "Table"]

Table = dict[str, "NDArray[np.float64]"]
"""Figures by KPI name: one value for each function, and the overall value last."""

_QUANTILES = {"p50": 0.5, "p90": 0.9, "p95": 0.95, "p99": 0.99, "p999": 0.999}
_COUNTED = {
    "completed": Outcome.COMPLETED,
    "failed": Outcome.FAILED,
    "throttled": Outcome.THROTTLED,
    "timed_out": Outcome.TIMED_OUT,
    "unfinished": Outcome.UNFINISHED,
}
ENDINGS = (*(start.name.lower() for start in Start), "failed", "timed_out")
"""Kinds of latency that are told apart: completed by their start, failed and timed out."""
_ENDING = np.full((len(Outcome), len(Start)), -1, np.int64)
_ENDING[Outcome.COMPLETED] = np.arange(len(Start))
_ENDING[Outcome.FAILED] = ENDINGS.index("failed")
_ENDING[Outcome.TIMED_OUT] = ENDINGS.index("timed_out")
_HANDED = {"cold": Start.COLD, "waited": Start.WAITED, "queued": Start.QUEUED}


class RequestSummary:
    """What the KPIs need of requests; blocks may be added and merged in any order.

    Quantiles are exact, and no order of blocks changes a bit of them, while the times fit (see
    :class:`~fcsim.results.samples.Sample`).
    """

    def __init__(
        self,
        functions: int,
        window: Window,
        exact: int = EXACT,
        loops: Loops = numpy_loops,
    ) -> None:
        """Count requests of *functions* that arrive in [begin, end) of *window*.

        Up to *exact* times are kept for exact quantiles.
        """
        self._loops = loops
        self.functions = functions
        self.window = window
        self._outcomes = np.zeros((functions, len(Outcome)), dtype=np.int64)
        self._errors = np.zeros((functions, len(ERRORS)), dtype=np.int64)
        self._starts = np.zeros((functions, len(Start)), dtype=np.int64)
        self.latency = Sample(functions * len(ENDINGS), exact, loops)
        """Arrival → end; group: function × ENDINGS."""
        self._cold = Sample(functions, exact, loops)
        self._queue = Sample(functions, exact, loops)

    @property
    def approximate(self) -> bool:
        """Whether there were too many times for exact quantiles."""
        return any(s.approximate for s in (self.latency, self._cold, self._queue))

    def add(self, requests: Columns) -> None:
        """Add a block of requests (columns of ``REQUEST_COLUMNS``)."""
        loops, function, start = self._loops, requests["function"], requests["start"]
        arrival, outcome = requests["arrival"], requests["outcome"]
        counted, waits = inside(arrival, self.window), requests["started"] - arrival
        handed = counted & ~np.isnan(waits)
        loops.count_pairs(function, outcome, counted, self._outcomes)
        loops.count_pairs(function, requests["error"], counted, self._errors)
        loops.count_pairs(function, start, handed, self._starts)
        rows, groups = loops.endings(function, outcome, start, counted, _ENDING, len(ENDINGS))
        self.latency.add(groups, requests["ended"][rows] - arrival[rows])
        for sample, kind in ((self._cold, Start.COLD), (self._queue, Start.QUEUED)):
            chosen = np.flatnonzero(handed & (start == kind))
            sample.add(function[chosen], waits[chosen])

    def merge(self, other: Self) -> None:
        """Add what *other*, of the same functions and window, has counted."""
        self._outcomes += other._outcomes
        self._errors += other._errors
        self._starts += other._starts
        self.latency.merge(other.latency)
        self._cold.merge(other._cold)
        self._queue.merge(other._queue)

    def endings(self) -> Ranked:
        """Return all latencies by ENDINGS."""
        kinds = len(ENDINGS)
        return self.latency.rank(np.tile(np.arange(kinds), self.functions), kinds)

    def completed(self) -> Ranked:
        """Return the latencies of completed requests, as one group."""
        return self.latency.rank(self._whole(self._completed()), 1)

    def _completed(self) -> NDArray[np.int64]:
        """Return the function of each group of latencies, -1 where not completed."""
        function, ending = np.divmod(np.arange(self.latency.groups), len(ENDINGS))
        return np.where(ending < len(Start), function, -1)

    @staticmethod
    def _whole(of: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.minimum(of, 0)

    def finish(self) -> Table:
        """Return the KPIs ``requests``, ``latency``, ``queue``, ``cold_start``, ``errors``."""
        outcomes, starts = _with_total(self._outcomes), _with_total(self._starts)
        table: Table = {"requests.arrived": outcomes.sum(axis=1)}
        for name, outcome in _COUNTED.items():
            table[f"requests.{name}"] = outcomes[:, outcome]
        for name, start in _HANDED.items():
            table[f"requests.{name}"] = starts[:, start]
        for code, error in enumerate(ERRORS[1:], start=1):
            table[f"errors.{error.name}"] = _with_total(self._errors)[:, code]
        return table | self._ratios(table) | self._times()

    def _ratios(self, table: Table) -> Table:
        completed, cold, queued = (
            table[f"requests.{name}"] for name in ("completed", "cold", "queued")
        )
        return {
            "requests.success_ratio": _share(completed, table["requests.arrived"]),
            "queue.count": queued,
            "queue.ratio": _share(queued, completed),
            "cold_start.count": cold,
            "cold_start.ratio": _share(cold, completed),
            "cold_start.affected_ratio": _share(cold + table["requests.waited"], completed),
        }

    def _times(self) -> Table:
        table: Table = {}
        every = np.arange(self.functions)
        for group, sample, of, figures in (
            ("latency", self.latency, self._completed(), ("mean", *_QUANTILES, "max")),
            ("queue", self._queue, every, ("mean", "p95", "max")),
            ("cold_start", self._cold, every, ("mean", "p50", "p95", "p99")),
        ):
            parts = [_figures(sample, of, self.functions, figures)]
            parts.append(_figures(sample, self._whole(of), 1, figures))
            for figure in figures:
                table[f"{group}.{figure}"] = np.concatenate([part[figure] for part in parts])
        return table


def _with_total(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.vstack([counts, counts.sum(axis=0)]).astype(np.float64)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _figures(sample: Sample, of: NDArray[np.int64], targets: int, figures: Iterable[str]) -> Table:
    ranked = sample.rank(of, targets)
    exact = {"mean": sample.mean, "max": sample.max}
    return {
        figure: exact[figure](of, targets)
        if figure in exact
        else ranked.quantile(_QUANTILES[figure])
        for figure in figures
    }
