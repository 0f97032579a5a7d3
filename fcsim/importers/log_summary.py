"""What a request log says about each function, gathered block by block in bounded memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import UsageError
from fcsim.importers.concurrency import InstanceSweep
from fcsim.importers.traffic import scenario_name
from fcsim.results.histogram import Histogram

__all__ = ["MOST_FUNCTIONS", "PHASES", "FunctionLog", "LogSummary", "by_code", "quantiles"]

Block = dict[str, NDArray[Any]]
Array = NDArray[np.float64]

PHASES = ("cold_start", "prepare", "server", "schedule")
"""Columns whose distribution over cold rows is kept."""
MOST_FUNCTIONS = 200
"""Each function has a file of its own; a log with more must be imported in parts."""
_HOURS = 10_000


class FunctionLog:
    """Plain counts of one function."""

    def __init__(self, name: str, code: int) -> None:
        """Begin with no rows; *name* is the function's in the scenario, *code* in histograms."""
        self.name, self.code = name, code
        self.server_starts = self.scheduled = 0
        self.rows = self.cold = self.minimum = self.asynchronous = self.failed = 0
        self.memory: Counter[float] = Counter()
        self.longest = 0.0

    def add(self, rows: Block) -> None:
        """Count rows of this function."""
        self.rows += len(rows["arrival"])
        self.cold += int(rows["cold"].sum())
        self.minimum += int(rows["minimum"].sum())
        self.asynchronous += int(rows["asynchronous"].sum())
        self.failed += int(((rows["status"] >= 400) | (rows["error"] != "")).sum())
        self.server_starts += int((rows["cold"] & np.isfinite(rows["server"])).sum())
        self.scheduled += int((rows["cold"] & np.isfinite(rows["schedule"])).sum())
        self.longest = max(self.longest, float(rows["duration"].max()))
        known = rows["memory"][rows["memory"] > 0]
        sizes, counts = np.unique(known, return_counts=True)
        self.memory.update(dict(zip(sizes.tolist(), counts.tolist(), strict=True)))
        self.memory = Counter(dict(self.memory.most_common(64)))


class LogSummary:
    """Counts, distributions and overlaps of all functions of a log."""

    def __init__(self) -> None:
        """Begin with nothing read."""
        self.functions: dict[str, FunctionLog] = {}
        """By the name that the log uses."""
        self.names: list[str] = []
        """Name in the scenario by number."""
        self.first, self.last = np.inf, -np.inf
        self.backwards, self.furthest_back = 0, 0.0
        self.handed_early = 0
        self.service = Histogram()
        self.phases = {name: Histogram() for name in PHASES}
        self.sweep = InstanceSweep()
        self._minimum: dict[tuple[int, int], set[str]] = {}
        self._most_minimum: dict[int, int] = {}
        self._previous = -np.inf

    def add(self, block: Block) -> NDArray[np.int64]:
        """Take a block; return each row's function by number.

        Raises UsageError when the log has too many functions.
        """
        codes = self._codes(block["function"])
        logs = list(self.functions.values())
        for code, rows in by_code(codes):
            logs[code].add({key: one[rows] for key, one in block.items()})
        self._clock(block)
        self._cold(codes, block)
        self._instances(codes, block)
        return codes

    def min_instances(self, code: int) -> int:
        """Return the most minimum instances of a function that served within one clock hour."""
        counts = [len(ids) for (one, _), ids in self._minimum.items() if one == code]
        return max([self._most_minimum.get(code, 0), *counts])

    def _codes(self, names: NDArray[np.object_]) -> NDArray[np.int64]:
        for name in dict.fromkeys(names.tolist()):
            if name not in self.functions:
                self.names.append(scenario_name(name, self.names))
                self.functions[name] = FunctionLog(self.names[-1], len(self.functions))
        if len(self.functions) > MOST_FUNCTIONS:
            raise UsageError(
                f"the log has more than {MOST_FUNCTIONS} functions; choose some with --function"
            )
        return np.array([self.functions[name].code for name in names], np.int64)

    def _clock(self, block: Block) -> None:
        arrival = block["arrival"]
        self.first = min(self.first, float(arrival.min()))
        self.last = max(self.last, float(arrival.max()))
        step = np.diff(arrival, prepend=max(self._previous, float(arrival[0]) - 1e12))
        self.backwards += int((step < 0).sum())
        self.furthest_back = max(self.furthest_back, float(-step.min()))
        self._previous = float(arrival[-1])
        self.handed_early += int((block["handed"] < arrival).sum())

    def _cold(self, codes: NDArray[np.int64], block: Block) -> None:
        cold = block["cold"]
        for name, histogram in self.phases.items():
            known = cold & np.isfinite(block[name])
            histogram.add(codes[known], block[name][known])

    def _instances(self, codes: NDArray[np.int64], block: Block) -> None:
        warm = ~block["cold"]
        start = np.fmax(block["arrival"], block["handed"])  # the later one that is known
        end = block["arrival"] + block["duration"]
        self.sweep.add(codes[warm], block["instance"][warm], start[warm], end[warm])
        rows = block["minimum"] & (block["instance"] != "")
        hours = (block["arrival"][rows] // 3600).astype(np.int64)
        for code, hour, instance in zip(
            codes[rows].tolist(), hours.tolist(), block["instance"][rows].tolist(), strict=True
        ):
            self._minimum.setdefault((code, hour), set()).add(instance)
        self._forget_hours()

    def _forget_hours(self) -> None:
        """Keep the largest count only of the older half when there are very many hours."""
        if len(self._minimum) > _HOURS:
            for key in sorted(self._minimum, key=lambda key: key[1])[: _HOURS // 2]:
                count, code = len(self._minimum.pop(key)), key[0]
                self._most_minimum[code] = max(self._most_minimum.get(code, 0), count)


def by_code(codes: NDArray[np.int64]) -> Iterator[tuple[int, NDArray[np.intp]]]:
    """Yield each number that occurs in *codes* and the places where it stands, in order."""
    if not len(codes):
        return
    order = np.argsort(codes, kind="stable")
    found, begins = np.unique(codes[order], return_index=True)
    yield from zip(found.tolist(), np.split(order, begins[1:]), strict=True)


def quantiles(
    histogram: Histogram, levels: Sequence[float], group: int | None = None
) -> list[float]:
    """Return quantiles of *group* (None: of all groups) by nearest rank, within 0.1 %.

    Without values there are none.
    """
    groups, values, counts = histogram.bins()
    mine = np.full(len(groups), True) if group is None else groups == group
    if not mine.any():
        return []
    order = np.argsort(values[mine], kind="stable")
    reached = np.cumsum(counts[mine][order])
    ranks = np.maximum(np.ceil(np.array(levels) * reached[-1]), 1)
    chosen: Array = values[mine][order][np.searchsorted(reached, ranks)]
    return [float(value) for value in chosen]
