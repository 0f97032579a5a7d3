"""Writes one trace a function, some rows at a time: Parquet where pyarrow is there, else CSV.

Columns: ``time`` (milliseconds since 1970) and ``service`` (milliseconds).
"""

from __future__ import annotations

import csv
from contextlib import ExitStack
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["TraceFiles"]

Array = NDArray[np.float64]
AT_ONCE = 16_384
"""Rows of one function that wait before they are written."""


class _Writer(Protocol):
    def write(self, time: NDArray[np.int64], service: Array) -> None: ...
    def close(self) -> None: ...


class TraceFiles:
    """Open traces in *folder*; a context that closes them."""

    def __init__(self, folder: Path) -> None:
        """Write into *folder*, which must be there."""
        self._folder = folder
        self._open = ExitStack()
        self._writers: dict[str, _Writer] = {}
        self._waiting: dict[str, list[tuple[Array, Array]]] = {}
        self.suffix = "parquet" if find_spec("pyarrow") else "csv"
        """Ending of the files' names, without a dot."""

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what waits and close every file."""
        if error is None:
            for name in self._waiting:
                self._flush(name)
        self._open.close()

    def path(self, name: str) -> Path:
        """Return the file of the function called *name*."""
        return self._folder / f"{name}.{self.suffix}"

    def add(self, name: str, arrival: Array, service: Array) -> None:
        """Take requests of the function called *name*: arrival and service time in seconds."""
        waiting = self._waiting.setdefault(name, [])
        waiting.append((arrival, service))
        if sum(len(arrivals) for arrivals, _ in waiting) >= AT_ONCE:
            self._flush(name)

    def _flush(self, name: str) -> None:
        waiting = self._waiting[name]
        if not waiting:
            return
        arrival, service = (np.concatenate(column) for column in zip(*waiting, strict=True))
        self._waiting[name] = []
        if name not in self._writers:
            kind = _Parquet if self.suffix == "parquet" else _Csv
            self._writers[name] = kind(self.path(name))
            self._open.callback(self._writers[name].close)
        self._writers[name].write(np.rint(arrival * 1e3).astype(np.int64), service * 1e3)


class _Csv:
    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8", newline="")
        self._rows = csv.writer(self._file, lineterminator="\n")
        self._rows.writerow(("time", "service"))

    def write(self, time: NDArray[np.int64], service: Array) -> None:
        self._rows.writerows(zip(time.tolist(), service.round(6).tolist(), strict=True))

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path) -> None:
        import pyarrow
        from pyarrow import parquet

        schema = pyarrow.schema([("time", pyarrow.int64()), ("service", pyarrow.float64())])
        self._file: Any = parquet.ParquetWriter(path, schema)
        self._table: Any = pyarrow.table
        self._schema = schema

    def write(self, time: NDArray[np.int64], service: Array) -> None:
        columns = {"time": time, "service": service.round(6)}
        self._file.write_table(self._table(columns, schema=self._schema))

    def close(self) -> None:
        self._file.close()
