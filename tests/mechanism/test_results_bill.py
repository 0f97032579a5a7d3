"""Bills of hand-made runs, added up by hand."""

from math import fsum, nan

import numpy as np
import pytest

from fcsim.errors import ScenarioError
from fcsim.results.bill import bill
from fcsim.results.kpis import kpis
from fcsim.results.price_book import book_names, load_book, price_book
from fcsim.sim.record import ErrorCode, Kind, Outcome, Start

PRICE = 0.00011


@pytest.fixture(scope="module")
def life(hand_made):
    """One instance through all its phases, with two requests that overlap; then changes."""

    def build(requests=None, instances=None, functions=None, **scenario):
        if requests is None:
            requests = [
                hand_made.request(0, 16, 26, instance=0, start=Start.COLD),
                hand_made.request(20, 20, 30, instance=0),
            ]
        whole = {"placed": 1, "credential": 2, "pulled": 12, "started": 13, "served": 15}
        if instances is None:
            instances = [hand_made.instance(0, **whole, ready=16, stopping=50, gone=52)]
        functions = functions or {"f": {"instance_concurrency": 2}}
        return hand_made.record(requests, instances, functions=functions, **scenario)

    return build


def quantities(record):
    return {line.item: line.quantity for line in bill(record).lines}


def test_every_line_of_one_life(life):
    lines = [tuple(line)[1:6] for line in bill(life()).lines]
    assert lines == [
        ("pull.cpu", 10.0, "vCPU·s", 10.0, PRICE),
        ("pull.memory", 10.0, "GB·s", 1.5, PRICE),
        ("initializer.cpu", 1.0, "vCPU·s", 1.0, PRICE),
        ("initializer.memory", 1.0, "GB·s", 0.15, PRICE),
        ("pre_stop.cpu", 2.0, "vCPU·s", 2.0, PRICE),
        ("pre_stop.memory", 2.0, "GB·s", 0.3, PRICE),
        ("active.cpu", 14.0, "vCPU·s", 14.0, PRICE),
        ("active.memory", 14.0, "GB·s", 2.1, PRICE),
        ("keep_alive.cpu", 20.0, "vCPU·s", 0.0, PRICE),
        ("keep_alive.memory", 20.0, "GB·s", 3.0, PRICE),
        ("requests", 2.0, "invocations", 0.015, PRICE),
        ("rounding", pytest.approx(0.935), "CU", pytest.approx(0.935), PRICE),
        ("minimum_charge", 1.0, "function·h", 0.0, 0.01),
        ("minimum_charge_offset", pytest.approx(35 * PRICE), "CNY", 0.0, -1.0),
    ]


def test_v17_a_1024_mb_instance_pulling_for_10_s_is_10_gb_seconds(life):
    """The platform page's own example; its vCPU is another line."""
    used = quantities(life(requests=[]))
    assert used["pull.memory"] == 10
    assert used["pull.cpu"] == 10


def test_amounts_can_be_added_up_by_hand(life):
    priced = bill(life())
    for line in priced.lines:
        factor = line.cu if line.cu else line.quantity
        assert line.amount == factor * line.price or line.cu == line.amount == 0
    assert priced.total == pytest.approx(0.01)


def test_kpis_of_cost_are_the_lines(life):
    cost = kpis(life())["cost"]
    assert cost["pull"] == pytest.approx(11.5 * PRICE)
    assert cost["active"] == pytest.approx((1.15 + 2.3 + 16.1) * PRICE)
    assert cost["idle"] == pytest.approx(3 * PRICE)
    assert cost["requests"] == pytest.approx(0.015 * PRICE)


def test_a_month_repeats_the_hour_of_which_100_s_are_known(life):
    assert bill(life()).per_month[-1] == pytest.approx(720 * np.ceil(34.065 * 36) * PRICE)


