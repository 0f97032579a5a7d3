"""Policies of minimum instances, from scenario to record: exact instants and numbers."""

import pytest

from fcsim import load
from fcsim.sim.record import Kind
from fcsim.sim.simulation import simulate

START = "2026-11-23T08:00:00+08:00"  # a Monday


def simulated(scaling, arrivals=None, *, assumptions=None, function=None, **more):
    """Simulate one function whose instances start in 10 s; nobody calls it by default."""
    none = {"bursts": {"size": 1, "every": "100 h", "first": "99 h"}}
    source = {
        "fcsim": 1,
        "start": START,
        "horizon": "4 h",
        "images": {"i": {"compressed": "1 MB", "server": {"start": "10 s"}}},
        "functions": {
            "f": {
                "image": "i", "cpu": 1, "memory_size": "1024 MB", "timeout": "1 h",
                "service": {"time": "30 s"}, "scaling_config": scaling, **(function or {}),
            },
        },
        "workload": {"w": {"function": "f", "arrivals": arrivals or none}},
        "assumptions": {
            "start.placing": "0 s", "start.create": "0 s", "credential.latency": "0 s",
            "pull.mode": "none", "idle.keep_alive": "60 s", **(assumptions or {}),
        },
        **more,
    }  # fmt: skip
    return simulate(load(source))


def at(target, time, **more):
    return {"name": f"{time} {target}", "target": target, "time_zone": "Asia/Shanghai",
            "schedule_expression": f"cron(0 {time} * * *)", **more}  # fmt: skip


def tracking(target=0.5, least=1, most=50, metric="ProvisionedConcurrencyUtilization", **more):
    return {"name": "track", "metric_type": metric, "metric_target": target,
            "min_instances": least, "max_instances": most, **more}  # fmt: skip


def targets(record):
    return [(t, n) for t, n in zip(record.targets["time"], record.targets["target"], strict=True)]


def lives(record, *names):
    return list(zip(*(record.instances[name].tolist() for name in names), strict=True))


class TestSchedules:
    def test_the_example_of_the_scaling_page_rises_and_falls(self):
        record = simulated({"scheduled_policies": [at(3, "0 9"), at(1, "0 10")]})
        # at 08:00 the last time was yesterday, 10:00
        assert targets(record) == [(0.0, 1), (3600.0, 3), (7200.0, 1)]
        assert lives(record, "created", "ready", "gone") == [
            (0.0, 0.0, pytest.approx(float("nan"), nan_ok=True)),
            (3600.0, 3610.0, 7200.0),
            (3600.0, 3610.0, 7200.0),
        ]
        assert set(record.instances["kind"]) == {Kind.MINIMUM}

    def test_they_override_the_initial_minimum_while_in_force(self):
        policy = at(2, "0 9", start_time="2026-11-23T08:30:00", end_time="2026-11-23T09:30:00")
        record = simulated({"min_instances": 5, "scheduled_policies": [policy]})
        assert targets(record) == [(0.0, 5), (3600.0, 2), (5400.0, 5)]

    def test_a_time_before_the_start_of_a_policy_does_not_count(self):
        policy = at(2, "0 7", start_time="2026-11-23T07:00:01")
        assert targets(simulated({"min_instances": 1, "scheduled_policies": [policy]})) == [
            (0.0, 1)
        ]
        policy = at(2, "0 7", start_time="2026-11-23T07:00:00")
        assert targets(simulated({"min_instances": 1, "scheduled_policies": [policy]})) == [
            (0.0, 2)
        ]

    def test_at_comes_once_and_utc_is_the_zone_by_default(self):
        policy = {"name": "a", "target": 4, "schedule_expression": "at(2026-11-23T01:30:00)"}
        assert targets(simulated({"scheduled_policies": [policy]})) == [(0.0, 0), (5400.0, 4)]

    def test_of_two_at_one_instant_the_larger_holds_and_nothing_is_created_in_vain(self):
        policies = [at(2, "0 9"), {**at(6, "0 9"), "name": "other"}, at(3, "30 9")]
        record = simulated({"scheduled_policies": policies})
        assert targets(record) == [(0.0, 3), (3600.0, 6), (5400.0, 3)]
        assert len(record.instances["created"]) == 6

    def test_the_largest_that_ever_came_holds_if_that_is_assumed(self):
        policies = [at(3, "0 9"), at(1, "0 10"), at(4, "0 11")]
        record = simulated(
            {"scheduled_policies": policies}, assumptions={"minimum.schedules": "largest"}
        )
        assert targets(record) == [(0.0, 4)]

    def test_minimum_instances_grow_within_the_growth_limit(self):
        record = simulated(
            {"scheduled_policies": [at(5, "0 9", start_time="2026-11-23T08:00:00")]},
            assumptions={"scaling.burst": 2, "scaling.growth": "6/min"},
        )
        assert lives(record, "created") == [(3600.0,), (3600.0,), (3610.0,), (3620.0,), (3630.0,)]

    def test_a_failed_start_is_tried_again_after_its_pause(self):
        record = simulated(
            {"scheduled_policies": [at(1, "0 9", start_time="2026-11-23T08:00:00")]},
            function={"role": None}, horizon="3637 s", drain="0 s",
            assumptions={"pull.mode": "eager"},
        )  # fmt: skip
        assert lives(record, "created") == [(3600.0,), (3610.0,), (3620.0,), (3630.0,)]


