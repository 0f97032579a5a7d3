"""States of functions and deployments: who serves when, and what becomes of the old version."""

import pytest
from test_gpu import scenario as gpu_scenario
from test_instance_life import instances, requests, simulated
from test_minimum_policies import at
from test_minimum_policies import simulated as scheduled

from fcsim.errors import ScenarioError
from fcsim.sim.record import ErrorCode, Kind
from fcsim.sim.simulation import simulate

NEW = {"new": {"compressed": "100 MB", "uncompressed": "0 B"}}
BOTH = {"i": {"compressed": "100 MB"}, **NEW}
SLOW = {
    "deploy.conversion": "50 s",
    "pull.mode": "accelerated",
    "cache.zone_latency": "0 s",
    "accelerated.read_at_start": "100 %",
    "accelerated.read_while_serving": "0 %",
    "accelerated.read_rate": "10 MB/s",
}
NOT_ACTIVE = ErrorCode.FUNCTION_NOT_ACTIVE


def deployed(*deployments, arrivals=(1, "30 s", "100 s"), assumptions=None, **more):
    """As in test_instance_life; a credential takes 2 s and a conversion 50 s."""
    return simulated(
        arrivals, deployments=list(deployments), assumptions={**SLOW, **(assumptions or {})}, **more
    )


def states(record):
    return [(one.text, one.begin, one.end) for one in record.happenings]


def update(at="140 s", **more):
    return {"at": at, "function": "f", **more}


# ── states ────────────────────────────────────────────────────────────────────────────────────


def test_a_pending_function_fails_requests_until_its_image_is_converted():
    record = deployed(
        arrivals=(1, "20 s", "10 s"), initial={"states": {"f": "pending"}}, horizon="80 s"
    )
    assert requests(record, "arrival", "error") == [
        (10.0, NOT_ACTIVE),
        (30.0, NOT_ACTIVE),
        (50.0, NOT_ACTIVE),
        (70.0, ErrorCode.NONE),
    ]
    assert states(record) == [("Pending", 0.0, 52.0)]


def test_eager_images_need_no_conversion():
    record = deployed(
        arrivals=(1, "1 h", "10 s"),
        initial={"states": {"f": "pending"}},
        assumptions={"pull.mode": "eager"},
    )
    assert states(record) == [("Pending", 0.0, 2.0)]


def test_minimum_instances_come_when_the_function_is_active():
    keep = {"scaling_config": {"min_instances": 1}}
    record = deployed(
        arrivals=(1, "1 h", "300 s"), function=keep, initial={"states": {"f": "pending"}}
    )
    assert instances(record, "kind", "created") == [(Kind.MINIMUM, 52.0)]


def test_invoking_an_inactive_function_has_it_prepared():
    record = deployed(initial={"states": {"f": "inactive"}}, horizon="200 s")
    assert requests(record, "arrival", "error") == [
        (100.0, NOT_ACTIVE),
        (130.0, NOT_ACTIVE),
        (160.0, ErrorCode.NONE),
        (190.0, 0),
    ]
    assert states(record) == [("Inactive", 0.0, 100.0), ("Pending", 100.0, 152.0)]


def test_a_failed_function_waits_for_a_deployment():
    record = deployed(update(), initial={"states": {"f": "failed"}}, horizon="230 s")
    errors = [error for (error,) in requests(record, "error")]
    assert errors == [NOT_ACTIVE, NOT_ACTIVE, NOT_ACTIVE, NOT_ACTIVE, ErrorCode.NONE]
    assert states(record) == [
        ("Failed", 0.0, 140.0),
        ("deploys new settings", 140.0, 192.0),
        ("Pending", 140.0, 192.0),
    ]


def test_a_function_falls_asleep_after_weeks():
    record = deployed(
        arrivals=(1, "500 h", "1 h"),
        horizon="600 h",
        assumptions={"deploy.inactive_after": "400 h"},
    )
    assert [error for (error,) in requests(record, "error")] == [0, NOT_ACTIVE]
    assert [text for text, _, _ in states(record)] == ["Inactive", "Pending"]


def test_preparing_needs_a_role():
    record = deployed(initial={"states": {"f": "pending"}}, function={"role": None})
    assert states(record)[:1] == [("Pending", 0.0, 2.0)]
    assert states(record)[1][0] == "Failed"


def test_preparing_needs_a_registry():
    record = deployed(
        update(), arrivals=(1, "1 h", "400 s"), faults=[{"at": "120 s", "registry_outage": {}}]
    )
    assert [text for text, _, _ in states(record)] == [
        "registry outage",
        "deploys new settings (failed)",
    ]


# ── updates ───────────────────────────────────────────────────────────────────────────────────


def test_the_old_version_serves_until_the_new_one_is_converted():
    record = deployed(update(image="new"), images=BOTH, horizon="250 s")
    assert instances(record, "created", "version", "stopping") == [
        (100.0, 0, 190.0),  # the credential is there already: converted at 190 s
        (190.0, 1, record.instances["stopping"][1]),
    ]
    assert {error for (error,) in requests(record, "error")} == {0}
    assert states(record) == [("deploys new", 140.0, 190.0)]


