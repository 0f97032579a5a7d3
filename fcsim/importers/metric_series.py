"""Metrics by function and minute: duplicates settled, the period found, gaps told apart."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise

from fcsim.importers.metric_files import Point
from fcsim.importers.metrics import INVOCATIONS, combined

__all__ = ["MetricSeries"]

_LONGEST_PERIOD = 60


class MetricSeries:
    """Values by metric, function and minute since 1970."""

    def __init__(self, points: Iterable[Point]) -> None:
        """Gather *points*.

        Several values of one metric, function and minute in one file are combined by kind of
        metric. The same value in several files is one (exports that overlap); different ones
        are combined as well.
        """
        self.combined = self.overlapping = 0
        self._values: dict[tuple[str, str], dict[int, float]] = {}
        first: dict[tuple[str, str], dict[int, int]] = {}
        again: dict[tuple[str, str, int], list[Point]] = {}
        for point in points:
            key, minute = (point.metric, point.function), int(point.time // 60)
            values = self._values.setdefault(key, {})
            files = first.setdefault(key, {})
            if minute in values:
                begun = [point._replace(file=files[minute], value=values[minute])]
                again.setdefault((*key, minute), begun).append(point)
            else:
                values[minute], files[minute] = point.value, point.file
        for (metric, function, minute), several in again.items():
            self._values[metric, function][minute] = self._settled(metric, several)

    def _settled(self, metric: str, points: list[Point]) -> float:
        by_file: dict[int, list[float]] = {}
        for point in points:
            by_file.setdefault(point.file, []).append(point.value)
        if len(by_file) < len(points):
            self.combined += 1
        each = {combined(metric, values) for values in by_file.values()}
        if len(each) < len(by_file):
            self.overlapping += 1
        elif len(by_file) > 1:
            self.combined += 1
        return combined(metric, sorted(each))

    def __iter__(self) -> Iterator[tuple[int, str, str, float]]:
        """Yield minute, function, metric and value of everything, in this order."""
        yield from sorted(
            (minute, function, metric, value)
            for (metric, function), values in self._values.items()
            for minute, value in values.items()
        )

    def of(self, metric: str, function: str) -> dict[int, float]:
        """Return the values of *metric* by minute; none when it was not exported."""
        return self._values.get((metric, function), {})

    @cached_property
    def metrics(self) -> list[str]:
        """Names of the metrics that there are."""
        return list(dict.fromkeys(metric for metric, _ in self._values))

    @cached_property
    def functions(self) -> list[str]:
        """Functions that were called at least once."""
        return [
            function
            for (metric, function), values in self._values.items()
            if metric == INVOCATIONS and any(values.values())
        ]

    @cached_property
    def period(self) -> int:
        """Minutes between two values: the greatest that fits all of them, 1 at least."""
        minutes = sorted({minute for values in self._values.values() for minute in values})
        period = math.gcd(*(later - earlier for earlier, later in pairwise(minutes)))
        return period if 1 <= period <= _LONGEST_PERIOD else 1

    @cached_property
    def window(self) -> range:
        """The minutes at which periods begin, from the first call count to the last."""
        ends = [one for function in self.functions for one in self._calls(function)]
        return range(min(ends), max(ends) + 1, self.period)

    @cached_property
    def covered(self) -> set[int]:
        """Periods in which some metric of some function has a value."""
        window = self.window
        period, begin = window.step, window.start
        minutes = {minute for values in self._values.values() for minute in values}
        return {begin + (minute - begin) // period * period for minute in minutes}

    def most_common(self, metric: str, function: str) -> float | None:
        """Return the most frequent value of *metric* (of several the largest), if it has any."""
        counts = Counter(self.of(metric, function).values())
        return max(counts, key=lambda value: (counts[value], value), default=None)

    def weighted_mean(self, metric: str, function: str) -> float | None:
        """Return the mean of *metric*, each minute with the weight of its calls."""
        values, calls = self.of(metric, function), self._calls(function)
        weights = {minute: calls.get(minute, 0.0) for minute in values}
        total = sum(weights.values())
        if not total:
            return None
        return sum(values[minute] * weight for minute, weight in weights.items()) / total

    def _calls(self, function: str) -> dict[int, float]:
        return self.of(INVOCATIONS, function)
