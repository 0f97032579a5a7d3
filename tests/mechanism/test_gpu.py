"""GPU functions: cards and their quota, resident pools, models on their way to the card."""

import math

import pytest

from fcsim import load, run
from fcsim.sim.record import ErrorCode, Kind, Outcome
from fcsim.sim.simulation import simulate

ADA = {"cpu": 4, "memory_size": "32768 MB", "gpu_config": {"gpu_type": "fc.gpu.ada.1"}}
TWO = {"cpu": 8, "memory_size": "65536 MB",
       "gpu_config": {"gpu_type": "fc.gpu.ada.1", "gpu_memory_size": "98304 MB"}}  # fmt: skip


def scenario(arrivals, function=None, *, assumptions=None, functions=None, **more):
    """One GPU function that starts in 1 s; *arrivals* are (size, every, first)."""
    size, every, first = arrivals
    one = {"image": "i", "timeout": "1 h", "service": {"time": "30 s"}, **ADA, **(function or {})}
    every_one = functions or {"f": one}
    return load(
        {
            "fcsim": 1,
            "horizon": "1 h",
            "images": {"i": {"compressed": "1 GB", "server": {"start": "1 s"}}},
            "functions": every_one,
            "workload": {
                name: {
                    "function": name,
                    "arrivals": {"bursts": {"size": size, "every": every, "first": first}},
                }
                for name in every_one
            },
            "assumptions": {
                "start.placing": "0 s", "start.create": "0 s", "credential.latency": "0 s",
                "pull.mode": "none", "idle.keep_alive": "60 s", "scaling.gpu_burst": 100,
                **(assumptions or {}),
            },
            **more,
        }
    )  # fmt: skip


def errors(record):
    return record.requests["error"].tolist()


class TestCards:
    def test_ten_cards_are_the_quota_of_a_region(self):
        record = simulate(scenario((12, "2 h", "0 s")))
        assert errors(record) == [0] * 10 + [ErrorCode.RESOURCE_EXHAUSTED] * 2

    def test_an_instance_of_two_cards_takes_two(self):
        record = simulate(scenario((7, "2 h", "0 s"), TWO))
        assert errors(record) == [0] * 5 + [ErrorCode.RESOURCE_EXHAUSTED] * 2

    def test_an_instance_never_straddles_hosts(self):
        pools = {"g": {"hosts": 2, "gpu_type": "fc.gpu.ada.1", "cards": 3}}
        record = simulate(scenario((4, "2 h", "0 s"), TWO, pools=pools))
        assert errors(record) == [0] * 2 + [ErrorCode.RESOURCE_THROTTLED] * 2

    def test_growth_of_gpus_is_apart_and_slower(self):
        cpu = {"image": "i", "timeout": "1 h", "service": {"time": "30 s"}}
        record = simulate(
            scenario(
                (8, "2 h", "0 s"), functions={"g": {**cpu, **ADA}, "c": cpu},
                assumptions={"scaling.gpu_burst": 5, "scaling.gpu_growth": "5/min"},
            )
        )  # fmt: skip
        refused = record.requests["error"] == ErrorCode.RESOURCE_EXHAUSTED
        assert record.requests["function"][refused].tolist() == [0, 0, 0]

    def test_growth_comes_back_at_its_rate(self):
        record = simulate(
            scenario(
                (1, "4 s", "0 s"), {"service": {"time": "10 min"}}, horizon="40 s",
                assumptions={"scaling.gpu_burst": 1, "scaling.gpu_growth": "5/min"},
            )
        )  # fmt: skip
        assert record.instances["created"].tolist() == [0.0, 12.0, 24.0, 36.0]

    def test_slices_are_for_older_presets(self):
        quarter = {"gpu_type": "fc.gpu.tesla.1", "gpu_memory_size": "4096 MB"}
        slices = {"cpu": 2, "memory_size": "8192 MB", "gpu_config": quarter}
        older = {"platform": {"preset": "fc-2024-08"}}
        # a quarter of a card each: forty fit into the ten cards of the quota
        record = simulate(scenario((42, "2 h", "0 s"), slices, **older))
        assert sum(record.requests["outcome"] == Outcome.THROTTLED) == 2


def pooled(cards=2, **function):
    scaling = {"resident_pool_id": "p", **function.pop("scaling", {})}
    return {
        "function": {"scaling_config": scaling, **function},
        "resident_pools": {"p": {"gpu_type": "fc.gpu.ada.1", "cards": cards}},
    }


