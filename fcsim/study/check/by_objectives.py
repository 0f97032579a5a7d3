"""Objectives of a scenario as checks: the judgement over its runs, in a sentence."""

from __future__ import annotations

from math import isfinite, isinf, isnan
from typing import TYPE_CHECKING

from fcsim.study import judgement
from fcsim.study.check.outcomes import Check, Kind, Place, Verdict
from fcsim.study.check.words import counted, interval, percent

if TYPE_CHECKING:
    from fcsim.study.check.case import Case
    from fcsim.study.judgement import Judgement

__all__ = ["objective_check", "unknown"]

_VERDICTS = {
    judgement.Verdict.MET: Verdict.PASSED,
    judgement.Verdict.MISSED: Verdict.FAILED,
    judgement.Verdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
}
_MANY = 10_000
"""Runs that nobody makes."""
_TIMES = 5
"""Excess over a limit, in limits, from which a percentage says little."""


def objective_check(case: Case, place: Place, judged: Judgement, late: str = "") -> Check:
    """Return the check of the objective that was *judged*, and is written at *place*.

    *late* says why there were no more runs, if there was a reason.
    """
    objective = judged.objective
    verdict = _VERDICTS[judged.verdict]
    found = judged.estimate
    message = f"{objective.name} {_figure(case, judged)}{_reason(judged, verdict)}"
    if late and verdict is Verdict.INCONCLUSIVE:
        message += f"; {late}"
    return Check(
        Kind.OBJECTIVE, objective.text, verdict, message, place, objective.name,
        severity=min(judged.shortfall, 1e6), found=found if isfinite(found.value) else None,
        reference=objective.limit, unit=case.unit(objective.name),
    )  # fmt: skip


def _figure(case: Case, judged: Judgement) -> str:
    found = judged.estimate
    if isinf(found.value):
        return "is not defined: requests arrived and none completed"
    if isnan(found.value):
        return "is not defined: there was nothing to measure"
    where = "" if judged.objective.every is None else "in the worst slice of time "
    return f"{where}is {interval(case.units, judged.objective.name, found)}"


def _reason(judged: Judgement, verdict: Verdict) -> str:
    found = judged.estimate
    if not isfinite(found.value) or verdict is Verdict.PASSED:
        return ""
    if verdict is Verdict.FAILED:
        return _beyond(judged.shortfall)
    if isnan(found.low):
        return "; one run says nothing about spread"
    needed = judged.runs_needed
    about = f"; about {needed:,.0f} would tell" if found.runs < needed < _MANY else ""
    return f": the limit is inside after {counted(found.runs)}{about}"


def _beyond(shortfall: float) -> str:
    if not shortfall:
        return ""
    if shortfall > _TIMES:
        return f", {shortfall + 1:,.3g} times the limit"
    return f", {percent(shortfall).removeprefix('+')} beyond the limit"


def unknown(objective_text: str, place: Place, kpi: str, late: str) -> Check:
    """Return the check of an objective for which nothing ran."""
    return Check(Kind.OBJECTIVE, objective_text, Verdict.INCONCLUSIVE, late, place, kpi)
