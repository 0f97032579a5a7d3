"""What ``fcsim check`` found, as plain lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from fcsim.report.console import printable
from fcsim.study.check.outcomes import Check, Checked, Kind, Report, Verdict
from fcsim.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["check_lines", "closing"]


def check_lines(report: Report) -> Iterator[str]:
    """Yield the lines of *report*: a heading a file, a line a check, the closing line."""
    for file in report:
        yield from (printable(line) for line in _file(file))
        yield ""
    yield closing(report)


def closing(report: Report) -> str:
    """Return ``41 passed, 1 failed``, and what else there was."""
    counts = report.counts
    parts = [f"{counts[Verdict.PASSED]} passed", f"{counts[Verdict.FAILED]} failed"]
    if counts[Verdict.INCONCLUSIVE]:
        parts.append(f"{counts[Verdict.INCONCLUSIVE]} inconclusive")
    if report.broken:
        parts.append(f"{len(report.broken)} of {len(report.files)} files not checked")
    empty = sum(file.verdict is None and not file.written for file in report)
    if empty:
        parts.append(f"nothing to check in {empty}")
    return f"{', '.join(parts)} in {format_duration(report.seconds)}"


def _file(file: Checked) -> Iterator[str]:
    spent = f"{file.runs} runs, {format_duration(file.seconds)}" if file.runs else ""
    yield f"{file.path}  {file.name}" + (f"  ({spent})" if spent else "")
    for problem in file.problems:
        yield f"  error         {problem}"
    yield from (f"  {line}" for line in file.explanation)
    passed = [c for c in file.checks if _is_plain(c)]
    for check in file.checks:
        if check not in passed:
            yield f"  {_word(check):<12}  {_told(check)}"
    if passed:
        yield f"  {'passed':<12}  {_together(passed)}"
    yield from (f"  {note}" for note in file.notes)


def _is_plain(check: Check) -> bool:
    """Tell whether it is one of many that are as before."""
    return check.kind is Kind.BASELINE and check.verdict is Verdict.PASSED and not check.better


def _word(check: Check) -> str:
    return "better" if check.better else str(check.verdict)


def _told(check: Check) -> str:
    if check.kind is Kind.OBJECTIVE:
        return f"{check.subject}: {check.message}"
    return f"{check.kind}: {check.message}"


def _together(checks: Sequence[Check]) -> str:
    return f"baseline: {len(checks)} KPIs within tolerance"
