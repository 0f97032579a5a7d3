"""The language of objectives: what is read, and what is refused with what would be accepted."""

import math

import pytest

import fcsim
from fcsim.errors import ScenarioError, UsageError
from fcsim.study.objectives import parse, read_objectives

INF = math.inf


@pytest.mark.parametrize(
    "text, name, low, high",
    [
        ("latency.p99 <= 2 s", "latency.p99", -INF, 2.0),
        ("latency.p99<=250ms", "latency.p99", -INF, 0.25),
        ("functions.shop.latency.p99 < 2 s", "functions.shop.latency.p99", -INF, 2.0),
        ("functions.a.b.latency.max <= 1 min", "functions.a.b.latency.max", -INF, 60.0),
        ("requests.success_ratio >= 99.9 %", "requests.success_ratio", 0.999, INF),
        ("requests.success_ratio ≥ 0.999", "requests.success_ratio", 0.999, INF),
        ("cost.per_month <= 3600 CNY", "cost.per_month", -INF, 3600.0),
        ("cost.per_month <= 3,600.50CNY", "cost.per_month", -INF, 3600.5),
        ("errors.FunctionNotStarted = 0", "errors.FunctionNotStarted", 0.0, 0.0),
        ("requests.throttled == 0", "requests.throttled", 0.0, 0.0),
        ("instances.mean within 2 to 8", "instances.mean", 2.0, 8.0),
        ("latency.p50 within 100 ms to 1 s", "latency.p50", 0.1, 1.0),
        ("image.bytes_pulled <= 2 GB", "image.bytes_pulled", -INF, 2e9),
    ],
)
def test_forms(text, name, low, high):
    objective = parse(text, ["shop", "a.b"])
    assert (objective.name, objective.low, objective.high) == (
        name,
        pytest.approx(low),
        pytest.approx(high),
    )
    assert objective.every is None


def test_within_a_share_of_a_value():
    objective = parse("latency.p50 within 10 % of 300 ms")
    assert (objective.low, objective.high) == pytest.approx((0.27, 0.33))


def test_slices_of_time():
    objective = parse("functions.shop.latency.p99 <= 2 s in every 5 min", ["shop"])
    assert (objective.function, objective.kpi.name, objective.every) == ("shop", "latency.p99", 300)
    between = parse("queue.mean within 0 to 2 s in every 90 s")
    assert (between.low, between.high, between.every) == (0, 2, 90)


@pytest.mark.parametrize(
    "text, told",
    [
        ("latency.p98 <= 2 s", "unknown KPI 'latency.p98'; did you mean 'latency.p99'?"),
        ("functions.shp.latency.p99 <= 2 s", "no function 'shp'; did you mean 'shop'?"),
        ("functions.shop.latncy.p99 <= 2 s", "did you mean 'latency.p99'?"),
        ("latency.p99 <= 2", "'2' has no unit; expected a number with a unit (us, ms, s"),
        ("latency.p99 <= 2 MB", "unknown unit 'MB'"),
        ("latency.p99 <= 2 s in every day", "cannot read 'day'"),
        ("latency.p99 <= 2 s in every 0 s", "in every 0 s: expected a number with a unit"),
        ("cost.per_month <= 3600", "cost.per_month takes an amount like '3600 CNY'; got '3600'"),
        ("cost.per_month <= 3600 USD", "prices of this scenario are in CNY, not USD"),
        ("requests.throttled <= few", "requests.throttled takes a number like 20; got 'few'"),
        ("cost.total <= 3 CNY in every 5 min", "cost.total has no value in every 5 min; accepted"),
        ("cold_start.phase.pull.mean <= 3 s in every 5 min", "has no value in every"),
        ("instances.mean within 8 to 2", "the first value must not exceed the second"),
        ("instances.mean within 8", "cannot read 'within 8'"),
        ("latency.p99 2 s", "cannot read the objective 'latency.p99 2 s'; accepted: KPI <= VALUE"),
    ],
)
def test_what_cannot_be_read(text, told):
    with pytest.raises(UsageError) as error:
        parse(text, ["shop"])
    assert told in str(error.value)
    assert "\n" not in str(error.value)


SHOP = """\
fcsim: 1
images: {i: {compressed: 10 MB}}
functions: {shop: {image: i, service: {time: 1 s}}}
workload: {w: {function: shop, arrivals: {poisson: 1/s}}}
objectives:
  - latency.p99 <= 2 s
  - functions.shop.latency.p9 <= 2 s
  - cost.per_month <= 1 USD
"""


def test_every_mistake_has_its_place(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP)
    with pytest.raises(ScenarioError) as error:
        read_objectives(path, fcsim.load(path), ["latency.p9 <= 1 s"])
    places = [(problem.line, problem.path) for problem in error.value.problems]
    assert places == [(7, "objectives.1"), (8, "objectives.2"), (0, "--objective")]
    assert str(error.value.problems[0]).startswith(f"{path}:7:5: objectives.1: unknown KPI")


def test_those_of_the_file_come_first(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text("\n".join(SHOP.splitlines()[:6]))
    texts = [o.text for o in read_objectives(path, fcsim.load(path), ["latency.p50 <= 1 s"])]
    assert texts == ["latency.p99 <= 2 s", "latency.p50 <= 1 s"]


def test_money_is_in_the_currency_of_the_price_book():
    assert parse("cost.total <= 5 USD", currency="USD").high == 5
