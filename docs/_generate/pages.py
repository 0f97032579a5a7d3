"""All generated pages, and the folder they are written to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from _generate.api import api_page
from _generate.assumptions import assumptions_page
from _generate.commands import commands_page
from _generate.kpis import kpis_page
from _generate.presets import presets_page
from _generate.prices import prices_page

__all__ = ["PAGES", "write_pages"]

PAGES: dict[str, Callable[[], str]] = {
    "api": api_page,
    "assumptions": assumptions_page,
    "commands": commands_page,
    "kpis": kpis_page,
    "presets": presets_page,
    "prices": prices_page,
}


def write_pages(folder: Path) -> None:
    """Write each page that has changed; a page that is no longer made goes."""
    folder.mkdir(exist_ok=True)
    for name, make in PAGES.items():
        path, text = folder / f"{name}.md", make()
        if not path.exists() or path.read_text("utf-8") != text:
            path.write_text(text, "utf-8")
    for path in folder.glob("*.md"):
        if path.stem not in PAGES:
            path.unlink()
