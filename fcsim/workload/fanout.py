"""Copies of functions: ``one_function_per`` turns each row or key of a file into a function."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass

from fcsim.errors import Problem, ScenarioError, nearest
from fcsim.scenario import arrivals as models
from fcsim.scenario.model import Scenario
from fcsim.workload.tables import DataFile
from fcsim.workload.trace_table import read_trace
from fcsim.workload.traces import read_counts

__all__ = ["FunctionCopy", "expand", "function_names", "keys"]

SHORT = 8
"""Characters of a key in a copy's name, more where two keys would look the same."""


@dataclass(frozen=True)
class FunctionCopy:
    """One function of the simulation."""

    name: str
    """Name in reports: the template's, or ``template/key`` with the key shortened."""
    template: str
    """Name in the scenario."""
    key: str = ""
    """The whole key of the row, or "" for a function that stands for itself."""

    @property
    def entity(self) -> str:
        """Name of this function in streams; unlike ``name`` it hangs on no other key."""
        return f"{self.template}/{self.key}" if self.key else self.template


def expand(scenario: Scenario) -> list[FunctionCopy]:
    """Return the functions of the simulation, in the scenario's order, copies in the file's.

    A function whose workloads all fan out is replaced by its copies; every other function
    stands for itself. Raises ScenarioError for an unknown function and for unusable files.
    """
    copied: dict[str, dict[str, None]] = {name: {} for name in scenario.functions}
    itself = set(scenario.functions) - {one.function for one in scenario.workload.values()}
    for name, workload in scenario.workload.items():
        if workload.function not in copied:
            hint = nearest(workload.function, copied)
            message = f"no function {workload.function!r}{hint}"
            raise ScenarioError([Problem(message, f"workload.{name}.function")])
        if workload.one_function_per is None:
            itself.add(workload.function)
        else:
            copied[workload.function].update(dict.fromkeys(keys(scenario, name)))
    functions = []
    for template, found in copied.items():
        if template in itself:
            functions.append(FunctionCopy(template, template))
        short = _short_names(found)
        functions += [FunctionCopy(f"{template}/{short[key]}", template, key) for key in found]
    return functions


def function_names(scenario: Scenario) -> list[str]:
    """Return the names that functions have in results; files are read only if there are copies."""
    if all(workload.one_function_per is None for workload in scenario.workload.values()):
        return list(scenario.functions)
    return [function.name for function in expand(scenario)]


def keys(scenario: Scenario, name: str) -> tuple[str, ...]:
    """Return the keys by which the workload called *name* fans out, in the file's order."""
    workload = scenario.workload[name]
    folder, path = scenario.file("."), f"workload.{name}"
    match workload.one_function_per, workload.arrivals:
        case "row", models.Counts(counts=spec):
            found = read_counts(
                DataFile.locate(folder, spec.file, f"{path}.arrivals.counts.file"), spec
            ).keys
            missing = "a long file has one function; expected a wide one, a row a function"
        case "key", models.Trace(trace=spec):
            found = read_trace(
                DataFile.locate(folder, spec.file, f"{path}.arrivals.trace.file"), spec
            ).keys
            missing = "key needs row_key in the trace, the column that names the function"
        case _:
            found, missing = (), "row goes with counts, and key with trace"
    if not found:
        raise ScenarioError([Problem(missing, f"{path}.one_function_per")])
    return found


def _short_names(found: Iterable[str]) -> dict[str, str]:
    """Shorten each key to the fewest characters (8 at least) that begin no other key."""
    ordered = sorted(found)
    short = {}
    for key in ordered:
        at = bisect_left(ordered, key)
        beside = ordered[max(at - 1, 0) : at] + ordered[at + 1 : at + 2]
        common = max((_common(key, other) for other in beside), default=0)
        short[key] = key[: max(SHORT, common + 1)]
    return short


def _common(a: str, b: str) -> int:
    """Count the characters that begin both."""
    return next(
        (i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b))
    )
