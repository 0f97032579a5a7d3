"""The command line: parse, call one public function, render, return an exit code.

======  ========================================================
code    meaning
======  ========================================================
0       fine
2       wrong usage, or a scenario with mistakes (each a line on stderr)
3       internal error, or a model that contradicts itself
130     interrupted
======  ========================================================

Heavy packages are imported inside the commands, so that ``--help`` is quick.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

import fcsim
from fcsim.calibrate_command import calibrate
from fcsim.check_command import check
from fcsim.compare_command import compare
from fcsim.errors import FcsimError, InvariantError
from fcsim.explain_command import explain
from fcsim.import_command import import_
from fcsim.plan_command import plan
from fcsim.report_command import Extras, report
from fcsim.run_study import RunStudy, study_options
from fcsim.sensitivity_command import sensitivity
from fcsim.study_output import command_line, page_option
from fcsim.sweep_command import sweep

if TYPE_CHECKING:
    from fcsim.report.run_answers import Answer
    from fcsim.results.result import Result
    from fcsim.results.rows import RowsFile
    from fcsim.scenario.model import Scenario

__all__ = ["main"]

_REPORT = "please report it (fcsim --debug … shows where it happened)"
_FORMAT = click.option(
    "--format", "form", type=click.Choice(["table", "json"]), default="table", show_default=True
)


@dataclass
class _Session:
    debug: bool = False


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line *arguments* (default: the program's) and return the exit code."""
    session = _Session()
    _replace_unprintable()
    try:
        return int(cli.main(arguments, prog_name="fcsim", standalone_mode=False, obj=session) or 0)
    except (KeyboardInterrupt, click.Abort):
        return _fail(130, "interrupted")
    except click.ClickException as error:
        error.show()
        return 2
    except InvariantError as error:
        return _internal(session, error)
    except FcsimError as error:
        return _fail(error.exit_code, str(error))
    except OSError as error:
        if session.debug or error.filename is None:
            return _internal(session, error)
        return _fail(2, f"{error.filename}: {error.strerror}")
    except Exception as error:
        return _internal(session, error)


def _replace_unprintable() -> None:
    """Let a terminal that is not UTF-8 show ``?`` for what it cannot print."""
    reconfigure = getattr(sys.stdout, "reconfigure", None)
    if reconfigure is not None:
        reconfigure(errors="replace")


def _fail(code: int, message: str) -> int:
    click.echo(message, err=True)
    return code


def _internal(session: _Session, error: Exception) -> int:
    if session.debug:
        import traceback

        traceback.print_exception(error)
    told = " ".join(str(error).split()) or "no message"
    return _fail(3, f"internal error: {type(error).__name__}: {told}; {_REPORT}")


class _Commands(click.Group):
    """A reader that stops early, as ``head`` does, is no error (click ends with code 1)."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command and write out what it printed."""
        try:
            code = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes once more when it ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            return 0
        return code


# ── commands ──────────────────────────────────────────────────────────────────────────────


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(fcsim.__version__, message="fcsim %(version)s")
@click.option("--debug", is_flag=True, help="Show a traceback for internal errors.")
@click.pass_obj
def cli(session: _Session, debug: bool) -> None:
    """Predict latency and cost of container-image functions before deploying them."""
    session.debug = debug


cli.add_command(calibrate)
cli.add_command(check)
cli.add_command(explain)
cli.add_command(report)
cli.add_command(compare)
cli.add_command(import_)
cli.add_command(plan)
cli.add_command(sensitivity)
cli.add_command(sweep)


