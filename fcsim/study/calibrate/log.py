"""A request log by function: sorted columns, instances as numbers, and what is derived."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import UsageError

__all__ = ["Bools", "Floats", "Log", "gather", "matched", "split"]

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_REFUSED = ("ResourceExhausted", "ResourceThrottled")


@dataclass(frozen=True)
class Log:
    """The requests of one function, in order of arrival; LOG_COLUMNS but for the instance."""

    columns: Mapping[str, NDArray[Any]]
    instance: NDArray[np.int64]
    """Number of the instance in order of appearance in the log, -1 where unknown."""

    def __len__(self) -> int:
        """Count requests."""
        return len(self.arrival)

    @property
    def arrival(self) -> Floats:
        """When requests came, seconds since 1970."""
        return self.columns["arrival"]

    @property
    def cold(self) -> Bools:
        """Which requests caused their instance."""
        return self.columns["cold"]

    @cached_property
    def failed(self) -> Bools:
        """Which requests ended with an error of any kind."""
        wrong: Bools = (self.columns["error"] != "") | (self.columns["status"] >= 400)
        return wrong

    @cached_property
    def refused(self) -> Bools:
        """Which requests never got an instance."""
        named = np.isin(self.columns["error"].astype(str), _REFUSED)
        refused: Bools = named | (self.columns["status"] == 429)
        return refused

    @cached_property
    def start(self) -> Floats:
        """Hand-over to the instance: as logged, else arrival + schedule + cold start."""
        waits = np.nan_to_num(self.columns["schedule"]) + np.nan_to_num(self.columns["cold_start"])
        handed = self.columns["handed"]
        return np.where(np.isnan(handed), self.arrival + waits, handed)

    @cached_property
    def end(self) -> Floats:
        """When requests ended."""
        end: Floats = self.start + np.nan_to_num(self.columns["duration"])
        return end

    @cached_property
    def has_instances(self) -> bool:
        """Whether every request that was served names its instance."""
        served = ~self.refused & ~(self.failed & (self.instance < 0))
        return bool(served.any() and (self.instance[served] >= 0).all())

    def by_instance(self) -> list[NDArray[np.intp]]:
        """Return the rows of each instance (-1 is one too), in order of their start."""
        order = np.lexsort((self.start, self.instance))
        cuts = np.flatnonzero(np.diff(self.instance[order])) + 1
        return [rows for rows in np.split(order, cuts) if len(rows)]

    def select(self, rows: Bools) -> Log:
        """Return the requests marked in *rows*."""
        columns = {name: column[rows] for name, column in self.columns.items()}
        return Log(columns, self.instance[rows])


def gather(blocks: Iterable[Mapping[str, NDArray[Any]]]) -> dict[str, Log]:
    """Return one log a function from blocks of LOG_COLUMNS in any order."""
    parts: dict[str, list[dict[str, NDArray[Any]]]] = {}
    numbers: dict[str, dict[str, int]] = {}
    for block in blocks:
        function = block["function"].astype(str)
        for name in np.unique(function).tolist():
            rows = function == name
            part = {key: column[rows] for key, column in block.items() if key != "function"}
            seen = numbers.setdefault(name, {})
            ids = part.pop("instance").tolist()
            codes = [seen.setdefault(one, len(seen)) if one else -1 for one in ids]
            part["instance"] = np.array(codes, dtype=np.int64)
            parts.setdefault(name, []).append(part)
    return {name: _joined(pieces) for name, pieces in parts.items()}


def _joined(pieces: list[dict[str, NDArray[Any]]]) -> Log:
    columns = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    order = np.argsort(columns["arrival"], kind="stable")
    columns = {name: column[order] for name, column in columns.items()}
    return Log(columns, columns.pop("instance"))


def matched(
    logs: Mapping[str, Log], functions: Iterable[str], pairs: Mapping[str, str]
) -> tuple[dict[str, Log], list[str]]:
    """Return logs by function of the scenario, and remarks on what was left out.

    *pairs* maps a function to its name in the log. Without a pair a log name fits the function
    of that name, or of its part after the last ``/`` (service/function); one function and one
    name that fit nothing else belong together. Raises UsageError when nothing fits.
    """
    known = list(functions)
    names = {log: _fitting(log, known, pairs) for log in logs}
    if len(known) == len(logs) == 1 and not pairs:
        names = dict.fromkeys(logs, known[0])
    found: dict[str, Log] = {}
    remarks = []
    for log, function in names.items():
        if function is None:
            remarks.append(f"{log or '(no name)'}: {len(logs[log])} requests of a function that "
                           "the scenario does not have were left out")  # fmt: skip
        elif function in found:
            raise UsageError(f"two functions of the log are {function!r}: say which with pairs")
        else:
            found[function] = logs[log]
    if not found:
        raise UsageError(
            f"no function of the log ({', '.join(sorted(logs))}) is one of the scenario "
            f"({', '.join(known)}): say which is which with --function SCENARIO=LOG"
        )
    return found, remarks


def _fitting(log: str, known: list[str], pairs: Mapping[str, str]) -> str | None:
    for function, name in pairs.items():
        if function not in known:
            raise UsageError(f"no function {function!r} in the scenario: {', '.join(known)}")
        if name == log:
            return function
    return next((f for f in (log, log.rpartition("/")[2]) if f in known and f not in pairs), None)


def split(logs: Mapping[str, Log], cut: float) -> tuple[dict[str, Log], dict[str, Log]]:
    """Return the requests before *cut* and those from it on."""
    before = {name: log.select(log.arrival < cut) for name, log in logs.items()}
    after = {name: log.select(log.arrival >= cut) for name, log in logs.items()}
    return before, after
