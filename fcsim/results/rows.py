"""Requests written to a file block by block while they are simulated."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

from fcsim.errors import UsageError
from fcsim.results.tables import Layout, layouts, parquet_table, pyarrow_modules, write_csv_rows

if TYPE_CHECKING:
    from fcsim.sim.record import Columns

__all__ = ["STREAMED", "RowsFile", "rows_beside"]

STREAMED = ("parquet", "csv")
"""Formats that can be written block by block."""


class _Writer(Protocol):
    def write(self, block: Columns) -> None: ...

    def close(self) -> None: ...


class RowsFile:
    """A file of requests in order of ending; a result folder takes it over when it is saved."""

    def __init__(self, path: Path, form: str) -> None:
        """Write to *path* in the format *form*, one of STREAMED.

        UsageError for another format, or when parquet lacks its package.
        """
        if form not in STREAMED:
            raise UsageError(
                f"{form} needs the rows of all requests in memory: use parquet or csv, "
                "or keep the rows with keep=True"
            )
        if form == "parquet":
            pyarrow_modules()
        self.path, self.form = path, form
        self._writer: _Writer | None = None

    def open(self, functions: Sequence[str]) -> None:
        """Begin the file; rows will name *functions*."""
        layout = layouts(functions, ())["requests"]
        self.path.parent.mkdir(parents=True, exist_ok=True)
        kind = _Parquet if self.form == "parquet" else _Csv
        self._writer = kind(self.path, layout)

    def __call__(self, block: Columns) -> None:
        """Write *block*."""
        if self._writer is not None and len(block["arrival"]):
            self._writer.write(block)

    def close(self) -> None:
        """End the file."""
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def discard(self) -> None:
        """Remove the file, unless a result folder has taken it over."""
        self.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def rows_beside(folder: Path, form: str) -> Iterator[RowsFile]:
    """Yield a file beside *folder* that is gone afterwards, unless it moved into a result."""
    target = folder.resolve()
    rows = RowsFile(target.with_name(f".{target.name}.{os.getpid()}.requests.{form}"), form)
    try:
        yield rows
    finally:
        rows.discard()


class _Parquet:
    def __init__(self, path: Path, layout: Layout) -> None:
        self._layout = layout
        nothing = parquet_table(layout.empty(), layout)
        _, parquet = pyarrow_modules()
        self._file: Any = parquet.ParquetWriter(path, nothing.schema, compression="zstd")

    def write(self, block: Columns) -> None:
        self._file.write_table(parquet_table(block, self._layout))

    def close(self) -> None:
        self._file.close()


class _Csv:
    def __init__(self, path: Path, layout: Layout) -> None:
        self._layout = layout
        self._file: IO[str] = path.open("w", encoding="utf-8", newline="")
        csv.writer(self._file, lineterminator="\n").writerow(layout.types)

    def write(self, block: Columns) -> None:
        write_csv_rows(self._file, block, self._layout)

    def close(self) -> None:
        self._file.close()
