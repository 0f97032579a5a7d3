"""The commands ``fcsim import sls`` and ``fcsim import cloudmonitor``: traffic to scenarios."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import click

from fcsim.errors import UsageError

__all__ = ["sls"]

_Command = TypeVar("_Command", bound=Callable[..., Any])

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))


def _common(command: _Command) -> _Command:
    """Add the options that every import of traffic has."""
    for option in (
        click.option("--out", default="imported.yaml", show_default=True, metavar="FILE",
                     type=click.Path(path_type=Path), help="Scenario to write."),
        click.option("--force", is_flag=True, help="Overwrite files that are there."),
        click.option("--image", metavar="SIZE", help="Compressed size of the images, like 500MB."),
        click.option("--format", "form", type=click.Choice(["table", "json"]), default="table",
                     show_default=True),
    ):  # fmt: skip
        command = option(command)
    return command


@click.command()
@_FILES
@_common
@click.option("--function", "functions", metavar="NAME", multiple=True, help="Only this function.")
@click.option("--from", "begin", metavar="TIME", help="Only requests from this time on (ISO 8601).")
@click.option("--to", "end", metavar="TIME", help="Only requests before this time (ISO 8601).")
def sls(files: tuple[Path, ...], functions: tuple[str, ...], **options: Any) -> int:
    """Make a scenario from request-metric logs: CSV, JSON lines, Parquet, also gzip."""
    from fcsim.importers.sls import LogOptions, import_sls

    begin = -float("inf") if options["begin"] is None else _seconds(options["begin"], "--from")
    end = float("inf") if options["end"] is None else _seconds(options["end"], "--to")
    name, size = options["out"].stem, _size(options["image"])
    chosen = LogOptions(name, size, functions, begin, end)
    return _save(lambda folder: import_sls(files, folder, chosen), **options)


def _size(given: str | None) -> str | None:
    from fcsim.units import parse

    if given is not None:
        try:
            parse(given, "data")
        except ValueError as error:
            raise UsageError(f"--image: {error}") from None
    return given


def _seconds(given: str, option: str) -> float:
    try:
        moment = datetime.fromisoformat(given)
    except ValueError:
        message = f"{option}: cannot read {given!r}; expected a time like 2026-11-23T08:00:00+08:00"
        raise UsageError(message) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _save(make: Callable[[Path], Any], out: Path, force: bool, form: str, **_others: Any) -> int:
    """Make a scenario, save it beside its files, and tell its remarks."""
    from tempfile import TemporaryDirectory

    from fcsim.importers.saving import save

    with TemporaryDirectory(prefix="fcsim-") as folder:
        imported = make(Path(folder))
        paths = save(imported, out, force=force)
    if form == "json":
        _print_json(paths, imported.remarks)
    else:
        _print_table(paths, imported.remarks)
    return 0


def _print_json(paths: list[Path], remarks: list[Any]) -> None:
    import json
    from dataclasses import asdict

    document = {
        "scenario": str(paths[0]),
        "files": [str(path) for path in paths[1:]],
        "remarks": [asdict(remark) for remark in remarks],
    }
    click.echo(json.dumps(document, indent=2, ensure_ascii=False))


def _print_table(paths: list[Path], remarks: list[Any]) -> None:
    from fcsim.importers.saving import KINDS, by_kind

    for kind, group in by_kind(remarks).items():
        click.echo(f"{KINDS[kind]}:")
        for remark in group:
            click.echo(f"  {remark.where}: {remark.text}")
    for label, path in zip(("Scenario", *["File"] * len(paths)), paths, strict=False):
        click.echo(f"{label}: {path}")
