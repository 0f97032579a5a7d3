"""Comparisons: scenarios under the same random numbers, difference by difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import UsageError, nearest
from fcsim.results.vocabulary import KPIS
from fcsim.scenario.loader import load
from fcsim.scenario.model import Scenario
from fcsim.study.band import REPS as BAND_REPS
from fcsim.study.choice import DifferenceBand, difference_bands
from fcsim.study.differences import Difference, difference
from fcsim.study.estimates import CONFIDENCE
from fcsim.study.knobs import AS_IT_IS
from fcsim.study.names import find_in
from fcsim.study.outcome import Outcome
from fcsim.study.point import Point
from fcsim.study.workers import Work

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

__all__ = ["SAID", "SHOWN", "Comparison", "compare"]

Source = str | Path | Mapping[str, Any] | Scenario

SHOWN = (
    "requests.success_ratio",
    "latency.mean",
    "latency.p50",
    "latency.p95",
    "latency.p99",
    "cold_start.ratio",
    "cold_start.mean",
    "instances.mean",
    "instances.created",
    "image.bytes_pulled",
    "cost.per_month",
)
"""KPIs that people see first, when they name none."""
SAID = ("latency.p99", "cost.per_month")
"""KPIs that the sentences are about."""
_REPS = 10


def compare(
    *sources: Source,
    variants: Iterable[str] | None = None,
    reps: int | None = None,
    kpis: Iterable[str] = (),
    band: bool = False,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
    confidence: float = CONFIDENCE,
    work: Work | None = None,
) -> Comparison:
    """Compare the variants of one scenario file, or two and more scenarios, with the first.

    Of one file (or mapping) the first is the scenario as it is, and *variants* are all of its
    own unless they are named. Each is run *reps* times (10, with *band* 5) with the same streams
    of random numbers: the seed of the first, or *seed*. *kpis* are those to look at first; *band*
    also moves the assumptions and says whether the choice flips (:mod:`fcsim.study.choice`);
    *overrides* are as for :func:`fcsim.load` and apply to all; *work* says where runs are
    simulated and kept.

    Raises UsageError when there is nothing to compare.
    """
    number = (BAND_REPS if band else _REPS) if reps is None else reps
    if number < 1:
        raise UsageError(f"expected at least one run each; got {number}")
    if not 0 < confidence < 1:
        raise UsageError(f"confidence is a share below 100 %; got {confidence}")
    if not isinstance(overrides, Mapping | str):
        overrides = tuple(overrides)
    found = _candidates(sources, variants, overrides)
    common = next(iter(found.values())).seed if seed is None else seed
    scenarios = {name: s.model_copy(update={"seed": common}) for name, s in found.items()}
    named = tuple(kpis)
    for name in named:
        for scenario in scenarios.values():
            find_in(scenario, name)
    with work or Work() as own:
        answer = Comparison(scenarios, _outcomes(scenarios, number, own), named, confidence)
        if not band:
            return answer
        banded = tuple(dict.fromkeys([*answer.shown, *SAID]))
        return replace(answer, bands=difference_bands(answer, banded, own))


def _candidates(
    sources: Sequence[Source],
    variants: Iterable[str] | None,
    overrides: Mapping[str, Any] | Iterable[str],
) -> dict[str, Scenario]:
    if len(sources) == 1:
        return _variants(sources[0], variants, overrides)
    if not sources:
        raise UsageError("nothing to compare; give a scenario with variants, or two scenarios")
    if variants is not None:
        raise UsageError("variants are of one scenario; give one, or no variants")
    if overrides and any(isinstance(source, Scenario) for source in sources):
        raise UsageError("overrides change the text of scenarios: give files or mappings")
    loaded = [s if isinstance(s, Scenario) else load(s, overrides=overrides) for s in sources]
    return dict(zip(_names(sources, loaded), loaded, strict=True))


def _variants(
    source: Source, variants: Iterable[str] | None, overrides: Mapping[str, Any] | Iterable[str]
) -> dict[str, Scenario]:
    if isinstance(source, Scenario):
        raise UsageError("one loaded scenario has no text to change: give its file or mapping")
    base = load(source, overrides=overrides)
    names = list(base.variants) if variants is None else list(dict.fromkeys(variants))
    if not names:
        raise UsageError(
            f"{base.name} has no variants to compare; name another scenario as well, "
            "or add a block variants:"
        )
    unknown = [name for name in names if name not in base.variants]
    if unknown:
        raise UsageError(f"no variant {unknown[0]!r}{nearest(unknown[0], base.variants)}")
    first = AS_IT_IS if AS_IT_IS not in base.variants else base.name
    return {first: base} | {name: load(source, variant=name, overrides=overrides) for name in names}


def _names(sources: Sequence[Source], loaded: Sequence[Scenario]) -> list[str]:
    """Name scenarios by their own names, by their files, or by number: whatever differs."""
    own = [scenario.name for scenario in loaded]
    files = [str(s) if isinstance(s, str | Path) else n for s, n in zip(sources, own, strict=True)]
    for names in (own, files):
        if max(Counter(names).values()) == 1:
            return names
    return [f"{name} ({number})" for number, name in enumerate(files, 1)]


def _outcomes(
    scenarios: Mapping[str, Scenario], reps: int, work: Work
) -> dict[str, tuple[Outcome, ...]]:
    points = [Point(scenario, k) for scenario in scenarios.values() for k in range(reps)]
    outcomes = [outcome for _, outcome in work.outcomes(points)]
    return {name: tuple(outcomes[n * reps : (n + 1) * reps]) for n, name in enumerate(scenarios)}


@dataclass(frozen=True, repr=False)
class Comparison:
    """Scenarios side by side; all are compared with the first."""

    scenarios: dict[str, Scenario]
    """By the name they have here, with the seed that all were run with."""
    outcomes: dict[str, tuple[Outcome, ...]]
    """Runs by name; those of one replication share their random numbers."""
    kpis: tuple[str, ...] = ()
    """KPIs that were asked for."""
    confidence: float = CONFIDENCE
    bands: Mapping[str, DifferenceBand] = field(default_factory=dict)
    """What assumptions do to the differences, by the names of the others, if it was asked for."""

    @property
    def base(self) -> str:
        """The name of the first."""
        return next(iter(self.scenarios))

    @property
    def others(self) -> list[str]:
        """The names of the others."""
        return list(self.scenarios)[1:]

    @property
    def scenario(self) -> Scenario:
        """The first scenario."""
        return self.scenarios[self.base]

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.scenario.seed

    @property
    def reps(self) -> int:
        """Runs of each scenario."""
        return len(self.outcomes[self.base])

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
    def failures(self) -> list[tuple[str, int, str]]:
        """Name, replication and error of runs that have no figures."""
        return [
            (name, k, outcome.error)
            for name, outcomes in self.outcomes.items()
            for k, outcome in enumerate(outcomes)
            if outcome.error
        ]

    def difference(self, name: str, kpi: str) -> Difference:
        """Return by how much *kpi* of *name* exceeds that of the first.

        Raises UsageError for a name that is not compared, or an unknown KPI.
        """
        if name not in self.others:
            raise UsageError(f"{name!r} is not compared{nearest(name, self.others)}")
        find_in(self.scenario, kpi)
        first, other = (self._values(which, kpi) for which in (self.base, name))
        return difference(kpi, first, other, self.confidence)

    def _values(self, name: str, kpi: str) -> list[float]:
        return [outcome.kpis.get(kpi, nan) for outcome in self.outcomes[name]]

    @cached_property
    def sentences(self) -> list[str]:
        """What the comparison says, a sentence for each of the others."""
        from fcsim.report.compare_words import sentence

        return [sentence(self, name) for name in self.others]

    def to_frame(self, table: str = "differences") -> pd.DataFrame:
        """Return ``differences`` (a row for each scenario and KPI) or ``runs`` as a data frame.

        With bands there is also ``band``: a row for each of these and assumption that moves it.
        """
        import pandas as pd

        from fcsim.study.compare_tables import TABLES

        if table not in TABLES:
            raise UsageError(f"unknown table {table!r}; accepted: {', '.join(TABLES)}")
        return pd.DataFrame(list(TABLES[table](self)))

    def figures(self) -> dict[str, Figure]:
        """Return the figures ``latency`` and ``cold-starts``, and those of bands."""
        from fcsim.report.compare_figures import compare_figures

        return compare_figures(self)

    def save(self, folder: str | Path, form: str = "csv") -> Path:
        """Write tables (*form* ``csv`` or ``parquet``) and ``compare.json``; return the folder."""
        from fcsim.study.compare_tables import save

        return save(self, Path(folder), form)

    def summary(self) -> str:
        """Return what ``fcsim compare`` prints, as text."""
        from fcsim.report.compare_tables import comparison_text
        from fcsim.report.console import text

        return text(comparison_text(self))

    def __repr__(self) -> str:
        """Say what was compared."""
        return f"<Comparison of {', '.join(self.scenarios)}: {self.reps} runs each>"
