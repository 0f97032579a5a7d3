"""What ``fcsim check`` found: a :class:`Report` of files, each with its checks.

The order of a report is that of the files given; the order of a file's checks is that of its
``objectives:``, then the baseline. ``worst`` sorts what did not pass for those who can show little.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from html import escape
from typing import TYPE_CHECKING, Any

from fcsim.errors import Problem

if TYPE_CHECKING:
    import pandas as pd

    from fcsim.study.estimates import Estimate

__all__ = ["Check", "Checked", "Kind", "Place", "Report", "Verdict", "document"]


class Kind(StrEnum):
    """What a check goes by."""

    OBJECTIVE = "objective"
    """A line of ``objectives:``."""
    BASELINE = "baseline"
    """One KPI beside that of the stored baseline."""
    DIGEST = "digest"
    """All KPIs beside those of the stored baseline, to the bit: nothing changed that may."""
    LOAD = "load"
    """The scenario can be loaded; only without runs, as it goes without saying otherwise."""


class Verdict(StrEnum):
    """What can be said of a check, a file or a report."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    """The interval straddles the limit, or time was up."""


@dataclass(frozen=True)
class Place:
    """Where a check is written."""

    file: str
    """As it was given; of a baseline, the baseline's file."""
    line: int = 0
    """From 1; 0: the whole file."""
    column: int = 0

    def __str__(self) -> str:
        """Write it as compilers do."""
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True)
class Check:
    """One thing that was checked: a line of the terminal, a test case of JUnit."""

    kind: Kind
    subject: str
    """The objective's text, the baseline's KPI, or what else it is about; one line."""
    verdict: Verdict
    message: str
    """One sentence with the figures."""
    place: Place
    kpi: str = ""
    """Dotted name of the KPI; empty when it is about all of them."""
    better: bool = False
    """Whether it passed by being better than the baseline beyond the tolerance."""
    severity: float = 0.0
    """How far beyond what is allowed, as a share of it: the worst has the greatest."""
    found: Estimate | None = None
    """The figure with its interval, in the KPI's unit; None when nothing ran."""
    reference: float = float("nan")
    """The limit of the objective, or the baseline's figure, in the KPI's unit."""
    unit: str = ""
    """As in :class:`fcsim.results.vocabulary.Kpi`; money: the currency."""


@dataclass(frozen=True)
class Checked:
    """One scenario file and all that was checked about it."""

    path: str
    """The file as it was given."""
    name: str
    """The scenario's name, with ``/variant`` when one was chosen; the file's when not loadable."""
    checks: tuple[Check, ...] = ()
    explanation: tuple[str, ...] = ()
    """What changed and why, most important first; empty when all passed."""
    runs: int = 0
    """Replications simulated."""
    seconds: float = 0.0
    """Wall time spent on the file."""
    problems: tuple[Problem, ...] = ()
    """Why it could not be checked: mistakes of the file with their places, or a failed run."""
    code: int = 0
    """Exit code of the problems: 2 for mistakes, 3 for internal errors; 0 without any."""
    notes: tuple[str, ...] = ()
    """What else to tell: nothing to check, a baseline written and how it differs."""
    changed: tuple[Place, ...] = ()
    """Where the scenario's values stand that differ from those of the baseline."""
    written: bool = False
    """Whether its baseline was to be written, and is up to date now."""

    @property
    def error(self) -> str:
        """The problems as text, a line each; empty when there are none."""
        return "\n".join(map(str, self.problems))

    @property
    def verdict(self) -> Verdict | None:
        """The worst of its checks, failed with problems; None when there was nothing to check."""
        if self.problems:
            return Verdict.FAILED
        found = {check.verdict for check in self.checks}
        worst = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED)
        return next((verdict for verdict in worst if verdict in found), None)


