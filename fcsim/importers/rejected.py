"""Rows of a source that could not be used: counted by reason, the first of each located."""

from __future__ import annotations

from dataclasses import dataclass, field

from fcsim.importers.imported import Remark

__all__ = ["Rejected"]

_SAMPLES = 3


@dataclass
class Rejected:
    """How many rows could not be used for which reason, and where the first few stand."""

    used: int = 0
    """Rows that were used."""
    counts: dict[str, int] = field(default_factory=dict)
    """Rows by reason. Reasons are fixed texts, so there are few however long the source is."""
    places: dict[str, list[str]] = field(default_factory=dict)
    """The first places of each reason, as ``file:line``."""

    @property
    def total(self) -> int:
        """Rows that were not used."""
        return sum(self.counts.values())

    def add(self, reason: str, file: str, line: int = 0) -> None:
        """Count one row of *file* that cannot be used; line 0 is the file as a whole."""
        self.counts[reason] = self.counts.get(reason, 0) + 1
        places = self.places.setdefault(reason, [])
        if len(places) < _SAMPLES:
            places.append(f"{file}:{line}" if line else file)

    def lines(self) -> list[str]:
        """Return one line a reason, the most frequent first."""
        ordered = sorted(self.counts.items(), key=lambda pair: -pair[1])
        return [f"{count:,} × {reason} ({self._shown(reason)})" for reason, count in ordered]

    def remarks(self) -> list[Remark]:
        """Return one remark a reason, of the kind ``rejected``."""
        return [
            Remark("rejected", self.places[reason][0], line)
            for reason, line in zip(
                sorted(self.counts, key=lambda one: -self.counts[one]), self.lines(), strict=True
            )
        ]

    def _shown(self, reason: str) -> str:
        more = ", …" if self.counts[reason] > _SAMPLES else ""
        return ", ".join(self.places[reason]) + more
