"""The recorder: append-only facts, turned into columns at the end."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from struct import Struct
from typing import Any, NamedTuple

import numpy as np

from fcsim.sim.record import (
    INSTANCE_COLUMNS,
    PULL_COLUMNS,
    TARGET_COLUMNS,
    Columns,
    ErrorCode,
    Kind,
    Source,
)

__all__ = ["InstanceFact", "PullFact", "Recorder", "TargetFact"]

UNKNOWN = float("nan")


@dataclass(slots=True, eq=False)
class PullFact:
    """One layer, or part of one, transferred to one host; all but *flow* as in PULL_COLUMNS."""

    host: int
    layer: int
    source: Source
    bytes: float
    begun: float
    while_serving: bool = False
    flowing: float = UNKNOWN
    transferred: float = UNKNOWN
    unpacked: float = UNKNOWN
    flow: int = -1
    """Number of the transfer; no column."""


class TargetFact(NamedTuple):
    """From *time* on a function should have *target* minimum instances."""

    function: int
    time: float
    target: int


@dataclass(eq=False)
class InstanceFact:
    """One instance from its creation on; all but *number* as in INSTANCE_COLUMNS."""

    number: int
    function: int
    kind: Kind
    host: int
    created: float
    # without annotation: of the class until they are known of the instance
    placed = credential = pulled = started = served = ready = stopping = gone = UNKNOWN
    error = ErrorCode.NONE
    version = 0
    bytes_pulled = bytes_cached = 0.0


USED = ("requests", "busy")
"""Instance columns that the request plane counts."""
FIELDS = ("number", *(name for name in INSTANCE_COLUMNS if name not in USED))
_values = attrgetter(*FIELDS)
_pack = Struct(f"{len(FIELDS)}d").pack


@dataclass
class Recorder:
    """All facts of a run that the request plane does not keep itself."""

    functions: array[int] = field(default_factory=lambda: array("i"))
    """Function of each instance."""
    kinds: array[int] = field(default_factory=lambda: array("b"))
    """Kind of each instance."""
    pulls: list[PullFact] = field(default_factory=list)
    targets: list[TargetFact] = field(default_factory=list)
    _ended: bytearray = field(default_factory=bytearray)

    def begin(self, fact: InstanceFact) -> None:
        """Note that an instance has been created; they come in order of their numbers."""
        self.functions.append(fact.function)
        self.kinds.append(fact.kind)

    def end(self, fact: InstanceFact) -> None:
        """Keep what is known of an instance of which nothing more will be known."""
        self._ended += _pack(*_values(fact))

    def instance_columns(self, living: Iterable[InstanceFact], usage: Columns) -> Columns:
        """Return the instance columns: ended and *living* instances, and the plane's *usage*."""
        packed = self._ended + b"".join(_pack(*_values(fact)) for fact in living)
        rows = np.frombuffer(packed).reshape(-1, len(FIELDS))
        table = np.empty_like(rows)
        table[rows[:, 0].astype(np.int64)] = rows
        own: Columns = {
            name: table[:, FIELDS.index(name)].astype(dtype)
            for name, dtype in INSTANCE_COLUMNS.items()
            if name not in USED
        }
        return {name: own[name] if name in own else usage[name] for name in INSTANCE_COLUMNS}

    def pull_columns(self) -> Columns:
        """Return the pull columns, in order of completion."""
        return _columns(self.pulls, PULL_COLUMNS)

    def target_columns(self) -> Columns:
        """Return the target columns, in order of time."""
        return _columns(self.targets, TARGET_COLUMNS)


def _columns(facts: Sequence[Any], types: Mapping[str, Any]) -> Columns:
    """Return the fields of *facts* named by *types* as columns."""
    return {
        name: np.fromiter(map(attrgetter(name), facts), dtype, len(facts))
        for name, dtype in types.items()
    }
