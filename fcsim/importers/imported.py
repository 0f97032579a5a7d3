"""What every importer returns: a scenario as a person would write it, and what to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

__all__ = ["Imported", "Remark"]


@dataclass(frozen=True)
class Remark:
    """One thing that a reader of the scenario must know."""

    kind: Literal["assumed", "not modelled", "unresolved", "rejected", "note"]
    """``assumed``: a value the source does not hold; ``not modelled``: a key of the source that
    changes nothing here; ``unresolved``: a template without a value; ``rejected``: rows of a
    source that could not be used; ``note``: anything else worth knowing."""
    where: str
    """Path in the source (``resources.api.props.vpcConfig``) or in the scenario."""
    text: str


@dataclass
class Imported:
    """A runnable scenario and its companions."""

    document: dict[str, Any]
    """The scenario file as plain mappings, lists, texts and numbers, in the order of writing."""
    remarks: list[Remark] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)
    """Companion files by the name they have beside the scenario (a trace, counts, observed
    figures): temporary files that saving moves into place."""