def test_old_instances_may_live_until_their_keep_alive_ends():
    record = deployed(
        update(image="new"),
        images=BOTH,
        horizon="250 s",
        assumptions={"deploy.old_instances": "keep_alive"},
    )
    assert instances(record, "version") == [(0,)]


def test_busy_old_instances_end_what_they_have():
    record = deployed(
        update(image="new"),
        images=BOTH,
        function={"service": {"time": "80 s"}},
        arrivals=(1, "1 h", "100 s"),
    )
    assert instances(record, "version", "ready", "stopping") == [(0, 120.0, 200.0)]


def test_minimum_instances_are_replaced_one_by_one():
    keep = {"scaling_config": {"min_instances": 2}}
    record = deployed(update(image="new"), images=BOTH, arrivals=(1, "1 h", "500 s"), function=keep)
    # converted at 192 s; a start takes 1 + 10 + 3 + 4 s, then an old one goes
    assert instances(record, "version", "created", "ready", "gone")[:2] == [
        (0, 0.0, 0.0, 210.0),
        (0, 0.0, 0.0, 228.0),
    ]
    assert instances(record, "version", "created", "ready")[2:] == [
        (1, 192.0, 210.0),
        (1, 210.0, 228.0),
    ]


def test_without_room_for_one_more_the_old_one_goes_first():
    keep = {"scaling_config": {"min_instances": 2, "max_instances": 2}}
    record = deployed(update(image="new"), images=BOTH, arrivals=(1, "1 h", "500 s"), function=keep)
    assert sorted(instances(record, "version", "created")) == [
        (0, 0.0),
        (0, 0.0),
        (1, 192.0),
        (1, 210.0),
    ]


def test_a_version_that_cannot_start_leaves_the_old_minimum_instances_serving():
    keep = {"scaling_config": {"min_instances": 1}}
    wrong = update(custom_container_config={"port": 1234})
    record = deployed(
        wrong,
        arrivals=(1, "20 s", "200 s"),
        function=keep,
        images={"i": {"compressed": "100 MB", "server": {"port": 9000}}},
    )
    assert {error for (error,) in requests(record, "error")} == {0}
    new = [row for row in instances(record, "version", "error") if row[0] == 1]
    assert len(new) > 1
    assert {error for _, error in new} <= {ErrorCode.FUNCTION_NOT_STARTED, ErrorCode.NONE}


def test_a_schedule_after_an_update_asks_for_the_new_version():
    policies = {"scheduled_policies": [at(1, "0 7"), at(2, "0 9")]}  # t = 0 is 08:00
    record = scheduled(policies, deployments=[update(at="30 min")])
    assert instances(record, "version", "created") == [(0, 0.0), (1, 1800.0), (1, 3600.0)]
    assert record.instances["gone"][0] == 1810.0


def test_minimum_instances_of_a_resident_pool_are_replaced_likewise():
    scaling = {"min_instances": 1, "resident_pool_id": "p"}
    pools = {"p": {"gpu_type": "fc.gpu.ada.1", "cards": 2, "price_per_month": 1}}
    record = simulate(
        gpu_scenario(
            (1, "2 h", "1000 s"), {"scaling_config": scaling}, resident_pools=pools,
            deployments=[update(at="100 s")],
        )
    )  # fmt: skip
    assert instances(record, "kind", "version", "created") == [
        (Kind.RESIDENT, 0, 0.0),
        (Kind.RESIDENT, 1, 100.0),
    ]
    assert record.instances["gone"][0] == 101.0


def test_an_update_without_access_fails_and_the_old_version_serves_on():
    record = deployed(
        update(at="4000 s", role=None), arrivals=(1, "1000 s", "100 s"), horizon="6000 s"
    )
    assert {error for (error,) in requests(record, "error")} == {0}
    assert states(record) == [("deploys new settings (failed)", 4000.0, 4002.0)]


def test_a_later_deployment_that_is_faster_wins():
    slow = update(at="140 s", image="new")
    fast = update(at="150 s")
    record = deployed(slow, fast, images=BOTH, horizon="260 s")
    assert max(version for (version,) in instances(record, "version")) == 2


def test_what_cannot_be_deployed():
    def told(deployment, **more):
        with pytest.raises(ScenarioError) as caught:
            deployed(deployment, **more)
        return str(caught.value)

    assert "deployments.0.function: no function 'g'" in told({"at": "1 s", "function": "g"})
    assert "deployments.0.image: no image 'j'" in told(update(image="j"))
    other = {"i": {"compressed": "1 MB"}, "b": {"compressed": "11 GB", "uncompressed": "11 GB"}}
    assert "image 'b' is too large" in told(update(image="b"), images=other)
    other = {"i": {"compressed": "1 MB"}, "b": {"compressed": "1 MB", "interactive": False}}
    assert "differs in interactive" in told(update(image="b"), images=other)
