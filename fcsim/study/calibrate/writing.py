"""Writes a calibrated scenario: the user's text, with the fitted values at their places.

Comments stay; a block at the top says what was calibrated, when and from what, since only
``assumptions`` have room for a provenance of their own.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fcsim import __version__
from fcsim.errors import UsageError
from fcsim.scenario.overrides import put
from fcsim.scenario.plain import plain
from fcsim.scenario.rewrite import rewritten
from fcsim.scenario.source import read
from fcsim.study.calibrate.report import Calibration, Estimate, shown
from fcsim.units import format_duration

__all__ = ["calibrated_text", "replace_with_backup", "write"]

_BEGIN, _END = "# ── calibrated ──", "# ── end of calibrated ──"
_OLD = re.compile(rf"^{_BEGIN}.*?^{_END}[^\n]*\n", re.DOTALL | re.MULTILINE)


def calibrated_text(report: Calibration) -> str:
    """Return the scenario file with the calibrated values, comments kept.

    Raises UsageError where a value cannot be put into the text, as behind an alias.
    """
    if isinstance(report.source, Mapping):
        return _header(report) + json.dumps(_mapping(report), indent=2, ensure_ascii=False) + "\n"
    raw = Path(report.source).read_bytes().decode("utf-8-sig")
    data = read(report.source).data
    addresses = {put(data, path, value)[1]: value for path, value in report.changes.items()}
    return _header(report) + rewritten(_OLD.sub("", raw.replace("\r\n", "\n")), addresses)


def _mapping(report: Calibration) -> Any:
    data = plain(report.source)
    for path, value in report.changes.items():
        data, _ = put(data, path, value)
    return data


def _header(report: Calibration) -> str:
    lines = [
        f"{_BEGIN} {report.date} by fcsim {__version__}",
        f"# from {report.requests:,} requests in {format_duration(report.seconds)}; "
        "95 % intervals in brackets",
        *(f"#   {fit.path}: {_listed(fit.estimates)}" for fit in report.fits),
        f"{_END}",
    ]
    return "\n".join(lines) + "\n"


def _listed(estimates: tuple[Estimate, ...]) -> str:
    return (
        ", ".join(
            f"{e.name} {shown(e.value, e.unit)} [{shown(e.low, e.unit)}, {shown(e.high, e.unit)}]"
            for e in estimates
        )
        or "see its value"
    )


def write(report: Calibration, path: Path, *, force: bool = False) -> Path:
    """Write the calibrated scenario to *path*, whole or not at all.

    Raises UsageError when *path* exists, unless *force*, and when the file would not load there:
    files that a scenario names are relative to it.
    """
    if path.exists() and not force:
        raise UsageError(f"{path} exists; choose another name with --out")
    text = calibrated_text(report)
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        draft.write_text(text, encoding="utf-8", newline="\n")
        _check(draft, path)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def _check(draft: Path, path: Path) -> None:
    from fcsim.errors import ScenarioError
    from fcsim.scenario.loader import load

    try:
        load(draft)
    except ScenarioError as error:
        told = str(error).replace(str(draft), str(path))
        raise UsageError(f"the calibrated scenario would not load: {told}") from None


def replace_with_backup(report: Calibration) -> tuple[Path, Path]:
    """Replace the scenario file, keep the old one as ``NAME.bak``, and return both paths.

    Raises UsageError when a backup exists already, or the scenario is a mapping.
    """
    if isinstance(report.source, Mapping):
        raise UsageError("a mapping has no file to replace")
    path = Path(report.source)
    backup = path.with_name(f"{path.name}.bak")
    if backup.exists():
        raise UsageError(f"{backup} exists: move it away first")
    calibrated_text(report)  # an error comes before anything is touched
    backup.write_bytes(path.read_bytes())
    return write(report, path, force=True), backup
