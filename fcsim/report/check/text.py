"""Checks on a terminal and in a pipe: what changed first, then a line a check."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import PurePath
from textwrap import dedent
from typing import TYPE_CHECKING

from fcsim.report import console
from fcsim.report.values import cut
from fcsim.study.check.outcomes import Check, Checked, Kind, Report, Verdict
from fcsim.units import format_duration

if TYPE_CHECKING:
    from rich.console import Group, RenderableType
    from rich.table import Table

__all__ = [
    "check_text",
    "closing_line",
    "figures",
    "file_text",
    "lines",
    "show",
    "title",
    "verdict_word",
]

_SUBJECT = 72
_MESSAGE = 600
_PATH = 100
_PROBLEMS = 3
_WIDE = 10_000
"""Columns enough for each check to keep to its line."""
_STYLES = {"failed": "bold red", "inconclusive": "yellow", "passed": "green", "better": "cyan"}


def check_text(report: Report, *, quiet: bool = False) -> Group:
    """Return what ``fcsim check`` prints, as a rich renderable; *quiet*: the closing line only."""
    from rich.console import Group
    from rich.text import Text

    parts: list[RenderableType] = []
    width = _subject_width(report)
    for file in () if quiet else report:
        parts += [Text(_heading(file), style="bold"), *_body(file, width, _PROBLEMS), ""]
    return Group(*parts, closing_line(report))


def closing_line(report: Report) -> str:
    """Count verdicts: ``41 passed, 1 failed, 2 inconclusive in 3.4 s``, and what else there was."""
    counts = report.counts
    parts = [f"{counts[Verdict.PASSED]:,} passed", f"{counts[Verdict.FAILED]:,} failed"]
    if counts[Verdict.INCONCLUSIVE]:
        parts.append(f"{counts[Verdict.INCONCLUSIVE]:,} inconclusive")
    if report.broken:
        parts.append(f"{len(report.broken):,} of {len(report.files):,} files not checked")
    empty = sum(file.verdict is None and not file.written for file in report)
    if empty:
        parts.append(f"nothing to check in {empty:,}")
    return f"{', '.join(parts)} in {format_duration(report.seconds)}"


def show(report: Report, *, quiet: bool = False) -> None:
    """Print it, in colour on a terminal, which breaks lines that are too long for it itself."""
    console.show(check_text(report, quiet=quiet), _WIDE)


def lines(report: Report, *, quiet: bool = False) -> str:
    """Return it plain, one line a check."""
    return console.text(check_text(report, quiet=quiet), _WIDE).rstrip("\n")


def file_text(file: Checked) -> str:
    """Return the lines about what did not pass in one file, plain and without its heading."""
    from rich.console import Group

    open_ = tuple(check for check in file.checks if check.verdict is not Verdict.PASSED)
    file = replace(file, checks=open_)
    text = console.text(Group(*_body(file, _subject_width([file]), len(file.problems))), _WIDE)
    return dedent(text).rstrip("\n")


def _heading(file: Checked) -> str:
    """Return path, name if the path does not say it, and what it took."""
    told = [] if file.name in ("", PurePath(file.path).stem) else [cut(file.name, _SUBJECT)]
    if file.runs:
        told.append(f"{file.runs} run{'s' * (file.runs != 1)}, {format_duration(file.seconds)}")
    return ": ".join(filter(None, (cut(file.path, _PATH), ", ".join(told))))


def _subject_width(files: Iterable[Checked]) -> int:
    sizes = (len(cut(title(check), _SUBJECT)) for file in files for check in _told(file))
    return max(sizes, default=0)


def _told(file: Checked) -> list[Check]:
    """Return the checks that have a line of their own."""
    return [check for check in file.checks if not _as_before(check)]


def _as_before(check: Check) -> bool:
    """Tell whether it is one of many figures that did not move beyond the tolerance."""
    return check.kind is Kind.BASELINE and check.verdict is Verdict.PASSED and not check.better


def _body(file: Checked, width: int, most: int) -> Iterator[RenderableType]:
    """Yield the lines about *file*; of its problems *most*, the others are on stderr."""
    yield from (_line(line) for line in file.explanation)
    yield from _table(_told(file), width)
    same = sum(map(_as_before, file.checks))
    if same:
        yield _line(f"passed        {same:,} KPIs of the baseline within tolerance", "green")
    for problem in file.problems[:most]:
        yield _line(f"error         {problem}", "red")
    if len(file.problems) > most:
        yield _line(f"error         and {len(file.problems) - most:,} more", "red")
    yield from (_line(note, "dim") for note in file.notes)


def _table(checks: Sequence[Check], width: int) -> Iterator[Table]:
    """Yield a table of *checks*, if there are any: verdict, what was checked, figures."""
    from rich.table import Table
    from rich.text import Text

    if not checks:
        return
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(min_width=14, no_wrap=True)
    table.add_column(min_width=width, overflow="fold")
    table.add_column(overflow="fold")
    for check in checks:
        word = verdict_word(check)
        table.add_row(
            Text(f"  {word}", style=_STYLES[word]),
            cut(title(check), _SUBJECT),
            cut(figures(check), _MESSAGE),
        )
    yield table


def title(check: Check) -> str:
    """Return what is checked: the objective, or the KPI that is beside the baseline's."""
    return f"baseline: {check.subject}" if check.kind is Kind.BASELINE else check.subject


def figures(check: Check) -> str:
    """Return the message of *check* beside its subject, which has named the KPI already."""
    named = check.kpi and check.kpi in check.subject
    return check.message.removeprefix(f"{check.kpi} ") if named else check.message


def verdict_word(check: Check) -> str:
    """Return how a verdict is written: ``passed``, ``better``, ``failed`` or ``inconclusive``."""
    return "better" if check.better else str(check.verdict)


def _line(text: str, style: str = "") -> RenderableType:
    from rich.padding import Padding
    from rich.text import Text

    return Padding(Text(console.printable(text.replace("\n", " ")), style=style), (0, 0, 0, 2))
