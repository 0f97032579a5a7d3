"""Faults of the scenario: what dies when, how its requests end, what is back and when."""

from test_instance_life import instances, requests, simulated

from fcsim import load
from fcsim.scenario import warnings
from fcsim.sim.record import ErrorCode, Outcome, Source, Start
from fcsim.sim.simulation import simulate

ONE = {"one": {"hosts": 1}}
# each instance: placing 1 s, credential 2 s, pull 10 s, create 3 s, server 4 s, then 5 s of service


def struck(*faults, arrivals=(1, "1 h", "100 s"), **more):
    return simulated(arrivals, faults=list(faults), **more)


# ── hosts and cards ───────────────────────────────────────────────────────────────────────────


def test_a_host_crash_ends_running_requests_and_loses_the_cache():
    crash = {"at": "122 s", "host_crash": {"pool": "one"}, "duration": "30 s"}
    record = struck(crash, pools=ONE)
    assert instances(record, "ready", "stopping", "gone", "error") == [
        (120.0, 122.0, 122.0, ErrorCode.BAD_RESPONSE),
    ]
    assert requests(record, "ended", "outcome", "error") == [
        (122.0, Outcome.FAILED, ErrorCode.BAD_RESPONSE),
    ]
    [crash] = record.happenings
    assert (crash.text, crash.begin, crash.end) == ("host crash", 122.0, 152.0)


def test_the_cache_of_a_crashed_host_is_empty():
    crash = {"at": "122 s", "host_crash": {}, "duration": "30 s"}
    record = struck(crash, arrivals=(1, "200 s", "100 s"), pools=ONE)
    assert [size for (size,) in instances(record, "bytes_pulled")] == [100e6, 100e6, 0.0]


def test_those_who_wait_for_a_start_on_a_crashed_host_get_an_internal_error():
    crash = {"at": "105 s", "host_crash": {}, "duration": "30 s"}
    record = struck(crash, pools=ONE)
    assert requests(record, "ended", "error") == [(105.0, ErrorCode.INTERNAL_ERROR)]
    [(placed, credential, pulled, started, gone)] = instances(
        record, "placed", "credential", "pulled", "started", "gone"
    )
    assert (placed, credential, gone) == (101.0, 103.0, 105.0)
    assert pulled != pulled  # it never came so far
    assert started != started


def test_no_instance_gets_onto_a_crashed_host():
    crash = {"at": "90 s", "host_crash": {}, "until": "150 s"}
    record = struck(crash, arrivals=(1, "100 s", "100 s"), pools=ONE, horizon="250 s")
    assert requests(record, "arrival", "outcome", "error") == [
        (100.0, Outcome.THROTTLED, ErrorCode.RESOURCE_THROTTLED),
        (200.0, Outcome.COMPLETED, ErrorCode.NONE),
    ]


def test_those_in_line_get_an_instance_when_the_host_is_back():
    crash = {"at": "90 s", "host_crash": {}, "until": "150 s"}
    record = struck(crash, pools=ONE, function={"overflow": "queue"})
    assert requests(record, "arrival", "started", "start") == [(100.0, 170.0, Start.COLD)]


def test_a_transfer_to_a_crashed_host_goes_on_when_it_is_back():
    crash = {"at": "108 s", "host_crash": {}, "duration": "40 s"}
    record = struck(crash, pools=ONE)
    assert record.pulls["begun"].tolist() == [103.0]
    assert record.pulls["transferred"].tolist() == [153.0]


def test_lost_cards_take_their_instances_along():
    record = simulate(
        load(
            {
                "fcsim": 1,
                "horizon": "10 min",
                "images": {"i": {"compressed": "1 GB"}},
                "pools": {"gpus": {"gpu_type": "fc.gpu.tesla.1", "hosts": 1, "cards": 2}},
                "functions": {
                    "f": {
                        "image": "i", "cpu": 8, "memory_size": "32768 MB", "timeout": "5 min",
                        "gpu_config": {"gpu_type": "fc.gpu.tesla.1"},
                        "service": {"time": "60 s"},
                    }
                },
                "workload": {
                    "w": {"function": "f",
                          "arrivals": {"bursts": {"size": 2, "every": "100 s", "first": "0 s"}}},
                },
                "faults": [{"at": "40 s", "card_loss": {"cards": 1}, "until": "150 s"}],
            }
        )
    )  # fmt: skip
    ended = requests(record, "arrival", "outcome", "error")
    assert sorted(ended[:2]) == [
        (0.0, Outcome.COMPLETED, ErrorCode.NONE),
        (0.0, Outcome.FAILED, ErrorCode.BAD_RESPONSE),
    ]
    # one card is left for the next two requests, and both are there again for those after
    assert sorted(ended[2:4]) == [
        (100.0, Outcome.COMPLETED, ErrorCode.NONE),
        (100.0, Outcome.THROTTLED, ErrorCode.RESOURCE_THROTTLED),
    ]
    assert {outcome for _, outcome, _ in ended[4:]} == {Outcome.COMPLETED}


