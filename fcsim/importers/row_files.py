"""Tables in files as people export them: CSV, JSON lines and Parquet, read some rows at a time.

The reader tolerates damage: a row that cannot be used is counted and skipped. (The scenario's
own data files are read strictly, by :mod:`fcsim.workload.tables`.) What a file is shows in its
first bytes, not in its name.

One row is one line: a quoted cell with a line break in it makes its row unusable. So an
unbalanced quote costs one row, not the rest of the file.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, NamedTuple

from fcsim.errors import UsageError
from fcsim.importers.rejected import Rejected
from fcsim.importers.text_lines import ByteStream, Lines, head, open_bytes, read_lines

__all__ = ["Cells", "plain_name", "read_rows", "read_text_rows"]

_ROWS_OF_PARQUET = 16_384


class Cells(NamedTuple):
    """Some rows of a file: cells by column, and the line (Parquet: row) of each."""

    file: str
    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]
    """Wanted columns that the file has, by plain name; a missing cell of JSON is None."""


def plain_name(name: str) -> str:
    """Return *name* in lower case without spaces, dots, dashes, underscores and quotes."""
    return _plain(name[:128])


@lru_cache(maxsize=4096)
def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter not in " \t._-\"'")


def read_rows(
    path: Path, wanted: Iterable[str], needed: Iterable[str], rejected: Rejected
) -> Iterator[Cells]:
    """Yield the rows of one file, the *wanted* columns only.

    Names of columns are compared by :func:`plain_name`. Raises UsageError when the file cannot
    be read at all, or has a header without a *needed* column.
    """
    with open_bytes(path) as stream:
        if head(stream).startswith(b"PAR1"):
            yield from _parquet(path, list(wanted), list(needed), rejected)
        else:
            yield from read_text_rows(stream, str(path), wanted, needed, rejected)


def read_text_rows(
    stream: ByteStream,
    file: str,
    wanted: Iterable[str],
    needed: Iterable[str],
    rejected: Rejected,
) -> Iterator[Cells]:
    """Yield the rows of a CSV or JSON-lines *stream* that messages call *file*."""
    begin = head(stream)
    if begin.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UsageError(f"{file}: UTF-16 text; save it as UTF-8")
    if begin.startswith(b"["):
        raise UsageError(f"{file}: a JSON list; expected one JSON object a line")
    if not begin:
        rejected.add("the file is empty", file)
    names = {plain_name(name): name for name in wanted}
    reader = _json_lines if begin.startswith(b"{") else partial(_csv, needed=list(needed))
    lines = read_lines(stream, lambda reason, line: rejected.add(reason, file, line))
    yield from reader(lines, file, names, rejected)


# ── CSV ───────────────────────────────────────────────────────────────────────────────────────


def _csv(
    chunks: Iterator[Lines],
    file: str,
    names: Mapping[str, str],
    rejected: Rejected,
    needed: Sequence[str],
) -> Iterator[Cells]:
    header: list[str] = []
    places: dict[str, int] = {}
    delimiter = ","
    for numbers, texts in chunks:
        if not header:
            delimiter = max(",\t;", key=texts[0].count)
            header = next(csv.reader(texts[:1], delimiter=delimiter), [])
            places = _places(f"{file}:{numbers[0]}", header, names, needed)
            numbers, texts = numbers[1:], texts[1:]
        lines, rows = _parsed(Lines(numbers, texts), delimiter, file, rejected)
        lines, rows = _fitting(lines, rows, header, file, rejected)
        yield Cells(file, lines, {key: [row[i] for row in rows] for key, i in places.items()})


def _places(
    where: str, header: Sequence[str], names: Mapping[str, str], needed: Sequence[str]
) -> dict[str, int]:
    """Return the position of each wanted column that the header has."""
    plain = [plain_name(name) for name in header]
    for name in needed:
        if plain_name(name) not in plain:
            raise UsageError(f"{where}: no column {name!r}; the columns are {_shown(header)}")
    for name, column in names.items():
        if plain.count(name) > 1:
            raise UsageError(f"{where}: more than one column is called {column!r}")
    return {name: plain.index(name) for name in names if name in plain}


def _shown(header: Sequence[str]) -> str:
    return ", ".join(name.strip()[:40] for name in header[:12]) + ", …" * (len(header) > 12)


def _parsed(
    lines: Lines, delimiter: str, file: str, rejected: Rejected
) -> tuple[list[int], list[list[str]]]:
    """Return the rows, one a line, without those whose quotes do not fit."""
    try:
        rows = list(csv.reader(lines.texts, delimiter=delimiter, strict=True))
    except csv.Error:
        rows = []
    if len(rows) == len(lines.texts):
        return lines.numbers, rows
    kept: list[int] = []
    rows = []
    for number, text in zip(*lines, strict=True):
        try:
            rows += csv.reader([text], delimiter=delimiter, strict=True)
            kept.append(number)
        except csv.Error:
            rejected.add("its quotes are not balanced", file, number)
    return kept, rows


def _fitting(
    lines: list[int],
    rows: list[list[str]],
    header: Sequence[str],
    file: str,
    rejected: Rejected,
) -> tuple[list[int], list[list[str]]]:
    """Return the rows as wide as the header that do not repeat it."""
    if set(map(len, rows)) <= {len(header)} and header not in rows:
        return lines, rows
    kept: list[int] = []
    for place, row in enumerate(rows):
        if row == header:
            rejected.add("it repeats the header", file, lines[place])
        elif len(row) != len(header):
            rejected.add("it has more or fewer cells than the header", file, lines[place])
        else:
            kept.append(place)
    return [lines[place] for place in kept], [rows[place] for place in kept]


# ── JSON lines ────────────────────────────────────────────────────────────────────────────────


def _json_lines(
    chunks: Iterator[Lines], file: str, names: Mapping[str, str], rejected: Rejected
) -> Iterator[Cells]:
    for numbers, texts in chunks:
        lines: list[int] = []
        columns: dict[str, list[Any]] = {name: [] for name in names}
        for number, text in zip(numbers, texts, strict=True):
            row = _json_object(text)
            if row is None:
                rejected.add("it is no JSON object", file, number)
                continue
            lines.append(number)
            plain = {plain_name(name): cell for name, cell in row.items()}
            for name, column in columns.items():
                column.append(plain.get(name))
        there = {name: column for name, column in columns.items() if any(map(_given, column))}
        yield Cells(file, lines, there)


def _given(cell: Any) -> bool:
    return cell is not None


def _json_object(text: str) -> dict[str, Any] | None:
    try:
        row = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return row if isinstance(row, dict) else None


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────


def _parquet(
    path: Path, wanted: Sequence[str], needed: Sequence[str], rejected: Rejected
) -> Iterator[Cells]:
    try:
        from pyarrow import ArrowException, parquet
    except ImportError:
        raise UsageError(f"{path}: Parquet needs pyarrow: pip install 'fcsim[parquet]'") from None
    row = 1
    try:
        file = parquet.ParquetFile(path)
        header = list(file.schema_arrow.names)
        places = _places(str(path), header, {plain_name(name): name for name in wanted}, needed)
        columns = [header[place] for place in places.values()]
        for batch in file.iter_batches(_ROWS_OF_PARQUET, columns=columns):
            cells = {name: batch.column(header[i]).to_pylist() for name, i in places.items()}
            yield Cells(str(path), range(row, row + batch.num_rows), cells)
            row += batch.num_rows
    except (ArrowException, OSError) as error:
        if row == 1:
            reason = str(error).splitlines()[0]
            raise UsageError(f"{path}: cannot be read as Parquet ({reason})") from None
        rejected.add("the file breaks off or is damaged here: the rest is lost", str(path), row)
