"""Annotations on a pull request: workflow commands of GitHub Actions, worst first.

A step shows ten errors and ten warnings (actions/toolkit, docs/problem-matchers.md); ten of both
together are as many as a person reads.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from fcsim.report.console import printable
from fcsim.report.values import cut
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Report, Verdict

__all__ = ["MOST", "Annotation", "commands", "quoted", "within", "worst_annotations"]

MOST = 10
_TITLE = 200
_MESSAGE = 4000
_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}


@dataclass(frozen=True)
class Annotation:
    """One message at a place in a file of the repository."""

    level: str
    """``error`` or ``warning``."""
    place: Place
    title: str
    message: str

    def command(self, root: Path) -> str:
        """Return the workflow command; the file's path is relative to *root* if it is in it."""
        properties = {"file": within(self.place.file, root)}
        if self.place.line:
            properties |= {"line": str(self.place.line), "col": str(max(self.place.column, 1))}
        properties["title"] = cut(self.title, _TITLE)
        told = ",".join(f"{key}={_escaped(text, _PROPERTY)}" for key, text in properties.items())
        message = self.message[:_MESSAGE]
        return f"::{self.level} {told}::{_escaped(message, _DATA)}"


def commands(report: Report, environment: Mapping[str, str] = os.environ) -> list[str]:
    """Return the workflow commands that annotate *report*, at most MOST."""
    root = Path(environment.get("GITHUB_WORKSPACE") or Path.cwd())
    return [annotation.command(root) for annotation in worst_annotations(report)]


def worst_annotations(report: Report) -> list[Annotation]:
    """Return the worst of *report*, at most MOST.

    First what keeps a file from being checked, then missed objectives, then one annotation for
    each file that is worse than its baseline; the same of what is inconclusive; at last further
    mistakes of files. Each of these by severity.
    """
    found = [note for file in report.broken for note in _problems(file, slice(0, 1))]
    for verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE):
        groups = [(file, group) for file in report for group in _groups(file, verdict)]
        groups.sort(key=lambda one: (not _is_objective(one[1][0]), -one[1][0].severity))
        found += [_annotation(file, *group) for file, group in groups]
    found += [note for file in report.broken for note in _problems(file, slice(1, None))]
    return found[:MOST]


def quoted(lines: Iterable[str]) -> Iterator[str]:
    """Yield *lines* so that the runner does not read them as workflow commands.

    Names in a scenario are anybody's text, and a line that begins with ``::`` is a command.
    """
    token = secrets.token_hex(16)
    yield f"::stop-commands::{token}"
    yield from lines
    yield f"::{token}::"


def within(file: str, root: Path) -> str:
    """Return *file* relative to *root* with slashes, or as it is when it lies elsewhere."""
    try:
        return Path(file).resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return Path(file).as_posix()


def _problems(file: Checked, which: slice) -> Iterator[Annotation]:
    for problem in file.problems[which]:
        place = Place(problem.file or file.path, problem.line, problem.column)
        message = ": ".join(filter(None, (problem.path, problem.message)))
        yield Annotation("error", place, f"fcsim: {file.name} could not be checked", message)


def _groups(file: Checked, verdict: Verdict) -> list[list[Check]]:
    """Return checks that share an annotation: each objective alone, the baseline's together."""
    found = sorted((c for c in file.checks if c.verdict is verdict), key=lambda c: -c.severity)
    rest = [check for check in found if not _is_objective(check)]
    return [[check] for check in found if _is_objective(check)] + ([rest] if rest else [])


def _is_objective(check: Check) -> bool:
    return check.kind is Kind.OBJECTIVE


def _annotation(file: Checked, worst: Check, *others: Check) -> Annotation:
    """Return what to say of checks: at the objective, or at the value that was changed."""
    failed = worst.verdict is Verdict.FAILED
    if _is_objective(worst):
        place, title = worst.place, f"{worst.subject} {'failed' if failed else 'is inconclusive'}"
    else:
        place = file.changed[0] if file.changed else Place(file.path)
        told = "is not as in its baseline" if failed else "may be worse than its baseline"
        title = f"{file.name} {told}"
    lines = [worst.message]
    if others:
        lines.append(f"and {len(others)} more: {', '.join(check.subject for check in others)}")
    lines += file.explanation if failed else ()
    return Annotation("error" if failed else "warning", place, f"fcsim: {title}", "\n".join(lines))


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    shown = printable(text.replace("\r", ""))
    return "".join(escapes.get(one, one) for one in shown)
