"""GPU, vCPU and memory of an instance where a file leaves them open or says them its own way."""

from __future__ import annotations

import math
from typing import Any

from fcsim.importers.keys import CPU, GPU_MEMORY, GPU_TYPE, MEMORY
from fcsim.importers.settings import Notes, Settings, Unresolved
from fcsim.units import GIB, parse

__all__ = ["assumed_size", "set_gpu"]

_INSTANCE_TYPES = {"e1": None, "c1": None, "g1": "fc.gpu.tesla.1"}
"""Instance types of FC 2.0 that are no GPU type, and the GPU type that they mean."""


_ASSUMED_GPU = "fc.gpu.tesla.1"
"""GPU type when a template for it has no value."""


def set_gpu(function: dict[str, Any], settings: Settings, path: str) -> None:
    """Complete ``gpu_config`` of *function*, or take it out when there is no GPU.

    *path* is that of the function in the scenario.
    """
    given, at = settings.found(GPU_TYPE)
    where = settings.resource.at(at or GPU_TYPE.paths(settings.resource.dialect)[0])
    kind = settings.take(GPU_TYPE, f"{path}.gpu_config.gpu_type")
    if settings.resource.dialect == "fc" and kind in _INSTANCE_TYPES:
        _tell_instance_type(kind, where, settings.notes)
        kind = _INSTANCE_TYPES[kind]
    memory = function.pop("gpu_config", {})
    if kind is None and memory.get("gpu_memory_size") == "0 MB":  # how Terraform says none
        return
    may_be_cpu = settings.resource.dialect == "fc" and settings.found(GPU_MEMORY)[0] is None
    if isinstance(given, Unresolved) and not may_be_cpu:
        kind = _ASSUMED_GPU
        settings.notes.remark("assumed", where, f"GPU type {kind}")
    if kind is not None:
        function["gpu_config"] = {"gpu_type": kind, **memory}
        if not memory:
            settings.notes.remark("assumed", where, "GPU memory: one whole card")
    elif memory:
        settings.notes.problem(where, "GPU memory needs a GPU type; got none")


def _tell_instance_type(kind: str, where: str, notes: Notes) -> None:
    if kind == "c1":
        notes.remark("not modelled", where, "c1: simulated as an elastic instance (e1)")
    elif kind == "g1":
        notes.remark("note", where, "g1 is read as fc.gpu.tesla.1")


# ── vCPU and memory ───────────────────────────────────────────────────────────────────────────


def assumed_size(function: dict[str, Any], settings: Settings, path: str) -> dict[str, float | str]:
    """Return the vCPU or the memory of *function* that the file leaves open.

    That is a template without a value, and a function of FC 2.0 without ``cpu``: FC 2.0 went by
    memory. Otherwise what is missing has the platform's default. A vCPU goes with 2 GB of memory,
    beside a GPU with 4 GB, as in the largest T4 instance.
    """
    cpu, memory = function.get("cpu"), function.get("memory_size")
    ratio = 4 if "gpu_config" in function else 2
    assumed: dict[str, float | str] = {}
    if cpu is None and memory is not None:
        if settings.resource.dialect == "fc" or settings.is_open(CPU):
            assumed = {"cpu": _cpu_for(memory, ratio)}
    elif memory is None and cpu is not None and settings.is_open(MEMORY):
        assumed = {"memory_size": _memory_for(cpu, ratio)}
    for key, value in assumed.items():
        text = f"{value}, a vCPU for {ratio} GB of memory"
        settings.notes.remark("assumed", f"{path}.{key}", text)
    return assumed


def _cpu_for(memory: str, ratio: int) -> float:
    twentieths = math.ceil(parse(memory, "memory") / GIB / ratio / 0.05 - 1e-9)
    return round(min(max(twentieths, 1), 320) * 0.05, 2)


def _memory_for(cpu: float, ratio: int) -> str:
    return f"{min(max(round(cpu * ratio * 16), 2), 512) * 64} MB"
