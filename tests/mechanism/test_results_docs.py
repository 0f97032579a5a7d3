"""docs/results.md says what the code does: its tables are compared line by line."""

import re
from dataclasses import replace

import pytest

from fcsim.results.message_series import MESSAGE_METRICS
from fcsim.results.price_book import book_names
from fcsim.results.series import FUNCTION_METRICS, REGION_METRICS
from fcsim.results.usage import charges
from fcsim.results.vocabulary import KPIS
from fcsim.scenario.parameters import Parameters
from fcsim.sim.record import Kind


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
