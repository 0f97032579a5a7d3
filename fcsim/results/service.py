"""What requests ask of instances: busy seconds by function and hour, calls, and proofs of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.cells import Cuts, Instants, shares
from fcsim.results.intervals import inside
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.sim.record import Columns

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Lookup", "Register", "Service", "ServiceFold"]

Lookup = Callable[[int], Mapping[str, "NDArray[np.integer]"]]
"""Gives ``function`` and ``kind`` of all instances from a number on."""


@dataclass(frozen=True)
class Service:
    """What the bill needs of requests, for functions × clock hours of the window."""

    busy: Floats
    """Seconds with a request in flight: kinds of instances × functions × hours."""
    calls: Ints
    """Requests handed over: functions × hours."""


class Register:
    """Function and kind of each instance, looked up when an instance is first seen."""

    def __init__(self, lookup: Lookup) -> None:
        """Ask *lookup* for what is not known yet."""
        self._lookup = lookup
        self.function = np.empty(0, np.int32)
        self.kind = np.empty(0, np.int8)

    def upto(self, number: int) -> None:
        """Know at least instances 0 to *number*."""
        known = len(self.function)
        if number >= known:
            found = self._lookup(known)
            self.function = np.append(self.function, found["function"])
            self.kind = np.append(self.kind, found["kind"])

    def __len__(self) -> int:
        """Count the instances known."""
        return len(self.function)


class ServiceFold:
    """Folds requests and busy spans into :class:`Service` and sums by instance."""

    def __init__(self, functions: int, hours: Floats, cuts: Cuts, register: Register) -> None:
        """Sum over the cells of *hours*, which are cells of *cuts* put together."""
        self._hours, self._register = hours, register
        self._hour_of = cuts.within(hours)
        self._window = float(hours[0]), float(hours[-1])
        self._shape = functions, len(hours) - 1
        self._busy = np.zeros(len(Kind) * functions * (len(hours) - 1))
        self._calls = np.zeros(functions * (len(hours) - 1), np.int64)
        self.union = np.empty(0)
        """Seconds in the window with a request in flight, by instance."""
        self.handed = np.empty(0, np.int64)
        """Requests by instance."""
        self.total = np.empty(0)
        """Seconds of requests in the window, by instance."""
        self.longest = np.empty(0)
        """Seconds in the window of the longest request, by instance."""
        self.first = np.empty(0)
        """Earliest hand-over, by instance."""
        self.last = np.empty(0)
        """Latest hand-over or end, by instance."""
        self.left = np.empty(0, np.bool_)
        """Whether an unfinished request was left, by instance."""
        self.strangers = 0
        """Requests on an instance of another function."""

    def result(self) -> Service:
        """Return what has been folded."""
        return Service(
            self._busy.reshape(len(Kind), *self._shape), self._calls.reshape(self._shape)
        )

    def grow(self, number: int) -> None:
        """Make room for instances up to *number*."""
        self._register.upto(number)
        more = max(len(self._register), number + 1) - len(self.union)
        if more <= 0:
            return
        for name, fill in (
            ("union", 0.0), ("handed", 0), ("total", 0.0), ("longest", 0.0),
            ("first", np.inf), ("last", -np.inf), ("left", False),
        ):  # fmt: skip
            array = getattr(self, name)
            setattr(self, name, np.append(array, np.full(more, fill, array.dtype)))

    def add(self, handed: Columns, begin: Instants, end: Instants) -> None:
        """Add requests that were *handed* over, in order of ending."""
        instance = handed["instance"].astype(np.intp)
        if not len(instance):
            return
        self.grow(int(instance.max()))
        function, started, ended = handed["function"], handed["started"], handed["ended"]
        self.strangers += int((self._register.function[instance] != function).sum())
        counted = inside(started, self._window)
        keys = function.astype(np.int64) * self._shape[1] + self._hour_of[begin.cells]
        self._calls += np.bincount(keys[counted], minlength=len(self._calls))
        lasting, size = end.times - begin.times, len(self.union)
        self.handed += np.bincount(instance, minlength=size)
        self.total += np.bincount(instance, weights=lasting, minlength=size)
        np.maximum.at(self.longest, instance, lasting)
        np.minimum.at(self.first, instance, started)
        np.maximum.at(self.last, instance, np.fmax(started, ended))
        open_end = np.isnan(ended)
        if open_end.any():
            self.left[instance[open_end]] = True

    def add_busy(self, owner: Ints, begin: Instants, end: Instants) -> None:
        """Add disjoint spans in which the instance *owner* was busy."""
        lasting = end.times - begin.times
        self.union += np.bincount(owner, weights=lasting, minlength=len(self.union))
        functions, hours = self._shape
        group = self._register.kind[owner].astype(np.int64) * functions
        group += self._register.function[owner]
        row, hour, seconds = shares(begin, end, self._hour_of, self._hours)
        self._busy += np.bincount(group[row] * hours + hour, seconds, minlength=len(self._busy))
