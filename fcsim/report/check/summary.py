"""The summary of a step on GitHub: a table in Markdown."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fcsim.errors import UsageError
from fcsim.report.check.text import closing_line, figures, title
from fcsim.report.console import printable
from fcsim.report.values import cut
from fcsim.study.check.outcomes import Checked, Report, Verdict

__all__ = ["append_summary", "markdown", "summary"]

_ROWS = 200
_CELL = 300
_REASONS = 20
_BYTES = 500_000
"""GitHub refuses a step's summary beyond 1,024 kB, and others may write to it too."""
_MARKS = {
    "failed": "❌ failed",
    "inconclusive": "❔ inconclusive",
    "better": "✅ better",
    "passed": "✅ passed",
    "error": "❌ not checked",
}
_SPECIAL = "&<>\\`*_[]#|~$"
"""What begins something in GitHub's Markdown: markup, HTML, cells of tables, mathematics."""


def append_summary(report: Report, environment: Mapping[str, str] = os.environ) -> None:
    """Append the summary of *report* to the step's file, if the runner names one."""
    path = environment.get("GITHUB_STEP_SUMMARY")
    if not path:
        return
    try:
        with Path(path).open("a", encoding="utf-8", newline="\n") as file:
            file.write(summary(report))
    except OSError as error:
        raise UsageError(f"cannot write the step summary {path}: {error.strerror}") from error


def summary(report: Report) -> str:
    """Return *report* as Markdown: the counts, a table with the worst first, and why."""
    lines = ["### fcsim check", "", markdown(closing_line(report)), ""]
    rows = list(_rows(report))
    if rows:
        lines += ["| verdict | scenario | check | figures |", "|---|---|---|---|"]
    kept = _fitting(rows[:_ROWS], _BYTES // 2)
    lines += [*kept, ""]
    if len(rows) > len(kept):
        lines += [f"and {len(rows) - len(kept):,} more", ""]
    lines += _fitting(list(_reasons(report)), _BYTES // 2)
    return "\n".join(lines) + "\n"


def markdown(text: str, width: int = _CELL) -> str:
    """Return *text* on one line as Markdown that shows it as it is, cut to *width* characters.

    What Markdown or HTML could read as markup becomes an entity.
    """
    line = cut(printable(text).replace("\n", " "), width)
    return "".join(f"&#{ord(one)};" if one in _SPECIAL else one for one in line)


def _rows(report: Report) -> Iterator[str]:
    for file in report.broken:
        problem = file.problems[0]
        place = f"line {problem.line}" if problem.line else ""
        yield _row("error", file, place, problem.message)
    owners = {id(check): file for file in report for check in file.checks}
    rest = [check for check in report.checks if check.verdict is Verdict.PASSED]
    for check in [*report.worst, *rest]:
        word = "better" if check.better else str(check.verdict)
        yield _row(word, owners[id(check)], title(check), figures(check))


def _row(word: str, file: Checked, subject: str, message: str) -> str:
    cells = [_MARKS[word], _code(file.path), _code(subject) if subject else "", markdown(message)]
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """Return *text* as code: a span of backquotes cannot hold every text, an element can."""
    return f"<code>{markdown(text)}</code>"


def _reasons(report: Report) -> Iterator[str]:
    for file in report:
        if file.explanation:
            told = "".join(f"\n- {markdown(line)}" for line in file.explanation[:_REASONS])
            yield f"What changed in {_code(file.path)}:\n{told}\n"


def _fitting(parts: Iterable[str], room: int) -> list[str]:
    """Return the first of *parts* that take *room* bytes together."""
    kept = []
    for part in parts:
        room -= len(part.encode()) + 1
        if room < 0:
            break
        kept.append(part)
    return kept
