"""All settings of a plan's knobs, and what each makes of the scenario."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from math import prod
from pathlib import Path
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.loader import load
from fcsim.scenario.model import Scenario
from fcsim.study.plan.fairness import Shapes, refuse_free_sharing
from fcsim.study.plan.knobs import VARIANT, Knob

__all__ = ["Setting", "Space"]

Setting = tuple[int, ...]
"""For each knob, the position of its value."""


@dataclass(frozen=True, eq=False)
class Space:
    """The product of some knobs over one scenario."""

    source: str | Path | Mapping[str, Any]
    """The scenario, as a file or a mapping."""
    knobs: tuple[Knob, ...]
    variant: str | None = None
    """The variant under all settings, unless a knob chooses it."""
    overrides: Mapping[str, Any] = field(default_factory=dict)
    """Changes under all settings."""
    seed: int | None = None

    @property
    def size(self) -> int:
        """The number of settings."""
        return prod(len(knob.values) for knob in self.knobs)

    def settings(self) -> Iterator[Setting]:
        """Yield every setting."""
        return product(*(range(len(knob.values)) for knob in self.knobs))

    @cached_property
    def base(self) -> Scenario:
        """The scenario before any knob is turned; ScenarioError when it is wrong."""
        return load(self.source, variant=self.variant, overrides=self.overrides, seed=self.seed)

    def values(self, setting: Setting) -> dict[str, Any]:
        """Return the value of each knob by its name."""
        chosen = zip(self.knobs, setting, strict=True)
        return {knob.name: knob.values[position] for knob, position in chosen}

    def label(self, setting: Setting) -> str:
        """Return ``min_instances 12, variant slim``: names as short as they are distinct."""
        return ", ".join(
            f"{short} {value}"
            for short, value in zip(self._short, self.values(setting).values(), strict=True)
        )

    @cached_property
    def _short(self) -> list[str]:
        names = [knob.name for knob in self.knobs]
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
        scenario = self._load(values)
        refuse_free_sharing(scenario)
        self._shapes.add(scenario)
        return scenario

    def _load(self, values: Mapping[str, Any]) -> Scenario:
        changes = {name: value for name, value in values.items() if name != VARIANT}
        return load(
            self.source,
            variant=values.get(VARIANT, self.variant),
            overrides={**self.overrides, **changes},
            seed=self.seed,
        )

    def check(self) -> None:
        """Try every value on its own, so that a mistake is told before any run.

        A value that fails alone may work beside others (vCPU and memory go together): it is an
        error only if it fails with every value of another knob as well.
        """
        self._shapes.add(self.base)
        for knob in self.knobs:
            ends = knob.values[:1] + knob.values[-1:]
            for value in ends if knob.ordered and len(knob.values) > 9 else knob.values:
                self._try(knob, value)

    def _try(self, knob: Knob, value: Any) -> None:
        own = {knob.name: value}
        partners = (
            {other.name: mate} for other in self.knobs if other is not knob for mate in other.values
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
