"""What is certain while requests are still on their way.

Requests are handed on in order of ending, so an instant is settled only when no request that
arrived before it can be missing. Generated requests are numbered in order of arrival: once the
numbers up to k have been seen, whatever is missing arrives no earlier than request k. What
waits for that grows with the requests that end while the longest one lasts, not with the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from fcsim.results.intervals import Occupancy, occupied

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Arrivals", "Crowds"]


class Arrivals:
    """Puts arrivals in order, and tells up to which instant all is known.

    Generated requests are numbered from 0 upwards, those of callers from -1 downwards; both in
    order of arrival.
    """

    def __init__(self, loops: Loops, *, generated: bool = True, called: bool = False) -> None:
        """Know nothing yet; tell which of the two kinds there may be."""
        self.known = -np.inf
        """No request that is still missing arrives or ends before this instant."""
        self._generated = _InOrder(loops) if generated or not called else None
        self._called = _InOrder(loops) if called else None
        self._waiting = np.empty(0)  # in order, of one kind and not certain of the other

    def add(self, number: Ints, arrival: Floats, ended: float) -> Floats:
        """Take a block whose last end is *ended*; return the arrivals now settled, in order."""
        if self._called is None:
            assert self._generated is not None
            settled = self._generated.add(number, arrival, ended)
            self.known = self._generated.known
            return settled
        own = number < 0
        parts, known = [self._called.add(-1 - number[own], arrival[own], ended)], self._called.known
        if self._generated is not None:
            parts.append(self._generated.add(number[~own], arrival[~own], ended))
            known = min(known, self._generated.known)
        self.known = known
        return self._until(known, parts)

    def finish(self) -> Floats:
        """Return the remaining arrivals: nothing is missing any more."""
        self.known = np.inf
        kinds = (self._generated, self._called)
        return self._until(np.inf, [kind.finish() for kind in kinds if kind is not None])

    def _until(self, known: float, parts: list[Floats]) -> Floats:
        every = np.sort(np.concatenate([self._waiting, *parts]))
        settled = int(np.searchsorted(every, known))
        self._waiting = every[settled:]
        return every[:settled]


class _InOrder:
    """Requests of one kind, numbered in order of arrival."""

    def __init__(self, loops: Loops) -> None:
        self._loops = loops
        self.known = -np.inf
        self._next = 0
        self._number = np.empty(0, np.int64)
        self._arrival = np.empty(0)

    def add(self, number: Ints, arrival: Floats, ended: float) -> Floats:
        number = np.concatenate([self._number, number])
        arrival = np.concatenate([self._arrival, arrival])
        ordered = self._loops.first_missing(number - self._next, arrival)
        settled: Floats = ordered[: np.searchsorted(ordered, ended)]
        self.known = self._settled_until(ordered, settled, ended)
        self._next += len(settled)
        waits = number >= self._next
        self._number, self._arrival = number[waits], arrival[waits]
        return settled

    def finish(self) -> Floats:
        rest = np.sort(self._arrival)
        self._number, self._arrival = np.empty(0, np.int64), np.empty(0)
        return rest

    def _settled_until(self, ordered: Floats, settled: Floats, ended: float) -> float:
        if len(settled) < len(ordered):
            return ended
        return float(settled[-1]) if len(settled) else self.known


class Crowds:
    """Cuts requests that share instances at settled instants, so that their unions can be told."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._owner = np.empty(0, np.int64)
        self._begin, self._end = np.empty(0), np.empty(0)

    def add(self, owner: Ints, begin: Floats, end: Floats, known: float) -> Occupancy:
        """Take requests on instances; return all that happened before *known*, sorted.

        An end of NaN is still to come. What reaches beyond *known* is cut there, and the rest of
        it begins there next time.
        """
        end = np.where(np.isnan(end), np.inf, end)
        owner = np.concatenate([self._owner, owner])
        begin, end = np.concatenate([self._begin, begin]), np.concatenate([self._end, end])
        early, late = begin < known, (end > known) | (begin >= known)
        self._owner, self._begin = owner[late], np.maximum(begin[late], known)
        self._end = end[late]
        return occupied(owner[early], begin[early], np.minimum(end[early], known))
