"""From functions and their traffic to a scenario: what all traffic importers have in common.

Traffic says how often a function is called and how long it takes. What it does not say (the
size of the image, the vCPU, the time-out) is filled in by rule and told as an assumption.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from fcsim.importers.imported import Remark
from fcsim.scenario.shapes import MEMORY
from fcsim.units import GIB, MIB

__all__ = ["IMAGE", "Called", "duration_text", "scenario_name", "scenario_of"]

IMAGE = "500 MB"
"""Compressed size of an image that nobody gave: a middling application image."""
_DEFAULT_MEMORY = 512 * MIB
_GIB_A_CPU = 2.0
_SHORTEST_TIMEOUT, _LONGEST_TIMEOUT = 60.0, 86_400.0


@dataclass
class Called:
    """A function as its traffic shows it."""

    name: str
    """Name in the scenario."""
    arrivals: dict[str, Any]
    """When it is called, in the words of the scenario."""
    service_time: Any
    """Time of one request, in the words of the scenario."""
    longest: float
    """Longest service time that is known, in seconds; the time-out follows from it."""
    memory: float | None = None
    """Bytes of an instance; None: unknown."""
    concurrency: int = 1
    min_instances: int = 0
    server_start: Any = None
    """Start of the server, in the words of the scenario; None: unknown."""
    one_function_per: str | None = None
    """``row`` or ``key`` when the file holds many functions that are alike but for their calls."""


def scenario_of(
    name: str, start: datetime, horizon: float, called: Sequence[Called], image: str | None
) -> tuple[dict[str, Any], list[Remark]]:
    """Return the scenario document of *called* functions and what was assumed for it.

    *image* is the compressed size of every image, as given; None: unknown.
    """
    remarks = []
    if image is None:
        text = f"{IMAGE} (compressed): traffic does not tell image sizes; --image sets it"
        remarks.append(Remark("assumed", "images.*.compressed", text))
    document = {
        "fcsim": 1,
        "name": name,
        "start": start.isoformat(),
        "horizon": f"{horizon / 60:.10g} min",
        "images": {one.name: _image(one, image or IMAGE) for one in called},
        "functions": {one.name: _function(one, remarks) for one in called},
        "workload": {one.name: _workload(one) for one in called},
    }
    return document, remarks


def _image(one: Called, size: str) -> dict[str, Any]:
    image: dict[str, Any] = {"compressed": size}
    if one.server_start is not None:
        image["server"] = {"start": one.server_start}
    return image


def _workload(one: Called) -> dict[str, Any]:
    workload: dict[str, Any] = {"function": one.name, "arrivals": one.arrivals}
    if one.one_function_per is not None:
        workload["one_function_per"] = one.one_function_per
    return workload


def _function(one: Called, remarks: list[Remark]) -> dict[str, Any]:
    at = f"functions.{one.name}"
    memory = _memory(one, at, remarks)
    cpu = max(round(memory / GIB / _GIB_A_CPU / 0.05), 1) * 0.05
    remarks.append(Remark("assumed", f"{at}.cpu", f"{cpu:.2f}: 1 vCPU for 2 GB of memory"))
    timeout = min(max(math.ceil(2 * one.longest), _SHORTEST_TIMEOUT), _LONGEST_TIMEOUT)
    text = f"{timeout:.0f} s: twice the longest time that is known, 60 s at least"
    remarks.append(Remark("assumed", f"{at}.timeout", text))
    function: dict[str, Any] = {
        "image": one.name,
        "cpu": round(cpu, 2),
        "memory_size": f"{memory / MIB:.10g} MB",
        "timeout": f"{timeout:.0f} s",
        "instance_concurrency": one.concurrency,
        "service": {"time": one.service_time},
    }
    if one.min_instances:
        function["scaling_config"] = {"min_instances": one.min_instances}
    return function


def _memory(one: Called, at: str, remarks: list[Remark]) -> float:
    if one.memory is None:
        text = "512 MB: the source does not tell the memory of an instance"
        remarks.append(Remark("assumed", f"{at}.memory_size", text))
        return _DEFAULT_MEMORY
    steps = math.ceil(one.memory / MEMORY.step)
    offered = min(max(steps * MEMORY.step, MEMORY.low), MEMORY.high)
    if offered != one.memory:
        text = (
            f"{offered / MIB:.10g} MB: the source says {one.memory / MIB:.10g} MB, which no CPU "
            "instance has; a function with a GPU needs gpu_config"
        )
        remarks.append(Remark("assumed", f"{at}.memory_size", text))
    return offered


def duration_text(seconds: float) -> str:
    """Return *seconds* as the scenario writes them, to six digits: ``12.5 ms``, ``3 s``."""
    return f"{seconds:.6g} s" if seconds >= 1 or seconds == 0 else f"{seconds * 1e3:.6g} ms"


def scenario_name(text: str, taken: Sequence[str]) -> str:
    """Return *text* as a name of the scenario language that is not *taken* yet."""
    base = re.sub(r"[^A-Za-z0-9_-]+", "-", text).strip("-_")[:64] or "function"
    name, count = base, 2
    while name in taken:
        name, count = f"{base}-{count}", count + 1
    return name
