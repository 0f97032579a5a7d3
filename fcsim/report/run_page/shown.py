"""A result with the name it has on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Child, Html, element, name
from fcsim.report.html.table import Cell, Column, table

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.study.bands import Band
    from fcsim.study.batches import Batches
    from fcsim.study.replications import Replications

__all__ = ["COLOURS", "Shown", "beside", "figures_table", "labelled_table"]

COLOURS = ("blue", "orange", "green", "vermilion", "pink", "brown", "grey", "sky")
"""Colours of results that share a chart."""


@dataclass(frozen=True)
class Shown:
    """A result, its label, its colour among the others, and what is known of its sureness."""

    label: str
    result: Result
    colour: str = "ink"
    runs: Replications | None = None
    """Independent runs, *result* being the first."""
    band: Band | None = None
    """How far assumptions move the figures of these runs."""
    batches: Batches | None = None
    """Intervals from parts of the one run."""


def beside(shown: Sequence[Shown], draw: Callable[[Shown], Child]) -> Html | None:
    """Return what *draw* makes of each result, beside each other, with labels if several.

    Nothing when it makes nothing of any.
    """
    drawn = [draw(one) for one in shown]
    if not any(drawn):
        return None
    if len(shown) == 1:
        return element("div", drawn[0])
    labels = (element("h3", name(one.label)) for one in shown)
    none = element("p", "None.", class_="note")
    parts = (element("div", label, one or none) for label, one in zip(labels, drawn, strict=True))
    return element("div", parts, class_="grid")


def figures_table(
    shown: Sequence[Shown],
    rows: Iterable[tuple[Child, Sequence[Cell | Child]]],
    heading: str = "",
    *,
    number: bool = True,
) -> Html:
    """Return a table of one row a figure and one column a result; *number*: aligned right."""
    return labelled_table([one.label for one in shown], rows, heading, number=number)


def labelled_table(
    labels: Sequence[str],
    rows: Iterable[tuple[Child, Sequence[Cell | Child]]],
    heading: str = "",
    *,
    number: bool = True,
) -> Html:
    """Return a table of one column for each of *labels*, which has no heading if it is alone."""
    heads = [name(label) if len(labels) > 1 else "" for label in labels]
    columns = [Column(heading), *(Column(head, number=number) for head in heads)]
    return table(columns, [[label, *cells] for label, cells in rows], sortable=False)
