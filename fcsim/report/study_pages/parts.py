"""What the pages of studies share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import TYPE_CHECKING

from fcsim.report.estimates import plus_minus
from fcsim.report.html.markup import Child, Html, code, element, fragment
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell
from fcsim.report.kpi_values import Units
from fcsim.report.run_page.assumptions import assumptions_table
from fcsim.report.run_page.scenario import differing, whole
from fcsim.report.run_page.shown import labelled_table
from fcsim.report.values import share, write
from fcsim.results.price_book import price_book
from fcsim.results.versions import versions
from fcsim.scenario.identity import digest

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario
    from fcsim.study.estimates import Estimate

__all__ = [
    "answers",
    "facts",
    "interval_cell",
    "note",
    "preset_section",
    "remarks",
    "repeat_section",
    "runs_each",
    "scenarios_section",
]

_LOPSIDED = 0.2
"""Difference of both sides of an interval, as a part of half its width, from which it is told."""


def answers(sentences: Iterable[Child]) -> Html:
    """Return *sentences* as the lines of an answer."""
    return element("ul", [element("li", one) for one in sentences], class_="answers")


def facts(scenario: Scenario, told: Iterable[str]) -> Html:
    """Return the line below the title: what was run, and on what platform."""
    platform = scenario.platform
    ends = [f"{write(scenario.horizon, 'duration')} from {scenario.start:%Y-%m-%d %H:%M}",
            f"seed {scenario.seed}", f"preset {platform.preset}", platform.region]  # fmt: skip
    about = element("p", element("bdi", scenario.description)) if scenario.description else None
    return fragment(about, element("p", ", ".join([*told, *ends]), class_="facts"))


def runs_each(number: int, confidence: float) -> str:
    """Say how often each was run, and what an interval then is."""
    if number == 1:
        return "one run each, which tells no interval"
    return f"{number} runs each, intervals of {share(confidence)}"


def note(text: Child) -> Html:
    """Return a remark in small print."""
    return element("p", text, class_="note")


def remarks(lines: Iterable[Child]) -> Html:
    """Return what the reader must not overlook."""
    return fragment(*(element("p", line, class_="warning") for line in lines))


def interval_cell(units: Units, kpi: str, found: Estimate) -> Cell:
    """Return a cell ``1.31 ± 0.19 s`` that is sorted by its value.

    The ends of an interval that reaches further to one side are told under the pointer.
    """
    below, above = found.value - found.low, found.high - found.value
    lopsided = isfinite(below) and abs(above - below) > _LOPSIDED * found.half
    written = plus_minus(units, kpi, found)
    ends = units.between(kpi, found.low, found.high)
    return Cell(element("span", written, title=ends) if lopsided else written, found.value)


def scenarios_section(named: Mapping[str, Scenario]) -> Section:
    """Return the scenario; of several, first what differs."""
    body = differing(named) if len(named) > 1 else whole(next(iter(named.values())))
    return Section("scenario", "The scenario, defaults filled in", body)


_NOT_MOVED = (
    "The runs of this study do not say which of them they rest on, nor how far each moves a "
    "figure; {} does."
)


def preset_section(
    scenario: Scenario, who: str = "fcsim run --band --report, for one scenario,"
) -> Section:
    """Return the values that no document settles; *who* says how far each moves a figure."""
    open_ones = [p for p in scenario.parameters.values() if p.provenance != "documented"]
    number = f"All {len(open_ones)} values that no document settles"
    folded = element("details", element("summary", number), assumptions_table(open_ones))
    return Section("assumptions", "Assumptions", fragment(note(_NOT_MOVED.format(who)), folded))


def repeat_section(
    command: str, named: Mapping[str, Scenario], more: Sequence[tuple[str, str]] = ()
) -> Section:
    """Return command, digests, seed and versions; *more* are facts of the study itself."""
    scenarios = list(named.values())
    rows: list[tuple[Child, list[Child]]] = [
        ("scenario digest", [code(digest(one)) for one in scenarios]),
        ("seed", [str(one.seed) for one in scenarios]),
        ("preset", [f"{s.platform.preset}, {s.platform.region}" for s in scenarios]),
        ("price book", [price_book(one).name for one in scenarios]),
    ]
    own = [*more, *versions().items()]
    body = fragment(
        element("pre", command) if command else None,
        labelled_table(list(named), rows, number=False),
        labelled_table([""], [(key, [value]) for key, value in own], number=False),
        note("Equal digests, seed and versions give the same figures to the last bit on one "
             "machine."),
    )  # fmt: skip
    return Section("repeat", "How to repeat it", body)
