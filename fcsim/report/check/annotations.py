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
from fcsim.study.check.outcomes import Check, Checked, Place, Report, Verdict

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
    """Return the worst of *report*: files that could not be checked, then failures, then open."""
    owners = {id(check): file for file in report for check in file.checks}
    found = [*_problems(report)]
    found += [_annotation(owners[id(check)], check) for check in report.worst]
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


def _problems(report: Report) -> Iterator[Annotation]:
    """Yield the first problem of each broken file before the others of any."""
    listed = [(file, at, one) for file in report.broken for at, one in enumerate(file.problems)]
    for file, _, problem in sorted(listed, key=lambda item: item[1]):
        place = Place(problem.file or file.path, problem.line, problem.column)
        message = ": ".join(filter(None, (problem.path, problem.message)))
        yield Annotation("error", place, f"fcsim: {file.name} could not be checked", message)


def _annotation(file: Checked, check: Check) -> Annotation:
    """Return what to say of *check*: at its objective, or else at the scenario it is about."""
    failed = check.verdict is Verdict.FAILED
    place = check.place if check.place.line else Place(file.path)
    why = file.explanation if failed else ()
    message = "\n".join([check.message, *why])
    title = f"fcsim: {check.subject} {'failed' if failed else 'is inconclusive'}"
    return Annotation("error" if failed else "warning", place, title, message)


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    shown = printable(text.replace("\r", ""))
    return "".join(escapes.get(one, one) for one in shown)
