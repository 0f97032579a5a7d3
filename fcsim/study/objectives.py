"""The language of objectives: what must hold, as one line of text.

==================================================  ==========================================
form                                                example
==================================================  ==========================================
``KPI <= VALUE`` (also ``>=``, ``<``, ``>``, ``=``)  ``functions.checkout.latency.p99 <= 2 s``
``KPI within VALUE to VALUE``                       ``instances.mean within 2 to 8``
``KPI within SHARE of VALUE``                       ``latency.p50 within 10 % of 300 ms``
any of them, then ``in every DURATION``             ``latency.p99 <= 2 s in every 5 min``
==================================================  ==========================================

KPIs are those of :mod:`fcsim.results.vocabulary`; the KPI says which units fit. Money names its
currency. :mod:`fcsim.study.judgement` says whether an objective is met.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fcsim.errors import Problem, ScenarioError, UsageError
from fcsim.results.price_book import price_book
from fcsim.results.vocabulary import Kpi, find
from fcsim.scenario.address import Finding
from fcsim.scenario.source import read
from fcsim.study.names import owners
from fcsim.units import accepted
from fcsim.units import parse as quantity

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = ["SLICED", "Objective", "parse", "read_objectives", "value_of"]

SLICED = ("requests", "latency", "queue", "cold_start", "errors")
"""Groups of KPIs that come from requests alone, and so can be asked for ``in every`` slice."""

_FORM = re.compile(
    r"^\s*(?P<kpi>\S+?)\s*(?:(?P<sign><=|>=|==|[<>=≤≥])\s*|\s+within\s+)(?P<value>.+?)"
    r"(?:\s+in\s+every\s+(?P<every>.+?))?\s*$"
)
_RANGE = re.compile(r"^(?P<low>.+?)\s+to\s+(?P<high>.+)$")
_AROUND = re.compile(r"^(?P<share>.+?)\s+of\s+(?P<value>.+)$")
_MONEY = re.compile(r"^(?P<number>[^A-Za-z]*?)\s*(?P<currency>[A-Za-z]*)$")
_ACCEPTED = (
    "accepted: KPI <= VALUE (or >=, <, >, =), KPI within VALUE to VALUE, KPI within SHARE of "
    "VALUE, each with or without: in every DURATION"
)


@dataclass(frozen=True)
class Objective:
    """One thing that must hold: ``low <= figure <= high`` of a KPI."""

    text: str
    """As it was written."""
    name: str
    """The KPI, ``functions.checkout.latency.p99``."""
    function: str | None
    """The function it is about; None: the whole run."""
    kpi: Kpi
    low: float
    """Least value in the KPI's unit; minus infinity when there is none."""
    high: float
    """Greatest value; infinity when there is none."""
    strict: bool = False
    """Whether the limit itself misses."""
    every: float | None = None
    """Seconds of the slices of time in each of which it must hold; None: over the window."""

    @property
    def scope(self) -> str:
        """What names of KPIs begin with for its function; empty for the whole run."""
        return "" if self.function is None else f"functions.{self.function}."

    def excess(self, value: float) -> float:
        """Return how far *value* is beyond the limit; not above zero when it is within."""
        return max(self.low - value, value - self.high)

    def contains(self, low: float, high: float) -> bool:
        """Tell whether all of *low* to *high* is within the limits."""
        worst = max(self.excess(low), self.excess(high))
        return worst < 0 if self.strict else worst <= 0

    def excludes(self, low: float, high: float) -> bool:
        """Tell whether nothing between *low* and *high* is within the limits."""
        if self.strict:
            return high <= self.low or low >= self.high
        return high < self.low or low > self.high

    @property
    def limit(self) -> float:
        """The limit that a figure shows: the upper one if there is one."""
        return self.high if math.isfinite(self.high) else self.low


