"""Sweeps: a scenario under many settings, each run several times."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import ScenarioError, UsageError
from fcsim.results.vocabulary import KPIS, find
from fcsim.scenario.model import Scenario
from fcsim.study.design import Base, Setting, grid, sample
from fcsim.study.estimates import Estimate, mean_of
from fcsim.study.knobs import VARIANT, knobs
from fcsim.study.point import Outcome, Point
from fcsim.study.store import Store
from fcsim.study.workers import evaluate

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


@dataclass(frozen=True)
class Run:
    """One run of a sweep."""

    point: int
    """The setting's number, from 1."""
    replication: int
    outcome: Outcome


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
    store: Store | str | Path | None = None,
    workers: int | None = None,
    cluster: str | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Sweep:
    """Run the scenario *source* under every setting that *vary* describes.

    *vary* has values by path (``{"functions.api.memory_size": ["512 MB", "1024 MB"]}``) or is
    texts ``path=a,b,c`` (:mod:`fcsim.study.knobs`); the path ``variant`` chooses among variants,
    ``base`` being none. All combinations are run, or *size* settings of a Sobol' sequence. Each
    is run *reps* times, on the same random streams for all settings. *variant*, *overrides* and
    *seed* go to :func:`fcsim.load`; *shard* ``(i, n)`` takes every n-th run from the i-th on.

    *store* (or its folder) keeps finished runs, so that the same call goes on where another was
    cut off. *kpis* are those to look at first; *workers*, *cluster* and *progress* are as in
    :func:`~fcsim.study.workers.evaluate`.

    A setting or a run that fails has a row with its error. Raises ScenarioError when no setting
    is a valid scenario, and UsageError for wrong arguments.
    """
    found = knobs(vary)
    if isinstance(source, Scenario):
        raise UsageError("a sweep changes the scenario's text: give its file or mapping")
    if variant is not None and any(knob.path == VARIANT for knob in found):
        raise UsageError("the variant varies already; it cannot be given as well")
    if reps < 1 or (size is not None and size < 1):
        raise UsageError(f"expected at least one run; got reps {reps}, size {size}")
    base = Base(source, variant, overrides, seed)
    scenario = base.load()
    named = tuple(kpis)
    for name in named:
        find(name, scenario.functions)
    settings = grid(found) if size is None else sample(found, size, scenario.seed)
    paths = tuple(knob.path for knob in found)
    answer = Sweep(scenario, paths, settings, reps, named, shard=shard)
    keep = Store(store) if isinstance(store, str | Path) else store
    answer.runs.extend(_run(answer, base, keep, workers, cluster, progress))
    return answer


def _run(
    plan: Sweep,
    base: Base,
    store: Store | None,
    workers: int | None,
    cluster: str | None,
    progress: Callable[[int, int], None] | None,
) -> Iterator[Run]:
    """Yield the runs of the sweep's shard, settings that are no scenario included."""
    scenarios = _scenarios(base, plan.settings)
    part, parts = plan.shard
    places = [(n, r) for n in range(len(plan.settings)) for r in range(plan.reps)]
    places = places[part - 1 :: parts]
    points = {
        (n, r): Point(scenario, r)
        for n, r in places
        if isinstance(scenario := scenarios[n], Scenario)
    }
    outcomes = evaluate(
        points.values(), store=store, workers=workers, cluster=cluster, progress=progress
    )
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
    runs: list[Run] = field(default_factory=list)
    shard: tuple[int, int] = (1, 1)

    @property
    def seed(self) -> int:
        """The seed of all runs, unless it varies."""
        return self.scenario.seed

    @property
    def shown(self) -> tuple[str, ...]:
        """The KPIs to look at first."""
        return self.kpis or SHOWN

    @property
    def failures(self) -> list[Run]:
        """Runs that have no figures."""
        return [run for run in self.runs if run.outcome.error]

    def estimate(self, point: int, kpi: str) -> Estimate:
        """Return a KPI of one setting: its mean over runs, with the 95 % interval."""
        return mean_of([run.outcome.kpis.get(kpi, float("nan")) for run in self._of(point)])

    def _of(self, point: int) -> list[Run]:
        return self._by_point.get(point, [])

    @cached_property
    def _by_point(self) -> dict[int, list[Run]]:
        """Runs with figures, by setting."""
        found: dict[int, list[Run]] = {}
        for run in self.runs:
            if not run.outcome.error:
                found.setdefault(run.point, []).append(run)
        return found

    def to_frame(self, table: str = "runs") -> pd.DataFrame:
        """Return ``runs`` (one row a run, one column a KPI) or ``summary`` as a data frame.

        ``summary`` has one row for each setting and KPI: mean, ends of the 95 % interval, runs.
        """
        import pandas as pd

        from fcsim.study.sweep_tables import TABLES, rows_of

        if table not in TABLES:
            raise UsageError(f"unknown table {table!r}; accepted: {', '.join(TABLES)}")
        return pd.DataFrame(rows_of(self, table))

    def figures(self) -> dict[str, Figure]:
        """Return a figure for each KPI to look at first, by file name."""
        from fcsim.report.sweep_figures import sweep_figures

        return sweep_figures(self)

    def save(self, folder: str | Path, form: str = "csv") -> Path:
        """Write the tables (*form* ``csv`` or ``parquet``) and ``sweep.json``; return the folder."""
        from fcsim.study.sweep_tables import save

        return save(self, Path(folder), form)

    @property
    def columns(self) -> list[str]:
        """The KPIs of the tables: those of the whole run, and those asked for."""
        overall = [kpi.name for kpi in KPIS]
        return overall + [name for name in self.kpis if name not in overall]
