"""What one run says about objectives: met or missed as far as KPIs of the whole window decide."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from enum import StrEnum
from math import isnan
from typing import TYPE_CHECKING

from fcsim.errors import UsageError
from fcsim.report.kpi_text import kpi_text
from fcsim.results.vocabulary import Kpi, find
from fcsim.units import parse

if TYPE_CHECKING:
    from fcsim.results.result import Result

__all__ = ["Judged", "Standing", "judged"]

_FORM = re.compile(r"^\s*(?P<kpi>\S+)\s*(?P<sign><=|>=|<|>)\s*(?P<limit>.+?)\s*$")
_SIGNS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}
_MONEY = re.compile(r"[A-Za-z]+$")


class Standing(StrEnum):
    """How one run stands to an objective."""

    MET = "met"
    MISSED = "missed"
    OPEN = "not decided"


@dataclass(frozen=True)
class Judged:
    """An objective as it was written, what one run says of it, and the figure or the reason."""

    text: str
    standing: Standing
    told: str


def judged(result: Result) -> list[Judged]:
    """Judge the objectives of the scenario of *result* by its KPIs.

    What needs more than KPIs of the whole window (``in every 5 min``, ``within``) is not decided.
    """
    return [_judge(result, text) for text in result.scenario.objectives]


def _judge(result: Result, text: str) -> Judged:
    form = _FORM.match(text)
    if form is None:
        return Judged(text, Standing.OPEN, "no comparison of a KPI with a limit")
    if " in every " in form["limit"]:
        return Judged(text, Standing.OPEN, "figures of the whole window do not decide it")
    try:
        _, kpi = find(form["kpi"], result.kpis["functions"])
        limit = _limit(form["limit"], kpi)
    except (UsageError, ValueError) as error:
        return Judged(text, Standing.OPEN, str(error))
    value = result.kpi(form["kpi"])
    if isnan(value):
        return Judged(text, Standing.OPEN, "there was nothing to measure")
    standing = Standing.MET if _SIGNS[form["sign"]](value, limit) else Standing.MISSED
    return Judged(text, standing, kpi_text(kpi, value, result.bill.currency))


def _limit(text: str, kpi: Kpi) -> float:
    if kpi.kind is not None:
        return parse(text, kpi.kind)
    number = _MONEY.sub("", text) if kpi.unit == "money" else text
    return float(number.replace(",", "").replace("_", ""))
