"""Hooks that fail and health checks: who finds out when, and who waits how long."""

import math

import pytest
from test_instance_life import instances, requests, simulated

from fcsim.errors import ScenarioError
from fcsim.sim.health import unhealthy_span
from fcsim.sim.plan import HealthCheck
from fcsim.sim.record import ErrorCode, Outcome, Start

CHECK = HealthCheck(initial_delay=0.0, period=3.0, timeout=1.0, failures=3, successes=2)


# ── checks are computed from what makes an instance ill ───────────────────────────────────────


def test_three_failures_in_a_row_make_an_instance_unhealthy():
    # checks at 10, 13, 16 …: those at 22, 25, 28 fail; the last is known at 29
    assert unhealthy_span(CHECK, 10.0, 20.0, math.inf) == (29.0, math.inf)


def test_two_successes_in_a_row_make_it_healthy_again():
    # ill until 50: the checks at 52 and 55 pass
    assert unhealthy_span(CHECK, 10.0, 20.0, 50.0) == (29.0, 55.0)


def test_a_check_at_the_instant_of_recovery_passes():
    assert unhealthy_span(CHECK, 10.0, 22.0, 31.0) == (29.0, 34.0)


def test_who_recovers_before_the_third_check_is_never_found_out():
    assert unhealthy_span(CHECK, 10.0, 20.0, 28.0) is None


def test_nobody_is_healthy_before_he_is_unhealthy():
    slow = HealthCheck(0.0, 1.0, 3.0, failures=1, successes=1)
    assert unhealthy_span(slow, 10.0, 20.0, 20.5) == (23.0, 23.0)


# ── in a run: ready at 120 s, one request of 5 s every 5 s ────────────────────────────────────

SICK = {"unhealthy": {"function": "f", "instances": 1}}


def ill(check, at="121 s", until="160 s", **more):
    config = {"custom_container_config": {"health_check_config": check} if check else {}}
    arrivals = more.pop("arrivals", (1, "10 s", "100 s"))
    faults = [{"at": at, "until": until, **more.pop("fault", SICK)}]
    return simulated(arrivals, function=config, faults=faults, **more)


def test_requests_fail_on_an_ill_instance_until_it_is_found_out():
    record = ill({}, horizon="200 s", pools={"one": {"hosts": 1}})
    # checks at 123, 126, 129 fail: from 130 on its requests go elsewhere
    rows = requests(record, "arrival", "instance", "error")
    assert {arrival for arrival, _, error in rows if error} <= {100.0, 110.0, 120.0}
    [number] = {instance for _, instance, error in rows if error}
    later = [arrival for arrival, instance, _ in rows if instance == number and arrival >= 130.0]
    assert all(arrival >= 162.0 for arrival in later)


def test_without_health_checks_requests_fail_until_the_server_is_well():
    config = {"scaling_config": {"min_instances": 1}}
    record = simulated(
        (1, "10 s", "100 s"), function=config, horizon="200 s",
        faults=[{"at": "121 s", "until": "160 s", **SICK}],
    )  # fmt: skip
    failed = [arrival for arrival, error in requests(record, "arrival", "error") if error]
    assert failed == [120.0, 130.0, 140.0, 150.0]


def test_with_health_checks_they_go_elsewhere_and_come_back():
    config = {
        "scaling_config": {"min_instances": 1},
        "custom_container_config": {"health_check_config": {"success_threshold": 2}},
    }
    record = simulated(
        (1, "10 s", "100 s"), function=config, horizon="200 s",
        faults=[{"at": "121 s", "until": "160 s", **SICK}],
    )  # fmt: skip
    # checks every 3 s since 0: those at 123, 126, 129 fail, and 162 and 165 pass again
    rows = requests(record, "arrival", "instance", "error")
    served = [arrival for arrival, instance, _ in rows if instance == 0]
    assert served == [100.0, 110.0, 120.0, 170.0, 180.0, 190.0]
    assert [arrival for arrival, _, error in rows if error] == [120.0]


