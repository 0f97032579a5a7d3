"""The whole page of one result, or of several side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from fcsim.report.html.markup import Html, element, fragment, name
from fcsim.report.html.page import Section, page
from fcsim.report.run_page.answer import answer_section
from fcsim.report.run_page.assumptions import assumptions_section
from fcsim.report.run_page.callers import callers_section
from fcsim.report.run_page.costs import bill_section
from fcsim.report.run_page.course import course_section
from fcsim.report.run_page.happenings import happenings_section
from fcsim.report.run_page.images import images_section
from fcsim.report.run_page.latency import latency_section
from fcsim.report.run_page.minimum import minimum_section
from fcsim.report.run_page.pools import pools_section
from fcsim.report.run_page.scenario import repeat_section, scenario_section
from fcsim.report.run_page.shown import COLOURS, Shown
from fcsim.report.run_page.starts import starts_section
from fcsim.report.run_page.sureness import sureness_section
from fcsim.report.values import write

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.study.bands import Band
    from fcsim.study.batches import Batches
    from fcsim.study.replications import Replications

__all__ = ["comparison_page", "report_page"]

_SECTIONS: tuple[Callable[[Sequence[Shown]], Section | None], ...] = (
    answer_section,
    sureness_section,
    latency_section,
    callers_section,
    starts_section,
    course_section,
    minimum_section,
    happenings_section,
    images_section,
    bill_section,
    pools_section,
    assumptions_section,
    scenario_section,
    repeat_section,
)
"""What makes the sections, in their order; one that has nothing to show makes none."""


def report_page(
    result: Result,
    *,
    runs: Replications | Band | None = None,
    batches: Batches | None = None,
    remark: str = "",
) -> str:
    """Return the report of one result as HTML: one file that needs nothing else.

    *runs* are independent runs, *result* being the first of them, or what assumptions do to
    them; *batches* are intervals from parts of the one run; *remark* stands at the top. Equal
    results give equal text; the time the simulation took is not in it.
    """
    from fcsim.study.bands import Band

    title = result.scenario.name
    band = runs if isinstance(runs, Band) else None
    repeated = runs.base if isinstance(runs, Band) else runs
    shown = Shown(title, result, runs=repeated, band=band, batches=batches)
    told = element("p", remark, class_="warning") if remark else None
    return _page(title, [shown], fragment(_description(result), _facts(result), told))


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
    sections = [made for make in _SECTIONS if (made := make(shown)) is not None]
    several = any(len(one.result.kpis["functions"]) > 1 for one in shown)
    return page(title, sections, lead=lead, filtered="Functions" if several else "")


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
