"""Tables and text as Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

__all__ = ["cell", "code", "page", "table", "tied"]


def page(*parts: str) -> str:
    """Join *parts* of a page, empty ones left out, by blank lines."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; nothing when there are no rows."""
    lines = [_line(map(cell, row)) for row in rows]
    return "\n".join([_line(heads), _line("---" for _ in heads), *lines]) if lines else ""


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def cell(text: str) -> str:
    """Return *text* in one line, with no bar that would end the cell."""
    return re.sub(r"[ \n]+", " ", text).strip().replace("|", "\\|")


def code(text: str) -> str:
    """Return *text* as code; nothing for nothing."""
    return f"`{text}`" if text else ""


def tied(text: str) -> str:
    """Return *text* with spaces at which no line breaks: ``10 s`` stays in one piece."""
    return text.replace(" ", "\u00a0")
