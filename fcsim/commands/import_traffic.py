"""``fcsim import cloudmonitor``, ``sls`` and ``trace``: from traffic to a scenario."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click

from fcsim.commands.import_ import conclude, output_options
from fcsim.errors import UsageError

if TYPE_CHECKING:
    from fcsim.importers.imported import Imported

__all__ = ["cloudmonitor", "sls", "trace"]

_FILES = click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
_IMAGE = click.option("--image", metavar="SIZE", help="Compressed size of images, like 500MB.")
_FROM = click.option("--from", "begin", metavar="TIME", help="Only from this time on (ISO 8601).")
_TO = click.option("--to", "end", metavar="TIME", help="Only before this time (ISO 8601).")


@click.command()
@_FILES
@_IMAGE
@click.option("--function", "functions", metavar="NAME", multiple=True, help="Only this function.")
@_FROM
@_TO
@output_options
def sls(
    files: tuple[Path, ...], functions: tuple[str, ...], begin: str | None, end: str | None,
    **common: Any,
) -> int:  # fmt: skip
    """Make a scenario from request logs: CSV, JSON lines, Parquet, also as gzip.

    The fields are those of the platform's request-metric logs (functionName,
    invocationStartTimestamp, durationMs and others).
    """
    from fcsim.importers.sls import LogOptions, import_sls

    options = LogOptions(
        name=_name(common["out"], files),
        image=_size(common["image"]),
        functions=functions,
        begin=-float("inf") if begin is None else _seconds(begin, "--from"),
        end=float("inf") if end is None else _seconds(end, "--to"),
    )
    return _finish(lambda folder: import_sls(files, folder, options), **common)


@click.command()
@_FILES
@_IMAGE
@click.option("--time", metavar="COLUMN", help="Column of times [default: recognised].")
@click.option("--function", metavar="COLUMN", help="Column of function names, if not recognised.")
@click.option("--value", metavar="COLUMN", help="Column of values, if not recognised.")
@click.option(
    "--metric", metavar="COLUMN|NAME",
    help="Column of metric names, or the metric that the files hold.",
)  # fmt: skip
@click.option(
    "--time-zone", metavar="NAME", help="Zone of times without an offset, like Asia/Shanghai."
)
@_FROM
@_TO
@output_options
def cloudmonitor(
    files: tuple[Path, ...], time: str | None, function: str | None, value: str | None,
    metric: str | None, time_zone: str | None, begin: str | None, end: str | None,
    **common: Any,
) -> int:  # fmt: skip
    """Make a scenario from exported CloudMonitor metrics: CSV, JSON, Parquet.

    Metrics have the platform's names (FunctionTotalInvocations and others), one a row or one a
    column.
    """
    from fcsim.importers.cloudmonitor import MetricOptions, import_cloudmonitor

    options = MetricOptions(
        name=_name(common["out"], files),
        image=_size(common["image"]),
        time=time,
        function=function,
        value=value,
        metric=metric,
        time_zone=time_zone,
        begin=-float("inf") if begin is None else _seconds(begin, "--from"),
        end=float("inf") if end is None else _seconds(end, "--to"),
    )
    return _finish(lambda folder: import_cloudmonitor(files, folder, options), **common)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@_IMAGE
@click.option(
    "--trace-format", "kind",
    type=click.Choice(["azure-llm", "azure2021", "azure2019", "timestamps", "counts"]),
    help="Format of FILE [default: recognised by its columns].",
)  # fmt: skip
@output_options
def trace(file: Path, kind: str | None, **common: Any) -> int:
    """Make a scenario from a trace: timestamps, counts a minute, or a published trace."""
    from fcsim.importers.trace_import import TraceOptions, import_trace

    options = TraceOptions(_name(common["out"], [file]), _size(common["image"]), kind)
    return _finish(lambda folder: import_trace(file, folder, options), **common)


def _name(out: str | None, files: Sequence[Path]) -> str:
    """Return the scenario's name: that of the file to write, or of the first file to read."""
    from fcsim.importers.traffic import scenario_name

    return scenario_name(Path(out or files[0]).name.split(".")[0], ())


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


def _finish(
    make: Callable[[Path], Imported], out: str | None, force: bool, form: str, **_others: Any
) -> int:
    with TemporaryDirectory(prefix="fcsim-") as folder:
        return conclude(make(Path(folder)), out, force, form)
