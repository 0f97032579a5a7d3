"""An instance's life and the platform's limits, from scenario to record: exact instants."""

import math

import pytest

from fcsim import load
from fcsim.sim.record import ErrorCode, Kind, Outcome, Source, Start
from fcsim.sim.simulation import simulate

# phases of one second each: placing 1, credential 2, pull 10, create 3, server 4
PHASES = {
    "start.placing": "1 s",
    "credential.latency": "2 s",
    "start.create": "3 s",
    "server.start": "4 s",
    "idle.keep_alive": "60 s",
    "pull.mode": "eager",
    "cache.zone_capacity": "0 B",
    "registry.vpc_latency": "0 s",
    "registry.connection_bandwidth": "10 MB/s",
}


def simulated(arrivals, function=None, image=None, assumptions=None, **more):
    """Simulate one function with the phases above; *arrivals* are (size, every, first)."""
    size, every, first = arrivals
    return simulate(
        load(
            {
                "fcsim": 1,
                "horizon": more.pop("horizon", "10 min"),
                "images": {"i": {"compressed": "100 MB", "uncompressed": "0 B", **(image or {})}},
                "functions": {
                    "f": {"image": "i", "timeout": "100 s", "service": {"time": "5 s"},
                          **(function or {})},
                },
                "workload": {
                    "w": {
                        "function": "f",
                        "arrivals": {"bursts": {"size": size, "every": every, "first": first}},
                    }
                },
                "assumptions": {**PHASES, **(assumptions or {})},
                **more,
            }
        )
    )  # fmt: skip


def instances(record, *names):
    return list(zip(*(record.instances[name].tolist() for name in names), strict=True))


def requests(record, *names):
    return list(zip(*(record.requests[name].tolist() for name in names), strict=True))


LIFE = ("created", "placed", "credential", "pulled", "started", "served", "ready", "gone")


def test_every_phase_has_its_instant():
    record = simulated((1, "1 h", "100 s"))
    assert instances(record, *LIFE) == [
        (100.0, 101.0, 103.0, 113.0, 116.0, 120.0, 120.0, 185.0),
    ]
    assert requests(record, "arrival", "started", "ended", "start", "outcome") == [
        (100.0, 120.0, 125.0, Start.COLD, Outcome.COMPLETED),
    ]
    assert instances(record, "requests", "busy", "bytes_pulled", "bytes_cached") == [
        (1, 5.0, 100e6, 0.0),
    ]


def test_a_second_start_on_the_host_finds_the_image_and_the_credential():
    record = simulated((1, "200 s", "100 s"), pools={"one": {"hosts": 1}})
    assert instances(record, *LIFE)[1] == (300.0, 301.0, 301.0, 301.0, 304.0, 308.0, 308.0, 373.0)
    assert instances(record, "bytes_pulled", "bytes_cached")[1] == (0.0, 100e6)


def test_layers_expire_between_two_starts_on_one_host():
    record = simulated(
        (1, "200 s", "0 s"), pools={"one": {"hosts": 1}}, horizon="500 s",
        caches={"host": {"lifetime": "100 s"}},
    )  # fmt: skip
    # the instance is gone at 85 and its layers expire at 185, before the start at 200
    assert instances(record, "created", "bytes_pulled") == [
        (0.0, 100e6), (200.0, 100e6), (400.0, 100e6),
    ]  # fmt: skip


def test_the_initializer_comes_after_the_server():
    hook = {"instance_lifecycle_config": {"initializer": {"time": "7 s"}}}
    record = simulated((1, "1 h", "0 s"), function=hook)
    assert instances(record, "served", "ready") == [(20.0, 27.0)]


def test_an_initializer_over_its_limit_fails_the_start():
    hook = {"instance_lifecycle_config": {"initializer": {"time": "70 s", "timeout": "60 s"}}}
    record = simulated((1, "1 h", "0 s"), function=hook)
    assert instances(record, "created", "served", "gone", "error") == [
        (0.0, 20.0, 80.0, ErrorCode.INITIALIZER_FAILED),
        (80.0, 88.0, 148.0, ErrorCode.INITIALIZER_FAILED),  # another instance tries it
        (148.0, 156.0, 216.0, ErrorCode.INITIALIZER_FAILED),
    ]
    assert requests(record, "ended", "error") == [(216.0, ErrorCode.INITIALIZER_FAILED)]


