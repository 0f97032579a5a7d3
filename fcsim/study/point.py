"""One run that a study wants."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import numpy as np

from fcsim import __version__, runner
from fcsim.results.result import Result
from fcsim.scenario.identity import digest
from fcsim.scenario.model import Scenario
from fcsim.study.judgement import figure
from fcsim.study.objectives import Objective
from fcsim.study.outcome import Outcome, curve_of, kpis_of

__all__ = ["Point", "fingerprint", "simulate"]

_DECISIVE = ("scenario", "workload", "sim", "results")
"""Packages that turn a scenario into numbers."""


@dataclass(frozen=True, eq=False)
class Point:
    """One replication of one scenario."""

    scenario: Scenario
    replication: int = 0
    objectives: tuple[Objective, ...] = ()
    """Objectives in slices of time, whose figures the outcome shall hold beside its KPIs."""

    @cached_property
    def key(self) -> str:
        """The sha256 of everything that decides the outcome, as hex digits.

        It covers the validated scenario with its seed, the contents of the files it names, the
        replication, the objectives, and the :func:`fingerprint`. Raises OSError when a file is
        missing.
        """
        texts = [objective.text for objective in self.objectives]
        parts = [digest(self.scenario), self.replication, fingerprint(), *texts]
        return sha256(json.dumps(parts).encode()).hexdigest()


@cache
def fingerprint() -> str:
    """Return the sha256 of what else decides numbers: fcsim's version and code, and NumPy's."""
    found = sha256(f"{__version__} {np.__version__}".encode())
    package = Path(runner.__file__).parent
    for path in sorted(path for part in _DECISIVE for path in (package / part).rglob("*")):
        if path.suffix in (".py", ".yaml"):
            found.update(f"\n{path.relative_to(package).as_posix()}\n".encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def simulate(point: Point, expected: str = "") -> Outcome:
    """Run *point*; whatever goes wrong is the outcome's error.

    A process that is not of the *expected* fingerprint refuses, as its numbers may differ.
    """
    if expected and expected != fingerprint():
        other = f"this worker has other code (fcsim {__version__}, NumPy {np.__version__})"
        return Outcome(point.key, {}, 0.0, f"{other}; install the same versions everywhere")
    began = perf_counter()
    try:
        kept = bool(point.objectives)
        result = runner.run(point.scenario, replication=point.replication, keep=kept)
        kpis, curve = _figures(result, point.objectives), curve_of(result)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        return Outcome(point.key, {}, perf_counter() - began, told)
    return Outcome(point.key, kpis, perf_counter() - began, curve=curve)


def _figures(result: Result, objectives: Iterable[Objective]) -> dict[str, float]:
    return kpis_of(result) | {wish.text: figure(wish, result) for wish in objectives}
