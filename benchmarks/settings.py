"""What one run of the benchmarks is asked to do."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Settings"]


@dataclass(frozen=True)
class Settings:
    """Sizes, engine and rivals of one run."""

    quick: bool
    engine: str
    simfaas_python: str | None
    repetitions: int = 3

    @property
    def large(self) -> int:
        """Requests of a large run."""
        return self.pick(1_000_000, 5_000_000)

    def pick(self, quick: int, full: int) -> int:
        """Choose by mode."""
        return quick if self.quick else full
