"""Outcomes on disk, so that no finished run is ever lost or repeated."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from math import isfinite, isnan, nan
from pathlib import Path
from typing import Any

from fcsim.study.outcome import Outcome

__all__ = ["Store"]


class Store:
    """A folder with one JSON file for each finished point, named by its key.

    Files appear whole or not at all. Several processes and machines may share a folder.
    """

    def __init__(self, folder: str | Path, also: Iterable[str | Path] = ()) -> None:
        """Keep outcomes in *folder*, which is made when needed; look in *also* as well."""
        self.folder = Path(folder)
        self._folders = [self.folder, *map(Path, also)]

    def get(self, key: str) -> Outcome | None:
        """Return the outcome of the point *key*, or None when none is kept.

        A file that cannot be read as an outcome (a full disk, an old version) counts as none.
        """
        for folder in self._folders:
            try:
                return _outcome(json.loads((folder / f"{key}.json").read_bytes()), key)
            except (OSError, ValueError, KeyError, TypeError, AttributeError):
                continue
        return None

    def put(self, outcome: Outcome) -> None:
        """Keep *outcome*, in place of an earlier one of its point."""
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.folder / f"{outcome.key}.json"
        passing = target.with_suffix(f".{os.getpid()}.tmp")
        text = json.dumps(_plain(outcome), separators=(",", ":"), allow_nan=False)
        passing.write_text(text + "\n", encoding="utf-8", newline="\n")
        passing.replace(target)


def _plain(outcome: Outcome) -> dict[str, Any]:
    content = {**vars(outcome), "kpis": {k: _figure(value) for k, value in outcome.kpis.items()}}
    return {name: value for name, value in content.items() if value not in ("", ())}


def _figure(value: float) -> float | str | None:
    if isnan(value):
        return None
    return value if isfinite(value) else str(value)


def _outcome(content: dict[str, Any], key: str) -> Outcome:
    if content["key"] != key:
        raise ValueError("the outcome of another point")
    kpis = {name: nan if value is None else float(value) for name, value in content["kpis"].items()}
    return Outcome(
        key,
        kpis,
        float(content["seconds"]),
        str(content.get("error", "")),
        tuple(map(float, content.get("curve", ()))),
    )
