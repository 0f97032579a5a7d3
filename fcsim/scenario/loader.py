"""Reads a scenario: parse, apply variant and overrides, fill in defaults, validate, check.

All mistakes are reported at once, each with file, line, column and path.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.address import Finding
from fcsim.scenario.checks import findings
from fcsim.scenario.defaults import parameters, with_defaults
from fcsim.scenario.draft import Draft
from fcsim.scenario.explain import explain
from fcsim.scenario.identity import digest
from fcsim.scenario.model import Scenario
from fcsim.scenario.overrides import pairs
from fcsim.scenario.references import broken_names
from fcsim.scenario.source import read
from fcsim.scenario.variants import apply, check_variants, choose
from fcsim.scenario.words import shown

__all__ = ["digest", "drafted", "load"]


def load(
    source: str | Path | Mapping[str, Any],
    *,
    variant: str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
) -> Scenario:
    """Read the scenario file *source*, or take a mapping of the same form.

    *variant* names one of its variants. *overrides* are applied after it: texts ``path=value``
    (the value in YAML), or a mapping from path to plain value. *seed* replaces the scenario's.
    Files that a mapping names are relative to the current directory.

    Raises ScenarioError with every mistake found.
    """
    return drafted(source, variant=variant, overrides=overrides, seed=seed)[0]


def drafted(
    source: str | Path | Mapping[str, Any],
    *,
    variant: str | None = None,
    overrides: Mapping[str, Any] | Iterable[str] = (),
    seed: int | None = None,
) -> tuple[Scenario, Draft]:
    """Return what :func:`load` does, and the draft: the same as it was written, with its places.

    Raises ScenarioError with every mistake found.
    """
    draft = read(source)
    _check_version(draft)
    problems = [*check_variants(draft), *_change(draft, variant, overrides, seed)]
    scenario, found = _validated(draft)
    problems += [draft.problem(finding) for finding in found]
    if problems or scenario is None:
        raise ScenarioError(sorted(dict.fromkeys(problems), key=_place))
    return scenario, draft


def _place(problem: Problem) -> tuple[int, int]:
    return problem.line, problem.column


def _check_version(draft: Draft) -> None:
    """Raise at once for another version of the language, in which other keys may be right."""
    version = draft.data.get("fcsim", 1)
    if isinstance(version, bool) or version != 1:
        message = f"unknown version {shown(version)} of the scenario language; accepted: 1"
        raise ScenarioError([draft.problem(Finding(("fcsim",), message))])


def _change(
    draft: Draft,
    variant: str | None,
    overrides: Mapping[str, Any] | Iterable[str],
    seed: int | None,
) -> list[Problem]:
    problems = choose(draft, variant) if variant is not None else []
    values, unreadable = pairs(overrides)
    for path, value in values.items():
        problems += apply(draft, path, value, "--set ")
    if seed is not None:
        problems += apply(draft, "seed", seed, "--")
    return [*problems, *unreadable]


def _validated(draft: Draft) -> tuple[Scenario | None, list[Finding]]:
    """Return the scenario, if it could be built, and what is wrong with it."""
    values, found = parameters(draft.data)
    data = with_defaults(draft.data, values)
    if draft.name is not None:
        data = {"name": draft.name, **data}
    try:
        scenario = Scenario.model_validate(data)
    except ValidationError as error:
        found += [*explain(error, data), *broken_names(data)]
        return None, found
    scenario._base_dir = draft.base_dir
    if found:
        return scenario, [*found, *broken_names(data)]
    return scenario, findings(scenario)