def test_a_month_of_one_whole_hour_is_720_such_hours(life):
    whole = bill(life(horizon="1 h"))
    assert whole.per_month[-1] == pytest.approx(720 * whole.total)


class TestPhases:
    def test_a_failed_start_pays_for_its_pull_only(self, life, hand_made):
        failed = hand_made.instance(
            0, credential=2, pulled=12, started=13, served=nan, ready=nan, gone=133,
            error=ErrorCode.FUNCTION_NOT_STARTED,
        )  # fmt: skip
        assert quantities(life([], [failed], horizon="1000 s")) == {
            "pull.cpu": 10,
            "pull.memory": 10,
            "rounding": pytest.approx(0.5),
            "minimum_charge": 1,
            "minimum_charge_offset": pytest.approx(12 * PRICE),
        }

    def test_a_failed_pull_pays_until_it_failed(self, life, hand_made):
        times = dict.fromkeys(("pulled", "started", "served", "ready"), nan)
        failed = hand_made.instance(0, credential=2, gone=9, **times)
        assert quantities(life([], [failed]))["pull.cpu"] == 7

    def test_creating_may_be_billed(self, life):
        used = quantities(life(assumptions={"billing.create_billed": "active"}))
        assert used["create.cpu"] == 3

    def test_keep_alive_follows_its_parameter(self, life):
        costs = {
            how: kpis(life(assumptions={"idle.billed": how}))["cost"]["idle"]
            for how in ("active", "idle", "none")
        }
        assert costs["active"] == pytest.approx((20 + 3) * PRICE)
        assert costs["idle"] == pytest.approx(3 * PRICE)
        assert costs["none"] == 0

    def test_a_minimum_instance_pays_busy_and_idle_time(self, life, hand_made):
        requests = [hand_made.request(10, 10, 13, instance=0)]
        used = quantities(life(requests, [hand_made.instance(0, kind=Kind.MINIMUM)]))
        assert used["minimum_active.cpu"] == 3
        assert used["minimum_idle.cpu"] == 97
        assert not any(item.startswith(("active", "keep_alive", "pull")) for item in used)

    def test_only_the_window_is_billed(self, life):
        used = quantities(life(warm_up="8 s", horizon="24 s"))
        assert used["pull.cpu"] == 4
        assert used["active.cpu"] == 8
        assert "keep_alive.cpu" not in used
        assert "pre_stop.cpu" not in used
        assert used["requests"] == 2

    def test_refusals_and_calls_that_never_reached_an_instance_are_free(self, life, hand_made):
        requests = [
            hand_made.request(1, ended=1, outcome=Outcome.THROTTLED,
                              error=ErrorCode.RESOURCE_EXHAUSTED),
            hand_made.request(1, ended=9, outcome=Outcome.FAILED,
                              error=ErrorCode.IMAGE_PULL_FAILED),
            hand_made.request(1, 1, 4, instance=0, outcome=Outcome.TIMED_OUT,
                              error=ErrorCode.FUNCTION_TIMEOUT),
        ]  # fmt: skip
        assert quantities(life(requests, [hand_made.instance(0)]))["requests"] == 1


