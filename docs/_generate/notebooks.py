"""Writes lessons as Jupyter notebooks, for classes: ``python notebooks.py FOLDER TARGET``."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import jupytext
from nbformat import NotebookNode

__all__ = ["notebook", "write_notebooks"]

_LINK = re.compile(r"\[([^\]]+)\]\((answers/|(?:\.\./)*)([\w/-]+)\.md(#[\w-]+)?\)")


def notebook(text: str) -> NotebookNode:
    """Return the notebook of a lesson; links lead to other notebooks, or name the page.

    As on the site, cells that check the page's own figures are left out: they would fail as soon
    as somebody changes a value.
    """
    made = jupytext.reads(_LINK.sub(_link, text), fmt="md:myst")
    made.cells = [cell for cell in made.cells if "remove-cell" not in cell.metadata.get("tags", [])]
    return made


def _link(match: re.Match[str]) -> str:
    text, folder, page, _ = match.groups()
    if re.match(r"\d\d-", page):
        return f"[{text}]({folder}{page}.ipynb)"
    return f"{text} (`docs/{page}.md`)"


def write_notebooks(folder: Path, target: Path) -> list[Path]:
    """Write every lesson and every page of answers in *folder* to *target*; return the paths."""
    written = []
    for page in sorted(folder.rglob("[0-9]*.md")):
        path = target / page.relative_to(folder).with_suffix(".ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        jupytext.write(notebook(page.read_text("utf-8")), path)
        written.append(path)
    return written


if __name__ == "__main__":
    for path in write_notebooks(Path(sys.argv[1]), Path(sys.argv[2])):
        print(path)
