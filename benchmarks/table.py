"""The sections of the result and how they are written to README.md."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["Section", "aim", "machine", "write_readme"]

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


@dataclass
class Section:
    """One table with its title and remarks."""

    title: str
    header: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def text(self) -> str:
        """Return the section as Markdown that also reads well on a terminal."""
        cells = [list(self.header), *(list(row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [_line(row, widths) for row in cells]
        lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
        remarks = [f"- {remark}" for remark in self.remarks]
        blank = [""] if remarks else []
        return "\n".join([f"### {self.title}", "", *lines, *blank, *remarks])


def _line(row: Iterable[str], widths: Iterable[int]) -> str:
    cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
    return "| " + " | ".join(cells) + " |"


def aim(ratio: float, least: float) -> tuple[str, str]:
    """Return the aim "at least *least*" and whether *ratio* reaches it."""
    return f"≥ {least:g} ×", "reached" if ratio >= least else "MISSED"


def machine(mode: str) -> str:
    """Say when and on what the figures were measured, without naming the machine."""
    versions = [f"{name} {_version(name)}" for name in ("numpy", "numba", "simpy")]
    parts = [
        f"{date.today().isoformat()}, {mode} sizes",
        f"{os.cpu_count()} CPUs ({platform.machine()}), one used",
        f"{platform.system()}, Python {platform.python_version()}",
        *versions,
    ]
    return "; ".join(parts) + "."


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def write_readme(text: str) -> None:
    """Put *text* between the markers of README.md."""
    before, _, rest = README.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")
