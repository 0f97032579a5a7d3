"""Formats of published and home-made traces: what their columns mean, and their traps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from fcsim.errors import UsageError
from fcsim.importers.imported import Remark
from fcsim.importers.row_files import plain_name

__all__ = ["FORMATS", "Layout", "layout_of"]

_TIMES = ("timestamp", "time", "arrival", "arrivaltime", "starttime", "start", "datetime", "date")
_DURATIONS = ("duration", "durations", "service", "servicetime")
_COUNTS = ("count", "counts", "requests", "invocations", "calls")


@dataclass(frozen=True)
class Layout:
    """How a file is read: the arrivals of a scenario without the file's name, and what to know."""

    kind: str
    """``trace`` or ``counts``."""
    keys: dict[str, Any]
    """Keys of ``trace`` or ``counts`` beside ``file``."""
    one_function_per: str | None = None
    remarks: list[Remark] = field(default_factory=list)


def layout_of(header: Sequence[str], form: str | None) -> Layout:
    """Return the layout of a file with these columns, in the format *form* or recognised.

    Raises UsageError when the columns fit no format, or not that one.
    """
    for name in [form] if form else FORMATS:
        layout = FORMATS[name](header)
        if layout is not None:
            return layout
    shown = ", ".join(header[:8]) + (", …" if len(header) > 8 else "")
    if form:
        raise UsageError(f"the columns do not fit --trace-format {form}: {shown}")
    raise UsageError(f"the columns fit none of {', '.join(FORMATS)}: {shown}")


def _azure_llm(header: Sequence[str]) -> Layout | None:
    if not {"TIMESTAMP", "ContextTokens", "GeneratedTokens"} <= set(header):
        return None
    tokens = {
        "input": "ContextTokens",
        "output": "GeneratedTokens",
        "fixed": "50 ms",
        "per_input": "0.2 ms",
        "per_output": "30 ms",
    }
    text = (
        "50 ms + 0.2 ms a token read + 30 ms a token written: the trace has tokens and no times; "
        "measure your own model"
    )
    remarks = [
        Remark("assumed", "workload.*.arrivals.trace.tokens", text),
        Remark("note", "TIMESTAMP", "UTC text without an offset"),
        Remark("note", "trace", "very uneven gaps; a Poisson process of this rate would flatter"),
    ]
    return Layout("trace", {"time": "TIMESTAMP", "tokens": tokens}, None, remarks)


def _azure_2021(header: Sequence[str]) -> Layout | None:
    if not {"func", "end_timestamp", "duration"} <= set(header):
        return None
    keys = {
        "time": "end_timestamp",
        "time_is": "end",
        "duration": "duration",
        "row_key": "func",
    }
    remarks = [
        Remark("note", "end_timestamp", "the end of a request; it starts at end less duration"),
        Remark("note", "trace", "times begin with the trace; no date is known"),
    ]
    return Layout("trace", keys, "key", remarks)


def _azure_2019(header: Sequence[str]) -> Layout | None:
    if "HashFunction" not in header:
        return None
    prefix = "minute_" if "minute_1" in header else ""
    if f"{prefix}1" not in header:
        return None
    keys: dict[str, Any] = {"columns": prefix, "row_key": "HashFunction"}
    if prefix:
        keys["divide"] = 14
        text = (
            "14: columns minute_1, … mark the sample whose cells sum 14 days; the mean day has no "
            "bursts of its own"
        )
    else:
        text = "1: columns 1, 2, … mark the original, one file a day"
    remarks = [
        Remark("assumed", "workload.*.arrivals.counts.divide", text),
        Remark("note", "counts", "the trace has no durations here; its paper has their quantiles"),
    ]
    return Layout("counts", keys, "row", remarks)


def _timestamps(header: Sequence[str]) -> Layout | None:
    time = _first(header, _TIMES)
    if time is None or _first(header, _COUNTS) is not None:
        return None
    duration = _first(header, _DURATIONS)
    keys = {"time": time} | ({"duration": duration} if duration else {})
    remarks = []
    if duration:
        text = f"column {duration!r} is taken to be in the unit of the times"
        remarks.append(Remark("assumed", "workload.*.arrivals.trace.duration", text))
    return Layout("trace", keys, None, remarks)


def _counts(header: Sequence[str]) -> Layout | None:
    text = "1 min: what one count covers"
    remarks = [Remark("assumed", "workload.*.arrivals.counts.interval", text)]
    long = _first(header, _COUNTS)
    if long is not None:
        return Layout("counts", {"columns": long}, None, remarks)
    if "minute_1" not in header and "minute_0" not in header:
        return None
    others = [name for name in header if not name.startswith("minute_")]
    if not others:
        return Layout("counts", {"columns": "minute_"}, None, remarks)
    return Layout("counts", {"columns": "minute_", "row_key": others[0]}, "row", remarks)


def _first(header: Sequence[str], known: Sequence[str]) -> str | None:
    """Return the column that has the first of the *known* names."""
    plain = {plain_name(name): name for name in reversed(header)}
    return next((plain[name] for name in known if name in plain), None)


FORMATS: dict[str, Callable[[Sequence[str]], Layout | None]] = {
    "azure-llm": _azure_llm,
    "azure2021": _azure_2021,
    "azure2019": _azure_2019,
    "timestamps": _timestamps,
    "counts": _counts,
}
"""Formats in the order in which they are tried."""