@cli.command()
@click.argument("scenario")
@click.option("--variant", metavar="NAME", help="Apply this variant of the scenario.")
@click.option("--set", "changes", metavar="PATH=VALUE", multiple=True, help="Change one value.")
@click.option("--seed", type=click.IntRange(min=0), help="Replace the scenario's seed.")
@click.option("--out", metavar="FOLDER", help="Result folder [default: results/NAME].")
@_FORMAT
@click.option("--engine", default="auto", show_default=True, help="auto, compiled or reference.")
@click.option(
    "--records", type=click.Choice(["csv", "parquet", "npz"]), help="Write every request."
)
@click.option(
    "--trace", is_flag=True, help="Write what happened to caches and links (and records)."
)
@click.option("--request-log", metavar="FILE", help="Write requests as the platform logs them.")
@click.option(
    "--series",
    type=click.Choice(["auto", "functions", "region"]),
    default="auto",
    show_default=True,
    help="Time series of every function, or of the region only.",
)
@click.option("--figures/--no-figures", default=True, help="Draw figures [default: yes].")
@page_option
@click.option("--timeline", is_flag=True, help="Write timeline.json for the Perfetto viewer.")
@click.option("--quiet", is_flag=True, help="No progress bar and no table.")
@study_options
def run(scenario: str, form: str, quiet: bool, **options: Any) -> int:
    """Simulate SCENARIO, print a summary and write a result folder."""
    from fcsim.report.progress import Progress
    from fcsim.report.run_page.objectives import sliced_figures
    from fcsim.results.saving import check_target, folder_name

    changes, seed, variant = options["changes"], options["seed"], options["variant"]
    study = RunStudy({**options, "quiet": quiet})
    loaded = fcsim.load(scenario, variant=variant, overrides=changes, seed=seed)
    name = folder_name("-".join(filter(None, (loaded.name, variant))))
    folder = Path(options["out"] or Path("results") / name)
    records = options["records"] or ("csv" if options["trace"] else None)
    check_target(folder, records)
    extras = Extras(options["page"], options["timeline"])
    extras.check(loaded, True if options["request_log"] else None)
    loaded = study.prepared(loaded)
    notice = None if quiet else _notice
    with _rows(loaded, folder, records) as rows:
        with Progress(loaded.horizon, enabled=False if quiet else None) as update:
            result = fcsim.run(
                loaded,
                engine=options["engine"],
                progress=update,
                notice=notice,
                series=options["series"],
                rows=rows,
                keep=True if options["request_log"] or options["batches"] else None,
                trace=options["trace"],
            )
        result.command = command_line()
        result.sliced = sliced_figures(result)
        answer = study.answer(result, folder)
        paths = _write(result, folder, records, options["figures"], answer)
    lines = list(extras.write(result, folder, answer))
    if options["request_log"]:
        from fcsim.results.request_log import write as write_log

        write_log(result, options["request_log"])
    _print_result(result, form, quiet, paths, answer)
    if form != "json":
        click.echo("\n".join(lines), nl=bool(lines))
    return 0


def _notice(text: str) -> None:
    if sys.stderr.isatty():
        click.echo(text, err=True)


def _rows(
    scenario: Scenario, folder: Path, records: str | None
) -> AbstractContextManager[RowsFile | None]:
    """Return a file for the rows of a run that is too large to keep them, if they are wanted."""
    from fcsim.results.rows import rows_beside
    from fcsim.runner import keeps_rows

    if records is None or keeps_rows(scenario):
        return nullcontext()
    return rows_beside(folder, records)


def _write(
    result: Result, folder: Path, records: str | None, figures: bool, answer: Answer | None
) -> list[Path]:
    """Write the result folder; return its path and that of the main figure.

    Figures are drawn before anything is written, so that an interrupt leaves nothing half done.
    """
    from fcsim.report.figures import render, write_figures

    drawn = render(result) if figures else {}
    result.save(folder, records)
    written = write_figures(drawn, folder / "figures")
    if answer is not None:
        written = [*answer.write(folder, figures), *written]
    return [folder, *written[:1]]


def _print_result(
    result: Result, form: str, quiet: bool, paths: Sequence[Path], answer: Answer | None
) -> None:
    from fcsim.report import console, document, tables

    if form == "json":
        _print_json(answer.document() if answer else document.summary_json(result))
        return
    if not quiet:
        console.show(answer.table() if answer else tables.summary(result))
        click.echo()
    for label, path in zip(("Results", "Figure"), paths, strict=False):
        click.echo(f"{label}: {path}")


@cli.command()
def schema() -> int:
    """Print the JSON Schema of scenario files, for editors."""
    from fcsim.scenario.schema import json_schema

    _print_json(json_schema())
    return 0


@cli.command()
@click.argument("name", required=False)
@click.option("--region", default="cn-hangzhou", show_default=True, help="Values for this region.")
@click.option("--prices", is_flag=True, help="Price books instead of presets.")
@_FORMAT
def presets(name: str | None, region: str, prices: bool, form: str) -> int:
    """List presets, or all that preset NAME holds with its sources."""
    from fcsim.report.console import show
    from fcsim.report.presets import Books, Presets, Shelf

    shelf: Shelf = Books() if prices else Presets(region)
    if form == "json":
        _print_json(shelf.content(name) if name else shelf.index())
    else:
        show(shelf.show(name) if name else shelf.table())
    return 0


def _print_json(document: Any) -> None:
    import json

    click.echo(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False))
