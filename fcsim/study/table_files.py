"""Tables of studies as files: equal rows give equal bytes, and a file is whole or not there."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from io import StringIO
from math import isfinite
from pathlib import Path
from typing import Any

from fcsim.errors import UsageError

__all__ = ["FORMS", "check_form", "plain_cell", "write_document", "write_rows"]

Row = dict[str, Any]
FORMS = ("csv", "parquet")
"""What tables are written as."""


def check_form(form: str) -> None:
    """Raise UsageError when tables cannot be written as *form*."""
    if form not in FORMS:
        raise UsageError(f"unknown form {form!r} of tables; accepted: {', '.join(FORMS)}")
    if form == "parquet" and find_spec("pyarrow") is None:
        raise UsageError("parquet needs pyarrow: pip install 'fcsim[parquet]', or use csv")


def write_rows(rows: list[Row], folder: Path, name: str, form: str) -> Path:
    """Write *rows*, of the same keys, as *folder*/*name*.*form*; return the path.

    What is not defined (NaN) is an empty cell.
    """
    check_form(form)
    write = _csv if form == "csv" else _parquet
    return _replace(folder / f"{name}.{form}", lambda path: write(rows, path))


def write_document(document: Mapping[str, Any], folder: Path, name: str) -> Path:
    """Write *document*, with null for figures that are not defined, as a JSON file."""
    text = json.dumps(_nulls(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
    return _replace(folder / f"{name}.json", lambda path: _text(text, path))


def plain_cell(value: Any) -> Any:
    """Return *value* of a scenario as one cell: mappings and lists as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value


def _replace(target: Path, write: Callable[[Path], None]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    passing = target.with_name(f"{target.name}.tmp")
    write(passing)
    passing.replace(target)
    return target


def _text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _csv(rows: list[Row], path: Path) -> None:
    stream = StringIO()
    writer = csv.DictWriter(stream, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: "" if value != value else value for key, value in row.items()})
    _text(stream.getvalue(), path)


def _parquet(rows: list[Row], path: Path) -> None:
    import pandas as pd

    frame = pd.DataFrame(rows)
    for name in frame.columns:
        if len({type(row[name]) for row in rows} - {int, float}) > 1:
            frame[name] = [str(row[name]) for row in rows]  # a column has one type
    frame.to_parquet(path, index=False)


def _nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _nulls(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_nulls(item) for item in value]
    return None if isinstance(value, float) and not isfinite(value) else value