# ── registries, credentials, images ───────────────────────────────────────────────────────────


def test_a_registry_out_of_service_lets_transfers_stand_still():
    outage = {"at": "108 s", "registry_outage": {}, "duration": "60 s"}
    record = struck(outage)
    assert record.pulls["transferred"].tolist() == [173.0]


def test_a_slow_registry_delivers_a_part():
    slow = {"at": "105 s", "registry_slowdown": {"factor": "10 %"}, "duration": "20 s"}
    limits = {"registry.enterprise-standard.bandwidth": "10 MB/s"}
    record = struck(slow, assumptions=limits)
    # 20 MB by 105 s, 20 MB more by 125 s, then 60 MB at full speed
    assert record.pulls["transferred"].tolist() == [131.0]


def test_two_slowdowns_multiply():
    first = {"at": "103 s", "registry_slowdown": {"factor": 0.5}}
    second = {"at": "113 s", "registry_slowdown": {"factor": 0.5}, "duration": "4 s"}
    limits = {"registry.enterprise-standard.bandwidth": "10 MB/s"}
    record = struck(first, second, assumptions=limits)
    # 50 MB by 113 s, 10 MB by 117 s, 40 MB at half speed
    assert record.pulls["transferred"].tolist() == [125.0]


def test_the_store_of_converted_images_slows_down_too():
    slow = {"at": "90 s", "store_slowdown": {"factor": "10 %"}}
    limits = {
        "accelerated.bandwidth": "10 MB/s", "accelerated.read_at_start": "100 %",
        "accelerated.read_while_serving": "0 %", "cache.zone_latency": "0 s",
    }  # fmt: skip
    record = struck(slow, assumptions=limits, function={"pull": "accelerated"})
    assert record.pulls["source"].tolist() == [Source.ACCELERATED]
    assert record.pulls["transferred"].tolist() == [203.0]


def test_a_start_without_a_credential_is_denied():
    failure = {"at": "90 s", "credential_failure": {"function": "f"}, "duration": "30 s"}
    record = struck(failure, arrivals=(1, "50 s", "100 s"), horizon="190 s")
    assert requests(record, "arrival", "ended", "error") == [
        (100.0, 103.0, ErrorCode.ACCESS_DENIED),
        (150.0, 175.0, ErrorCode.NONE),
    ]


def test_credentials_at_hand_last_unless_they_are_revoked():
    def ends(**how):
        failure = {"at": "250 s", "credential_failure": how}
        record = struck(failure, arrivals=(1, "200 s", "100 s"), pools=ONE, horizon="350 s")
        return [error for (error,) in requests(record, "error")]

    assert ends() == [ErrorCode.NONE, ErrorCode.NONE]
    assert ends(revoke=True) == [ErrorCode.NONE, ErrorCode.ACCESS_DENIED]


def test_a_function_whose_image_is_lost_serves_nobody_until_it_is_found():
    lost = {"at": "130 s", "image_lost": {"image": "i"}, "until": "160 s"}
    record = struck(lost, arrivals=(1, "25 s", "100 s"), horizon="200 s")
    assert requests(record, "arrival", "ended", "error") == [
        (100.0, 125.0, ErrorCode.NONE),
        (125.0, 130.0, ErrorCode.NONE),
        (150.0, 150.0, ErrorCode.FUNCTION_NOT_ACTIVE),
        (175.0, 180.0, ErrorCode.NONE),  # the warm instance serves again
    ]
    failed = next(one for one in record.happenings if one.kind == "state")
    assert (failed.text, failed.begin, failed.end) == ("Failed", 130.0, 160.0)


# ── containers ────────────────────────────────────────────────────────────────────────────────


def test_containers_that_exit_take_their_requests_along():
    exits = {"at": "122 s", "container_exit": {"function": "f", "instances": 1}}
    record = struck(exits, arrivals=(3, "1 h", "100 s"))
    errors = sorted(error for (error,) in requests(record, "error"))
    assert errors == [ErrorCode.NONE, ErrorCode.NONE, ErrorCode.CA_EXITED]
    assert sorted(instances(record, "gone", "error")) == [
        (122.0, ErrorCode.CA_EXITED), (185.0, 0), (185.0, 0),
    ]  # fmt: skip


