"""Sweeps: a scenario under many settings, each run several times."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import ScenarioError, UsageError
from fcsim.results.vocabulary import KPIS
from fcsim.scenario.model import Scenario
from fcsim.study.design import Base, Setting, grid, sample
from fcsim.study.estimates import Estimate
from fcsim.study.knobs import VARIANT, Knob, knobs
from fcsim.study.names import find_in
from fcsim.study.outcome import Outcome
from fcsim.study.point import Point
from fcsim.study.quantiles import estimate_of
from fcsim.study.workers import Work

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["SHOWN", "Run", "Sweep", "sweep"]

SHOWN = (
    "requests.success_ratio",
    "latency.p50",
    "latency.p99",
    "cold_start.ratio",
    "instances.mean",
    "cost.per_month",
)
"""KPIs that people see first, when they name none."""


def sweep(
    source: str | Path | Mapping[str, Any],
    vary: Mapping[str, Iterable[Any]] | str | Iterable[str],
    *,
    size: int | None = None,
    reps: int = 1,
    kpis: Iterable[str] = (),
    variant: str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
    shard: tuple[int, int] = (1, 1),
    work: Work | None = None,
) -> Sweep:
    """Run the scenario *source* under every setting that *vary* describes.

    *vary* has values by path (``{"functions.api.memory_size": ["512 MB", "1024 MB"]}``) or is
    texts ``path=a,b,c`` (:mod:`fcsim.study.knobs`); the path ``variant`` chooses among variants,
    ``base`` being none. All combinations are run, or *size* settings of a Sobol' sequence. Each
    is run *reps* times, on the same random streams for all settings. *kpis* are those to look at
    first; *variant*, *overrides* and *seed* are as for :func:`fcsim.load`; *shard* ``(i, n)``
    takes every n-th run from the i-th on. *work* says where runs are simulated and kept: with a
    store, the same call goes on where another was cut off.

    A setting or a run that fails has a row with its error. Raises ScenarioError when no setting
    is a valid scenario, and UsageError for wrong arguments.
    """
    found = knobs(vary)
    if isinstance(source, Scenario):
        raise UsageError("a sweep changes the scenario's text: give its file or mapping")
    if variant is not None and any(knob.path == VARIANT for knob in found):
        raise UsageError("the variant varies already; it cannot be given as well")
    if not isinstance(overrides, Mapping | str):
        overrides = tuple(overrides)
    base = Base(source, variant, overrides, seed)
    plan = _plan(base, found, size, reps, tuple(kpis), shard)
    plan.runs.extend(_run(plan, base, work or Work()))
    return plan


def _plan(
    base: Base,
    found: list[Knob],
    size: int | None,
    reps: int,
    kpis: tuple[str, ...],
    shard: tuple[int, int],
) -> Sweep:
    """Return the sweep before anything is run."""
    if reps < 1 or (size is not None and size < 1):
        raise UsageError(f"expected at least one run; got reps {reps}, size {size}")
    if not 1 <= shard[0] <= shard[1]:
        raise UsageError(f"expected a shard (i, n) with 1 <= i <= n; got {shard}")
    scenario = base.load()
    for name in kpis:
        find_in(scenario, name)
    settings = grid(found) if size is None else sample(found, size, scenario.seed)
    return Sweep(scenario, tuple(knob.path for knob in found), settings, reps, kpis, shard)


def _run(plan: Sweep, base: Base, work: Work) -> Iterator[Run]:
    """Yield the runs of the sweep's shard, settings that are no scenario included."""
    scenarios = _scenarios(base, plan.settings)
    part, parts = plan.shard
    places = [(n, r) for n in range(len(plan.settings)) for r in range(plan.reps)]
    places = places[part - 1 :: parts]
    points = [Point(s, r) for n, r in places if isinstance(s := scenarios[n], Scenario)]
    outcomes = work.outcomes(points)
    for n, r in places:
        refused = scenarios[n]
        if isinstance(refused, ScenarioError):
            yield Run(n + 1, r, Outcome("", {}, 0.0, _one_line(refused)))
        else:
            yield Run(n + 1, r, next(outcomes)[1])


