"""Times as exports write them: numbers since 1970, or text with or without an offset.

A local hour that occurs twice (clocks go back) is read in the order of the rows: the first time
that a minute is seen for one series it is the earlier one, then the later one. A local time that
never occurred (clocks go forward) is refused.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from fcsim.errors import UsageError

__all__ = ["Clock", "zone_called"]

_EXCEL = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})(?:[ T]+(\d{1,2}):(\d\d)(?::(\d\d))?)?")
_EARLIEST, _LATEST = 1e9, 1e10
"""2001 to 2286: numbers of seconds have 10 digits, of milliseconds 13."""


def zone_called(name: str) -> ZoneInfo:
    """Return the time zone called *name*; UsageError when there is none."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        message = f"--time-zone: no zone {name!r}; expected a name like Asia/Shanghai or UTC"
        raise UsageError(message) from None


@dataclass
class Clock:
    """Reads times; those without an offset are in *zone*."""

    zone: ZoneInfo
    local: int = 0
    """Times that had no offset."""
    repeated: int = 0
    """Times in a local hour that occurs twice."""
    _seen: set[Hashable] = field(default_factory=set)

    def seconds(self, cell: Any, series: Hashable) -> float | str:
        """Return *cell* in seconds since 1970, or the reason why it is no time.

        *series* names the source, metric and function, within which a local time that is seen
        again is the later of two.
        """
        if isinstance(cell, datetime):
            return _believable(self._moment(cell, series))
        text = "" if cell is None else str(cell).strip()
        try:
            number = float(text)
        except ValueError:
            return _believable(self._text(text, series))
        if _EARLIEST <= number < _LATEST:
            return number
        if _EARLIEST <= number / 1e3 < _LATEST:
            return number / 1e3
        return "its time is neither in seconds (10 digits) nor in milliseconds (13 digits)"

    def _text(self, text: str, series: Hashable) -> float | str:
        if not text:
            return "its time is missing"
        try:
            parts = _EXCEL.fullmatch(text)
            if parts is None:
                return self._moment(datetime.fromisoformat(text), series)
            year, month, day, hour, minute, second = (int(part or 0) for part in parts.groups())
            return self._moment(datetime(year, month, day, hour, minute, second), series)
        except (ValueError, OverflowError):
            return "its time cannot be read"

    def _moment(self, moment: datetime, series: Hashable) -> float | str:
        if moment.tzinfo is not None:
            return moment.timestamp()
        self.local += 1
        first, second = (moment.replace(tzinfo=self.zone, fold=fold) for fold in (0, 1))
        if first.utcoffset() == second.utcoffset():
            return first.timestamp()
        back = first.astimezone(UTC).astimezone(self.zone)
        if back.replace(tzinfo=None, fold=0) != moment.replace(fold=0):
            return "its local time never occurred: clocks went forward"
        self.repeated += 1
        if (series, moment) in self._seen:
            return second.timestamp()
        self._seen.add((series, moment))
        return first.timestamp()


def _believable(seconds: float | str) -> float | str:
    if isinstance(seconds, str) or _EARLIEST <= seconds < _LATEST:
        return seconds
    return "its time is before 2001 or after 2286"
