"""Checks on a terminal and in a pipe: one line each, and why below those that failed."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import PurePath
from typing import TYPE_CHECKING

from fcsim.report import console
from fcsim.report.values import cut
from fcsim.study.check.outcomes import Check, Checked, Report, Verdict
from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

__all__ = ["check_text", "closing_line", "figures", "file_text", "lines", "show", "verdict_word"]

_SUBJECT = 72
_MESSAGE = 600
_PATH = 100
_WIDE = 10_000
"""Columns of a pipe, in which each check keeps to its line."""
_STYLES = {"FAILED": "bold red", "inconclusive": "yellow", "passed": "green", "better": "cyan"}


def check_text(report: Report, *, quiet: bool = False) -> Group:
    """Return what ``fcsim check`` prints, as a rich renderable; *quiet* leaves out what is fine."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    width = _subject_width(report)
    for file in report:
        if not (quiet and file.verdict is Verdict.PASSED):
            parts += [Text(_heading(file), style="bold"), *_body(file, width, quiet), ""]
    return Group(*parts, closing_line(report))


def closing_line(report: Report) -> str:
    """Count verdicts: ``5 passed, 1 failed, 2 inconclusive; 1 file could not be checked``."""
    counts = report.counts
    told = [f"{counts[Verdict.PASSED]:,} passed", f"{counts[Verdict.FAILED]:,} failed"]
    if counts[Verdict.INCONCLUSIVE]:
        told.append(f"{counts[Verdict.INCONCLUSIVE]:,} inconclusive")
    line = ", ".join(told)
    if report.broken:
        number = len(report.broken)
        line += f"; {number:,} file{'s' * (number > 1)} could not be checked"
    empty = sum(file.verdict is None for file in report)
    if empty:
        line += f"; {empty:,} file{'s' * (empty > 1)} with nothing to check"
    return f"{line} ({format_duration(report.seconds)})"


def show(report: Report, *, quiet: bool = False) -> None:
    """Print it: in colour and in the width of a terminal, one line a check in a pipe."""
    if sys.stdout.isatty():
        console.show(check_text(report, quiet=quiet))
    else:
        print(lines(report, quiet=quiet))


def lines(report: Report, *, quiet: bool = False) -> str:
    """Return it plain, one line a check."""
    return console.text(check_text(report, quiet=quiet), _WIDE).rstrip("\n")


def file_text(file: Checked) -> str:
    """Return the lines about one file without its heading, plain."""
    from rich.console import Group

    return console.text(Group(*_body(file, _subject_width([file]), False)), _WIDE).rstrip("\n")


def _heading(file: Checked) -> str:
    """Return path, name if the path does not say it, and what it took."""
    told = [] if file.name in ("", PurePath(file.path).stem) else [cut(file.name, _SUBJECT)]
    if file.runs:
        told.append(f"{file.runs} run{'s' * (file.runs != 1)}, {format_duration(file.seconds)}")
    return ": ".join(filter(None, (cut(file.path, _PATH), ", ".join(told))))


def _subject_width(files: Iterable[Checked]) -> int:
    sizes = (len(cut(check.subject, _SUBJECT)) for file in files for check in file.checks)
    return max(sizes, default=0)


def _body(file: Checked, width: int, quiet: bool) -> Iterator[RenderableType]:
    from rich.padding import Padding

    shown = [c for c in file.checks if not (quiet and c.verdict is Verdict.PASSED)]
    failed = [at for at, check in enumerate(shown) if check.verdict is Verdict.FAILED]
    last = failed[-1] + 1 if failed else len(shown)
    if shown[:last]:
        yield _table(shown[:last], width)
    for line in file.explanation:
        yield Padding(_plain(line), (0, 0, 0, 6))
    if shown[last:]:
        yield _table(shown[last:], width)
    for problem in file.problems:
        yield Padding(_plain(str(problem), "red"), (0, 0, 0, 2))
    for note in file.notes:
        yield Padding(_plain(note, "dim"), (0, 0, 0, 2))


def _table(checks: Iterable[Check], width: int) -> Table:
    """Return a table of *checks*: the verdict, what was checked, and the figures."""
    from rich.table import Table
    from rich.text import Text

    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=14, no_wrap=True)
    table.add_column(min_width=width, overflow="fold")
    table.add_column(overflow="fold")
    for check in checks:
        word = verdict_word(check)
        table.add_row(
            Text(f"  {word}", style=_STYLES[word]),
            cut(check.subject, _SUBJECT),
            cut(figures(check), _MESSAGE),
        )
    return table


def figures(check: Check) -> str:
    """Return the message of *check* beside its subject, which has named the KPI already."""
    named = check.kpi and check.kpi in check.subject
    return check.message.removeprefix(f"{check.kpi} ") if named else check.message


def verdict_word(check: Check) -> str:
    """Return how a verdict is written: ``passed``, ``better``, ``FAILED`` or ``inconclusive``."""
    if check.verdict is Verdict.FAILED:
        return "FAILED"
    return "better" if check.better else str(check.verdict)


def _plain(text: str, style: str = "") -> RenderableType:
    from rich.text import Text

    return Text(console.printable(text), style=style)
