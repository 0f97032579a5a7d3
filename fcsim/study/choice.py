"""How far assumptions move the difference between two scenarios, and whether the choice flips.

Each assumption goes to its ends in both scenarios at once, each to its own end, under the same
random numbers: what is moved is the paired difference. An assumption that only one of them rests
on moves that one. The rest is as for one scenario (:mod:`fcsim.study.band`).

The choice by a KPI *flips* where assumptions move the paired difference to the other sign for
certain: its interval is all on the other side of zero. It is *open* where the interval holds zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fcsim import runner
from fcsim.errors import UsageError
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Parameter
from fcsim.study.band import corner_cases
from fcsim.study.bands import Moved, clear_shift
from fcsim.study.cases import Bench, Case
from fcsim.study.ends import End, certain, chosen, ends_of
from fcsim.study.estimates import Estimate, apart, mean_of
from fcsim.study.workers import Work

if TYPE_CHECKING:
    from fcsim.study.compare import Comparison

__all__ = ["Choice", "DifferenceBand", "Pair", "difference_bands"]


@dataclass(frozen=True)
class Pair:
    """A scenario of a comparison against the first: runs are differences, other less first."""

    comparison: Comparison
    name: str
    runs: tuple[Mapping[str, float], ...]

    @property
    def scenario(self) -> Scenario:
        """The first scenario."""
        return self.comparison.scenario

    @property
    def seed(self) -> int:
        """The seed of all runs."""
        return self.comparison.seed

    @property
    def confidence(self) -> float:
        """The confidence of all intervals."""
        return self.comparison.confidence

    def __getitem__(self, kpi: str) -> Estimate:
        """Return the paired difference of *kpi* over all runs of the comparison."""
        return self.comparison.difference(self.name, kpi).change


@dataclass(frozen=True)
class Choice:
    """Which of two scenarios has more of a KPI, and where assumptions change that."""

    sign: int
    """1: the other has more, -1: the first has; 0: that is not clear."""
    flips: tuple[Case, ...]
    """Where the other sign is clear; without a sign, where any is."""
    opens: tuple[Case, ...]
    """Where no sign is clear, although one is as things are."""

    @property
    def verdict(self) -> str:
        """``holds``, ``flips``, ``open``; ``undecided`` where there is nothing to flip."""
        if not self.sign:
            return "undecided"
        if self.flips:
            return "flips"
        return "open" if self.opens else "holds"


@dataclass(frozen=True, repr=False)
class DifferenceBand(Moved):
    """How far assumptions move each difference between two scenarios."""

    base: Pair

    def choice(self, kpi: str) -> Choice:
        """Return whether the sign of the difference in *kpi* stays inside the band."""
        return self._choices[kpi]

    @cached_property
    def _choices(self) -> dict[str, Choice]:
        return {kpi: self._choice(kpi) for kpi in self.kpis}

    def _choice(self, kpi: str) -> Choice:
        sign = _sign(self.base[kpi])
        moving = [case for case in self.every_case if clear_shift(self.base, case, kpi)]
        known = [(case, _sign(self._at(case, kpi))) for case in moving]
        flips = [case for case, other in known if other and other != sign]
        opens = [case for case, other in known if sign and not other]
        return Choice(sign, tuple(flips), tuple(opens))

    def _at(self, case: Case, kpi: str) -> Estimate:
        return mean_of([run[kpi] for run in case.runs], self.base.confidence)

    def difference_at(self, case: Case, kpi: str) -> float:
        """Return the mean of the paired difference of *kpi* at *case*."""
        return self._at(case, kpi).value

    def figure(self, kpi: str | None = None) -> Any:
        """Return the figure of one KPI: assumptions by how far they move the difference."""
        from fcsim.report.choice_figure import choice_figure

        return choice_figure(self, kpi or self.kpis[0])

    def __repr__(self) -> str:
        """Say what was moved."""
        names = f"{self.base.name!r} against {self.base.comparison.base!r}"
        return f"<Band of {names}: {len(self.assumptions)} assumptions>"


def _sign(found: Estimate) -> int:
    return int(found.low > 0) - int(found.high < 0)


class _Side:
    """One of the scenarios, with each of its assumptions at its ends."""

    def __init__(self, scenario: Scenario, bench: Bench) -> None:
        rested = runner.run(scenario).assumptions
        self.assumptions = chosen(rested, None)
        self.fixed = certain(rested)
        self.bench = bench
        self.ends = {end.key: end for one in self.assumptions for end in ends_of(one)}
        self.alone = {case.ends[0].key: case for case in bench.alone(self.ends.values())}

    def at(self, end: End) -> Case:
        """Return the case of this side's own *end*; without one, its runs as they are."""
        case = self.alone.get(end.key, self.bench.plain)
        return case if case.moves else self.bench.plain

    def own(self, ends: Iterable[End]) -> tuple[End, ...]:
        """Return this side's own of *ends*."""
        return tuple(self.ends[end.key] for end in ends if end.key in self.ends)


def difference_bands(
    comparison: Comparison, kpis: Sequence[str], work: Work
) -> dict[str, DifferenceBand]:
    """Return the band of each scenario of *comparison* against its first, by name.

    All runs of the comparison are made again at each end. A scenario of which a run failed has
    no band. Raises UsageError for fewer than two runs.
    """
    if comparison.reps < 2:
        raise UsageError(f"a band needs at least 2 runs of each scenario; got {comparison.reps}")
    sides = {}
    for name, scenario in comparison.scenarios.items():
        outcomes = comparison.outcomes[name]
        if not any(outcome.error for outcome in outcomes):
            sides[name] = _Side(scenario, Bench(scenario, outcomes, work))
    first = sides.pop(comparison.base, None)
    if first is None:
        return {}
    return {name: _band(comparison, name, first, other, kpis) for name, other in sides.items()}


def _band(
    comparison: Comparison, name: str, first: _Side, other: _Side, kpis: Sequence[str]
) -> DifferenceBand:
    pair = Pair(comparison, name, _differences(first.bench.plain, other.bench.plain))
    ends = {**first.ends, **other.ends}
    cases = tuple(_joined((end,), first.at(end), other.at(end)) for end in ends.values())

    def together(settings: Iterable[tuple[End, ...]]) -> dict[tuple[End, ...], Case]:
        wanted = list(settings)
        one, two = (
            side.bench.together(side.own(setting) for setting in wanted) for side in (first, other)
        )
        return {
            setting: _joined(setting, one[first.own(setting)], two[other.own(setting)])
            for setting in wanted
        }

    corners = corner_cases(pair, kpis, cases, together)
    moved = _by_name(first.assumptions, other.assumptions)
    fixed = _by_name(first.fixed, other.fixed)
    return DifferenceBand(
        pair, tuple(kpis), tuple(moved.values()),
        tuple(one for one in fixed.values() if one.name not in moved), cases, corners,
    )  # fmt: skip


def _by_name(*groups: Iterable[Parameter]) -> dict[str, Parameter]:
    return {parameter.name: parameter for group in groups for parameter in group}


def _joined(ends: tuple[End, ...], first: Case, other: Case) -> Case:
    problem = first.problem or other.problem
    moves = bool(first.ends or other.ends)
    return Case(ends, () if problem else _differences(first, other), problem, moves)


def _differences(first: Case, other: Case) -> tuple[dict[str, float], ...]:
    return tuple(
        {name: apart(two[name], one[name]) for name in one if name in two}
        for one, two in zip(first.runs, other.runs, strict=True)
    )
