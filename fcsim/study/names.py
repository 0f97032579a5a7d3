"""Names of the KPIs that the runs of a scenario have, before there is any run."""

from __future__ import annotations

from fcsim.results.vocabulary import Kpi, find
from fcsim.scenario.model import Scenario
from fcsim.workload.fanout import function_names

__all__ = ["find_in", "owners"]

_FUNCTIONS = "functions."


def owners(scenario: Scenario, *texts: str) -> list[str]:
    """Return the functions that KPIs named in *texts* may be of.

    Copies (``one_function_per``) are among them, for which the file they come from is read, if
    any of the texts is about a function. Raises ScenarioError for a file that cannot be used.
    """
    asked = any(text.lstrip().startswith(_FUNCTIONS) for text in texts)
    return function_names(scenario) if asked else list(scenario.functions)


def find_in(scenario: Scenario, name: str) -> tuple[str | None, Kpi]:
    """Return the function (None: the whole run) and the KPI that *name* stands for.

    UsageError tells the nearest name when there is none.
    """
    return find(name, owners(scenario, name))
