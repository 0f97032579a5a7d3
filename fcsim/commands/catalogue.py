"""``fcsim schema`` and ``fcsim presets``: what a scenario may say, and what it says by default."""

from __future__ import annotations

import click

from fcsim.commands.study_output import format_option, print_json

__all__ = ["presets", "schema"]


@click.command()
def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from fcsim.scenario.schema import json_schema

    print_json(json_schema())
    return 0


@click.command()
@click.argument("name", required=False)
@click.option("--region", default="cn-hangzhou", show_default=True, help="Values for this region.")
@click.option("--prices", is_flag=True, help="Price books instead of presets.")
@format_option
def presets(name: str | None, region: str, prices: bool, form: str) -> int:
    """List presets, or all that preset NAME holds with its sources."""
    from fcsim.report.console import show
    from fcsim.report.presets import Books, Presets, Shelf

    shelf: Shelf = Books() if prices else Presets(region)
    if form == "json":
        print_json(shelf.content(name) if name else shelf.index())
    else:
        show(shelf.show(name) if name else shelf.table())
    return 0