class TestRounding:
    def test_cu_are_rounded_up_for_each_function_and_clock_hour(self, life, hand_made):
        # 23:59:50 + 100 s: ten seconds fall into the first hour. 10.25 and 90.25 CU, 2 functions.
        record = life(
            [],
            [hand_made.instance(0, function=n, kind=Kind.MINIMUM) for n in (0, 1)],
            {"f": {"memory_size": "1024 MB"}, "g": {}},
            start="2026-11-23T23:59:50+08:00",
        )
        cu = fsum(line.cu for line in bill(record).lines)
        assert cu == 2 * (np.ceil(1.5) + np.ceil(13.5))

    def test_whole_cu_are_not_rounded(self, life, hand_made):
        busy = [hand_made.request(0, 0, 80, instance=0)]
        record = life(busy, [hand_made.instance(0, gone=80)], billing={"prices": {"requests": 0}})
        assert "rounding" not in quantities(record)  # 80 vCPU·s and 80 × 0.15 GB·s are 92 CU

    def test_the_minimum_is_owed_for_hours_with_an_instance_or_a_call(self, life, hand_made):
        lives = [hand_made.instance(10, gone=20), hand_made.instance(7300, gone=7310)]
        used = quantities(life([], lives, horizon="4 h"))
        assert used["minimum_charge"] == 2

    def test_the_minimum_begins_on_its_day(self, life, hand_made):
        lives = [hand_made.instance(0, gone=9), hand_made.instance(3600, gone=3609)]
        used = quantities(life([], lives, horizon="4 h", start="2025-12-08T23:00:00+08:00"))
        assert used["minimum_charge"] == 1
        before = life([], lives, horizon="4 h", start="2025-11-01T00:00:00+08:00")
        assert "minimum_charge" not in quantities(before)

    def test_an_hour_that_costs_more_owes_no_minimum(self, life, hand_made):
        busy = [hand_made.request(0, 0, 100, instance=0)]
        assert "minimum_charge" not in quantities(life(busy, [hand_made.instance(0)]))


class TestAccount:
    def test_cu_beyond_a_tier_are_cheaper(self, life):
        record = life(billing={"month_to_date": {"cu": 200_000_000 - 10}})
        tier = [line for line in bill(record).lines if line.item == "tier"]
        assert [(line.function, line.quantity, line.unit) for line in tier] == [("", 25, "CU")]
        assert tier[0].amount == pytest.approx(25 * (0.00010 - 0.00011))

    def test_the_tier_in_which_the_account_stands_is_the_price(self, life):
        record = life(billing={"month_to_date": {"cu": 2_000_000_000}})
        assert {line.price for line in bill(record).lines if line.cu} == {0.00009}

    def test_a_month_goes_through_the_tiers(self, life, hand_made):
        # 100 minimum instances of 16 vCPU, busy all the time: 100 × (16 + 32 × 0.15) CU/s.
        requests = [hand_made.request(0, 0, 3600, instance=k) for k in range(100)]
        lives = [hand_made.instance(0, kind=Kind.MINIMUM) for _ in range(100)]
        shape = {"cpu": 16, "memory_size": "32 GB"}
        record = life(requests, lives, {"f": shape}, horizon="1 h",
                      billing={"prices": {"requests": 0}})  # fmt: skip
        hour = 100 * 20.8 * 3600
        month = 720 * hour
        assert bill(record).total == pytest.approx(hour * 0.00011)
        expected = 200e6 * 0.00011 + 800e6 * 0.00010 + (month - 1e9) * 0.00009
        assert bill(record).per_month[-1] == pytest.approx(expected)

    def test_discounts_follow_each_other(self, life):
        record = life(billing={"book": "china-2024-08-27", "discount": 0.1})
        lines = {line.item: line for line in bill(record).lines if not line.function}
        assert lines["discount"].amount == pytest.approx(-0.2 * 35 * PRICE)
        assert lines["account_discount"].amount == pytest.approx(-0.1 * 0.8 * 35 * PRICE)
        offset = next(x for x in bill(record).lines if x.item == "minimum_charge_offset")
        assert offset.quantity == pytest.approx(0.72 * 35 * PRICE)

    def test_functions_add_up_to_the_whole(self, life, hand_made):
        requests = [hand_made.request(k, k, k + 30, instance=k % 2, function=k % 2)
                    for k in range(8)]  # fmt: skip
        record = life(
            requests,
            [hand_made.instance(0, function=n) for n in (0, 1)],
            {"f": {"instance_concurrency": 9}, "g": {"instance_concurrency": 9, "cpu": 0.5}},
            billing={"discount": 0.25, "month_to_date": {"cu": 200_000_000 - 50}},
        )
        figures = kpis(record)
        for part in ("total", "per_month", "pull", "active", "idle", "requests"):
            parts = fsum(f["cost"][part] for f in figures["functions"].values())
            assert figures["cost"][part] == pytest.approx(parts), part
        assert figures["cost"]["total"] == pytest.approx(bill(record).total)


