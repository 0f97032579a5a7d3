"""Schedule expressions: ``cron(sec min hour dom mon dow)`` and ``at(yyyy-mm-ddThh:mm:ss)``.

Source: instance scaling page (S51) and its older copy (S59). Cron is read by croniter. In the
night in which clocks go forward, an instant that the clock leaves out comes when it goes on; in
the one in which they go back, an instant that the clock shows twice comes twice.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

from fcsim.errors import nearest

__all__ = ["Schedule", "moment", "read_schedule", "zone"]

_FORM = re.compile(r"(cron|at)\((.*)\)\s*\Z", re.DOTALL)
_FIELDS = "second minute hour day-of-month month day-of-week"


class Schedule(NamedTuple):
    """A schedule expression: its kind, ``cron`` or ``at``, and what stands in brackets."""

    kind: str
    text: str

    def last(self, now: datetime, place: tzinfo) -> datetime | None:
        """Return the last instant not after *now*; *place* is the time zone of the schedule."""
        if self.kind == "at":
            only = moment(datetime.fromisoformat(self.text), place)
            return only if only <= now else None
        second = timedelta(seconds=1)
        present = next(self.after(now - second, place), None)
        if present is not None and present <= now:
            return present
        return next(self._cron(now.astimezone(place), "prev"), None)

    def after(self, now: datetime, place: tzinfo) -> Iterator[datetime]:
        """Yield the instants after *now* in order."""
        if self.kind == "at":
            only = moment(datetime.fromisoformat(self.text), place)
            yield from [only] if only > now else []
            return
        yield from self._cron(now.astimezone(place), "next")

    def _cron(self, start: datetime, way: str) -> Iterator[datetime]:
        """Yield instants from *start* on, or back; none are left when croniter finds no more."""
        from croniter import CroniterBadDateError

        walk: Any = _croniter(self.text, start)
        step = walk.get_next if way == "next" else walk.get_prev
        while True:
            try:
                yield step(datetime).astimezone(UTC)
            except CroniterBadDateError:
                return


def _croniter(text: str, start: datetime) -> Any:
    from croniter import croniter

    return croniter(text, start, second_at_beginning=True)


def read_schedule(text: str) -> Schedule:
    """Read a schedule expression; ValueError says what is accepted."""
    found = _FORM.match(text.strip())
    if found is None:
        raise ValueError(
            f"{text!r} is no schedule; accepted: cron({_FIELDS}) like 'cron(0 45 8 * * MON-FRI)', "
            "or at(yyyy-mm-ddThh:mm:ss)"
        )
    schedule = Schedule(found[1], found[2].strip())
    (_check_at if schedule.kind == "at" else _check_cron)(schedule.text)
    return schedule


def _check_at(text: str) -> None:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no instant; accepted: at(yyyy-mm-ddThh:mm:ss)"
        raise ValueError(message) from None


def _check_cron(text: str) -> None:
    from croniter import CroniterError

    count = len(text.split())
    if count not in (6, 7):
        raise ValueError(f"{text!r} has {count} fields; accepted are six: {_FIELDS}")
    try:
        _croniter(text, datetime(2000, 1, 1, tzinfo=UTC))
    except (CroniterError, ValueError) as error:
        raise ValueError(f"{text!r} is no cron expression: {error}") from None


def zone(name: str | None) -> tzinfo:
    """Return the time zone called *name*, UTC without a name; ValueError when there is none."""
    if name is None:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        hint = nearest(name, sorted(available_timezones()))
        raise ValueError(f"no time zone {name!r}{hint}") from None


def moment(time: datetime, place: tzinfo) -> datetime:
    """Return *time* in UTC; without an offset of its own it is one of the time zone *place*."""
    return (time if time.tzinfo else time.replace(tzinfo=place)).astimezone(UTC)
