"""Requests folded into counts and samples, block by block, without keeping their rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

import numpy as np

from fcsim.results.intervals import Window, inside
from fcsim.results.samples import Ranked, Sample
from fcsim.sim.record import ERRORS, Outcome, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns

__all__ = ["RequestSummary", "Table"]

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
_HANDED = {"cold": Start.COLD, "waited": Start.WAITED, "queued": Start.QUEUED}


class RequestSummary:
    """What the KPIs need of requests; blocks may be added and merged in any order.

    Times are kept, 8 bytes for each completed, cold or queued request, so quantiles are exact
    and the order of blocks changes no bit of them.
    """

    def __init__(self, functions: int, window: Window) -> None:
        """Count requests of *functions* that arrive in [begin, end) of *window*."""
        self.functions = functions
        self.window = window
        self._outcomes = np.zeros((functions, len(Outcome)), dtype=np.int64)
        self._errors = np.zeros((functions, len(ERRORS)), dtype=np.int64)
        self._starts = np.zeros((functions, len(Start)), dtype=np.int64)
        self._latency = Sample(functions)
        self._cold = Sample(functions)
        self._queue = Sample(functions)

    def add(self, requests: Columns) -> None:
        """Add a block of requests (columns of ``REQUEST_COLUMNS``)."""
        counted = inside(requests["arrival"], self.window)
        if not counted.all():
            requests = {name: column[counted] for name, column in requests.items()}
        function, start, arrival = requests["function"], requests["start"], requests["arrival"]
        handed = ~np.isnan(requests["started"])
        self._outcomes += _count(function, requests["outcome"], self._outcomes.shape)
        self._errors += _count(function, requests["error"], self._errors.shape)
        self._starts += _count(function[handed], start[handed], self._starts.shape)
        waits = requests["started"] - arrival
        done = requests["outcome"] == Outcome.COMPLETED
        self._latency.add(function[done], (requests["ended"] - arrival)[done])
        for sample, kind in ((self._cold, Start.COLD), (self._queue, Start.QUEUED)):
            chosen = handed & (start == kind)
            sample.add(function[chosen], waits[chosen])

    def merge(self, other: Self) -> None:
        """Add what *other*, of the same functions and window, has counted."""
        self._outcomes += other._outcomes
        self._errors += other._errors
        self._starts += other._starts
        self._latency.merge(other._latency)
        self._cold.merge(other._cold)
        self._queue.merge(other._queue)

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
        for group, sample, figures in (
            ("latency", self._latency, ("mean", *_QUANTILES, "max")),
            ("queue", self._queue, ("mean", "p95", "max")),
            ("cold_start", self._cold, ("mean", "p50", "p95", "p99")),
        ):
            ranked = sample.rank()
            for figure in figures:
                values = [_figure(part, figure) for part in ranked]
                table[f"{group}.{figure}"] = np.concatenate(values)
        return table


def _count(
    rows: NDArray[np.integer], columns: NDArray[np.integer], shape: tuple[int, ...]
) -> NDArray[np.int64]:
    cells = rows.astype(np.int64) * shape[1] + columns
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


def _with_total(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.vstack([counts, counts.sum(axis=0)]).astype(np.float64)


def _share(part: NDArray[np.float64], whole: NDArray[np.float64]) -> NDArray[np.float64]:
    ratio = np.full(len(whole), np.nan)
    np.divide(part, whole, out=ratio, where=whole > 0)
    return ratio


def _figure(ranked: Ranked, figure: str) -> NDArray[np.float64]:
    if figure == "mean":
        return ranked.mean()
    return ranked.max() if figure == "max" else ranked.quantile(_QUANTILES[figure])
