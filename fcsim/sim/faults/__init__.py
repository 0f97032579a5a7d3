"""What goes wrong: each kind of fault is a short class that says what begins and what ends."""

from __future__ import annotations

import math
from typing import Any, Protocol

from fcsim.scenario.faults import Fault, Victims
from fcsim.sim.faults.crashes import Hazard, Strike, Unhealthy
from fcsim.sim.faults.outages import (
    CardLoss,
    CredentialFailure,
    HostCrash,
    ImageLost,
    RegistryOutage,
    RegistrySlowdown,
    StoreSlowdown,
)
from fcsim.sim.faults.stage import Stage
from fcsim.sim.record import Happening

__all__ = ["Effect", "Faults", "Stage"]


class Effect(Protocol):
    """What a fault does."""

    def begin(self) -> None:
        """It begins."""

    def end(self) -> None:
        """It is over."""


KINDS: dict[str, Any] = {
    "host_crash": HostCrash,
    "card_loss": CardLoss,
    "registry_outage": RegistryOutage,
    "registry_slowdown": RegistrySlowdown,
    "store_slowdown": StoreSlowdown,
    "credential_failure": CredentialFailure,
    "image_lost": ImageLost,
    "unhealthy": Unhealthy,
}
"""Effects by key of the scenario; those of victims depend on how they are chosen."""


class Faults:
    """All faults of a run, on its clock."""

    def __init__(self, stage: Stage, happenings: list[Happening]) -> None:
        """Put every fault of the scenario on the clock; note each in *happenings*."""
        self._happenings = happenings
        self._lasting: list[Effect] = []
        for fault in stage.builder.scenario.faults:
            effect = _effect(stage, fault)
            stage.clock.call_at(fault.at, self._begin, fault, effect)
            if fault.end < math.inf:
                stage.clock.call_at(fault.end, self._end, effect)

    def _begin(self, fault: Fault, effect: Effect) -> None:
        self._happenings.append(_happening(fault))
        self._lasting.append(effect)
        effect.begin()

    def _end(self, effect: Effect) -> None:
        self._lasting.remove(effect)
        effect.end()

    def give_back(self) -> None:
        """Return cards that are still lost, so that conservation can be checked."""
        for effect in self._lasting:
            if isinstance(effect, CardLoss):
                effect.give_back()


def _effect(stage: Stage, fault: Fault) -> Effect:
    if isinstance(fault.what, Victims):
        return (Strike if fault.is_instant else Hazard)(stage, fault, fault.what)
    effect: Effect = KINDS[fault.kind](stage, fault, fault.what)
    return effect


def _happening(fault: Fault) -> Happening:
    what = fault.what
    name = getattr(what, "registry", None) or getattr(what, "image", None) or ""
    text = ": ".join(filter(None, (fault.kind.replace("_", " "), name)))
    end = fault.at if fault.is_instant else fault.end
    function = getattr(what, "function", None) or ""
    return Happening("fault", text, fault.at, math.nan if end == math.inf else end, function)
