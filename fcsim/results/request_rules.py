"""What must hold of every request by itself."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from fcsim.sim.record import ERRORS, ErrorCode, Outcome, Start

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fcsim.results.loops import Loops
    from fcsim.sim.record import Columns

    Marks = NDArray[np.bool_]

__all__ = ["REFUSALS", "RequestRules", "broken_by", "first_of", "pointless"]

REFUSALS = np.array([error.status in (429, 503) for error in ERRORS])
"""Whether each error is a refusal."""


def first_of(marks: Marks, what: str, rows: NDArray[np.integer] | None = None) -> Iterator[str]:
    """Yield a message for the *marks* of broken rows, if any."""
    found = np.flatnonzero(marks)
    if len(found):
        row = int(found[0] if rows is None else rows[found[0]])
        yield f"{what} (row {row}; {len(found)} in all)"


def pointless(table: str, columns: Columns, limits: dict[str, tuple[int, int]]) -> Iterator[str]:
    """Check that positions point at something: at least low and below high of *limits*."""
    for name, (low, high) in limits.items():
        if name in columns:
            wrong = (columns[name] < low) | (columns[name] >= high)
            yield from first_of(wrong, f"{table}: {name} points nowhere")


def broken_by(requests: Columns) -> Iterator[str]:
    """Yield what is wrong with single requests, whose positions point at something."""
    yield from _outcomes(requests)
    yield from _times(requests)


def _outcomes(requests: Columns) -> Iterator[str]:
    """Check that each request has exactly one outcome, with the error that belongs to it."""
    outcome, error = requests["outcome"], requests["error"]
    ended, handed = ~np.isnan(requests["ended"]), ~np.isnan(requests["started"])
    refused = outcome == Outcome.THROTTLED
    fine = (outcome == Outcome.COMPLETED) | (outcome == Outcome.UNFINISHED)
    late = outcome == Outcome.TIMED_OUT
    throttle = REFUSALS[error]
    rules: dict[str, Marks] = {
        "requests: unfinished and ended, or neither": ended == (outcome == Outcome.UNFINISHED),
        "requests: completed or unfinished with an error": fine & (error != ErrorCode.NONE),
        "requests: failed, refused or timed out without an error": ~fine
        & (error == ErrorCode.NONE),
        "requests: refused with another error than 429 or 503": refused & ~throttle,
        "requests: 429 or 503 but not refused": throttle & ~refused,
        "requests: refused but handed to an instance": refused & handed,
        "requests: timed out with another error": late != (error == ErrorCode.FUNCTION_TIMEOUT),
        "requests: completed or timed out without an instance": ~handed
        & ((outcome == Outcome.COMPLETED) | late),
        "requests: handed over, but to no instance": handed & (requests["instance"] < 0),
    }
    for what, marks in rules.items():
        yield from first_of(marks, what)


def _times(requests: Columns) -> Iterator[str]:
    arrival, started, ended = (requests[name] for name in ("arrival", "started", "ended"))
    yield from first_of(
        ~np.isfinite(arrival) | (arrival < 0), "requests: arrival before 0 or unknown"
    )
    yield from first_of(started < arrival, "requests: handed over before arrival")
    yield from first_of(ended < np.fmax(arrival, started), "requests: ended before it began")


class RequestRules:
    """Checks requests block by block; a message names the row of the first block that breaks."""

    def __init__(self, loops: Loops, functions: int) -> None:
        """Check requests of so many *functions*."""
        self._loops = loops
        self._limits = {
            "function": (0, functions),
            "outcome": (0, len(Outcome)),
            "start": (0, len(Start)),
            "error": (0, len(ERRORS)),
        }
        self.broken: list[str] = []
        self.cold = np.zeros(functions, np.int64)
        """Requests of each function that were told to have caused an instance."""

    def add(self, block: Columns, instances: int) -> bool:
        """Check *block* of a run that has created so many *instances*.

        False when it must not be counted, as its positions point nowhere.
        """
        limits = {**self._limits, "instance": (-1, instances)}
        if self._loops.flawless(block, limits, self.cold):
            return True
        wrong = [*pointless("requests", block, limits)]
        self.broken = self.broken or wrong or [*broken_by(block)]
        return not wrong
