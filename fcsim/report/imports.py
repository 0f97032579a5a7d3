"""What an import shows: the functions it took, its remarks by kind, images and what they share."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from fcsim.importers.image_sharing import Shared
from fcsim.importers.imported import Imported, Remark
from fcsim.importers.saving import KINDS, by_kind
from fcsim.report.console import columns, grid
from fcsim.units import format_bytes

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.report.wide import Wide

__all__ = ["image_table", "images_json", "imported_json", "imported_text", "remarks_text"]

_SHOWN = (
    ("image", "image"),
    ("vCPU", "cpu"),
    ("memory", "memory_size"),
    ("GPU", "gpu_config.gpu_type"),
    ("concurrency", "instance_concurrency"),
    ("minimum", "scaling_config.min_instances"),
    ("time-out", "timeout"),
)
"""Columns of the table of functions, each with its path."""


def imported_text(imported: Imported) -> RenderableType:
    """Return the functions that were taken, then the remarks by kind."""
    from rich.console import Group

    return Group(_functions(imported.document), remarks_text(imported))


def _functions(document: dict[str, Any]) -> Wide:
    table = columns(("function", "left"), *((heading, "right") for heading, _ in _SHOWN))
    for name, function in document["functions"].items():
        table.add_row(name, *(_cell(function, path) for _, path in _SHOWN))
    return table


def _cell(function: dict[str, Any], path: str) -> str:
    value: Any = function
    for part in path.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return "–" if value is None else str(value)


def remarks_text(imported: Imported) -> RenderableType:
    """Return the remarks, by kind."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    for kind, remarks in by_kind(imported.remarks).items():
        table = grid()
        table.columns[0].no_wrap = False
        table.columns[0].overflow = "fold"
        for remark in remarks:
            table.add_row(Text(f"  {remark.where}"), Text(" ".join(remark.text.split())))
        parts += [Text(f"\n{KINDS[kind]}:"), table]
    return Group(*parts)


def imported_json(imported: Imported, paths: Sequence[str], following: str) -> dict[str, Any]:
    """Return the same for JSON: files written, the scenario, remarks, the command to run next."""
    remarks = [
        {"kind": kind, "where": one.where, "text": one.text}
        for kind, group in by_kind(imported.remarks).items()
        for one in group
    ]
    return {
        "files": list(paths),
        "scenario": imported.document,
        "remarks": remarks,
        "next": following,
    }


def images_json(
    rows: Iterable[Shared], block: dict[str, Any], remarks: Iterable[Remark]
) -> dict[str, Any]:
    """Return images for JSON; null where a size is not known."""
    table = [
        {key: None if value != value else value for key, value in vars(row).items()} for row in rows
    ]
    return {**block, "table": table, "remarks": [vars(remark) for remark in remarks]}


def image_table(rows: Iterable[Shared]) -> Wide:
    """Return images with their sizes and how much of each the others have too."""
    table = columns(
        ("image", "left"),
        ("layers", "right"),
        ("compressed", "right"),
        ("uncompressed", "right"),
        ("shared layers", "right"),
        ("shared", "right"),
    )
    for row in rows:
        layers = str(row.layers) if row.layers else "–"
        shared = str(row.shared_layers) if row.layers else "–"
        table.add_row(
            row.name, layers, _size(row.compressed), _size(row.uncompressed), shared,
            _size(row.shared),
        )  # fmt: skip
    return table


def _size(size: float) -> str:
    return "–" if math.isnan(size) else format_bytes(size)
