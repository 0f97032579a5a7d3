"""What the runs at hand say of the scenario's objectives."""

from __future__ import annotations

from dataclasses import dataclass
from math import isinf, isnan
from typing import TYPE_CHECKING

from fcsim.errors import UsageError
from fcsim.report.estimates import plus_minus
from fcsim.report.kpi_values import Units
from fcsim.study.judgement import Verdict, figure, judge
from fcsim.study.objectives import Objective, parse

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.study.replications import Replications

__all__ = ["Judged", "judged", "sliced_figures"]

_NO_ROWS = (
    "it needs the rows of requests, which are not at hand (a run keeps them up to 500,000 "
    "requests, a result folder with --records)"
)
_ONE_HAS_ROWS = "only the first of the runs kept the rows of its requests: there it is {}"


@dataclass(frozen=True)
class Judged:
    """An objective as it was written, what the runs say of it, and the figure or the reason."""

    text: str
    verdict: Verdict | None
    """None: not decided."""
    told: str


def judged(result: Result, found: Replications | None = None) -> list[Judged]:
    """Judge the objectives of the scenario of *result*, by all runs of *found* if there are any.

    By one run an objective is met or missed as its figure is within the limit or not. What cannot
    be read, or has no figure without the rows of requests, is not decided.
    """
    functions, currency = result.kpis["functions"], result.bill.currency
    answers = []
    for text in result.scenario.objectives:
        try:
            objective = parse(text, functions, currency)
            answers.append(_judge(objective, result, found))
        except UsageError as error:
            answers.append(Judged(text, None, str(error)))
    return answers


def sliced_figures(result: Result) -> dict[str, float]:
    """Return the figures of the objectives in slices of time, by their text.

    An objective that cannot be read, or whose rows were not kept, is left out.
    """
    functions, currency = result.kpis["functions"], result.bill.currency
    figures = {}
    for text in result.scenario.objectives:
        try:
            objective = parse(text, functions, currency)
            if objective.every is not None:
                figures[objective.text] = figure(objective, result)
        except UsageError:
            continue
    return figures


def _judge(objective: Objective, result: Result, found: Replications | None) -> Judged:
    units = Units(result.scenario)
    if found is None:
        return _of_one(objective, units, result)
    if objective.every is not None:
        first = _of_one(objective, units, result)
        told = first.told if first.verdict is None else _ONE_HAS_ROWS.format(first.told)
        return Judged(objective.text, None, told)
    judgement = judge(objective, found.outcomes, found.confidence)
    told = plus_minus(units, objective.name, judgement.estimate)
    return Judged(objective.text, judgement.verdict, _told(judgement.estimate.value, told))


def _of_one(objective: Objective, units: Units, result: Result) -> Judged:
    try:
        value = result.sliced.get(objective.text)
        value = figure(objective, result) if value is None else value
    except UsageError:
        return Judged(objective.text, None, _NO_ROWS)
    beyond = isinf(value) or (not isnan(value) and not objective.contains(value, value))
    told = _told(value, units.measured(objective.name, value))
    slices = " in the worst slice" if objective.every and value - value == 0 else ""
    return Judged(objective.text, Verdict.MISSED if beyond else Verdict.MET, told + slices)


def _told(value: float, written: str) -> str:
    if isinf(value):
        return "no request completed"
    return "there was nothing to measure" if isnan(value) else written
