"""What a sensitivity analysis varies, each over the unit interval.

An assumption runs from its low to its high end: evenly, or evenly in its logarithm where the high
end is at least four times the low one, as with rates and bandwidths of unknown magnitude. Choices
take equal parts. A path of the scenario takes the values it is given
(:mod:`fcsim.study.knobs`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fcsim.scenario.assume import assume
from fcsim.scenario.base import Inner
from fcsim.scenario.distributions import Constant
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Parameter
from fcsim.study.design import Base
from fcsim.study.knobs import Knob

__all__ = ["Factor", "Space", "factor_of"]

_MAGNITUDES = 4.0
"""High over low from which a range is even in its logarithm."""
_WHOLE = ("count",)


@dataclass(frozen=True)
class Factor:
    """An assumption, or a path of the scenario, as a function of a share from 0 to 1."""

    name: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    steps: tuple[Any, ...] = ()
    """The values it takes in equal parts; empty for a range."""
    knob: Knob | None = None
    """For paths."""
    times: bool = False
    """Whether values are time distributions."""

    def at(self, share: float) -> Any:
        """Return the value at *share*."""
        if self.knob is not None:
            return self.knob.at(min(share, _BELOW_ONE))
        if self.steps:
            return self.steps[min(int(share * len(self.steps)), len(self.steps) - 1)]
        number = self._number(share)
        if self.unit in _WHOLE:
            return float(round(number))
        return Constant(constant=Inner(number)) if self.times else number

    def _number(self, share: float) -> float:
        if self.low > 0 and self.high >= _MAGNITUDES * self.low:
            return self.low * math.exp(share * math.log(self.high / self.low))
        return self.low + share * (self.high - self.low)


_BELOW_ONE = math.nextafter(1.0, 0.0)


def factor_of(parameter: Parameter) -> Factor:
    """Return the factor of an assumption that has low and high, or choices."""
    name, unit = parameter.name, parameter.unit
    ends = parameter.low, parameter.high
    if parameter.choices:
        return Factor(name, unit, steps=parameter.choices)
    if all(isinstance(end, float) for end in ends):
        return Factor(name, unit, *ends)
    if all(isinstance(end, Constant) for end in ends):
        low, high = (end.constant for end in ends)
        return Factor(name, unit, low, high, times=True)
    every = (parameter.low, parameter.value, parameter.high)
    return Factor(name, unit, steps=tuple(end for end in every if end is not None))


@dataclass(frozen=True)
class Space:
    """Factors, and the scenario at any place among them."""

    scenario: Scenario
    factors: Sequence[Factor]
    base: Base | None = None
    """How the scenario is loaded again; None when no factor is a path."""

    @property
    def names(self) -> list[str]:
        """The names of the factors."""
        return [factor.name for factor in self.factors]

    def at(self, place: Iterable[float]) -> Scenario:
        """Return the scenario at *place*, one share a factor."""
        values = {f.name: f.at(share) for f, share in zip(self.factors, place, strict=True)}
        paths = {f.name: values.pop(f.name) for f in self.factors if f.knob is not None}
        return assume(self._loaded(paths), values)

    def _loaded(self, paths: Mapping[str, Any]) -> Scenario:
        return self.scenario if self.base is None or not paths else self.base.load(paths)

    def only(self, names: Iterable[str]) -> Space:
        """Return the space of the factors *names*, in that order; the others stay as they are."""
        known = {factor.name: factor for factor in self.factors}
        return Space(self.scenario, [known[name] for name in names], self.base)
