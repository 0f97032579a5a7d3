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
from dataclasses import dataclass
from typing import Any

import click

import fcsim
from fcsim.commands.calibrate import calibrate
from fcsim.commands.catalogue import presets, schema
from fcsim.commands.check import check
from fcsim.commands.compare import compare
from fcsim.commands.explain import explain
from fcsim.commands.import_ import import_
from fcsim.commands.plan import plan
from fcsim.commands.report import report
from fcsim.commands.run import run
from fcsim.commands.sensitivity import sensitivity
from fcsim.commands.sweep import sweep
from fcsim.errors import FcsimError, InvariantError

__all__ = ["main"]

_REPORT = "please report it (fcsim --debug … shows where it happened)"


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


COMMANDS = (
    calibrate, check, compare, explain, import_, plan, presets, report, run, schema, sensitivity,
    sweep,
)  # fmt: skip
for command in COMMANDS:
    cli.add_command(command)