def test_a_start_whose_first_check_fails_has_failed():
    config = {"custom_container_config": {"health_check_config": {"initial_delay_seconds": 7}}}
    all_of_them = {"unhealthy": {"function": "f"}}
    record = simulated(
        (1, "50 s", "100 s"), function=config, horizon="200 s",
        faults=[{"at": "110 s", "until": "140 s", **all_of_them}],
    )  # fmt: skip
    assert instances(record, "served", "ready", "error")[0][0] == 120.0
    assert requests(record, "ended", "error") == [
        (127.0, ErrorCode.HEALTH_CHECK_FAILED),
        (170.0, ErrorCode.NONE),  # credential and image are there already
    ]


def test_an_instance_can_be_ill_from_the_beginning():
    all_of_them = {"unhealthy": {"function": "f"}}
    record = simulated((1, "1 h", "100 s"), faults=[{"at": "110 s", "until": "200 s",
                                                     **all_of_them}])  # fmt: skip
    assert requests(record, "ended", "error") == [(125.0, ErrorCode.BAD_RESPONSE)]


@pytest.mark.parametrize(
    "key, value, accepted",
    [
        ("initial_delay_seconds", 121, "0 to 120"),
        ("period_seconds", 0, "1 to 120"),
        ("timeout_seconds", 4, "1 to 3"),
        ("failure_threshold", 0, "1 to 120"),
        ("success_threshold", 121, "1 to 120"),
    ],
)
def test_ranges_are_the_platforms(key, value, accepted):
    config = {"custom_container_config": {"health_check_config": {key: value}}}
    with pytest.raises(ScenarioError) as caught:
        simulated((1, "1 h", "0 s"), function=config)
    assert f"health_check_config.{key}: {value} is out of range; accepted: {accepted}" in str(
        caught.value
    )


# ── the initializer fails ─────────────────────────────────────────────────────────────────────


def hook(probability, time="7 s"):
    return {
        "instance_lifecycle_config": {
            "initializer": {"time": time, "failure_probability": probability}
        }
    }


def test_who_waits_gets_another_instance_when_an_initializer_fails():
    record = simulated((40, "1 h", "0 s"), function=hook("40 %"))
    failed = [row for row in instances(record, "served", "gone", "error") if row[2]]
    assert {(served, gone) for served, gone, _ in failed[:3]} == {(20.0, 27.0)}
    assert all(gone == served + 7.0 for served, gone, _ in failed)
    ends = requests(record, "outcome", "error", "start")
    assert {start for _, _, start in ends} == {Start.COLD}
    # with three attempts 6.4 % of the requests have bad luck
    lost = sum(error == ErrorCode.INITIALIZER_FAILED for _, error, _ in ends)
    assert 0 < lost < 10
    assert sum(outcome == Outcome.COMPLETED for outcome, _, _ in ends) == 40 - lost


def test_the_limit_on_attempts_is_an_assumption():
    record = simulated(
        (40, "1 h", "0 s"), function=hook("40 %"), assumptions={"initializer.attempts": 1}
    )
    failed = sum(error > 0 for (error,) in instances(record, "error"))
    assert failed == sum(error > 0 for (error,) in requests(record, "error"))
    assert "initializer.attempts" not in {
        p.name for p in record.assumptions if p.provenance == "assumed"
    }


def test_a_failed_initializer_needs_room_for_another_instance():
    record = simulated(
        (1, "1 h", "0 s"), function=hook("100 %"), assumptions={"scaling.burst": 1,
                                                                "scaling.growth": "1/min"}
    )  # fmt: skip
    assert requests(record, "ended", "error") == [(27.0, ErrorCode.INITIALIZER_FAILED)]
    assert len(instances(record, "gone")) == 1


def test_those_who_wait_in_line_do_not_lose_their_place():
    record = simulated(
        (1, "1 h", "0 s"), function=hook("100 %"), assumptions={"scaling.waiting": "first_free"}
    )
    assert len(instances(record, "gone")) == 3
    assert requests(record, "error") == [(ErrorCode.INITIALIZER_FAILED,)]