def parse(text: str, functions: Collection[str] = (), currency: str = "CNY") -> Objective:
    """Read one objective about KPIs of *functions* or the whole run, money in *currency*.

    Raises UsageError that says what is wrong, with the nearest name, and what is accepted.
    """
    form = _FORM.match(text)
    if form is None:
        raise UsageError(f"cannot read the objective {text!r}; {_ACCEPTED}")
    function, kpi = find(form["kpi"], functions)
    try:
        low, high = _limits(form["sign"], form["value"], kpi, currency)
        every = _slices(form["every"], kpi)
    except ValueError as error:
        raise UsageError(f"{text!r}: {error}") from None
    strict = form["sign"] in ("<", ">")
    return Objective(text.strip(), form["kpi"], function, kpi, low, high, strict, every)


def _limits(sign: str | None, text: str, kpi: Kpi, currency: str) -> tuple[float, float]:
    if sign is None:
        return _within(text, kpi, currency)
    value = value_of(text, kpi, currency)
    if sign in ("<", "<=", "≤"):
        return -math.inf, value
    return value, math.inf if sign in (">", ">=", "≥") else value


def _within(text: str, kpi: Kpi, currency: str) -> tuple[float, float]:
    if around := _AROUND.match(text):
        share, value = quantity(around["share"], "share"), value_of(around["value"], kpi, currency)
        return value * (1 - share), value * (1 + share)
    if (between := _RANGE.match(text)) is None:
        raise ValueError(f"cannot read 'within {text}'; {_ACCEPTED}")
    low, high = value_of(between["low"], kpi, currency), value_of(between["high"], kpi, currency)
    if low > high:
        raise ValueError(f"within {text}: the first value must not exceed the second")
    return low, high


def value_of(text: str, kpi: Kpi, currency: str) -> float:
    """Read a value of *kpi*, money in *currency*; ValueError says what is accepted."""
    if kpi.kind is not None:
        return quantity(text, kpi.kind)
    number = _money(text, currency) if kpi.unit == "money" else text
    try:
        value = float(number.replace(",", "").replace("_", ""))
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        like = f"an amount like '3600 {currency}'" if kpi.unit == "money" else "a number like 20"
        raise ValueError(f"{kpi.name} takes {like}; got {text!r}")
    return value


def _money(text: str, currency: str) -> str:
    parts = _MONEY.match(text)
    if parts is None or parts["currency"] in ("", currency):
        return parts["number"] if parts and parts["currency"] else ""
    raise ValueError(f"the prices of this scenario are in {currency}, not {parts['currency']}")


def _slices(text: str | None, kpi: Kpi) -> float | None:
    if text is None:
        return None
    if kpi.name.split(".")[0] not in SLICED or kpi.name.startswith("cold_start.phase"):
        groups = ", ".join(f"{group}.…" for group in SLICED)
        raise ValueError(f"{kpi.name} has no value in every {text}; accepted: {groups}")
    every = quantity(text, "duration")
    if not every > 0:
        raise ValueError(f"in every {text}: expected {accepted('duration')}")
    return every


def read_objectives(
    source: str | Path | Mapping[str, Any], scenario: Scenario, texts: Iterable[str] = ()
) -> tuple[Objective, ...]:
    """Return the objectives of *scenario*, which was loaded from *source*, and those of *texts*.

    Functions may be copies (``functions.template/key.latency.p99``), whose names come from the
    file that they are made from. Raises ScenarioError with all that cannot be read, each with its
    place in the file.
    """
    currency, found, problems = price_book(scenario).currency, [], []
    wanted = [*scenario.objectives, *texts]
    functions = owners(scenario, *wanted)
    for item, text in enumerate(wanted):
        try:
            found.append(parse(text, functions, currency))
        except UsageError as error:
            problems.append(_problem(source, scenario, item, str(error)))
    if problems:
        raise ScenarioError(problems)
    return tuple(found)


def _problem(
    source: str | Path | Mapping[str, Any], scenario: Scenario, item: int, message: str
) -> Problem:
    if item >= len(scenario.objectives):
        return Problem(message, "--objective")
    return read(source).problem(Finding(("objectives", item), message))
