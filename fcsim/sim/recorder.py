"""The recorder: append-only facts, turned into columns at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np

from fcsim.sim.record import (
    INSTANCE_COLUMNS,
    PULL_COLUMNS,
    Columns,
    ErrorCode,
    Kind,
    Source,
)

__all__ = ["InstanceFact", "PullFact", "Recorder"]

UNKNOWN = float("nan")


@dataclass(slots=True, eq=False)
class PullFact:
    """One layer, or part of one, transferred to one host; fields as in PULL_COLUMNS."""

    host: int
    layer: int
    source: Source
    bytes: float
    begun: float
    while_serving: bool = False
    flowing: float = UNKNOWN
    transferred: float = UNKNOWN
    unpacked: float = UNKNOWN


@dataclass(slots=True, eq=False)
class InstanceFact:
    """One instance from its creation on; fields as in INSTANCE_COLUMNS."""

    function: int
    kind: Kind
    host: int
    created: float
    placed: float = UNKNOWN
    credential: float = UNKNOWN
    pulled: float = UNKNOWN
    started: float = UNKNOWN
    served: float = UNKNOWN
    ready: float = UNKNOWN
    stopping: float = UNKNOWN
    gone: float = UNKNOWN
    error: ErrorCode = ErrorCode.NONE
    bytes_pulled: float = 0.0
    bytes_cached: float = 0.0


@dataclass
class Recorder:
    """All facts of a run that the request plane does not keep itself."""

    instances: list[InstanceFact] = field(default_factory=list)
    pulls: list[PullFact] = field(default_factory=list)

    def instance_columns(self, usage: Columns) -> Columns:
        """Return the instance columns, completed by the request plane's *usage*."""
        own = {name: kind for name, kind in INSTANCE_COLUMNS.items() if name not in usage}
        columns = {**_columns(self.instances, own), **usage}
        return {name: columns[name] for name in INSTANCE_COLUMNS}

    def pull_columns(self) -> Columns:
        """Return the pull columns, in order of completion."""
        return _columns(self.pulls, PULL_COLUMNS)


def _columns(facts: Sequence[Any], types: Mapping[str, Any]) -> Columns:
    """Return the fields of *facts* named by *types* as columns."""
    return {
        name: np.fromiter(map(attrgetter(name), facts), dtype, len(facts))
        for name, dtype in types.items()
    }
