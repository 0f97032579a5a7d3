"""Tables that may have more columns than a terminal has room for: in parts below each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal

from fcsim.report.values import cut

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions
    from rich.table import Table

__all__ = ["Heading", "Wide"]

Heading = tuple[str, Literal["left", "right"]]
"""A heading, and on which side its column is even."""
_GAP = 2
"""Blanks between two columns."""
_HEADING = 44
"""Characters of a heading for which there is room."""
_NAME, _TEXT = 44, 24
"""Widths from which cells of left columns are broken: of the first columns, and of others."""


class Wide:
    """A rich renderable: a table without lines whose first columns stand before each of its parts.

    No figure is ever cut: what does not fit beside the others goes into the next part. Only left
    columns may break their cells.
    """

    def __init__(self, headings: Sequence[Heading], keys: int = 1) -> None:
        """Begin without rows; headings may have several lines, the first *keys* columns name."""
        self.show_header = True
        self._keys = range(keys)
        self._headings = [
            ("\n".join(cut(line, _HEADING) for line in heading.split("\n")), side)
            for heading, side in headings
        ]
        self._rows: list[tuple[str, ...]] = []

    def add_row(self, *cells: str) -> None:
        """Add a row; cells that are not given are empty."""
        self._rows.append((*cells, *[""] * (len(self._headings) - len(cells))))

    @property
    def row_count(self) -> int:
        """How many rows there are."""
        return len(self._rows)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table | str]:
        """Yield as few parts as the width at hand allows."""
        for number, part in enumerate(self._parts(options.max_width)):
            if number:
                yield ""
            yield self._table([*self._keys, *part])

    def _parts(self, width: int) -> list[list[int]]:
        """Return the columns of each part, the first columns left out."""
        room = width + _GAP - sum(self._width(column) for column in self._keys)
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
        """Return the width of *column* and of the gap behind it."""
        from rich.cells import cell_len

        heading, side = self._headings[column]
        cells = (heading if self.show_header else "", *(row[column] for row in self._rows))
        width = max(cell_len(line) for cell in cells for line in cell.split("\n"))
        most = _NAME if column in self._keys else _TEXT
        return _GAP + (min(width, most) if side == "left" else width)

    def _table(self, chosen: Sequence[int]) -> Table:
        from rich.table import Table

        table = Table(
            box=None, pad_edge=False, padding=(0, _GAP, 0, 0), header_style="dim",
            show_header=self.show_header,
        )  # fmt: skip
        for column in chosen:
            heading, side = self._headings[column]
            table.add_column(heading, justify=side, overflow="fold", no_wrap=side == "right")
        for row in self._rows:
            table.add_row(*(row[column] for column in chosen))
        return table
