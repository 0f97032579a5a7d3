"""The page of the Python API: the public names, whose docstrings Sphinx reads."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from importlib import import_module

import fcsim
import fcsim.report
from _generate.markdown import page

__all__ = ["api_page"]

_HEAD = """\
# Python API

Everything that commands do is a function here. Names are imported from `fcsim` and
`fcsim.report`; errors are in `fcsim.errors`. Functions that take a scenario accept a file, a
mapping of the same form, or a `Scenario`."""

_GROUPS = {
    "Scenario and result": ("load", "Scenario", "run", "Result", "load_result"),
    "How sure": ("replicate", "batch_means", "band", "sensitivity"),
    "Several scenarios": ("compare", "Comparison", "sweep", "Sweep", "Work", "Store"),
    "Plan, check, calibrate": ("plan", "Plan", "check", "calibrate", "Calibration"),
}
_RETURNED = {
    "Results of runs": (
        "fcsim.results.bill.Bill",
        "fcsim.scenario.parameters.Parameter",
        "fcsim.results.storage.SavedResult",
    ),
    "Results of studies": (
        "fcsim.study.replications.Replications",
        "fcsim.study.batches.Batches",
        "fcsim.study.estimates.Estimate",
        "fcsim.study.bands.Band",
        "fcsim.study.bands.Reach",
        "fcsim.study.bands.Swing",
        "fcsim.study.indices.Sensitivity",
        "fcsim.study.differences.Difference",
        "fcsim.study.check.outcomes.Report",
        "fcsim.study.check.outcomes.Checked",
        "fcsim.study.check.outcomes.Check",
    ),
    "Errors": (
        "fcsim.errors.FcsimError",
        "fcsim.errors.ScenarioError",
        "fcsim.errors.UsageError",
        "fcsim.errors.InvariantError",
        "fcsim.errors.Problem",
    ),
}
"""Classes that nobody imports and everybody meets."""

_CONSTRUCTED = ("fcsim.Work", "fcsim.Store")
"""Classes that users make themselves, so that what they take is shown."""

_OWN = {"Scenario": "parameters, file, anchored"}
"""Members of a class that are shown; by default all that have a docstring."""


def api_page() -> str:
    """Return the page, with a section for whatever no group names."""
    grouped = {name for names in _GROUPS.values() for name in names}
    rest = [name for name in fcsim.__all__ if name not in grouped and name != "__version__"]
    groups = {**_GROUPS, "More": rest} if rest else _GROUPS
    sections = {title: [f"fcsim.{name}" for name in names] for title, names in groups.items()}
    sections["Reports"] = [f"fcsim.report.{name}" for name in fcsim.report.__all__]
    sections.update(_RETURNED)
    parts = [part for title, names in sections.items() for part in _section(title, names)]
    return page(_HEAD, *parts)


def _section(title: str, names: Iterable[str]) -> list[str]:
    return [f"## {title}", *map(_entry, names)]


def _entry(name: str) -> str:
    module, _, own = name.rpartition(".")
    if not inspect.isclass(getattr(import_module(module), own)):
        return f"```{{eval-rst}}\n.. autofunction:: {name}\n```"
    options = (
        f"   :members: {_OWN.get(own, '')}".rstrip() + "\n   :exclude-members: __init__, __new__"
    )
    return f"```{{eval-rst}}\n.. autoclass:: {name}{_signature(name)}\n{options}\n```"


def _signature(name: str) -> str:
    if name not in _CONSTRUCTED:
        return ""
    taken = inspect.signature(getattr(fcsim, name.removeprefix("fcsim.")))
    plain = [one.replace(annotation=inspect.Parameter.empty) for one in taken.parameters.values()]
    return str(taken.replace(parameters=plain, return_annotation=inspect.Signature.empty))