def test_pre_stop_delays_the_release():
    hook = {"instance_lifecycle_config": {"pre_stop": {"time": "9 s"}}}
    record = simulated((1, "1 h", "0 s"), function=hook)
    assert instances(record, "stopping", "gone") == [(85.0, 94.0)]


@pytest.mark.parametrize(
    "server",
    [
        {"start": "120.001 s"},
        {"listen": "127.0.0.1"},
        {"port": 8080},
    ],
    ids=["slow", "loopback", "wrong port"],
)
def test_no_server_at_120_s_after_container_start_is_function_not_started(server):
    record = simulated(
        (3, "1 h", "0 s"), image={"server": server},
        function={"instance_concurrency": 2, "service": {"time": "5 s", "vcpu": 0.1}},
    )  # fmt: skip
    assert (
        instances(record, "started", "gone", "error")
        == [(16.0, 136.0, ErrorCode.FUNCTION_NOT_STARTED)] * 2
    )
    assert [math.isnan(ready) for (ready,) in instances(record, "ready")] == [True, True]
    assert (
        requests(record, "ended", "outcome", "error")
        == [(136.0, Outcome.FAILED, ErrorCode.FUNCTION_NOT_STARTED)] * 3
    )


def test_a_server_up_after_exactly_120_s_succeeds():
    record = simulated((1, "1 h", "0 s"), image={"server": {"start": "120 s"}})
    assert instances(record, "ready", "error") == [(136.0, ErrorCode.NONE)]


def test_a_missing_role_is_access_denied():
    record = simulated((1, "1 h", "0 s"), function={"role": None})
    assert instances(record, "placed", "gone", "error") == [(1.0, 3.0, ErrorCode.ACCESS_DENIED)]
    assert requests(record, "ended", "error") == [(3.0, ErrorCode.ACCESS_DENIED)]


def test_a_server_that_drops_long_requests_answers_502():
    record = simulated((1, "1 h", "0 s"), image={"server": {"keep_alive": "3 s"}})
    assert requests(record, "ended", "outcome", "error") == [
        (23.0, Outcome.FAILED, ErrorCode.BAD_RESPONSE)
    ]


def test_the_function_time_out_counts_from_hand_over():
    record = simulated((1, "1 h", "0 s"), function={"timeout": "4 s"})
    assert requests(record, "started", "ended", "outcome") == [(20.0, 24.0, Outcome.TIMED_OUT)]


def test_model_load_is_part_of_the_servers_start():
    record = simulated(
        (1, "1 h", "0 s"), function={"model": {"size": "6 GB"}},
        assumptions={"model.host_disk_bandwidth": "2 GB/s"},
    )  # fmt: skip
    assert instances(record, "started", "served") == [(16.0, 23.0)]


def test_out_of_memory_ends_all_requests_and_the_instance():
    record = simulated(
        (3, "1 h", "0 s"),
        function={
            "instance_concurrency": 3, "memory_size": "512 MB",
            "service": {"time": "5 s", "memory": "200 MB"},
        },
    )  # fmt: skip
    assert requests(record, "ended", "error") == [(20.0, ErrorCode.FUNCTION_OOM)] * 3
    assert instances(record, "gone", "error") == [(20.0, ErrorCode.FUNCTION_OOM)]


