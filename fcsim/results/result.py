"""The result of one run: its record, and what can be computed from it, when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import UsageError, nearest
from fcsim.results.bill import Bill, bill
from fcsim.results.caller_course import caller_course
from fcsim.results.course import course
from fcsim.results.folds import Folds, folded
from fcsim.results.histogram import ERROR
from fcsim.results.kpis import kpis
from fcsim.results.latency_curves import Curve, curves_of
from fcsim.results.minimum_course import minimum_course
from fcsim.results.phases import PhaseRow, phase_rows
from fcsim.results.series import Series, series_of
from fcsim.results.transfers import TransferRow, transfer_rows
from fcsim.results.versions import versions
from fcsim.results.vocabulary import BY_NAME, flatten, lookup
from fcsim.scenario.identity import digest
from fcsim.units import format_bytes, format_duration, format_number

if TYPE_CHECKING:
    import pandas as pd

    from fcsim.results.rows import RowsFile
    from fcsim.scenario.model import Scenario
    from fcsim.scenario.parameters import Parameter
    from fcsim.sim.record import Columns, Happening, Record
    from fcsim.sim.trace import Trace

__all__ = ["HEADLINES", "Result"]

HEADLINES = (
    "requests.arrived",
    "requests.success_ratio",
    "latency.p50",
    "latency.p99",
    "cold_start.ratio",
    "cold_start.p95",
    "instances.mean",
    "instances.peak",
    "image.bytes_pulled",
    "cost.total",
    "cost.per_month",
)
"""The KPIs of :meth:`Result.summary`."""


class Result:
    """One run. Nothing is computed before it is asked for, and everything once."""

    def __init__(
        self, record: Record, folds: Folds | None = None, rows: RowsFile | None = None
    ) -> None:
        """Wrap the record of a run.

        *folds* is what was folded from its requests while it ran; without it, that is made from
        the rows that the record has kept. *rows* is where its requests were written. The
        attribute ``command`` may say which command line made it, and ``sliced`` may hold the
        figures of objectives in slices of time, by their text: they need rows, which a saved
        result need not have.
        """
        self.record = record
        self.rows = rows
        self.command = ""
        self.sliced: dict[str, float] = {}
        if folds is not None:
            self.folds = folds

    @cached_property
    def folds(self) -> Folds:
        """What is known of requests without looking at their rows again."""
        return folded(self.record)

    @property
    def scenario(self) -> Scenario:
        """The scenario that was simulated."""
        return self.record.scenario

    @cached_property
    def digest(self) -> str:
        """The identity of the scenario: equal digests and seeds mean equal runs."""
        return digest(self.scenario)

    @property
    def seed(self) -> int:
        """The seed of the run."""
        return self.record.seed

    @property
    def replication(self) -> int:
        """The number of the run among independent ones of the same seed."""
        return self.record.replication

    @property
    def engine(self) -> str:
        """The request plane that ran; it makes no difference to the result."""
        return self.record.engine

    @property
    def warnings(self) -> list[str]:
        """What the run wants its reader to know."""
        return [*self.record.warnings, *self._notes()]

    def _notes(self) -> list[str]:
        if not self.folds.summary.approximate:
            return []
        within = f"{ERROR * 100:.1f} %"
        return [f"quantiles are within {within} of exact ones, as there are very many requests"]

    @property
    def versions(self) -> dict[str, str]:
        """Versions of what simulated it."""
        return versions()

    @property
    def wall_seconds(self) -> float:
        """How long the simulation took."""
        return self.record.wall_seconds

    @cached_property
    def kpis(self) -> dict[str, Any]:
        """All KPIs, nested; NaN where a figure is not defined."""
        return kpis(self.record, self.bill, self.folds.summary)

    @cached_property
    def bill(self) -> Bill:
        """The bill of the window."""
        return bill(self.record, self.folds.service.result())

    @cached_property
    def series(self) -> Series:
        """Time series per minute."""
        return series_of(self.record, self.folds)

    @cached_property
    def phases(self) -> list[PhaseRow]:
        """The spread of cold-start phases, by function and phase."""
        return phase_rows(self.record)

    @cached_property
    def course(self) -> Columns:
        """Instances and requests over 300 equal cells of the window; columns of COURSE."""
        return course(self.record, self.folds)

    @cached_property
    def caller_course(self) -> Columns:
        """Attempts, calls and messages over the same cells; empty columns without callers."""
        return caller_course(self.record, self.folds.flow.edges)

    @cached_property
    def minimum_course(self) -> Columns:
        """What policies ask for and what is there, by function, over the same cells."""
        return minimum_course(self.record, self.folds.flow.edges)

    @property
    def happenings(self) -> list[Happening]:
        """Faults, deployments, and states of functions other than active."""
        return self.record.happenings

    @cached_property
    def latency_curves(self) -> list[Curve]:
        """The distribution of latency of completed requests, and of each kind of request."""
        return curves_of(self.folds.summary)

    @cached_property
    def transfers(self) -> list[TransferRow]:
        """Transfers of layers to hosts, summed by layer and source."""
        return transfer_rows(self.record)

    @property
    def counters(self) -> dict[str, float]:
        """Facts that are not rows: stop time, credentials obtained, refusals of registries."""
        return self.record.counters

    @property
    def trace(self) -> Trace:
        """What happened to caches and links; UsageError when the run was not traced."""
        if self.record.trace is None:
            raise UsageError("the run was not traced: run it with trace=True (fcsim run --trace)")
        return self.record.trace

    @cached_property
    def assumptions(self) -> list[Parameter]:
        """Values that no document settles and the result rests on, each once."""
        found = (*self.record.assumptions, *self.bill.assumptions)
        return list({parameter.name: parameter for parameter in found}.values())

    def kpi(self, name: str) -> float:
        """Return one KPI: ``kpi("functions.checkout.latency.p99")``.

        Raises UsageError with the nearest name when there is none.
        """
        return lookup(self.kpis, name)

    def to_frame(self, table: str = "kpis") -> pd.DataFrame:
        """Return a table as a pandas data frame.

        ``kpis``, ``functions`` (one row a function, one column a KPI), ``bill``, ``series``,
        ``region``, ``phases``, ``requests``, ``instances``, ``pulls``, ``targets``, ``calls`` or
        ``attempts``; of a traced run ``cache_events``, ``flows``, ``link_rates`` and
        ``link_capacities``, too.
        """
        from fcsim.results import frames

        makers: dict[str, Callable[[Result], pd.DataFrame]] = frames.MAKERS
        if table not in makers:
            raise UsageError(f"unknown table {table!r}{nearest(table, makers)}")
        return makers[table](self)

    def save(self, folder: str | Path, records: str | None = None) -> Path:
        """Write the result folder and return its path.

        *records* also keeps every request, instance and transfer, and the trace if there is
        one, as ``csv``, ``parquet`` or ``npz``. Raises UsageError when *folder* exists and is
        neither empty nor a result.
        """
        from fcsim.results.saving import save

        return save(self, Path(folder), records)

    def summary(self) -> str:
        """Return the headline figures as aligned text."""
        rows = self._headlines()
        width = max(len(name) for name, _ in rows)
        return "\n".join(f"{name:<{width}}  {value}" for name, value in rows)

    def _headlines(self) -> list[tuple[str, str]]:
        flat = flatten({key: value for key, value in self.kpis.items() if key != "functions"})
        currency = self.bill.currency
        return [(name, _shown(flat[name], BY_NAME[name].unit, currency)) for name in HEADLINES]

    def __repr__(self) -> str:
        """Say which run it is."""
        return f"<Result of {self.scenario.name!r}, seed {self.seed}, run {self.replication}>"

    def _repr_html_(self) -> str:
        """Show the headline figures in a notebook."""
        cells = "".join(
            f"<tr><td>{name}</td><td style='text-align:right'>{escape(value)}</td></tr>"
            for name, value in self._headlines()
        )
        return f"<table><caption>{escape(self.scenario.name)}</caption>{cells}</table>"


def _shown(value: float, unit: str, currency: str) -> str:
    if value != value:
        return "–"
    if unit == "money":
        return f"{value:,.4g} {currency}" if abs(value) < 1 else f"{value:,.2f} {currency}"
    if unit == "s":
        return format_duration(value)
    if unit == "bytes":
        return format_bytes(value)
    if unit == "share":
        return f"{value * 100:.3g} %"
    return f"{value:,.0f}" if unit == "count" else format_number(value)