class TestPrices:
    GPU = {"cpu": 8, "memory_size": "32 GB", "instance_concurrency": 2}

    def gpu(self, name, memory="16 GB", **more):
        config = {"gpu_type": name, "gpu_memory_size": memory}
        return {"f": {**self.GPU, **more, "gpu_config": config}}

    def test_a_gpu_is_billed_by_its_memory_and_owes_no_minimum(self, life):
        used = quantities(life(functions=self.gpu("fc.gpu.tesla.1")))
        assert used["pull.gpu"] == 160
        assert "minimum_charge" not in used
        idle = next(
            line
            for line in bill(life(functions=self.gpu("fc.gpu.tesla.1"))).lines
            if line.item == "keep_alive.gpu"
        )
        assert idle.cu == 20 * 16 * 0.5

    def test_an_unknown_gpu_price_names_the_key_to_fill(self, life):
        hopper = self.gpu("fc.gpu.hopper.1", "96 GB", cpu=16, memory_size="96 GB")
        record = life(functions=hopper)
        with pytest.raises(ScenarioError) as error:
            bill(record)
        paths = [problem.path for problem in error.value.problems]
        assert paths == [f"billing.prices.gpu.fc.gpu.hopper.1.{s}" for s in ("active", "idle")]
        filled = {path.removeprefix("billing.prices."): 3.0 for path in paths}
        used = quantities(life(functions=hopper, billing={"prices": filled}))
        assert used["pull.gpu"] == 960

    @pytest.mark.parametrize(
        "billing, path, message",
        [
            ({"book": "china-2026"}, "billing.book", "did you mean 'china-2026-08-27'?"),
            ({"prices": {"memory.activ": 1}}, "billing.prices.memory.activ", "'memory.active'"),
            ({"prices": {"cpu.idle": -1}}, "billing.prices.cpu.idle", "accepted: 0 or more"),
            ({"prices": {"discount": 2}}, "billing.prices.discount", "accepted: 0 to 1"),
        ],
    )
    def test_mistakes_are_named(self, hand_made, billing, path, message):
        with pytest.raises(ScenarioError) as error:
            price_book(hand_made.record(billing=billing).scenario)
        (problem,) = error.value.problems
        assert problem.path == path
        assert message in problem.message

    def test_a_price_of_the_scenario_replaces_the_books(self, life):
        record = life(billing={"prices": {"memory.active": 0.3, "disk.free": 0}})
        lines = {line.item: line for line in bill(record).lines}
        assert lines["pull.memory"].cu == 3
        assert lines["pull.disk"].quantity == 5
        assert "billing.prices.memory.active" in {p.name for p in bill(record).assumptions}

    def test_the_region_chooses_the_site(self, life):
        abroad = bill(life(platform={"region": "eu-central-1"}))
        assert (abroad.book, abroad.currency) == ("international-2025-08-27", "USD")
        assert abroad.lines[0].price == 0.00002

    def test_an_old_preset_has_the_prices_of_its_time(self, life):
        assert bill(life(platform={"preset": "fc-2024-08"})).book == "china-2024-08-27"

    @pytest.mark.parametrize("name", book_names())
    def test_every_value_of_every_book_has_a_source(self, name):
        book = load_book(name)
        assert book.tiers[0].above == 0
        assert book.tiers_source
        for value in book.values.values():
            assert value.source if value.provenance == "documented" else value.note, value.name

    def test_assumptions_are_those_that_were_used(self, life):
        names = {parameter.name for parameter in bill(life()).assumptions}
        assert names == {"idle.billed", "billing.create_billed", "billing.prices.disk.free"}
