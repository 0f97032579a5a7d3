"""What else an assumption could be: the ends of its range, or its other choices."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fcsim.errors import Problem, UsageError, nearest
from fcsim.scenario.assume import assume
from fcsim.scenario.checks import check
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Parameter

__all__ = ["End", "apply_ends", "certain", "chosen", "ends_of"]


@dataclass(frozen=True)
class End:
    """One other value of an assumption."""

    name: str
    """The assumption."""
    at: str
    """``low``, ``high``, or ``choice``."""
    value: Any = field(hash=False)
    """In fcsim's inner unit."""
    unit: str

    @property
    def key(self) -> tuple[str, str, str]:
        """What the same end has in common in two scenarios, whatever its value there."""
        return self.name, self.at, str(self.value) if self.at == "choice" else ""


def ends_of(parameter: Parameter) -> list[End]:
    """Return low and high of *parameter*, or its other choices; none when it is certain."""
    if parameter.choices:
        others = [choice for choice in parameter.choices if choice != parameter.value]
        found = [("choice", other) for other in others]
    else:
        found = [("low", parameter.low), ("high", parameter.high)]
    return [
        End(parameter.name, at, value, parameter.unit)
        for at, value in found
        if value is not None and value != parameter.value
    ]


def certain(parameters: Iterable[Parameter]) -> list[Parameter]:
    """Return those *parameters* that the scenario states without a range."""
    return [parameter for parameter in parameters if not ends_of(parameter)]


def chosen(parameters: Iterable[Parameter], only: Iterable[str] | None) -> list[Parameter]:
    """Return the *parameters* that have ends, or of these those named in *only*.

    UsageError for a name that is not among them.
    """
    open_ = {p.name: p for p in parameters if ends_of(p)}
    if only is None:
        return list(open_.values())
    names = list(only)
    for name in names:
        if name not in open_:
            raise UsageError(
                f"{name!r} is no assumption that could be otherwise: it is not one that this "
                f"answer rests on, or it has no range{nearest(name, open_)}"
            )
    return [open_[name] for name in names]


def apply_ends(scenario: Scenario, ends: Iterable[End]) -> tuple[Scenario, list[Problem]]:
    """Return *scenario* with the values of *ends*, and the limits it then breaks."""
    changed = assume(scenario, {end.name: end.value for end in ends})
    return changed, check(changed)
