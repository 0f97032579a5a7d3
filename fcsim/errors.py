"""Every error fcsim raises on purpose.

FcsimError
├── ScenarioError      the user's input is wrong (exit code 2)
│     holds one Problem per mistake, each with file, line, column and path
├── UsageError         the command line or API call is wrong (exit code 2)
└── InvariantError     the model contradicted itself (exit code 3)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "FcsimError",
    "InvariantError",
    "Problem",
    "ScenarioError",
    "UsageError",
    "nearest",
]


class FcsimError(Exception):
    """Base of every error that fcsim raises on purpose."""

    exit_code = 3


@dataclass(frozen=True)
class Problem:
    """One mistake in a scenario: where it is, and what would be accepted."""

    message: str
    path: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """Render as ``file:line:column: path: message``, leaving out what is unknown."""
        place = self.file
        if self.line:
            place += f":{self.line}:{self.column}"
        return ": ".join(part for part in (place, self.path, self.message) if part)


class ScenarioError(FcsimError):
    """The scenario is wrong; ``problems`` lists every mistake found."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem] | str) -> None:
        """Take a list of problems, or one message without a place."""
        if isinstance(problems, str):
            problems = [Problem(problems)]
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(FcsimError):
    """A command or a call was given something it cannot use."""

    exit_code = 2


class InvariantError(FcsimError):
    """The simulation contradicted itself: a bug in fcsim, never in the scenario."""

    exit_code = 3


def nearest(name: str, known: Sequence[str] | Iterable[str]) -> str:
    """Return ``; did you mean 'x'?`` or, with nothing near, the accepted names."""
    names = sorted(known)
    match = get_close_matches(name, names, n=1, cutoff=0.6)
    if match:
        return f"; did you mean {match[0]!r}?"
    if not names:
        return ""
    shown = ", ".join(names[:12]) + (", …" if len(names) > 12 else "")
    return f"; accepted: {shown}"