class TestRetirement:
    """Five minimum instances, two of them busy from 3590 to 3620, become fewer at 3600."""

    def fallen(self, target, **assumptions):
        return simulated(
            {"scheduled_policies": [at(5, "0 8"), at(target, "0 9")]},
            {"bursts": {"size": 2, "every": "100 h", "first": "3590 s"}},
            assumptions={"dispatch.policy": "newest_created", **assumptions},
        )

    def test_idle_ones_go_first_and_the_newest_of_them(self):
        # requests are on 4 and 3
        record = self.fallen(3)
        assert [gone == 3600.0 for gone in record.instances["gone"]] == [0, 1, 1, 0, 0]

    def test_or_the_oldest_if_that_is_assumed(self):
        record = self.fallen(3, **{"minimum.retire": "oldest"})
        assert [gone == 3600.0 for gone in record.instances["gone"]] == [1, 1, 0, 0, 0]

    def test_a_busy_one_ends_what_it_has(self):
        record = self.fallen(1)
        assert record.instances["gone"].tolist()[:3] == [3600.0, 3600.0, 3600.0]
        assert record.instances["gone"][4] == 3620.0
        assert record.requests["ended"].tolist() == [3620.0, 3620.0]

    def test_one_that_starts_goes_when_it_is_ready(self):
        early = at(0, "0 9", schedule_expression="cron(5 0 9 * * *)")
        begin = "2026-11-23T08:00:00"
        policies = [at(2, "0 9", start_time=begin), {**early, "start_time": begin}]
        record = simulated({"scheduled_policies": policies})
        assert lives(record, "created", "ready", "gone") == [(3600.0, 3610.0, 3610.0)] * 2