class TestResidentPool:
    def test_its_cards_and_nothing_else_limit_it(self):
        limits = {"scaling.gpu_burst": 1, "scaling.gpu_growth": "1/min", "scaling.gpu_cards": 1,
                  "scaling.instances": 1}  # fmt: skip
        record = simulate(scenario((14, "2 h", "0 s"), assumptions=limits, **pooled(12)))
        assert errors(record) == [0] * 12 + [ErrorCode.RESOURCE_EXHAUSTED] * 2
        assert set(record.instances["kind"]) == {Kind.RESIDENT}

    def test_cards_come_back(self):
        record = simulate(scenario((1, "92 s", "0 s"), horizon="200 s", **pooled(1)))
        # 1 s start, 30 s, 60 s of keep-alive: gone at 91
        assert errors(record) == [0, 0, 0]
        assert record.instances["created"].tolist() == [0.0, 92.0, 184.0]

    def test_elastic_instances_help_out_in_mix_mode(self):
        mixed = pooled(2, scaling={"enable_mix_mode": True})
        record = simulate(scenario((13, "2 h", "0 s"), **mixed))
        kinds = record.instances["kind"].tolist()
        assert kinds == [Kind.RESIDENT] * 2 + [Kind.ON_DEMAND] * 10
        assert errors(record)[12:] == [ErrorCode.RESOURCE_EXHAUSTED]

    def test_minimum_instances_live_there_and_the_function_maximum_holds(self):
        scaling = {"min_instances": 2, "max_instances": 3}
        record = simulate(scenario((4, "2 h", "10 s"), **pooled(5, scaling=scaling)))
        assert record.instances["kind"].tolist() == [Kind.RESIDENT] * 3
        assert record.instances["ready"].tolist() == [0.0, 0.0, 11.0]
        assert errors(record) == [0, 0, 0, ErrorCode.RESOURCE_EXHAUSTED]
        assert [math.isnan(gone) for gone in record.instances["gone"]] == [True, True, False]

    def test_schedules_move_minimum_instances_there(self):
        policies = [
            {"name": "up", "target": 2, "schedule_expression": "at(2026-01-04T16:10:00)"},
            {"name": "down", "target": 0, "schedule_expression": "at(2026-01-04T16:20:00)"},
        ]
        pool = pooled(5, scaling={"scheduled_policies": policies})
        record = simulate(scenario((1, "2 h", "59 min"), **pool))
        assert record.instances["created"].tolist()[:2] == [600.0, 600.0]
        assert record.instances["gone"].tolist()[:2] == [1200.0, 1200.0]

    def test_only_its_price_and_invocations_are_billed(self):
        pool = pooled(2)
        pool["resident_pools"]["p"]["price_per_month"] = 7200.0
        result = run(scenario((2, "2 h", "0 s"), **pool))
        amounts = {line.item: line.amount for line in result.bill.lines}
        # one of the 720 hours of a month
        assert amounts.pop("resident_pool") == pytest.approx(10.0)
        assert set(amounts) <= {"requests", "rounding", "discount"}
        assert result.kpi("cost.resident") == pytest.approx(10.0)
        assert result.kpi("cost.total") == pytest.approx(10.0, abs=0.01)
        assert result.kpi("cost.per_month") == pytest.approx(7200.0, abs=1.0)

    def test_functions_share_the_price_by_the_memory_they_hold(self):
        one = {"image": "i", "timeout": "1 h", "service": {"time": "30 s"}}
        scaling = {"scaling_config": {"resident_pool_id": "p"}}
        functions = {"a": {**one, **ADA, **scaling}, "b": {**one, **TWO, **scaling}}
        pools = {"p": {"gpu_type": "fc.gpu.ada.1", "cards": 3, "price_per_month": 2160.0}}
        result = run(scenario((1, "2 h", "0 s"), functions=functions, resident_pools=pools))
        assert result.kpi("functions.a.cost.resident") == pytest.approx(1.0)
        assert result.kpi("functions.b.cost.resident") == pytest.approx(2.0)

    def test_a_card_without_a_price_needs_none_there(self):
        hopper = {"cpu": 16, "memory_size": "98304 MB",
                  "gpu_config": {"gpu_type": "fc.gpu.hopper.1"}}  # fmt: skip
        pool = pooled(1, **hopper)
        pool["resident_pools"]["p"]["gpu_type"] = "fc.gpu.hopper.1"
        result = run(scenario((1, "2 h", "0 s"), **pool))
        assert result.kpi("cost.resident") == 0.0
        assert any("price_per_month" in line for line in result.warnings)

    def test_the_series_count_it_as_provisioned(self):
        result = run(scenario((1, "2 h", "0 s"), **pooled(1)))
        assert result.series["FunctionProvisionedCurrentInstance"][0, 0] == 1.0
        assert result.series["FunctionProvisionInvocations"].sum() == 1


MODEL = {"model.origin_bandwidth": "1 GB/s", "model.host_disk_bandwidth": "2 GB/s",
         "model.host_memory_bandwidth": "10 GB/s"}  # fmt: skip
