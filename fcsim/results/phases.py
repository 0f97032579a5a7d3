"""The spread of cold-start phases: what ``cold_start_phases.csv`` holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from fcsim.results.instance_figures import PHASES, became_ready, phase_seconds
from fcsim.results.samples import rank

if TYPE_CHECKING:
    from fcsim.sim.record import Record

__all__ = ["PhaseRow", "phase_rows"]


class PhaseRow(NamedTuple):
    """Seconds of one phase over the starts of one function that ended in the window."""

    function: str
    phase: str
    starts: int
    mean: float
    p50: float
    p95: float
    p99: float
    max: float


def phase_rows(record: Record) -> list[PhaseRow]:
    """Return a row for each function that started instances and each phase."""
    chosen = became_ready(record)
    rows = []
    for phase in PHASES:
        times = phase_seconds(record.instances, phase)
        known = chosen & ~np.isnan(times)
        ranked = rank(record.instances["function"][known], times[known], len(record.functions))
        figures = (ranked.mean(), *(ranked.quantile(q) for q in (0.5, 0.95, 0.99, 1.0)))
        for number in np.flatnonzero(ranked.count):
            spread = (float(figure[number]) for figure in figures)
            starts = int(ranked.count[number])
            rows.append(PhaseRow(record.functions[number].name, phase, starts, *spread))
    order = {function.name: row for row, function in enumerate(record.functions)}
    return sorted(rows, key=lambda row: order[row.function])