class TestTargetTracking:
    def test_it_scales_out_by_the_formula(self):
        # 4 minimum instances; 3 busy all of the first minute: 0.75, so ceil(4 x 0.75 / 0.5) = 6
        record = simulated(
            {"min_instances": 4, "horizontal_scaling_policies": [tracking()]},
            {"bursts": {"size": 3, "every": "100 h"}},
            function={"service": {"time": "60 s"}}, horizon="100 s",
        )  # fmt: skip
        assert targets(record)[:2] == [(0.0, 4), (60.0, 6)]

    def test_it_scales_in_by_the_formula(self):
        # 20 instances, 4 of them busy: 0.2; surplus 20 x 0.5 x (1 - 0.2 / 0.5) = 6
        record = simulated(
            {"min_instances": 20, "horizontal_scaling_policies": [tracking()]},
            {"bursts": {"size": 4, "every": "100 h"}},
            function={"service": {"time": "1 h"}}, horizon="250 s",
        )  # fmt: skip
        # 14: 7 x (1 - 4/7) = 3; 11: 5.5 x (1 - 8/11) = 1.5; 10: 5 x (1 - 8/10) = 1
        assert targets(record)[:5] == [(0.0, 20), (60.0, 14), (120.0, 11), (180.0, 10), (240.0, 9)]

    def test_it_stays_between_its_bounds(self):
        record = simulated(
            {"min_instances": 4, "horizontal_scaling_policies": [tracking(least=6, most=7)]},
            {"bursts": {"size": 6, "every": "100 h"}},
            function={"service": {"time": "70 s"}}, horizon="10 min",
        )  # fmt: skip
        assert targets(record) == [(0.0, 6), (60.0, 7), (120.0, 6)]

    def test_the_metric_is_averaged_over_its_window(self):
        # busy for 30 of the first 60 s, 4 of 4 instances
        for window, expected in (("60 s", [(0.0, 4)]), ("30 s", [(0.0, 4), (30.0, 8)])):
            record = simulated(
                {"min_instances": 4, "horizontal_scaling_policies": [tracking(least=4)]},
                {"bursts": {"size": 4, "every": "100 h"}}, horizon="60 s", drain="0 s",
                assumptions={"minimum.metric_window": window,
                             "minimum.evaluation_period": window},
            )  # fmt: skip
            assert targets(record)[: len(expected)] == expected

    def test_cpu_utilisation_counts_what_requests_use_up_to_the_whole(self):
        # two requests of 0.4 vCPU on each of two instances of one: 0.8
        record = simulated(
            {"min_instances": 2,
             "horizontal_scaling_policies": [tracking(0.4, metric="CPUUtilization")]},
            {"bursts": {"size": 4, "every": "100 h"}}, horizon="70 s",
            function={"instance_concurrency": 2, "service": {"time": "60 s", "vcpu": 0.4}},
        )  # fmt: skip
        assert targets(record)[:2] == [(0.0, 2), (60.0, 4)]
        record = simulated(  # four of 0.4 on one instance use all of it, not 1.6
            {"min_instances": 1,
             "horizontal_scaling_policies": [tracking(0.25, metric="CPUUtilization")]},
            {"bursts": {"size": 4, "every": "100 h"}}, horizon="70 s",
            function={"instance_concurrency": 4, "service": {"time": "60 s", "vcpu": 0.4}},
        )  # fmt: skip
        assert targets(record)[:2] == [(0.0, 1), (60.0, 4)]

    def test_gpu_memory_counts_model_and_requests(self):
        # (4 GB of model + 4 GB of a request) / 16 GB = 0.5 of a card, target 0.25
        record = simulated(
            {"min_instances": 1,
             "horizontal_scaling_policies": [tracking(0.25, metric="GPUMemUtilization")]},
            {"bursts": {"size": 1, "every": "100 h"}}, horizon="70 s",
            function={
                "gpu_config": {"gpu_type": "fc.gpu.tesla.1"}, "model": {"size": "4.294967296 GB"},
                "service": {"time": "60 s", "gpu_memory": "4096 MB"},
            },
        )  # fmt: skip
        assert targets(record)[:2] == [(0.0, 1), (60.0, 2)]

    def test_it_is_in_force_only_between_its_times(self):
        policy = tracking(least=3, start_time="2026-11-23T00:10:00", end_time="2026-11-23T00:20:00")
        record = simulated({"min_instances": 1, "horizontal_scaling_policies": [policy]})
        assert targets(record) == [(0.0, 1), (600.0, 3), (1200.0, 1)]

    def test_of_a_schedule_and_tracking_the_larger_minimum_holds(self):
        scaling = {
            "min_instances": 9,
            "scheduled_policies": [
                at(3, "0 9", start_time="2026-11-23T08:00:00"), at(1, "0 10", name="down"),
            ],
            "horizontal_scaling_policies": [tracking(least=2)],
        }  # fmt: skip
        record = simulated(scaling)
        times = dict(targets(record))
        assert times[0.0] == 9  # tracking begins at the initial minimum
        assert times[3600.0] == 3
        assert times[7200.0] == 2


def test_a_target_of_zero_leaves_nothing():
    record = simulated(
        {"min_instances": 2, "scheduled_policies": [at(0, "0 9", start_time="2026-11-23T08:00:00")]}
    )
    assert record.instances["gone"].tolist() == [3600.0, 3600.0]
