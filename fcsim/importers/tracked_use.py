"""What a request uses, where a policy tracks it: no deployment file holds that."""

from __future__ import annotations

from typing import Any

from fcsim.importers.settings import Notes
from fcsim.scenario.functions import GpuConfig
from fcsim.scenario.parameters import Parameters
from fcsim.scenario.shapes import gpu_memory
from fcsim.units import MIB

__all__ = ["tracked_use"]


def tracked_use(function: dict[str, Any], name: str, notes: Notes) -> dict[str, Any]:
    """Return the keys of ``service`` that the policies of *function* need.

    Assumed: an instance with as many requests as it takes uses all that it has.
    """
    policies = function.get("scaling_config", {}).get("horizontal_scaling_policies", [])
    tracked = {policy.get("metric_type") for policy in policies}
    found: dict[str, Any] = {}
    if "CPUUtilization" in tracked:
        found["vcpu"] = _value(function, "cpu") / _value(function, "instance_concurrency")
    if "GPUMemUtilization" in tracked and "gpu_config" in function:
        memory = gpu_memory(GpuConfig.model_validate(function["gpu_config"]))
        each = memory / MIB / _value(function, "instance_concurrency")
        found["gpu_memory"] = f"{each:.10g} MB"
    for key in found:
        text = f"{found[key]}: a full instance uses all that it has; a policy tracks it"
        notes.remark("assumed", f"functions.{name}.service.{key}", text)
    return found


def _value(function: dict[str, Any], key: str) -> float:
    default = Parameters.resolve("page", "")[f"function.{key}"].value
    return float(function.get(key, default))
