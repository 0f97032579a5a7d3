"""A table with more columns than a terminal has room for: in parts below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from fcsim.report.console import columns

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table

__all__ = ["Heading", "Wide"]

Heading = tuple[str, Literal["left", "right"]]
"""A heading, and on which side its column is even."""

_GAP = 2
"""Blanks between two columns."""
_BROKEN = 44
"""Width from which cells of left columns are broken."""


class Wide:
    """A rich renderable: a table whose first columns stand before each of its parts.

    No figure is ever cut: what does not fit beside the others goes into the next part.
    """

    def __init__(
        self, keys: int, headings: Sequence[Heading], rows: Sequence[Sequence[str]]
    ) -> None:
        """Take *headings*, perhaps of several lines, and *rows*; the first *keys* columns name."""
        self._keys = range(keys)
        self._headings = headings
        self._rows = rows

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table | str]:
        """Yield as few parts as the width at hand allows."""
        for number, part in enumerate(self._parts(options.max_width)):
            if number:
                yield ""
            yield self._table([*self._keys, *part])

    def _parts(self, width: int) -> list[list[int]]:
        """Return the columns of each part, the first columns left out."""
        room = width - sum(self._width(column) for column in self._keys)
        parts: list[list[int]] = [[]]
        used = 0
        for column in range(len(self._keys), len(self._headings)):
            if parts[-1] and used + self._width(column) > room:
                parts.append([])
                used = 0
            parts[-1].append(column)
            used += self._width(column)
        return parts

    def _width(self, column: int) -> int:
        from rich.cells import cell_len

        heading, side = self._headings[column]
        cells = (heading, *(row[column] for row in self._rows))
        width = _GAP + max(cell_len(line) for cell in cells for line in cell.split("\n"))
        return min(width, _BROKEN) if side == "left" else width

    def _table(self, chosen: Sequence[int]) -> Table:
        table = columns(*(self._headings[column] for column in chosen))
        for row in self._rows:
            table.add_row(*(row[column] for column in chosen))
        return table
