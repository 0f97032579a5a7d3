"""What requests ask of instances: busy seconds by function and hour, calls, and proofs of both."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.cells import Cuts, Instants
from fcsim.results.loops import UNION, UNUSED
from fcsim.sim.record import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops
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

    def __init__(
        self, loops: Loops, functions: int, hours: Floats, cuts: Cuts, register: Register
    ) -> None:
        """Sum over the cells of *hours*, which are cells of *cuts* put together."""
        self._loops, self._hours, self._register = loops, hours, register
        self._hour_of = cuts.within(hours)
        self._window = float(hours[0]), float(hours[-1])
        self._busy = np.zeros((len(Kind) * functions, len(hours) - 1))
        self._calls = np.zeros((functions, len(hours) - 1), np.int64)
        self._use = np.tile(np.array(UNUSED), (64, 1))
        self.strangers = 0
        """Requests on an instance of another function."""

    def result(self) -> Service:
        """Return what has been folded."""
        return Service(self._busy.reshape(len(Kind), *self._calls.shape), self._calls)

    def used(self, column: int) -> Floats:
        """Return a column of the uses of instances (:data:`fcsim.results.loops.UNUSED`).

        Seconds are those in the window: UNION with a request in flight, LASTED of all requests,
        LONGEST of one; FIRST and LAST are the earliest hand-over and the latest hand-over or
        end; HANDED counts requests; LEFT is 1 where an unfinished one was left.
        """
        return self._use[: len(self._register), column]

    def grow(self, number: int) -> None:
        """Make room for instances up to *number*."""
        self._register.upto(number)
        more = len(self._register) - len(self._use)
        if more > 0:
            new = np.tile(np.array(UNUSED), (more + len(self._use), 1))
            self._use = np.concatenate([self._use, new])

    def add(self, handed: Columns, begin: Instants, end: Instants) -> None:
        """Add requests that were *handed* over, in order of ending."""
        instance = handed["instance"]
        if not len(instance):
            return
        self.grow(int(instance.max()))
        self.strangers += int((self._register.function[instance] != handed["function"]).sum())
        tables = self._calls, self._use
        self._loops.serve(handed, begin, end, self._hour_of, self._window, tables)

    def add_busy(self, owner: Ints, begin: Instants, end: Instants) -> None:
        """Add disjoint spans in which the instance *owner* was busy."""
        self._loops.add_up(owner, begin.times, end.times, self._use[:, UNION])
        group = self._register.kind[owner].astype(np.int64) * len(self._calls)
        group += self._register.function[owner]
        self._loops.spread(group, begin, end, self._hour_of, self._hours, self._busy)
