"""What there is to check about one scenario file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import ScenarioError
from fcsim.report.kpi_values import Units
from fcsim.scenario.address import Finding
from fcsim.scenario.loader import drafted
from fcsim.study.check import baseline_files
from fcsim.study.check.baseline import Baseline
from fcsim.study.check.makeup import address_of, written
from fcsim.study.check.outcomes import Place
from fcsim.study.check.provenance import Provenance, provenance
from fcsim.study.objectives import Objective, read_objectives

if TYPE_CHECKING:
    from fcsim.scenario.draft import Draft
    from fcsim.scenario.model import Scenario

__all__ = ["Case", "read_case"]


@dataclass(frozen=True)
class Case:
    """One scenario file with its objectives and its baseline."""

    path: str
    """As it was given."""
    scenario: Scenario
    variant: str | None
    objectives: tuple[tuple[Objective, Place], ...]
    """Each with where it is written."""
    home: Path
    """Where its baseline is kept, or would be."""
    baseline: Baseline | None
    draft: Draft
    """The scenario as it was written."""

    @property
    def name(self) -> str:
        """The scenario's name, with its variant."""
        return "/".join(filter(None, (self.scenario.name, self.variant)))

    @property
    def sliced(self) -> tuple[Objective, ...]:
        """Objectives in slices of time: their runs keep the rows of requests."""
        return tuple(o for o, _ in self.objectives if o.every is not None)

    @cached_property
    def units(self) -> Units:
        """Writes its KPIs."""
        return Units(self.scenario)

    @cached_property
    def provenance(self) -> Provenance:
        """What its figures rest on when it is run now."""
        return provenance(self.scenario)

    @property
    def is_unchanged(self) -> bool:
        """Whether its figures must be those of the baseline to the bit."""
        return self.baseline is not None and self.baseline.provenance.is_same(self.provenance)

    @cached_property
    def written(self) -> Mapping[str, str]:
        """Values by path in the words of the file."""
        return written(self.draft.data)

    def place_of_value(self, path: str) -> Place:
        """Return where the value at *path* is written, or what is left around it."""
        problem = self.draft.problem(Finding(address_of(self.draft.data, path), ""))
        return Place(self.path, problem.line, problem.column)

    def place_of(self, kpi: str) -> Place:
        """Return where the baseline holds *kpi*."""
        lines = self.baseline.lines if self.baseline else {}
        return Place(str(self.home), lines.get(kpi, 0), 1 if kpi in lines else 0)

    def unit(self, kpi: str) -> str:
        """Return the unit of *kpi*; of money its currency."""
        unit = self.units.kpi(kpi).unit
        return self.units.scale(kpi, ())[1] if unit == "money" else unit


def read_case(
    path: str | Path,
    *,
    variant: str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
    baselines: Path | None = None,
    heal: bool = False,
) -> Case:
    """Read the scenario file *path*, its objectives, and its baseline if there is one.

    Nothing is run. *baselines* is the folder of baselines, ``baselines`` beside the file by
    default; *heal* takes one that cannot be read for none. The others are as for
    :func:`fcsim.load`. ScenarioError tells all mistakes of the file, or of its objectives, or why
    the baseline cannot be read, each with its place.
    """
    scenario, draft = drafted(path, variant=variant, overrides=overrides, seed=seed)
    objectives = read_objectives(path, scenario)
    problems = [draft.problem(Finding(("objectives", i), "")) for i in range(len(objectives))]
    places = [Place(str(path), problem.line, problem.column) for problem in problems]
    home = baseline_files.path_of(Path(path), variant, baselines)
    return Case(
        path=str(path),
        scenario=scenario,
        variant=variant,
        objectives=tuple(zip(objectives, places, strict=True)),
        home=home,
        baseline=_baseline(home, heal),
        draft=draft,
    )


def _baseline(home: Path, heal: bool) -> Baseline | None:
    try:
        return baseline_files.read(home)
    except ScenarioError:
        if heal:
            return None
        raise
