"""Writes an imported scenario with its companion files, whole or not at all.

The file begins with a comment that lists every remark by kind, so that a reader of the scenario
knows what was assumed and what was left out without the command's output.
"""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml
from yaml.reader import Reader

from fcsim.errors import ScenarioError, UsageError
from fcsim.importers.imported import Imported, Remark
from fcsim.scenario.loader import load
from fcsim.scenario.yaml_scalars import IMPLICIT, TAG

__all__ = ["KINDS", "by_kind", "save", "save_text", "scenario_text", "yaml_text"]

KINDS = {
    "assumed": "Assumed, because the source does not hold it",
    "unresolved": "Not resolved",
    "not modelled": "Not modelled: it changes nothing in the simulation",
    "rejected": "Rejected",
    "note": "Notes",
}
"""Kinds of remarks in the order of telling, each with its heading."""


def by_kind(remarks: Iterable[Remark]) -> dict[str, list[Remark]]:
    """Return *remarks* by kind, in the order of telling, without kinds that do not occur."""
    remarks = list(remarks)
    groups = {kind: [one for one in remarks if one.kind == kind] for kind in KINDS}
    return {kind: group for kind, group in groups.items() if group}


def save(imported: Imported, target: Path, *, force: bool = False) -> list[Path]:
    """Write the scenario *target* and its companion files beside it; return their paths.

    The scenario is loaded before anything is put in its place. Raises UsageError when a file is
    there already (unless *force*) or cannot be written, and ScenarioError, with places in
    *target*, when the scenario does not load.
    """
    paths = [target, *(target.with_name(name) for name in imported.files)]
    _check_free(paths, force)
    try:
        with _draft_folder(target) as draft:
            for name, file in imported.files.items():
                shutil.move(file, draft / name)
            (draft / target.name).write_bytes(scenario_text(imported).encode())
            _check_loads(draft / target.name, target)
            for path in reversed(paths):  # the scenario last: it names the others
                os.replace(draft / path.name, path)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from None
    return paths


def save_text(text: str, target: Path, *, force: bool = False) -> None:
    """Write *text* to *target*, whole or not at all; UsageError as in :func:`save`."""
    _check_free([target], force)
    try:
        with _draft_folder(target) as draft:
            (draft / target.name).write_bytes(text.encode("utf-8", "replace"))
            os.replace(draft / target.name, target)
    except OSError as error:
        raise UsageError(f"cannot write {target}: {error.strerror or error}") from None


def _check_free(paths: Sequence[Path], force: bool) -> None:
    for path in paths:
        if path.is_dir():
            raise UsageError(f"{path} is a directory; name a file with --out")
        if path.exists() and not force:
            raise UsageError(
                f"{path} exists and was not touched; overwrite it with --force, "
                "or name another file with --out"
            )


@contextmanager
def _draft_folder(target: Path) -> Iterator[Path]:
    """Yield a folder on the file system of *target* that is gone afterwards."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fcsim-", dir=target.parent) as folder:
        yield Path(folder)


def _check_loads(draft: Path, target: Path) -> None:
    try:
        load(draft)
    except ScenarioError as error:
        problems = [replace(problem, file=str(target)) for problem in error.problems]
        raise ScenarioError(problems) from None


# ── text ──────────────────────────────────────────────────────────────────────────────────────


def scenario_text(imported: Imported) -> str:
    """Return the scenario file: its remarks as a comment, then the document in YAML."""
    lines = ["# Written by fcsim import."]
    for kind, remarks in by_kind(imported.remarks).items():
        lines += ["#", f"# {KINDS[kind]}:"]
        lines += [f"#   {_printable(one.where)}: {_printable(one.text)}" for one in remarks]
    return "\n".join(lines) + "\n" + yaml_text(imported.document)


def _printable(text: str) -> str:
    """Return *text* in one line that a YAML comment can hold."""
    line = Reader.NON_PRINTABLE.sub("?", " ".join(text.split()))
    return line.encode("utf-8", "replace").decode()


class _Dumper(yaml.SafeDumper):
    """Quotes text that YAML 1.1 or YAML 1.2 reads as something else; writes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write equal values out."""
        return True


for _kind, _pattern, _first in IMPLICIT:
    _Dumper.add_implicit_resolver(TAG + _kind, re.compile(rf"(?:{_pattern})\Z"), list(_first))


def yaml_text(document: Any) -> str:
    """Return *document* in YAML, innermost blocks in one line, keys in their order."""
    return yaml.dump(
        document,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        default_flow_style=None,
        width=100,
    )
