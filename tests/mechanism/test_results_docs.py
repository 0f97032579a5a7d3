"""docs/results.md says what the code does: its tables are compared line by line."""

import re
from dataclasses import replace

import pytest

from fcsim.results.caller_course import CALLER_COURSE
from fcsim.results.course import COURSE
from fcsim.results.latency_curves import CurvePoint
from fcsim.results.message_series import MESSAGE_METRICS
from fcsim.results.minimum_course import MINIMUM_COURSE, MOST
from fcsim.results.price_book import book_names
from fcsim.results.series import FUNCTION_METRICS, REGION_METRICS
from fcsim.results.transfers import TransferRow
from fcsim.results.usage import charges
from fcsim.results.vocabulary import KPIS
from fcsim.scenario.parameters import Parameters
from fcsim.sim.record import (
    INSTANCE_COLUMNS,
    PULL_COLUMNS,
    REQUEST_COLUMNS,
    Kind,
    Outcome,
    Source,
    Start,
)
from fcsim.sim.trace import TRACE_COLUMNS, CacheEvent


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "results.md").read_text("utf-8")


def rows(page, heading):
    """Return the cells of the table whose first heading is *heading*."""
    table = page.split(f"| {heading} |", 1)[1].split("\n\n", 1)[0].splitlines()[2:]
    return [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in table]


def test_kpis(page):
    assert rows(page, "KPI") == [(f"`{k.name}`", k.unit, k.meaning) for k in KPIS]


def test_metrics(page):
    functions = [(f"`{name}`", meaning) for name, meaning in FUNCTION_METRICS.items()]
    region = [
        (f"`{name}`", f"sum over functions of `{own}`") for name, own in REGION_METRICS.items()
    ]
    messages = [(f"`{name}`", meaning) for name, meaning in MESSAGE_METRICS.items()]
    assert rows(page, "metric of a function") == functions
    assert rows(page, "metric of messages") == messages
    assert rows(page, "metric of the region") == region


def test_items_of_the_bill(page, hand_made):
    listed = {name for row in rows(page, "item") for name in re.findall(r"`(\w+)`", row[0])}
    record = hand_made.record(
        instances=[hand_made.instance(0, kind=kind) for kind in Kind],
        functions={"f": {}, "g": {"scaling_config": {"delayed_release": "5 min"}}},
    )
    record.functions[1] = replace(record.functions[1], delayed_release=True)
    states = {"idle.billed": "idle", "idle.delayed_release_billed": "idle"}
    charged = charges(record, {"billing.create_billed": "active", **states})
    others = {"requests", "rounding", "minimum_charge", "tier", "discount", "account_discount"}
    others.add("resident_pool")
    assert listed == {charge.item for charge in charged} | others


def test_price_books_and_parameters(page):
    named = set(re.findall(r"`((?:china|international)-[\d-]+)`", page))
    assert named == set(book_names())
    known = Parameters.resolve("page", "cn-hangzhou")
    for name in ("billing.create_billed", "idle.billed", "idle.delayed_release_billed"):
        assert name in known
        assert f"`{name}`" in page


@pytest.mark.parametrize(
    "table,columns",
    [
        ("requests", REQUEST_COLUMNS),
        ("instances", INSTANCE_COLUMNS),
        ("pulls", PULL_COLUMNS),
        ("course", COURSE),
        ("callers", CALLER_COURSE),
        ("minimum", MINIMUM_COURSE),
        ("latency", CurvePoint._fields),
        ("transfers", TransferRow._fields),
        *TRACE_COLUMNS.items(),
    ],
)
def test_every_column_has_a_unit_and_a_meaning(page, table, columns):
    found = rows(page, f"column of {table}")
    assert [name for name, _, _ in found] == [f"`{name}`" for name in columns]
    units = {"s", "bytes", "count", "name", "number", "row", "0 or 1", "instances", "requests"}
    units |= {"bytes/s", "messages"}
    assert {unit for _, unit, _ in found} <= units
    assert all(meaning for _, _, meaning in found)


@pytest.mark.parametrize(
    "table,columns", [("course", COURSE), ("callers", CALLER_COURSE), ("minimum", MINIMUM_COURSE)]
)
def test_the_courses_are_told_as_the_code_does(page, table, columns):
    assert rows(page, f"column of {table}") == [
        (f"`{name}`", unit, meaning) for name, (unit, meaning) in columns.items()
    ]


def test_how_many_functions_have_a_course_of_minimum_instances(page):
    assert f"at most {MOST} functions" in page


def test_names_in_columns_are_listed_in_the_order_of_their_positions(page):
    told = {
        table: {name: meaning for name, _, meaning in rows(page, f"column of {table}")}
        for table in ("requests", "instances", "pulls", "cache_events")
    }
    for table, column, names in (
        ("requests", "outcome", Outcome),
        ("requests", "start", Start),
        ("instances", "kind", Kind),
        ("pulls", "source", Source),
        ("cache_events", "event", CacheEvent),
    ):
        listed = re.findall(r"`(\w+)`", told[table][f"`{column}`"])
        assert listed == [member.name.lower() for member in names]
