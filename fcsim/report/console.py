"""What all tables share: how text flows, columns without boxes, output to terminals and pipes."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Iterator
from textwrap import wrap
from typing import TYPE_CHECKING

from fcsim.report.wide import Heading, Wide

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType
    from rich.table import Table
    from rich.text import Text

__all__ = ["Flow", "columns", "grid", "printable", "show", "text"]

_GLUE = "\u00a0"

_PIPE_WIDTH = 120
_UNSEEN = re.compile(
    "[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)
_ESCAPES = re.compile("\x1b(?!\\[[0-9;]*m)")
"""Escapes other than those that change how text looks."""
_ANY_ESCAPE = re.compile("\x1b")


class Flow:
    """A rich renderable: items in running text that breaks between items only."""

    def __init__(self, items: Iterable[str], separator: str = ", ") -> None:
        """Join *items*, which are not broken unless one alone is too long."""
        self._text = separator.join(item.replace(" ", _GLUE) for item in items)

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Text]:
        """Yield the lines for the width at hand."""
        from rich.text import Text

        for line in wrap(self._text, options.max_width, break_on_hyphens=False):
            yield Text(line.replace(_GLUE, " "))


def grid() -> Table:
    """Return an empty table of labels and texts."""
    from rich.table import Table

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    return table


def columns(*headings: Heading, keys: int = 1) -> Wide:
    """Return an empty table with these headings and alignments, without lines.

    Where it is too wide it stands in parts, each with the first *keys* columns.
    """
    return Wide(headings, keys)


def text(renderable: RenderableType, width: int | None = None) -> str:
    """Return *renderable* as lines without colour and trailing blanks, *width* columns wide."""
    return _render(renderable, terminal=False, width=width or _PIPE_WIDTH)


def show(renderable: RenderableType, width: int | None = None) -> None:
    """Write *renderable* to stdout: in colour on a terminal, plain in a pipe.

    Without *width* a pipe gets 120 columns unless the environment says ``COLUMNS``.
    """
    terminal = sys.stdout.isatty()
    known = terminal or "COLUMNS" in os.environ
    print(_render(renderable, terminal, width or (None if known else _PIPE_WIDTH)), end="")


def _render(renderable: RenderableType, terminal: bool, width: int | None) -> str:
    from rich.console import Console

    # Names of a scenario are text: neither rich's markup nor emoji codes. In a notebook rich would
    # colour what is no terminal.
    console = Console(
        width=width, force_terminal=terminal, force_jupyter=False, highlight=False,
        soft_wrap=False, markup=False, emoji=False,
    )  # fmt: skip
    with console.capture() as capture:
        console.print(renderable)
    lines = printable(capture.get(), looks=terminal).split("\n")
    return "\n".join(line.rstrip() for line in lines)


def printable(text: str, *, looks: bool = False) -> str:
    """Return *text* without what would change more of a terminal than its own place.

    That is control characters but line breaks, marks that turn the direction of writing or
    separate lines otherwise, and halves of characters, which no encoding has.
    *looks* keeps escapes for colours and bold.
    """
    return (_ESCAPES if looks else _ANY_ESCAPE).sub("\ufffd", _UNSEEN.sub("\ufffd", text))