ONE_HOST = {"g": {"hosts": 1, "gpu_type": "fc.gpu.ada.1", "cards": 8}}


def served(record):
    """Return how long each server took: 1 s and its model."""
    return (record.instances["served"] - record.instances["started"] - 1.0).tolist()


class TestModelLoad:
    """20 GB: 20 s from the origin, 10 s from the host's disk, 2 s from its memory."""

    def loaded(self, arrivals, tier, *, pools=ONE_HOST, model="20 GB", **assumptions):
        function = {"model": {"size": model, "tier": tier}, "service": {"time": "5 s"}}
        return simulate(
            scenario(arrivals, function, pools=pools, assumptions={**MODEL, **assumptions})
        )

    @pytest.mark.parametrize(
        "tier,seconds", [("origin", 20.0), ("host_disk", 10.0), ("host_memory", 2.0)]
    )
    def test_the_first_load_is_size_over_bandwidth(self, tier, seconds):
        assert served(self.loaded((1, "2 h", "0 s"), tier)) == [seconds]

    def test_from_the_origin_it_comes_once_to_a_host(self):
        # the second start waits until the disk has it, 20 s, and reads it from there
        assert served(self.loaded((2, "2 h", "0 s"), "origin")) == [20.0, 30.0]
        assert served(self.loaded((1, "200 s", "0 s"), "origin"))[:2] == [20.0, 10.0]

    def test_memory_that_keeps_nothing_has_it_at_no_time(self):
        # at 25 s one load has ended and another is under way
        assert served(self.loaded((2, "25 s", "0 s"), "origin"))[:3] == [20.0, 30.0, 10.0]

    def test_each_host_fetches_its_own(self):
        pools = {"g": {"hosts": 2, "gpu_type": "fc.gpu.ada.1", "cards": 1}}
        assert served(self.loaded((2, "2 h", "0 s"), "origin", pools=pools)) == [20.0, 20.0]

    def test_the_disk_forgets_it_like_a_layer(self):
        found = self.loaded((1, "400 s", "0 s"), "origin", **{"cache.lifetime": "5 min"})
        assert served(found)[:2] == [20.0, 20.0]  # gone at 87, kept until 387
        found = self.loaded((1, "380 s", "0 s"), "origin", **{"cache.lifetime": "5 min"})
        assert served(found)[:2] == [20.0, 10.0]

    def test_the_memory_keeps_it_if_that_is_assumed(self):
        memory = {"model.memory_lifetime": "5 min"}
        assert served(self.loaded((1, "200 s", "0 s"), "host_disk", **memory))[:2] == [10.0, 2.0]
        assert served(self.loaded((1, "500 s", "0 s"), "host_disk", **memory))[:2] == [10.0, 10.0]
        assert served(self.loaded((1, "200 s", "0 s"), "origin", **memory))[:2] == [20.0, 2.0]
        # while the first load is under way the memory has nothing yet
        assert served(self.loaded((2, "2 h", "0 s"), "host_disk", **memory)) == [10.0, 10.0]

    def test_a_host_that_crashes_loses_what_its_memory_has(self):
        function = {"model": {"size": "20 GB", "tier": "host_disk"}, "service": {"time": "5 s"}}
        source = scenario(
            (1, "200 s", "0 s"), function, pools=ONE_HOST,
            assumptions={**MODEL, "model.memory_lifetime": "1 h"},
            faults=[{"at": "150 s", "host_crash": {}, "duration": "1 s"}],
        )  # fmt: skip
        assert served(simulate(source))[:3] == [10.0, 10.0, 2.0]

    def test_a_load_that_takes_too_long_fails_the_start_but_not_the_transfer(self):
        record = self.loaded((1, "130 s", "0 s"), "origin", model="125 GB")
        # 126 s are over the 120 s of a server; the next finds it on the disk: 62.5 s
        assert record.instances["error"].tolist()[0] == ErrorCode.FUNCTION_NOT_STARTED
        assert record.instances["gone"].tolist()[0] == 120.0
        assert served(record)[1] == 62.5

    def test_warm_caches_and_minimum_instances_have_it(self):
        function = {"model": {"size": "20 GB", "tier": "origin"}, "service": {"time": "5 s"},
                    "scaling_config": {"min_instances": 1}}  # fmt: skip
        record = simulate(scenario((2, "2 h", "9 s"), function, pools=ONE_HOST, assumptions=MODEL))
        assert record.instances["ready"].tolist() == [0.0, 9.0 + 1.0 + 10.0]
        del function["scaling_config"]
        record = simulate(
            scenario((1, "2 h", "0 s"), function, assumptions=MODEL, initial={"caches": "warm"})
        )
        assert served(record) == [10.0]
