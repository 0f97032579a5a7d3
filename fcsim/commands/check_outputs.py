"""Where ``fcsim check`` tells what it found: terminal or JSON, JUnit XML, GitHub."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from fcsim.commands.study_output import format_option, print_json

if TYPE_CHECKING:
    from fcsim.study.check.outcomes import Report

__all__ = ["check_targets", "output_options", "publish"]

_OPTIONS = (
    format_option,
    click.option("--junit", metavar="FILE", help="Write test cases as JUnit XML."),
    click.option("--annotate", type=click.Choice(["auto", "github", "none"]), default="auto",
                 show_default=True,
                 help="Annotate the pull request; auto: when GITHUB_ACTIONS is true."),
    click.option("--quiet", is_flag=True, help="No progress bar; the closing line only."),
)  # fmt: skip


def output_options(command: Callable[..., int]) -> Callable[..., int]:
    """Add the options about what is printed and written."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def check_targets(options: dict[str, Any]) -> None:
    """Raise UsageError, before anything runs, when a file to be written holds something else."""
    if options["junit"]:
        from fcsim.report.check.junit import check_junit_target

        check_junit_target(options["junit"])


def publish(report: Report, options: dict[str, Any]) -> None:
    """Print *report*, and write and annotate what *options* ask for."""
    github = _annotates(options["annotate"])
    _tell_problems(report)
    if options["form"] == "json":
        _print_document(report, options["inconclusive"])
    else:
        _print(report, options["quiet"], github)
    if options["junit"]:
        from fcsim.report.check.junit import write_junit

        write_junit(report, options["junit"], options["inconclusive"])
    if github:
        _annotate(report, options["form"])


def _annotates(wish: str) -> bool:
    return wish == "github" or (wish == "auto" and os.environ.get("GITHUB_ACTIONS") == "true")


def _print_document(report: Report, inconclusive: str | None) -> None:
    from fcsim.study.check.outcomes import document

    print_json({**document(report), "exit_code": report.exit_code(inconclusive)})


def _tell_problems(report: Report) -> None:
    """Write each mistake to stderr, a line each, as all commands do."""
    from fcsim.report.console import printable

    for file in report.broken:
        for problem in file.problems:
            click.echo(printable(" ".join(str(problem).split("\n"))), err=True)


def _print(report: Report, quiet: bool, github: bool) -> None:
    from fcsim.report.check import annotations, text

    if not github:
        text.show(report, quiet=quiet)
        return
    for line in annotations.quoted([text.lines(report, quiet=quiet)]):
        click.echo(line)


def _annotate(report: Report, form: str) -> None:
    """Write workflow commands where the runner reads them, which is stdout and stderr alike.

    They go to stderr when stdout is one JSON document.
    """
    from fcsim.report.check import annotations, summary

    for command in annotations.commands(report):
        click.echo(command, err=form == "json")
    summary.append_summary(report)
