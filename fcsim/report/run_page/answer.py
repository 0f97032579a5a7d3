"""Question and answer: the objectives and what the run says of them, the main figures, warnings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan
from typing import TYPE_CHECKING, Any

from fcsim.report.cost import cost_headline
from fcsim.report.html.markup import Child, Html, code, element, fragment, text
from fcsim.report.html.page import Section
from fcsim.report.html.table import Cell
from fcsim.report.kpi_values import Units, relative_change
from fcsim.report.latency import latency_headline
from fcsim.report.run_page.objectives import Judged, judged
from fcsim.report.run_page.shown import Shown, beside, figures_table
from fcsim.report.run_page.sureness import sure_sentences
from fcsim.report.values import count, share
from fcsim.results.result import HEADLINES
from fcsim.study.judgement import Verdict
from fcsim.units import format_duration, format_number

if TYPE_CHECKING:
    from fcsim.results.result import Result

__all__ = ["answer_section"]

_LOOKS = {Verdict.MET: "met", Verdict.MISSED: "missed", Verdict.INCONCLUSIVE: "open", None: "open"}
_BY_ONE = "By the figures of this one run, which says nothing of how others would end."


def answer_section(shown: Sequence[Shown]) -> Section:
    """Return the first section: objectives, then figures in sentences, then warnings."""
    objectives = any(one.result.scenario.objectives for one in shown)
    body = fragment(
        beside(shown, _objectives) if objectives else None,
        _compared(shown) if len(shown) > 1 else _sentences(shown[0]),
        beside(shown, lambda one: _warnings(one.result)),
    )
    return Section("answer", "Does it meet its objectives?" if objectives else "Answer", body)


def _objectives(shown: Shown) -> Html:
    found = judged(shown.result, shown.runs)
    if not found:
        return element("p", "No objectives.", class_="note")
    lines = element("ul", [element("li", _line(one)) for one in found], class_="answers")
    return fragment(lines, element("p", _by(shown), class_="note"))


def _by(shown: Shown) -> str:
    if shown.runs is None:
        return _BY_ONE
    return (
        f"By {len(shown.runs.runs)} independent runs: met or missed if all of the "
        f"{share(shown.runs.confidence)} interval is within or beyond the limit."
    )


def _line(one: Judged) -> Html:
    standing = element("span", one.verdict or "not decided", class_=_LOOKS[one.verdict])
    return fragment(
        standing, text(": "), element("code", element("bdi", one.text)), " – ", one.told
    )


def _sentences(shown: Shown) -> Html:
    lines = (element("li", f"{sentence}.") for sentence in sentences(shown.result))
    told = element("ul", lines, class_="answers")
    sure = sure_sentences(shown)
    if not sure:
        return told
    return fragment(
        element("ul", [element("li", line) for line in sure], class_="answers"),
        element("h3", "The first of these runs" if shown.runs else "The run"),
        told,
    )


def sentences(result: Result) -> Iterator[str]:
    """Yield the main figures of *result*, each as a sentence without its full stop."""
    yield _requests(result.kpis["requests"])
    yield latency_headline(result)
    yield _cold_starts(result.kpis)
    yield from _longest_phase(result.kpis["cold_start"]["phase"])
    yield _instances(result.kpis["instances"])
    yield cost_headline(result)


def _requests(figures: dict[str, Any]) -> str:
    arrived = figures["arrived"]
    if not arrived:
        return "No request arrived"
    if figures["completed"] == arrived:
        return f"All of {count(arrived)} requests completed"
    lost = [
        f"{count(figures[name])} {told} ({share(figures[name] / arrived)})"
        for name, told in _LOST.items()
        if figures[name]
    ]
    return (
        f"Of {count(arrived)} requests {share(figures['success_ratio'])} completed; "
        + ", ".join(lost)
    )


_LOST = {
    "throttled": "were refused",
    "failed": "failed",
    "timed_out": "timed out",
    "unfinished": "did not end",
}


def _cold_starts(kpis: dict[str, Any]) -> str:
    figures, waited = kpis["cold_start"], kpis["requests"]["waited"]
    more = f"; {count(waited)} more waited for an instance that was starting" if waited else ""
    if not figures["count"]:
        return f"No request started cold{more}"
    return (
        f"{count(figures['count'])} ({share(figures['ratio'])} of the completed) started cold and "
        f"waited {format_duration(figures['mean'])} on average{more}"
    )


def _longest_phase(phases: dict[str, Any]) -> Iterator[str]:
    means = {name: figures["mean"] for name, figures in phases.items()}
    total = sum(means.values())
    if not isnan(total) and total > 0:
        longest = max(means, key=lambda name: means[name])
        part = share(means[longest] / total, 2)
        mean = format_duration(total)
        yield f"An instance starts in {mean} on average; {part} of that is “{longest}”"


def _instances(figures: dict[str, Any]) -> str:
    mean, busy = format_number(figures["mean"]), format_number(figures["mean_busy"])
    most = count(figures["peak"])
    return f"At most {most} instances ran at once, {mean} on average, {busy} of them busy"


def _compared(shown: Sequence[Shown]) -> Html:
    return figures_table(shown, [(code(key), _cells(shown, key)) for key in HEADLINES])


def _cells(shown: Sequence[Shown], key: str) -> list[Cell | Child]:
    values = [one.result.kpi(key) for one in shown]
    cells: list[Cell | Child] = []
    for one, value in zip(shown, values, strict=True):
        written = Units(one.result.scenario).measured(key, value)
        change = relative_change(values[0], value)
        cells.append(
            fragment(written, element("span", f" ({change})", class_="note") if change else None)
        )
    return cells


def _warnings(result: Result) -> Html | None:
    lines = [line for line in result.warnings if not line.startswith(_OF_OBJECTIVES)]
    return fragment(*(element("p", line, class_="warning") for line in lines)) if lines else None


_OF_OBJECTIVES = "objectives: "
"""Warnings about judging them, which this section does, with its own words about that."""
