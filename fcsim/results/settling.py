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
    """Puts arrivals in order, and tells up to which instant all is known."""

    def __init__(self, loops: Loops) -> None:
        """Know nothing yet."""
        self._loops = loops
        self.known = -np.inf
        """No request that is still missing arrives or ends before this instant."""
        self._next = 0
        self._number = np.empty(0, np.int64)
        self._arrival = np.empty(0)
        self._injected = np.empty(0)

    def add(self, number: Ints, arrival: Floats, ended: float) -> Floats:
        """Take a block whose last end is *ended*; return the arrivals now settled, in order.

        Injected requests (below 0) have no place in the order: they settle when they are seen.
        """
        generated = number >= 0
        if not generated.all():
            self._injected = np.append(self._injected, arrival[~generated])
            number, arrival = number[generated], arrival[generated]
        number = np.concatenate([self._number, number])
        arrival = np.concatenate([self._arrival, arrival])
        ordered = self._loops.first_missing(number - self._next, arrival)
        settled = ordered[: np.searchsorted(ordered, ended)]
        before, self.known = self.known, self._settled_until(ordered, settled, ended)
        self._next += len(settled)
        waits = number >= self._next
        self._number, self._arrival = number[waits], arrival[waits]
        return self._with_injected(settled, before)

    def finish(self) -> Floats:
        """Return the remaining arrivals: nothing is missing any more."""
        rest, before = np.sort(self._arrival), self.known
        self.known = np.inf
        self._number, self._arrival = np.empty(0, np.int64), np.empty(0)
        return self._with_injected(rest, before)

    def _settled_until(self, ordered: Floats, settled: Floats, ended: float) -> float:
        if len(settled) < len(ordered):
            return ended
        return float(settled[-1]) if len(settled) else self.known

    def _with_injected(self, settled: Floats, before: float) -> Floats:
        ripe = self._injected < self.known
        if not ripe.any():
            return settled
        late = np.maximum(self._injected[ripe], before)
        self._injected = self._injected[~ripe]
        return np.sort(np.concatenate([settled, late]))


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