class TestMinimumInstances:
    def test_they_are_ready_at_zero_and_never_expire(self):
        record = simulated(
            (3, "1 h", "300 s"), function={"scaling_config": {"min_instances": 2}},
            pools={"one": {"hosts": 1}},
        )  # fmt: skip
        assert instances(record, "kind", "created", "ready")[:2] == [(Kind.MINIMUM, 0.0, 0.0)] * 2
        assert [math.isnan(gone) for (gone,) in instances(record, "gone")] == [True, True, False]
        assert requests(record, "started", "start") == [
            (300.0, Start.WARM), (300.0, Start.WARM),
            (310.0, Start.COLD),  # the image is there: no pull
        ]  # fmt: skip

    def test_one_that_dies_is_replaced_under_the_growth_limit(self):
        record = simulated(
            (3, "1 h", "100 s"),
            function={
                "instance_concurrency": 3, "memory_size": "512 MB",
                "scaling_config": {"min_instances": 1},
                "service": {"time": "5 s", "memory": "200 MB"},
            },
        )  # fmt: skip
        assert instances(record, "kind", "created", "error") == [
            (Kind.MINIMUM, 0.0, ErrorCode.FUNCTION_OOM),
            (Kind.MINIMUM, 100.0, ErrorCode.NONE),
        ]


class TestGrowth:
    LIMIT = {"scaling.burst": 2, "scaling.growth": "6/min"}

    def test_burst_then_429_at_once(self):
        record = simulated((4, "1 h", "0 s"), assumptions=self.LIMIT)
        assert requests(record, "ended", "error")[2:] == [(0.0, ErrorCode.RESOURCE_EXHAUSTED)] * 2

    def test_growth_comes_back_at_the_exact_instant(self):
        record = simulated(
            (1, "5 s", "0 s"), function={"service": {"time": "1 h"}, "timeout": "2 h"},
            assumptions=self.LIMIT, horizon="31 s",
        )  # fmt: skip
        # tokens at 0, 5 (burst), then one every 10 s from the first take: 10, 20, 30
        assert [created for (created,) in instances(record, "created")] == [
            0.0,
            5.0,
            10.0,
            20.0,
            30.0,
        ]
        assert [
            arrival
            for arrival, outcome in requests(record, "arrival", "outcome")
            if outcome == Outcome.THROTTLED
        ] == [15.0, 25.0]

    def test_queue_instead_of_429(self):
        record = simulated(
            (4, "1 h", "0 s"), function={"overflow": "queue"}, assumptions=self.LIMIT
        )
        assert requests(record, "started", "start", "outcome") == [
            (20.0, Start.COLD, Outcome.COMPLETED),
            (20.0, Start.COLD, Outcome.COMPLETED),
            (25.0, Start.QUEUED, Outcome.COMPLETED),
            (25.0, Start.QUEUED, Outcome.COMPLETED),
        ]
        # the line asks for growth again when a token is there, at 10 and 20
        assert [created for (created,) in instances(record, "created")] == [0.0, 0.0, 10.0, 20.0]

    def test_the_function_maximum_and_0_blocks(self):
        record = simulated((3, "1 h", "0 s"), function={"scaling_config": {"max_instances": 1}})
        assert [e for (e,) in requests(record, "error")] == [
            ErrorCode.NONE, ErrorCode.RESOURCE_EXHAUSTED, ErrorCode.RESOURCE_EXHAUSTED,
        ]  # fmt: skip
        record = simulated((3, "1 h", "0 s"), function={"scaling_config": {"max_instances": 0}})
        assert [e for (e,) in requests(record, "error")] == [ErrorCode.RESOURCE_EXHAUSTED] * 3

    def test_capacity_that_comes_back_is_used(self):
        record = simulated(
            (1, "86 s", "0 s"), function={"scaling_config": {"max_instances": 1}}, horizon="200 s"
        )
        # gone at 85: the request at 86 may grow again
        assert [created for (created,) in instances(record, "created")] == [0.0, 86.0, 172.0]

    def test_no_machine_is_503(self):
        record = simulated(
            (3, "1 h", "0 s"), function={"cpu": 1, "memory_size": "1024 MB"},
            pools={"one": {"hosts": 1, "cpu": 2}},
        )  # fmt: skip
        assert [e for (e,) in requests(record, "error")] == [
            ErrorCode.NONE, ErrorCode.NONE, ErrorCode.RESOURCE_THROTTLED,
        ]  # fmt: skip

    def test_reserved_instances_are_kept_for_their_function(self):
        functions = {
            name: {"image": "i", "service": {"time": "5 s"}, "timeout": "100 s"} for name in "ab"
        }
        functions["b"]["concurrency_config"] = {"reserved_concurrency": 2}
        record = simulate(
            load(
                {
                    "fcsim": 1,
                    "horizon": "10 min",
                    "images": {"i": {"compressed": "1 MB"}},
                    "functions": functions,
                    "workload": {
                        "a": {"function": "a", "arrivals": {"bursts": {"size": 5, "every": "1 h"}}},
                        "b": {
                            "function": "b",
                            "arrivals": {"bursts": {"size": 3, "every": "1 h", "first": "1 s"}},
                        },
                    },
                    "assumptions": {"scaling.instances": 4},
                }
            )
        )
        completed = [f for f, o in requests(record, "function", "outcome") if o == 0]
        assert completed == [0, 0, 1, 1]


