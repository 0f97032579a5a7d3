"""Ends the build with an error when a page would load something from elsewhere."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.errors import ExtensionError

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["external_loads", "setup"]

_ELSEWHERE = r"(?:https?:)?//"
_IN_HTML = re.compile(
    rf"<(?:script|img|iframe|source|video|audio|embed|link)\b[^>]*?\b(?:src|href|srcset)="
    rf"[\"']?{_ELSEWHERE}[^\"'>\s]*",
    re.IGNORECASE,
)
_IN_CSS = re.compile(rf"(?:@import\s+[\"']?|url\(\s*[\"']?){_ELSEWHERE}[^\"')\s]*", re.IGNORECASE)
_HARMLESS = re.compile(r"rel=[\"']?(?:canonical|license|author)", re.IGNORECASE)


def external_loads(folder: Path) -> Iterator[str]:
    """Yield ``file: what it loads`` for each script, style, font or picture from elsewhere."""
    for path in sorted(folder.rglob("*")):
        if path.suffix not in (".html", ".css"):
            continue
        text = path.read_text("utf-8", errors="replace")
        patterns = (_IN_CSS,) if path.suffix == ".css" else (_IN_HTML, _IN_CSS)
        for pattern in patterns:
            for match in pattern.finditer(text):
                if not _HARMLESS.search(match[0]):
                    yield f"{path.relative_to(folder)}: {match[0]}"


def setup(app: Sphinx) -> dict[str, Any]:
    """Look at the pages when they are written."""
    app.connect("build-finished", _check)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}


def _check(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        found = list(external_loads(Path(app.outdir)))
        if found:
            raise ExtensionError("pages load from elsewhere:\n" + "\n".join(found))
