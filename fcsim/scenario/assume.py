"""Replaces assumptions of a scenario that is loaded already, as studies do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fcsim.scenario.base import Inner
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Override

__all__ = ["PRICES", "assume", "with_warm_up"]

PRICES = "billing.prices."
"""What names of assumptions begin with that belong to the price book, not to the preset."""


def assume(scenario: Scenario, values: Mapping[str, Any], source: str = "study") -> Scenario:
    """Return *scenario* with other values of the assumptions named.

    Values are in fcsim's inner unit: seconds, bytes, texts of choices, time distributions.
    Limits are not checked again; :func:`fcsim.scenario.checks.check` does that.
    """
    own = {
        name: Override(value=Inner(value) if isinstance(value, float) else value, source=source)
        for name, value in values.items()
        if not name.startswith(PRICES)
    }
    prices = {
        name.removeprefix(PRICES): float(value)
        for name, value in values.items()
        if name.startswith(PRICES)
    }
    changes: dict[str, Any] = {"assumptions": {**scenario.assumptions, **own}}
    if prices:
        known = scenario.billing.prices
        changes["billing"] = scenario.billing.model_copy(update={"prices": {**known, **prices}})
    return _copy(scenario, changes)


def with_warm_up(scenario: Scenario, seconds: float) -> Scenario:
    """Return *scenario* with a window that begins after so many *seconds*."""
    return _copy(scenario, {"warm_up": seconds})


def _copy(scenario: Scenario, changes: Mapping[str, Any]) -> Scenario:
    """Copy *scenario* with *changes*; what was worked out from the former values is dropped."""
    copied = scenario.model_copy(update=dict(changes))
    copied.__dict__.pop("parameters", None)
    return copied