@dataclass(frozen=True, repr=False)
class Report:
    """All files that were checked, in the order given."""

    files: tuple[Checked, ...]
    seconds: float = 0.0
    """Wall time of all of it."""

    def __iter__(self) -> Iterator[Checked]:
        """Go through the files."""
        return iter(self.files)

    @property
    def checks(self) -> tuple[Check, ...]:
        """The checks of all files."""
        return tuple(check for file in self.files for check in file.checks)

    @property
    def worst(self) -> list[Check]:
        """Checks that did not pass: failed ones first, each kind by severity, worst first."""
        open_ = [check for check in self.checks if check.verdict is not Verdict.PASSED]
        return sorted(open_, key=lambda c: (c.verdict is not Verdict.FAILED, -c.severity))

    @property
    def counts(self) -> Counter[Verdict]:
        """Checks by verdict."""
        return Counter(check.verdict for check in self.checks)

    @property
    def broken(self) -> tuple[Checked, ...]:
        """Files that could not be checked."""
        return tuple(file for file in self.files if file.problems)

    @property
    def verdict(self) -> Verdict | None:
        """The worst of its files; None when there was nothing to check at all."""
        found = {file.verdict for file in self.files}
        worst = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED)
        return next((verdict for verdict in worst if verdict in found), None)

    def exit_code(self, inconclusive: str | None = None) -> int:
        """Return what ``fcsim check`` ends with.

        3: a run failed by fcsim's fault; 2: a file could not be checked, or there was nothing to
        check in all of them; 1: a check failed; 4: none failed but some are inconclusive, unless
        *inconclusive* is ``pass`` (then 0) or ``fail`` (then 1); 0 otherwise.
        """
        codes = [file.code for file in self.broken]
        if codes:
            return max(codes)
        if not self.checks and not any(file.written for file in self.files):
            return 2
        if self.counts[Verdict.FAILED]:
            return 1
        if self.counts[Verdict.INCONCLUSIVE]:
            return {None: 4, "pass": 0, "fail": 1}[inconclusive]
        return 0

    def to_frame(self) -> pd.DataFrame:
        """Return one row a check: file, kind, subject, verdict, better, value, low, high, …."""
        import pandas as pd

        rows = [
            {"file": file.path, "scenario": file.name, **_check(check)}
            for file in self.files
            for check in file.checks
        ]
        return pd.DataFrame(rows)

    def summary(self) -> str:
        """Return what ``fcsim check`` prints, as text."""
        from fcsim.report.check.text import lines

        return lines(self)

    def __repr__(self) -> str:
        """Count the verdicts."""
        told = ", ".join(f"{self.counts[verdict]} {verdict}" for verdict in Verdict)
        return f"<Report of {len(self.files)} scenarios: {told}>"

    def _repr_html_(self) -> str:
        """Show the checks in a notebook, those that did not pass first."""
        passed = [check for check in self.checks if check.verdict is Verdict.PASSED]
        rows = "".join(
            f"<tr><td>{check.verdict}</td><td>{escape(check.subject)}</td>"
            f"<td>{escape(check.message)}</td></tr>"
            for check in [*self.worst, *passed]
        )
        problems = "".join(f"<p>{escape(str(p))}</p>" for f in self.broken for p in f.problems)
        return f"<table><caption>{escape(repr(self)[1:-1])}</caption>{rows}</table>{problems}"


def document(report: Report) -> dict[str, Any]:
    """Return *report* as plain containers, for JSON: the files, each with its checks."""
    return {
        "verdict": report.verdict and str(report.verdict),
        "counts": {str(verdict): report.counts[verdict] for verdict in Verdict},
        "seconds": report.seconds,
        "files": [_file(file) for file in report.files],
    }


def _file(file: Checked) -> dict[str, Any]:
    return {
        "file": file.path,
        "scenario": file.name,
        "verdict": file.verdict and str(file.verdict),
        "checks": [_check(check) for check in file.checks],
        "explanation": list(file.explanation),
        "changed": [vars(place) for place in file.changed],
        "notes": list(file.notes),
        "problems": [vars(problem) for problem in file.problems],
        "runs": file.runs,
        "seconds": file.seconds,
    }


def _check(check: Check) -> dict[str, Any]:
    found = check.found
    figures = (found.value, found.low, found.high) if found else (None, None, None)
    return {
        "kind": str(check.kind),
        "subject": check.subject,
        "verdict": str(check.verdict),
        "better": check.better,
        "message": check.message,
        "kpi": check.kpi,
        **dict(zip(("value", "low", "high"), figures, strict=True)),
        "reference": check.reference,
        "unit": check.unit,
        "severity": check.severity,
        "at": check.place.file,
        "line": check.place.line,
        "column": check.place.column,
    }
