"""Lessons as tests see them: cells, headings, figures in the text, and a run without Jupyter."""

import ast
import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jupytext

FIGURE = re.compile(r"\*\*([+-]?\d[^*]*)\*\*")
"""Bold text that begins with a digit: a figure that the page itself has measured."""


@dataclass(frozen=True)
class Notebook:
    """A lesson, or a page of answers: MyST Markdown that Jupyter opens through jupytext."""

    path: Path

    @cached_property
    def cells(self):
        return jupytext.read(self.path).cells

    @cached_property
    def text(self):
        return "\n\n".join(c.source for c in self.cells if c.cell_type == "markdown")

    @cached_property
    def code(self):
        return [c for c in self.cells if c.cell_type == "code"]

    def headings(self, level):
        return re.findall(rf"^{'#' * level} (.+)$", self.text, re.MULTILINE)

    def told(self):
        """Return the figures that the text gives as measured here."""
        return [" ".join(figure.split()) for figure in FIGURE.findall(self.text)]

    def asserted(self):
        """Return the texts that cells compare figures with: ``assert … == "1.85 s"``."""
        return [
            side.value
            for cell in self.code
            for one in ast.walk(ast.parse(cell.source))
            if isinstance(one, ast.Assert) and isinstance(one.test, ast.Compare)
            for side in one.test.comparators
            if isinstance(side, ast.Constant) and isinstance(side.value, str)
        ]

    def imported(self):
        """Return the packages that cells import."""
        for cell in self.code:
            for node in ast.walk(ast.parse(cell.source)):
                if isinstance(node, ast.Import):
                    yield from (alias.name.split(".")[0] for alias in node.names)
                elif isinstance(node, ast.ImportFrom):
                    yield node.module.split(".")[0]

    def run(self):
        """Run all cells and return their names, which those that the site shows do not take from
        those that it does not show.
        """
        names = {"__name__": "__main__"}
        unseen = {}
        for number, cell in enumerate(self.code):
            code = compile(cell.source, f"{self.path.name}, cell {number}", "exec")
            if "remove-cell" in cell.metadata.get("tags", []):
                unseen |= names
                exec(code, unseen)
            else:
                exec(code, names)
        return names
