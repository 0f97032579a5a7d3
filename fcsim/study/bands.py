"""What came out of moving assumptions: swings and bands."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from fcsim.scenario.parameters import Parameter
from fcsim.study.cases import Case
from fcsim.study.estimates import Estimate, apart, mean_of

if TYPE_CHECKING:
    import pandas as pd

    from fcsim.scenario.model import Scenario
    from fcsim.study.replications import Replications

__all__ = [
    "RULE",
    "Band",
    "Moved",
    "Reach",
    "Subject",
    "Swing",
    "clear_shift",
    "named",
    "shift",
]

RULE = (
    "Assumptions: each at its low and high end (or other choices) alone, then all at the ends that "
    "alone lower the figure and all at those that alone raise it; from the least to the greatest "
    "figure seen."
)
"""How bands are made, in a sentence."""


class Subject(Protocol):
    """What a band is of: runs of one scenario, or differences between those of two."""

    @property
    def scenario(self) -> Scenario:
        """The scenario that says how KPIs are written."""

    @property
    def seed(self) -> int:
        """The seed of all runs."""

    @property
    def confidence(self) -> float:
        """The confidence of all intervals."""

    @property
    def runs(self) -> Sequence[Mapping[str, float]]:
        """One table of figures a replication, assumptions being as they are."""

    def __getitem__(self, name: str) -> Estimate:
        """Return a KPI over the runs."""


@dataclass(frozen=True)
class Swing:
    """How far one assumption moves a KPI, alone."""

    assumption: Parameter
    low: float
    """Least figure over the assumption's values, its default included."""
    high: float
    low_at: Any
    """The assumption's value there."""
    high_at: Any

    @property
    def width(self) -> float:
        """How far apart the figures are."""
        return self.high - self.low


@dataclass(frozen=True)
class Reach:
    """The band of one KPI: what was seen with assumptions at their ends."""

    value: float
    low: float
    high: float
    sampling: float
    """Half width of the sampling interval of the value."""

    @property
    def wider(self) -> bool:
        """Tell whether assumptions move the figure more than sampling does."""
        return self.high - self.low > 2 * self.sampling


def shift(base: Subject, case: Case, name: str) -> Estimate:
    """Return the paired difference of the KPI *name* between *case* and the scenario itself."""
    if case.problem:
        return Estimate(math.nan, math.nan, math.nan, 0)
    pairs = zip(case.runs, base.runs, strict=False)
    return mean_of([apart(run[name], known[name]) for run, known in pairs], base.confidence)


def clear_shift(base: Subject, case: Case, name: str) -> float:
    """Return the difference where its interval leaves zero out, else 0."""
    found = shift(base, case, name)
    if math.isnan(found.value) or (found.runs > 1 and found.low <= 0 <= found.high):
        return 0.0
    return found.value


@dataclass(frozen=True, repr=False)
class Moved:
    """What came out of moving assumptions, for each KPI asked for."""

    base: Subject
    kpis: tuple[str, ...]
    assumptions: tuple[Parameter, ...]
    """Those that were moved."""
    fixed: tuple[Parameter, ...]
    """Those that the scenario states without a range, so that they stayed."""
    cases: tuple[Case, ...]
    """One assumption at an end, each."""
    corners: Mapping[tuple[str, str], Case]
    """By KPI and ``low`` or ``high``: every assumption at the end that alone moves it there."""

    @property
    def scenario(self) -> Scenario:
        """The scenario."""
        return self.base.scenario

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.base.seed

    @cached_property
    def every_case(self) -> tuple[Case, ...]:
        """All cases that changed something: single assumptions first, then several at once."""
        several = {case.ends: case for case in self.corners.values() if len(case.ends) > 1}
        moving = [case for case in self.cases if case.moves and not case.problem]
        return (*moving, *(case for case in several.values() if not case.problem))

    def __getitem__(self, name: str) -> Reach:
        """Return the band of the KPI *name*."""
        return self._reaches[name]

    @cached_property
    def _reaches(self) -> dict[str, Reach]:
        return {name: self._reach(name) for name in self.kpis}

    def _reach(self, name: str) -> Reach:
        found = self.base[name]
        corners = [self.corners[name, side] for side in ("low", "high")]
        shifts = [shift(self.base, case, name).value for case in corners]
        seen = [found.value + x for x in shifts if not math.isnan(x)]
        alone = [x for swing in self.swings(name) for x in (swing.low, swing.high)]
        every = [found.value, *seen, *alone]
        return Reach(found.value, min(every), max(every), found.half)

    def swings(self, name: str) -> list[Swing]:
        """Return the assumptions that move the KPI *name*, the one that moves it most first."""
        found = [self._swing(parameter, name) for parameter in self.assumptions]
        return sorted((s for s in found if s.width > 0), key=lambda s: -s.width)

    def _swing(self, parameter: Parameter, name: str) -> Swing:
        value = self.base[name].value
        seen = [(value, parameter.value)]
        for case in self.cases:
            if case.ends[0].name == parameter.name:
                moved = clear_shift(self.base, case, name)
                seen += [(value + moved, case.ends[0].value)] if moved else []
        low, high = (pick(seen, key=lambda pair: pair[0]) for pick in (min, max))
        return Swing(parameter, low[0], high[0], low[1], high[1])

    @property
    def unmoving(self) -> list[str]:
        """Names of the assumptions that change no KPI at all."""
        moving = {case.ends[0].name for case in self.cases if case.moves or case.problem}
        return [p.name for p in self.assumptions if p.name not in moving]

    @property
    def warnings(self) -> list[str]:
        """What could not be simulated, or has no figure."""
        refused = [case for case in self.cases if case.problem]
        told = [f"{named(case)} cannot be simulated: {case.problem}" for case in refused]
        for name in self.kpis:
            lost = [
                named(case)
                for case in self.cases
                if not case.problem and shift(self.base, case, name).runs == 0
            ]
            if lost and self.base[name].runs:
                told.append(f"{name} is not defined at {', '.join(lost)}; its band leaves it out")
        return told

    def to_frame(self) -> pd.DataFrame:
        """Return one row a KPI and assumption that moves it: low, high, where, width."""
        import pandas as pd

        columns = ("kpi", "assumption", "low", "high", "low_at", "high_at", "width")
        rows = [
            (name, s.assumption.name, s.low, s.high, s.low_at, s.high_at, s.width)
            for name in self.kpis
            for s in self.swings(name)
        ]
        return pd.DataFrame(rows, columns=list(columns))


@dataclass(frozen=True, repr=False)
class Band(Moved):
    """Sampling and assumptions side by side, for each KPI of one scenario."""

    base: Replications

    def figure(self, kpi: str | None = None) -> Any:
        """Return the figure of one KPI: assumptions by how far they move it."""
        from fcsim.report.band import band_figure

        return band_figure(self, kpi or self.kpis[0])

    def summary(self) -> str:
        """Return what ``fcsim run --band`` prints, as text."""
        from fcsim.report.band_tables import band_summary
        from fcsim.report.console import text

        return text(band_summary(self))

    def __repr__(self) -> str:
        """Say what was moved."""
        return f"<Band of {self.scenario.name!r}: {len(self.assumptions)} assumptions>"


def named(case: Case) -> str:
    """Write the ends of *case*: ``registry.bandwidth = 20 Gbit/s``."""
    from fcsim.report.values import write

    return ", ".join(f"{end.name} = {write(end.value, end.unit)}" for end in case.ends)
