"""What a plan refuses, because the cheapest setting would win by construction.

- Requests that share an instance for nothing: ``instance_concurrency`` above 1 with neither
  ``service.vcpu`` nor ``service.memory``. A hundred requests an instance would cost a hundredth.
- Shapes without times of their own: two settings that differ in vCPU or GPU type and have the
  same ``service.time``. The smallest machine would be as fast as the largest.
"""

from __future__ import annotations

from fcsim.errors import UsageError
from fcsim.scenario.distributions import By
from fcsim.scenario.functions import Function
from fcsim.scenario.model import Scenario
from fcsim.scenario.parts import parts

__all__ = ["Shapes", "refuse_free_sharing"]


def refuse_free_sharing(scenario: Scenario) -> None:
    """Raise UsageError if some function of *scenario* shares instances for nothing."""
    for name, function in scenario.functions.items():
        service = function.service
        if function.instance_concurrency > 1 and service.vcpu is None and service.memory is None:
            raise UsageError(
                f"functions.{name}.instance_concurrency: {function.instance_concurrency} requests "
                f"share an instance, but functions.{name}.service.vcpu and service.memory do not "
                "say what one of them needs, so sharing is free and a plan would choose as much "
                "of it as it may; give one of them"
            )


class Shapes:
    """The shapes that the settings of a plan have, and what decides their service times."""

    def __init__(self) -> None:
        """Start without any."""
        self._seen: dict[tuple[str, ...], object] = {}

    def add(self, scenario: Scenario) -> None:
        """Take in *scenario*; UsageError when only its shapes differ from an earlier one's."""
        for name, function in scenario.functions.items():
            gpu = function.gpu_config.gpu_type if function.gpu_config else None
            self._add(name, function, {"cpu": function.cpu, "gpu_type": gpu})

    def _add(self, name: str, function: Function, shape: dict[str, object]) -> None:
        timed = {key for key in shape if _depends_on(function, key)}
        known = [repr(shape[key]) for key in sorted(timed)]
        for key in shape.keys() - timed:
            identity = (name, key, function.service.model_dump_json(by_alias=True), *known)
            other = self._seen.setdefault(identity, shape[key])
            if other != shape[key]:
                raise UsageError(
                    f"functions.{name}: {key} {other} and {shape[key]} are compared, but "
                    "service.time is the same for both, so the cheapest shape would win by "
                    f"construction; give times with by: {{{key}: …}}"
                )


def _depends_on(function: Function, key: str) -> bool:
    """Tell whether the service time of *function* is given by shapes of this *key*."""
    found = (value for _, value in parts(function.service.time) if isinstance(value, By))
    return any(getattr(value.by, key) is not None for value in found)
