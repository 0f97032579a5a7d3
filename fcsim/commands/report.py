"""``fcsim report``, and what ``fcsim run`` writes beside the results: report and timeline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

import fcsim
from fcsim.errors import UsageError

if TYPE_CHECKING:
    from fcsim.report.run_answers import Answer
    from fcsim.results.result import Result
    from fcsim.scenario.model import Scenario

__all__ = ["Extras", "report"]

_SIGN = "<!DOCTYPE html>"
_INTERVALS = (
    "This page is about one run. Its folder also holds intervals (intervals.json); the command "
    "that made them writes them on its page with --report."
)
_PAGE, _COMPARISON, _TIMELINE = "report.html", "comparison.html", "timeline.json"


@click.command()
@click.argument("results", nargs=-1, required=True, metavar="RESULT…")
@click.option("--out", metavar="FILE", help="[default: RESULT/report.html, or comparison.html]")
def report(results: tuple[str, ...], out: str | None) -> int:
    """Write one HTML file about the result folder RESULT, or several side by side.

    The file needs nothing else: no network, no other file.
    """
    from fcsim.report.run_page.pages import comparison_page, report_page
    from fcsim.report.text_files import check_replaceable, write_text

    found = {label: fcsim.load_result(name) for label, name in _labels(results).items()}
    default = Path(results[0]) / _PAGE if len(results) == 1 else Path(_COMPARISON)
    target = Path(out) if out else default
    check_replaceable(target, _SIGN)
    one = len(found) == 1
    if one:
        text = report_page(next(iter(found.values())), remark=_remark(Path(results[0])))
    else:
        text = comparison_page(found)
    click.echo(f"Report: {write_text(target, [text])}")
    return 0


def _remark(folder: Path) -> str:
    return _INTERVALS if (folder / "intervals.json").exists() else ""


def _labels(names: Sequence[str]) -> dict[str, str]:
    """Return what to call each folder: its name, or its path where names are alike."""
    if len(set(names)) < len(names):
        raise UsageError("the same result is named twice")
    short = [Path(name).resolve().name for name in names]
    alike = len(set(short)) < len(short)
    return dict(zip(names if alike else short, names, strict=True))


class Extras(NamedTuple):
    """What ``fcsim run`` is asked to write beside the results."""

    report: bool = False
    timeline: bool = False

    def check(self, scenario: Scenario, keep: bool | None) -> None:
        """Raise UsageError before a run whose rows a timeline would need and nobody keeps."""
        from fcsim.runner import KEPT, keeps_rows

        if self.timeline and not keeps_rows(scenario, keep):
            raise UsageError(
                f"--timeline needs the rows of requests, which are kept up to {KEPT:,}; "
                "shorten the run: --set horizon=…"
            )

    def write(self, result: Result, folder: Path, answer: Answer | None) -> Iterator[str]:
        """Write into *folder* and yield a line about each file; *answer* is that of the study."""
        from fcsim.report.text_files import write_text

        if self.report:
            from fcsim.report.run_page.pages import report_page

            text = report_page(result) if answer is None else answer.page(result)
            yield f"Report: {write_text(folder / _PAGE, [text])}"
        if self.timeline:
            from fcsim.report.timeline import timeline

            drawn = timeline(result)
            path = write_text(folder / _TIMELINE, drawn.text())
            yield f"Timeline: {path} ({drawn.remark or f'{drawn.requests:,} requests'})"