@pytest.mark.parametrize(
    "waiting, second",
    [
        ("bound", (20.0, Start.COLD, 1)),  # keeps its slot on the instance it caused
        ("first_free", (5.0, Start.WAITED, 0)),  # takes the slot that frees at 5
    ],
)
def test_waiting_policy(waiting, second):
    record = simulated(
        (2, "1 h", "0 s"), function={"scaling_config": {"min_instances": 1}},
        assumptions={"scaling.waiting": waiting},
    )  # fmt: skip
    assert requests(record, "started", "start", "instance") == [(0.0, Start.WARM, 0), second]


class TestMinimumInstancesThatCannotStart:
    def test_nobody_is_served_by_a_server_that_cannot_be_reached(self):
        record = simulated(
            (1, "40 s", "10 s"), function={"scaling_config": {"min_instances": 1}},
            image={"server": {"listen": "127.0.0.1"}}, horizon="400 s",
            assumptions={"scaling.minimum_retry": "30 s"},
        )  # fmt: skip
        assert {o for (o,) in requests(record, "outcome")} <= {Outcome.FAILED, Outcome.UNFINISHED}
        minimum = [row for row in instances(record, "kind", "created", "gone") if row[0]]
        # 16 s until the container runs, 120 s without a server, then a pause of 30 s; the
        # second start finds image and credential: 1 s placing, 3 s create
        assert [row[1:] for row in minimum][:3] == [(0.0, 136.0), (166.0, 290.0), (320.0, 444.0)]

    def test_a_missing_role(self):
        record = simulated(
            (1, "40 s", "10 s"), function={"scaling_config": {"min_instances": 1}, "role": None}
        )
        assert {e for (e,) in requests(record, "error")} == {ErrorCode.ACCESS_DENIED}

    def test_no_more_than_the_quota(self):
        record = simulated(
            (1, "1 h", "0 s"), function={"scaling_config": {"min_instances": 5}},
            assumptions={"scaling.instances": 3},
        )  # fmt: skip
        assert len(instances(record, "created")) == 3


class TestQueueAndStarts:
    SLOW_GROWTH = {"scaling.burst": 1, "scaling.growth": "6/min"}

    def test_a_failed_start_ends_the_oldest_in_the_queue(self):
        record = simulated(
            (2, "1 h", "0 s"), function={"overflow": "queue"}, initial={"tokens": 0},
            image={"server": {"listen": "127.0.0.1"}}, assumptions=self.SLOW_GROWTH,
        )  # fmt: skip
        # created at 10 and 20: 1 + 2 + 10 + 3 s later the container runs, 120 s later it fails
        assert requests(record, "ended", "error")[0] == (146.0, ErrorCode.FUNCTION_NOT_STARTED)
        assert requests(record, "outcome")[1] == (Outcome.FAILED,)

    def test_the_first_that_a_new_instance_serves_is_cold_if_it_saw_all_its_start(self):
        record = simulated(
            (1, "1 h", "0 s"), function={"overflow": "queue", "service": {"time": "1 s",
            "cold_time": "9 s"}}, initial={"tokens": 0}, assumptions=self.SLOW_GROWTH,
        )  # fmt: skip
        assert requests(record, "started", "ended", "start") == [(30.0, 39.0, Start.COLD)]


