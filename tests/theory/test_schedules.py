"""Schedules against a clock that is read minute by minute, over time zones and daylight saving."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcsim.scenario.schedules import read_schedule

MINUTE = timedelta(minutes=1)
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
         "Asia/Kathmandu", "Africa/Cairo", "UTC"]  # fmt: skip
DAYS = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"]


def by_the_clock(hour, minute, days, zone, begin, end):
    """Read the clock each minute; what it leaves out comes when it goes on."""
    found, now = [], begin
    while now < end:
        shown = now.astimezone(zone)
        before = (now - MINUTE).astimezone(zone).replace(tzinfo=None)
        wanted = shown.replace(tzinfo=None, hour=hour, minute=minute)
        left_out = before < wanted < shown.replace(tzinfo=None)
        if (left_out or shown.replace(tzinfo=None) == wanted) and DAYS[shown.weekday()] in days:
            found.append(now)
        now += MINUTE
    return found


@given(
    st.sampled_from(ZONES), st.integers(0, 4), st.sampled_from([0, 15, 30, 45]),
    st.sets(st.sampled_from(DAYS), min_size=1),
    st.sampled_from([(3, 7), (3, 28), (10, 24), (10, 31), (4, 3), (10, 3), (4, 23), (6, 1)]),
)  # fmt: skip
def test_cron_comes_when_the_clock_shows_it(name, hour, minute, days, date):
    zone = ZoneInfo(name)
    begin = datetime(2026, *date, 12, tzinfo=UTC)
    end = begin + timedelta(days=3)
    schedule = read_schedule(f"cron(0 {minute} {hour} * * {','.join(sorted(days))})")
    coming = schedule.after(begin - MINUTE, zone)
    found = []
    while (instant := next(coming)) < end:
        found.append(instant)
    expected = by_the_clock(hour, minute, days, zone, begin, end)
    assert [one for one in found if one >= begin] == expected


@pytest.mark.parametrize(
    "expression,zone,expected",
    [
        # clocks go forward at 02:00 and back at 03:00
        ("cron(0 30 2 * * *)", "Europe/Berlin",
         ["03-28T01:30", "03-29T01:00", "03-30T00:30"]),
        ("cron(0 0 9 * * ?)", "Europe/Berlin", ["03-28T08:00", "03-29T07:00", "03-30T07:00"]),
        ("cron(0 45 8 * * MON-FRI)", "Asia/Shanghai",
         ["03-30T00:45", "03-31T00:45", "04-01T00:45"]),
        ("cron(0 45 8 ? * 1-5)", "Asia/Shanghai", ["03-30T00:45", "03-31T00:45", "04-01T00:45"]),
        ("cron(0 0 0 L * ?)", "UTC", ["03-31T00:00", "04-30T00:00", "05-31T00:00"]),
        ("cron(0 0/20 5 * MAR *)", "UTC", ["03-28T05:00", "03-28T05:20", "03-28T05:40"]),
        ("cron(0 0 0 1 JAN * 2027-2030)", "UTC", []),
        ("cron(0 0 0 7 * 7)", "UTC", ["03-29T00:00", "04-05T00:00", "04-07T00:00"]),
    ],
)  # fmt: skip
def test_instants_worked_out_by_hand(expression, zone, expected):
    begin = datetime(2026, 3, 27, 23, tzinfo=UTC)
    coming = read_schedule(expression).after(begin, ZoneInfo(zone))
    found = [one for one, _ in zip(coming, range(3), strict=False) if one.year == 2026]
    assert [one.strftime("%m-%dT%H:%M") for one in found] == expected


def test_an_hour_that_comes_twice_comes_twice():
    begin = datetime(2026, 10, 24, 12, tzinfo=UTC)
    coming = read_schedule("cron(0 30 2 * * *)").after(begin, ZoneInfo("Europe/Berlin"))
    assert [next(coming).strftime("%dT%H:%M") for _ in range(3)] == [
        "25T00:30", "25T01:30", "26T01:30",
    ]  # fmt: skip


def test_the_last_instant_includes_now():
    schedule, berlin = read_schedule("cron(0 0 9 * * *)"), ZoneInfo("Europe/Berlin")
    nine = datetime(2026, 3, 29, 7, tzinfo=UTC)
    assert schedule.last(nine, berlin) == nine
    assert schedule.last(nine - timedelta(seconds=1), berlin) == datetime(
        2026, 3, 28, 8, tzinfo=UTC
    )
    once = read_schedule("at(2026-03-29T09:00:00)")
    assert once.last(nine, berlin) == nine
    assert once.last(nine - timedelta(seconds=1), berlin) is None
    assert list(once.after(nine, berlin)) == []
    never = read_schedule("cron(0 0 0 30 FEB *)")
    assert never.last(nine, berlin) is None
    assert list(never.after(nine, berlin)) == []
