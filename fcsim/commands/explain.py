"""``fcsim explain``: the story of one request."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

import fcsim
from fcsim.errors import UsageError

if TYPE_CHECKING:
    from fcsim.results.result import Result

__all__ = ["explain"]


@click.command()
@click.argument("result", metavar="RESULT")
@click.option("--request", "row", type=int, metavar="N", help="Row of the table requests, from 0.")
@click.option("--slowest", "which", flag_value="slowest", help="The slowest that completed.")
@click.option("--first-cold", "which", flag_value="first_cold", help="The first that started cold.")
def explain(result: str, row: int | None, which: str | None) -> int:
    """Tell the story of one request of RESULT: where it went, what waited on what.

    RESULT is a result folder written with --records, or a scenario file, which is run for it.
    """
    from fcsim.report import story
    from fcsim.report.console import printable

    if (row is None) == (which is None):
        raise UsageError("name one request: --request N, --slowest or --first-cold")
    found = _result(result)
    chosen = row if row is not None else getattr(story, str(which))(found)
    click.echo(printable(story.story(found, chosen)))
    return 0


def _result(name: str) -> Result:
    if Path(name).is_dir():
        found: Result = fcsim.load_result(name)
        return found
    run: Result = fcsim.run(fcsim.load(name), keep=True)
    return run