def test_warm_caches_need_no_pull_on_any_host_nor_from_the_registry():
    record = simulated(
        (1, "200 s", "0 s"), initial={"caches": "warm"}, horizon="500 s",
        assumptions={"cache.zone_capacity": "1 TB"},
        caches={"host": {"lifetime": "100 s"}},
    )  # fmt: skip
    # the host's copy expires at 185; the zone still has it
    assert instances(record, "bytes_pulled") == [(0.0,), (100e6,), (100e6,)]
    assert set(record.pulls["source"].tolist()) == {Source.ZONE}


@pytest.mark.parametrize("cpu", [0.1, 0.2, 1.6, 3.2])
def test_a_host_is_filled_to_the_last_vcpu(cpu):
    count = round(64 / cpu)
    record = simulated(
        (count, "1 h", "0 s"), function={"cpu": cpu, "memory_size": "4096 MB"},
        pools={"one": {"hosts": 1, "cpu": 64, "memory": "100000 GB", "disk": "100000 GB"}},
        assumptions={"scaling.instances": 1000, "scaling.burst": 1000, "limits.shapes": "none"},
    )  # fmt: skip
    assert {o for (o,) in requests(record, "outcome")} == {Outcome.COMPLETED}


def test_slices_do_not_straddle_cards():
    record = simulated(
        (4, "1 h", "0 s"),
        function={
            "cpu": 1, "memory_size": "4096 MB",
            "gpu_config": {"gpu_type": "fc.gpu.tesla.1", "gpu_memory_size": "10 GB"},
        },
        pools={"g": {"hosts": 1, "gpu_type": "fc.gpu.tesla.1", "cards": 3}},
        assumptions={"limits.shapes": "legacy_slices", "scaling.gpu_burst": 10},
    )  # fmt: skip
    assert [e for (e,) in requests(record, "error")] == [0, 0, 0, ErrorCode.RESOURCE_THROTTLED]


def test_one_function_may_use_the_whole_quota():
    record = simulated((2, "1 h", "0 s"), assumptions={"scaling.instances": 1})
    assert [e for (e,) in requests(record, "error")] == [0, ErrorCode.RESOURCE_EXHAUSTED]


def test_transfers_end_in_runs_of_a_year():
    record = simulated((1, "1000 h", "9000 h"), horizon="10000 h", assumptions={
        "registry.connection_bandwidth": "9.7 MB/s", "cache.policy": "none",
        "deploy.inactive_after": "10000 h"})  # fmt: skip
    assert {o for (o,) in requests(record, "outcome")} == {Outcome.COMPLETED}


def test_odd_sizes_add_up():
    sizes = {"a": "251333333 B", "b": "77777777 B", "c": "13123457 B"}
    record = simulate(
        load(
            {
                "fcsim": 1,
                "seed": 5,
                "horizon": "1 h",
                "caches": {"host": {"policy": "none"}},
                "images": {name: {"compressed": size} for name, size in sizes.items()},
                "functions": {
                    name: {"image": name, "keep_alive": "1 s", "service": {"time": "300 ms"}}
                    for name in sizes
                },
                "workload": {
                    name: {"function": name, "arrivals": {"poisson": "20/min"}} for name in sizes
                },
            }
        )
    )
    counters = record.counters
    assert counters["bytes_asked"] == pytest.approx(counters["bytes_delivered"], rel=1e-12)


def test_what_is_read_while_serving_is_kept_as_long_as_somebody_uses_it():
    """Starts at 10, 400 and 790 s; a lifetime of 500 s counts from the end of the instances."""
    record = simulated(
        (1, "390 s", "10 s"),
        assumptions={
            "pull.mode": "accelerated",
            "accelerated.read_while_serving": "50 %",
            "cache.lifetime": "500 s",
        },
        horizon="15 min",
    )
    assert [created for (created,) in instances(record, "created")] == [10.0, 400.0, 790.0]
    later = record.pulls["while_serving"] == 1
    assert record.pulls["begun"][later].tolist() == [record.instances["ready"][0]]