def test_a_container_can_exit_before_its_server_answers():
    exits = {"at": "118 s", "container_exit": {"function": "f", "share": "100 %"}}
    record = struck(exits)
    assert instances(record, "started", "gone", "error") == [(116.0, 118.0, ErrorCode.CA_EXITED)]
    assert requests(record, "ended", "error") == [(118.0, ErrorCode.CA_EXITED)]


def test_a_container_that_does_not_run_yet_cannot_exit():
    exits = {"at": "114 s", "container_exit": {"function": "f", "share": "100 %"}}
    assert requests(struck(exits), "ended", "error") == [(125.0, ErrorCode.NONE)]


def test_an_instance_dies_in_a_request_only_if_it_has_one():
    at = {"share": "100 %", "function": "f"}
    busy, idle = ({"at": f"{t} s", "bad_response": at} for t in (121, 150))
    record = struck(busy)
    assert requests(record, "ended", "error") == [(121.0, ErrorCode.BAD_RESPONSE)]
    assert instances(struck(idle), "gone", "error") == [(185.0, ErrorCode.NONE)]


def test_an_instance_out_of_memory():
    full = {"at": "121 s", "out_of_memory": {"function": "f", "instances": 5}}
    assert requests(struck(full), "ended", "error") == [(121.0, ErrorCode.FUNCTION_OOM)]


def test_an_instance_in_its_pre_stop_hook_dies_with_its_host():
    hook = {"instance_lifecycle_config": {"pre_stop": {"time": "30 s"}}}
    crash = {"at": "200 s", "host_crash": {}, "duration": "1 s"}
    record = struck(crash, pools=ONE, function=hook)
    assert instances(record, "stopping", "gone") == [(185.0, 200.0)]


def test_draws_of_a_fault_do_not_depend_on_other_faults():
    half = {"at": "122 s", "container_exit": {"function": "f", "share": "50 %"}}
    other = {"at": "50 s", "registry_outage": {}, "duration": "10 s"}
    alone, beside = (
        struck(half, arrivals=(20, "1 h", "100 s")),
        struck(other, half, arrivals=(20, "1 h", "100 s")),
    )
    assert instances(alone, "error") == instances(beside, "error")
    lost = sum(error == ErrorCode.CA_EXITED for (error,) in instances(alone, "error"))
    assert 4 <= lost <= 16


def test_a_lost_minimum_instance_is_replaced():
    exits = {"at": "100 s", "container_exit": {"function": "f", "instances": 1}}
    keep = {"scaling_config": {"min_instances": 1}}
    record = struck(exits, arrivals=(1, "1 h", "400 s"), function=keep)
    assert instances(record, "created", "ready", "error") == [
        (0.0, 0.0, ErrorCode.CA_EXITED),
        (100.0, 110.0, ErrorCode.NONE),
    ]


def test_what_has_no_effect_is_told():
    scenario = load(
        {
            "fcsim": 1,
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {"f": {"image": "i", "service": {"time": "1 s"}}},
            "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
            "faults": [
                {"at": "1 s", "registry_slowdown": {"factor": 0.5}},
                {"at": "2 h", "registry_outage": {}},
            ],
        }
    )
    told = "\n".join(warnings(scenario))
    assert "faults.0.registry_slowdown: no function pulls its image eagerly" in told
    assert "faults.1.at: at or after the horizon" in told


def test_an_instance_that_is_ready_when_its_function_has_failed_gets_no_requests():
    lost = {"at": "110 s", "image_lost": {"image": "i"}, "until": "160 s"}
    record = struck(lost, arrivals=(1, "30 s", "100 s"), horizon="200 s")
    assert requests(record, "arrival", "ended", "error") == [
        (100.0, 125.0, ErrorCode.NONE),  # it waited for the start when the image was lost
        (130.0, 130.0, ErrorCode.FUNCTION_NOT_ACTIVE),
        (160.0, 165.0, ErrorCode.NONE),
        (190.0, 195.0, ErrorCode.NONE),
    ]


def test_a_crashed_host_has_no_model_in_its_memory():
    crash = {"at": "190 s", "host_crash": {}, "duration": "5 s"}
    keep = {
        "model.memory_lifetime": "1 h",
        "model.origin_bandwidth": "1 GB/s",
        "model.host_disk_bandwidth": "2 GB/s",
        "model.host_memory_bandwidth": "10 GB/s",
    }
    model = {"model": {"size": "20 GB", "tier": "origin"}}

    def loads(*faults):
        record = struck(*faults, arrivals=(1, "200 s", "100 s"), pools=ONE, function=model,
                        assumptions=keep, horizon="350 s")  # fmt: skip
        return [served - started - 4 for started, served in instances(record, "started", "served")]

    assert loads() == [20.0, 2.0]
    assert loads(crash) == [20.0, 20.0]