def _scenarios(base: Base, settings: list[Setting]) -> list[Scenario | ScenarioError]:
    found: list[Scenario | ScenarioError] = []
    for setting in settings:
        try:
            found.append(base.load(setting))
        except ScenarioError as error:
            found.append(error)
    if found and all(isinstance(item, ScenarioError) for item in found):
        raise next(item for item in found if isinstance(item, ScenarioError))
    return found


def _one_line(error: ScenarioError) -> str:
    return f"ScenarioError: {'; '.join(map(str, error.problems))}"


@dataclass(frozen=True)
class Run:
    """One run of a sweep."""

    point: int
    """The setting's number, from 1."""
    replication: int
    outcome: Outcome


@dataclass(frozen=True, repr=False)
class Sweep:
    """The settings of a sweep and their runs."""

    scenario: Scenario
    """The scenario without any of the settings."""
    paths: tuple[str, ...]
    """What varies."""
    settings: list[Setting]
    """Values by path; the n-th is point n, from 1."""
    reps: int
    kpis: tuple[str, ...] = ()
    """KPIs that were asked for."""
    shard: tuple[int, int] = (1, 1)
    runs: list[Run] = field(default_factory=list)

    @property
    def seed(self) -> int:
        """The seed of all runs, unless it varies."""
        return self.scenario.seed

    @property
    def shown(self) -> tuple[str, ...]:
        """The KPIs to look at first."""
        return self.kpis or SHOWN

    @property
    def columns(self) -> list[str]:
        """The KPIs of the tables: those of the whole run, and those asked for."""
        overall = [kpi.name for kpi in KPIS]
        return overall + [name for name in self.kpis if name not in overall]

    @property
    def points(self) -> list[int]:
        """The numbers of the settings with a run in this shard."""
        return list(dict.fromkeys(run.point for run in self.runs))

    @property
    def failures(self) -> list[Run]:
        """Runs that have no figures."""
        return [run for run in self.runs if run.outcome.error]

    def estimate(self, point: int, kpi: str) -> Estimate:
        """Return a KPI of one setting over its runs, with the 95 % interval.

        Quantiles of latency are those of the requests of all runs together, so that a setting
        has the figure that ``fcsim run --reps`` gives it; the mean of the runs' own would hang
        on their length.
        """
        return estimate_of(kpi, self._figures.get(point, []))

    @cached_property
    def _figures(self) -> dict[int, list[Outcome]]:
        """Runs that have figures, by setting."""
        found: dict[int, list[Outcome]] = {}
        for run in self.runs:
            if not run.outcome.error:
                found.setdefault(run.point, []).append(run.outcome)
        return found

    def to_frame(self, table: str = "runs") -> pd.DataFrame:
        """Return ``runs`` (one row a run, one column a KPI) or ``summary`` as a data frame.

        ``summary`` has one row for each setting and KPI: value, ends of the 95 % interval, runs.
        """
        import pandas as pd

        from fcsim.study.sweep_tables import TABLES, rows_of

        if table not in TABLES:
            raise UsageError(f"unknown table {table!r}; accepted: {', '.join(TABLES)}")
        return pd.DataFrame(rows_of(self, table))

    def figures(self) -> dict[str, Figure]:
        """Return figures of the KPIs to look at first, by file name."""
        from fcsim.report.sweep_figures import sweep_figures

        return sweep_figures(self)

    def save(self, folder: str | Path, form: str = "csv") -> Path:
        """Write tables (*form* ``csv`` or ``parquet``) and ``sweep.json``; return the folder."""
        from fcsim.study.sweep_tables import save

        return save(self, Path(folder), form)

    def __repr__(self) -> str:
        """Say what was run."""
        varied = ", ".join(self.paths)
        return f"<Sweep of {self.scenario.name!r} over {varied}: {len(self.runs)} runs>"
