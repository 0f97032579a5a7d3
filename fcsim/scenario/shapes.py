"""Instance shapes that the platform offers: vCPU, memory, disk and GPU cards.

Sources: the instance types page and the GPU table of the billing FAQ (platform facts, section
5; S21, S22). Memory of instances and cards is in bytes, 1 MB being 1,024 x 1,024 bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

from fcsim.scenario.functions import GpuConfig
from fcsim.units import MIB

__all__ = [
    "CPU",
    "DISK",
    "GPUS",
    "MEMORY",
    "RATIO",
    "Gpu",
    "Multiples",
    "OneFrom",
    "cards",
    "gpu_memory",
]


@dataclass(frozen=True)
class Multiples:
    """From ``low`` to ``high`` in steps of ``step``."""

    low: float
    high: float
    step: float

    def holds(self, value: float) -> bool:
        """Say whether *value* is one of these."""
        steps = value / self.step
        return self.low <= value <= self.high and abs(steps - round(steps)) < 1e-6

    def times(self, count: float) -> Multiples:
        """Return what *count* cards offer: the same steps, up to *count* times as much."""
        return Multiples(self.low, self.high * count, self.step)

    def show(self, unit: float = 1.0, name: str = "") -> str:
        """Write these for people, in multiples of *unit* called *name*."""
        low, high, step = (f"{part / unit:,.10g}" for part in (self.low, self.high, self.step))
        return f"{low} to {high}{name} in steps of {step}"


@dataclass(frozen=True)
class OneFrom:
    """One of some values."""

    values: tuple[float, ...]

    def holds(self, value: float) -> bool:
        """Say whether *value* is one of these."""
        return any(abs(value - one) < 1e-6 * one for one in self.values)

    def times(self, count: float) -> OneFrom:
        """Return what *count* cards offer."""
        return OneFrom(tuple(value * count for value in self.values))

    def show(self, unit: float = 1.0, name: str = "") -> str:
        """Write these for people, in multiples of *unit* called *name*."""
        return " or ".join(f"{value / unit:,.10g}" for value in self.values) + name


def _megabytes(*values: float) -> OneFrom:
    return OneFrom(tuple(value * MIB for value in values))


CPU = Multiples(0.05, 16, 0.05)
MEMORY = Multiples(128 * MIB, 32768 * MIB, 64 * MIB)
RATIO = (1.0, 4.0)
"""Least and most GB of memory for one vCPU."""
DISK = _megabytes(512, 10240)


@dataclass(frozen=True)
class Gpu:
    """A card type, and what an instance with one whole card may have beside it."""

    card: str
    memory: float
    """Bytes of one card."""
    cpu: Multiples | OneFrom
    instance_memory: Multiples | OneFrom
    source: str
    sliced: bool = False
    """Whether older presets (``limits.shapes: legacy_slices``) also offer parts of a card."""
    resident: bool = True
    """Whether resident pools have it (modes of the instance types page, S22)."""
    current: bool = True
    """Whether the current table still has it."""


_TABLE = "GPU table of the instance types page (S22)"
_OLDER = "instance types page, older (S21), and a real s.yaml of 24,576 MB with 8 vCPU (S35b)"

GPUS: dict[str, Gpu] = {
    "fc.gpu.tesla.1": Gpu(
        "T4",
        16384 * MIB,
        Multiples(0.05, 8, 0.05),
        Multiples(128 * MIB, 32768 * MIB, 64 * MIB),
        _TABLE,
        sliced=True,
        resident=False,
    ),
    "fc.gpu.ada.1": Gpu(
        "Ada", 49152 * MIB, OneFrom((4, 8, 16)), _megabytes(32768, 65536, 98304), _TABLE
    ),
    "fc.gpu.ada.2": Gpu("Ada", 24576 * MIB, OneFrom((8, 16)), _megabytes(32768, 65536), _TABLE),
    "fc.gpu.ada.3": Gpu("Ada", 49152 * MIB, OneFrom((8, 16)), _megabytes(65536, 98304), _TABLE),
    "fc.gpu.hopper.1": Gpu("Hopper", 98304 * MIB, OneFrom((16,)), _megabytes(98304), _TABLE),
    "fc.gpu.xpu.1": Gpu("XPU", 98304 * MIB, OneFrom((16,)), _megabytes(98304), _TABLE),
    "fc.gpu.ampere.1": Gpu(
        "A10",
        24576 * MIB,
        Multiples(0.05, 8, 0.05),
        Multiples(128 * MIB, 32768 * MIB, 64 * MIB),
        _OLDER,
        sliced=True,
        resident=False,
        current=False,
    ),
}
"""Card types by ``gpu_type``. Bounds of the A10 are the largest seen: its rule was not."""


def gpu_memory(config: GpuConfig) -> float:
    """Return the bytes of GPU memory of an instance: as given, or one whole card.

    An unknown type without a size has 0.
    """
    if config.gpu_memory_size is not None:
        return config.gpu_memory_size
    return GPUS[config.gpu_type].memory if config.gpu_type in GPUS else 0.0


def cards(config: GpuConfig) -> float:
    """Return how many cards an instance holds; below 1 is a slice. Unknown types count as one."""
    if config.gpu_type not in GPUS:
        return 1.0
    return gpu_memory(config) / GPUS[config.gpu_type].memory
