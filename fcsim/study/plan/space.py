"""All settings of a plan's knobs, and what each makes of the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from math import prod
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.model import Scenario
from fcsim.study.design import Base
from fcsim.study.knobs import VARIANT
from fcsim.study.plan.axes import Axis
from fcsim.study.plan.fairness import Shapes, refuse_free_sharing

__all__ = ["Setting", "Space"]

Setting = tuple[int, ...]
"""For each knob, the position of its value."""


@dataclass(frozen=True, eq=False)
class Space:
    """The product of some knobs over one scenario."""

    base: Base
    """The scenario, and what stays the same in all settings."""
    axes: tuple[Axis, ...]

    @property
    def size(self) -> int:
        """The number of settings."""
        return prod(len(axis.values) for axis in self.axes)

    @cached_property
    def plain(self) -> Scenario:
        """The scenario before any knob is turned; ScenarioError when it is wrong."""
        return self.base.load()

    def settings(self) -> Iterator[Setting]:
        """Yield every setting."""
        return product(*(range(len(axis.values)) for axis in self.axes))

    def values(self, setting: Setting) -> dict[str, Any]:
        """Return the value of each knob by its name."""
        chosen = zip(self.axes, setting, strict=True)
        return {axis.path: axis.values[position] for axis, position in chosen}

    def label(self, setting: Setting) -> str:
        """Return ``slim, min_instances 12``: names as short as they are distinct."""
        return ", ".join(
            f"{short} {value}" if short != VARIANT else str(value)
            for short, value in zip(self._short, self.values(setting).values(), strict=True)
        )

    @cached_property
    def _short(self) -> list[str]:
        names = [axis.path for axis in self.axes]
        last = [name.rsplit(".", 1)[-1] for name in names]
        return [
            short if last.count(short) == 1 else name.removeprefix("functions.")
            for short, name in zip(last, names, strict=True)
        ]

    def scenario(self, setting: Setting) -> Scenario:
        """Return the scenario of *setting*.

        Raises ScenarioError when its values do not go together, and UsageError when it cannot
        be compared fairly (:mod:`fcsim.study.plan.fairness`).
        """
        return self._checked(self.values(setting))

    @cached_property
    def _shapes(self) -> Shapes:
        return Shapes()

    def _checked(self, values: Mapping[str, Any]) -> Scenario:
        scenario = self.base.load(values)
        refuse_free_sharing(scenario)
        self._shapes.add(scenario)
        return scenario

    def check(self) -> None:
        """Try every value on its own, so that a mistake is told before any run.

        A value that fails alone may work beside others (vCPU and memory go together): it is an
        error only if it fails with every value of another knob as well.
        """
        for axis in self.axes:
            ends = axis.values[:1] + axis.values[-1:]
            for value in ends if axis.ordered and len(axis.values) > 9 else axis.values:
                self._try(axis, value)

    def _try(self, axis: Axis, value: Any) -> None:
        own = {axis.path: value}
        partners = (
            {other.path: mate} for other in self.axes if other is not axis for mate in other.values
        )
        first: ScenarioError | None = None
        for partner in ({}, *partners):
            try:
                self._checked({**own, **partner})
            except ScenarioError as error:
                first = first or error
            else:
                return
        if first is not None:
            raise ScenarioError(_as_varied(problem) for problem in first.problems)


def _as_varied(problem: Problem) -> Problem:
    path = problem.path.replace("--set ", "--vary ", 1)
    return Problem(problem.message, path, problem.file, problem.line, problem.column)
