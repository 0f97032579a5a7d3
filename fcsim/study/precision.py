"""How sure a study is asked to be: ``latency.p99 ± 5 %``."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from fcsim import units
from fcsim.errors import UsageError
from fcsim.results.price_book import price_book
from fcsim.scenario.model import Scenario
from fcsim.study.estimates import Estimate
from fcsim.study.names import find_in
from fcsim.study.objectives import value_of

__all__ = ["Precision", "read_precisions"]

_FORM = re.compile(r"^\s*(\S+)\s*(?:±|\+-|\+/-)\s*(\S.*?)\s*$")
_EXAMPLE = "expected KPI ± HALF-WIDTH, like 'latency.p99 ± 5 %' or 'cold_start.mean ± 50 ms'"


@dataclass(frozen=True)
class Precision:
    """The half width that a KPI's interval must not exceed."""

    kpi: str
    text: str
    """The half width as it was given."""
    absolute: float = math.nan
    """In the KPI's unit; NaN when it is relative."""
    relative: float = math.nan
    """As a part of the estimate."""

    def allowed(self, found: Estimate) -> float:
        """Return the half width that is good enough for *found*, in the KPI's unit."""
        return abs(found.value) * self.relative if math.isnan(self.absolute) else self.absolute

    def met(self, found: Estimate) -> bool:
        """Tell whether *found* is known well enough."""
        return found.half <= self.allowed(found)

    def runs_needed(self, found: Estimate) -> int:
        """Return about how many runs it takes; a wide guess while there are few."""
        allowed = self.allowed(found)
        if not math.isfinite(found.half) or allowed <= 0:
            return 2**31
        return math.ceil(found.runs * (found.half / allowed) ** 2)

    def __str__(self) -> str:
        """Write it as people do."""
        return f"{self.kpi} ± {self.text}"


def read_precisions(until: str | Iterable[str] | None, scenario: Scenario) -> tuple[Precision, ...]:
    """Read one text or several about KPIs of *scenario*; UsageError says what is accepted."""
    texts = [until] if isinstance(until, str) else until or ()
    parts = [part for text in texts for part in text.split(" and ")]
    return tuple(_read(part, scenario) for part in parts)


def _read(text: str, scenario: Scenario) -> Precision:
    match = _FORM.match(text)
    if match is None:
        raise UsageError(f"--until: {_EXAMPLE}; got {text!r}")
    name, width = match.groups()
    _, kpi = find_in(scenario, name)
    if width.endswith("%"):
        relative = _positive(lambda: units.parse(width, "share"), text)
        return Precision(name, width, relative=relative)
    currency = price_book(scenario).currency
    return Precision(name, width, absolute=_positive(lambda: value_of(width, kpi, currency), text))


def _positive(read: Callable[[], float], text: str) -> float:
    try:
        value = read()
    except ValueError as error:
        raise UsageError(f"--until: {text!r}: {error}") from None
    if value <= 0:
        raise UsageError(f"--until: {text!r}: the half width must be more than 0")
    return value
