"""Instance shapes against the platform's table (:mod:`fcsim.scenario.shapes`)."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fcsim.errors import nearest
from fcsim.scenario.address import Address, Finding
from fcsim.scenario.functions import Function, GpuConfig
from fcsim.scenario.limits import quote
from fcsim.scenario.model import Scenario
from fcsim.scenario.shapes import (
    CPU,
    DISK,
    GPUS,
    MEMORY,
    RATIO,
    Gpu,
    Multiples,
    OneFrom,
    gpu_memory,
)
from fcsim.units import GIB, MIB

__all__ = ["impossible_shapes"]


def impossible_shapes(scenario: Scenario) -> Iterator[Finding]:
    """Yield every vCPU, memory, disk or GPU size that the platform does not offer."""
    mode = scenario.parameters["limits.shapes"].value
    if mode == "none":
        return
    source = quote(scenario, "limits.shapes")
    for name, function in scenario.functions.items():
        for finding in _function(("functions", name), function, mode):
            yield Finding(finding.address, f"{finding.message} ({source})", finding.others)


def _function(address: Address, function: Function, mode: str) -> Iterator[Finding]:
    if not DISK.holds(function.disk_size):
        yield _no(address, "disk_size", _mb(function.disk_size), DISK.show(MIB, " MB"))
    if function.gpu_config is None:
        yield from _cpu_only(address, function)
    else:
        yield from _with_gpu(address, function, function.gpu_config, mode)


def _no(address: Address, key: str, given: str, accepted: str, beside: str = "") -> Finding:
    message = f"{given} is not offered{beside}; accepted: {accepted}"
    others = ((*address, "gpu_config"),) if beside else ()
    return Finding((*address, key), message, others)


def _mb(size: float) -> str:
    return f"{size / MIB:,.10g} MB"


def _cpu_only(address: Address, function: Function) -> Iterator[Finding]:
    cpu, memory = function.cpu, function.memory_size
    if not CPU.holds(cpu):
        yield _no(address, "cpu", f"{cpu:.10g} vCPU", CPU.show())
    if not MEMORY.holds(memory):
        yield _no(address, "memory_size", _mb(memory), MEMORY.show(MIB, " MB"))
    if CPU.holds(cpu) and MEMORY.holds(memory):
        yield from _ratio(address, cpu, memory)


def _ratio(address: Address, cpu: float, memory: float) -> Iterator[Finding]:
    least, most = RATIO
    if least - 1e-9 <= memory / GIB / cpu <= most + 1e-9:
        return
    message = (
        f"cpu {cpu:.10g} with memory_size {_mb(memory)} is {memory / GIB / cpu:.3g} GB for a "
        f"vCPU; accepted: {least:g} to {most:g} GB, that is cpu "
        f"{_between(memory / GIB / most, memory / GIB / least, CPU)} with this memory, or "
        f"memory_size {_between(cpu * least * GIB, cpu * most * GIB, MEMORY, MIB)} MB with this cpu"
    )
    yield Finding((*address, "memory_size"), message, ((*address, "cpu"),))


def _between(low: float, high: float, steps: Multiples, unit: float = 1.0) -> str:
    first = max(math.ceil(low / steps.step - 1e-9) * steps.step, steps.low)
    last = min(math.floor(high / steps.step + 1e-9) * steps.step, steps.high)
    return f"{first / unit:.10g} to {last / unit:.10g}"


def _with_gpu(
    address: Address, function: Function, config: GpuConfig, mode: str
) -> Iterator[Finding]:
    gpu = GPUS.get(config.gpu_type)
    current = [name for name, one in GPUS.items() if one.current or mode == "legacy_slices"]
    at = (*address, "gpu_config")
    if gpu is None:
        message = f"unknown gpu_type {config.gpu_type!r}{nearest(config.gpu_type, current)}"
        yield Finding((*at, "gpu_type"), message)
    elif config.gpu_type not in current:
        message = (
            f"{config.gpu_type} ({gpu.card}) is not in the current table; "
            f"accepted: {', '.join(current)}, or limits.shapes: legacy_slices"
        )
        yield Finding((*at, "gpu_type"), message)
    elif _is_offered(gpu, gpu_memory(config), mode):
        yield from _beside_gpu(address, function, config, gpu)
    else:
        accepted = f"multiples of {_mb(gpu.memory)}, one {gpu.card} card"
        if mode == "legacy_slices" and gpu.sliced:
            accepted += f", or {_slices(gpu).show(MIB, ' MB')}"
        yield _no(at, "gpu_memory_size", _mb(gpu_memory(config)), accepted)


def _slices(gpu: Gpu) -> Multiples:
    return Multiples(GIB, gpu.memory, GIB)


def _is_offered(gpu: Gpu, memory: float, mode: str) -> bool:
    whole = memory / gpu.memory
    if mode == "legacy_slices" and gpu.sliced and _slices(gpu).holds(memory):
        return True
    return whole >= 1 and abs(whole - round(whole)) < 1e-9


def _beside_gpu(
    address: Address, function: Function, config: GpuConfig, gpu: Gpu
) -> Iterator[Finding]:
    share = gpu_memory(config) / gpu.memory
    beside = f" beside {_cards(share)} of {gpu.card} ({config.gpu_type})"
    cpu: Multiples | OneFrom = gpu.cpu.times(share)
    memory: Multiples | OneFrom = gpu.instance_memory.times(share)
    if not cpu.holds(function.cpu):
        yield _no(address, "cpu", f"{function.cpu:.10g} vCPU", cpu.show(), beside)
    if not memory.holds(function.memory_size):
        given = _mb(function.memory_size)
        yield _no(address, "memory_size", given, memory.show(MIB, " MB"), beside)


def _cards(share: float) -> str:
    if share < 1:
        return f"{share:.3g} card"
    return f"{share:.0f} card{'s' if share > 1 else ''}"
