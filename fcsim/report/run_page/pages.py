"""The whole page of one result, or of several side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import page
from fcsim.report.run_page.answer import answer_section
from fcsim.report.run_page.assumptions import assumptions_section
from fcsim.report.run_page.costs import bill_section
from fcsim.report.run_page.course import course_section
from fcsim.report.run_page.images import images_section
from fcsim.report.run_page.latency import latency_section
from fcsim.report.run_page.scenario import repeat_section, scenario_section
from fcsim.report.run_page.shown import COLOURS, Shown
from fcsim.report.run_page.starts import starts_section
from fcsim.report.values import write

if TYPE_CHECKING:
    from fcsim.results.result import Result

__all__ = ["comparison_page", "report_page"]

_SECTIONS = (
    answer_section,
    latency_section,
    starts_section,
    course_section,
    images_section,
    bill_section,
    assumptions_section,
    scenario_section,
    repeat_section,
)


def report_page(result: Result) -> str:
    """Return the report of one result as HTML: one file that needs nothing else.

    Equal results give equal text; the time the simulation took is not in it.
    """
    title = result.scenario.name
    return _page(title, [Shown(title, result)], fragment(_description(result), _facts(result)))


def comparison_page(results: Mapping[str, Result]) -> str:
    """Return the same sections for several results side by side, under their labels."""
    shown = [
        Shown(label, result, COLOURS[k % len(COLOURS)])
        for k, (label, result) in enumerate(results.items())
    ]
    lead = [element("li", name(one.label), ": ", _facts_text(one.result)) for one in shown]
    title = f"{' and '.join(results)} compared" if len(results) < 3 else f"{len(results)} results"
    return _page(title, shown, element("ul", lead, class_="facts"))


def _page(title: str, shown: Sequence[Shown], lead: Html) -> str:
    sections = [make(shown) for make in _SECTIONS]
    several = any(len(one.result.kpis["functions"]) > 1 for one in shown)
    return page(title, sections, lead=lead, functions=several)


def _description(result: Result) -> Html | None:
    text = result.scenario.description
    return element("p", element("bdi", text)) if text else None


def _facts(result: Result) -> Html:
    return element("p", _facts_text(result), class_="facts")


def _facts_text(result: Result) -> str:
    scenario = result.scenario
    facts = [f"{write(scenario.horizon, 'duration')} from {scenario.start:%Y-%m-%d %H:%M}"]
    if scenario.warm_up:
        facts.append(f"first {write(scenario.warm_up, 'duration')} left out")
    facts += [f"seed {result.seed}", f"preset {scenario.platform.preset}", scenario.platform.region]
    if result.replication:
        facts.append(f"replication {result.replication}")
    return ", ".join(facts)
