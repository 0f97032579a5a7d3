"""Policies and resident pools that cannot be: one clear line each, with its place."""

import pytest

from fcsim import load
from fcsim.errors import ScenarioError
from fcsim.scenario.checks import warnings

CRON = "cron(0 45 8 * * MON-FRI)"
FIELDS = "second minute hour day-of-month month day-of-week"


def source(scaling=None, function=None, **more):
    return {
        "fcsim": 1,
        "images": {"i": {"compressed": "100 MB"}},
        "functions": {
            "f": {"image": "i", "service": {"time": "1 s"}, "scaling_config": scaling or {},
                  **(function or {})},
        },
        "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
        **more,
    }  # fmt: skip


def problems(*args, **more):
    with pytest.raises(ScenarioError) as caught:
        load(source(*args, **more))
    return [str(problem).removeprefix("functions.f.") for problem in caught.value.problems]


def scheduled(**more):
    policy = {"name": "open", "target": 12, "schedule_expression": CRON, **more}
    return {"scheduled_policies": [policy]}


def tracking(**more):
    policy = {
        "name": "track", "metric_type": "ProvisionedConcurrencyUtilization", "metric_target": 0.6,
        "min_instances": 1, "max_instances": 10,
    }  # fmt: skip
    return {"horizontal_scaling_policies": [{**policy, **more}]}


AT_SCHEDULED = "scaling_config.scheduled_policies.0"
AT_TRACKING = "scaling_config.horizontal_scaling_policies.0"


def test_the_platforms_own_names_are_read():
    scaling = {
        "minInstances": 2,
        "scheduledPolicies": [
            {"name": "open", "target": 12, "scheduleExpression": CRON,
             "startTime": "2026-11-01T00:00:00", "endTime": "2026-12-01T00:00:00",
             "timeZone": "Asia/Shanghai"},
        ],
        "horizontalScalingPolicies": [
            {"name": "track", "metricType": "CPUUtilization", "metricTarget": 0.6,
             "minInstances": 1, "maxInstances": 10},
        ],
    }  # fmt: skip
    read = load(source(scaling, {"service": {"time": "1 s", "vcpu": 0.2}})).functions["f"]
    (policy,) = read.scaling_config.scheduled_policies
    assert policy.begin.isoformat() == "2026-10-31T16:00:00+00:00"
    assert read.scaling_config.horizontal_scaling_policies[0].metric_target == 0.6


@pytest.mark.parametrize(
    "scaling,said",
    [
        (scheduled(schedule_expression="every day"),
         f"{AT_SCHEDULED}.schedule_expression: 'every day' is no schedule; accepted: "
         f"cron({FIELDS}) like 'cron(0 45 8 * * MON-FRI)', or at(yyyy-mm-ddThh:mm:ss)"),
        (scheduled(schedule_expression="cron(45 8 * * 1-5)"),
         f"{AT_SCHEDULED}.schedule_expression: '45 8 * * 1-5' has 5 fields; accepted are six: "
         f"{FIELDS}"),
        (scheduled(schedule_expression="at(tomorrow)"),
         f"{AT_SCHEDULED}.schedule_expression: 'tomorrow' is no instant; accepted: "
         "at(yyyy-mm-ddThh:mm:ss)"),
        (scheduled(time_zone="Asia/Shangai"),
         f"{AT_SCHEDULED}.time_zone: no time zone 'Asia/Shangai'; did you mean 'Asia/Shanghai'?"),
        (scheduled(start_time="2026-11-02T00:00:00", end_time="2026-11-02T00:00:00"),
         f"{AT_SCHEDULED}.end_time: must be after start_time"),
        ({"max_instances": 9, **scheduled()},
         f"{AT_SCHEDULED}.target: 12 is over max_instances 9 of the function"),
        (tracking(min_instances=11),
         f"{AT_TRACKING}.min_instances: 11 is over max_instances 10"),
        (tracking(metric_target=60),
         f"{AT_TRACKING}.metric_target: must be at most 1; got 60"),
        (tracking(metric_type="CPUUtilization"),
         f"{AT_TRACKING}.metric_type: CPUUtilization needs service.vcpu: what one request uses"),
        (tracking(metric_type="GPUMemUtilization"),
         f"{AT_TRACKING}.metric_type: GPUMemUtilization needs gpu_config"),
    ],
)  # fmt: skip
def test_what_cannot_be(scaling, said):
    (found,) = [line for line in problems(scaling) if "the same" not in line]
    assert found.split(" (see", 1)[0] == said


def test_a_field_out_of_range_says_which():
    (found,) = problems(scheduled(schedule_expression="cron(0 45 25 * * *)"))
    assert found.startswith(f"{AT_SCHEDULED}.schedule_expression: '0 45 25 * * *' is no cron")


def test_names_are_unique_in_a_function():
    both = {**scheduled(), **tracking(name="open")}
    assert problems(both) == [
        "scaling_config.scheduled_policies.0.name: 'open' is the name of 2 policies",
        "scaling_config.horizontal_scaling_policies.0.name: 'open' is the name of 2 policies",
    ]


def test_a_target_over_the_platforms_limit():
    (found,) = problems(scheduled(target=10001))
    assert found.startswith(f"{AT_SCHEDULED}.target: 10001 is over 10,000 (limits.min_instances")


def test_the_quota_is_compared_with_the_largest_minimum():
    (line,) = warnings(load(source(tracking(max_instances=400))))
    assert line.startswith("functions: min_instances add up to 400, over the quota of 300")


ADA = {"cpu": 8, "memory_size": "65536 MB", "gpu_config": {"gpu_type": "fc.gpu.ada.1"}}


def pooled(pool, function, **scaling):
    return (
        {"resident_pool_id": "p", **scaling},
        function,
    ), {"resident_pools": {"p": {"gpu_type": "fc.gpu.ada.1", "cards": 2, **pool}}}


@pytest.mark.parametrize(
    "pool,function,said",
    [
        ({}, {}, "scaling_config.resident_pool_id: 'p' has fc.gpu.ada.1, not no GPU"),
        ({"gpu_type": "fc.gpu.ada.3"}, ADA,
         "scaling_config.resident_pool_id: 'p' has fc.gpu.ada.3, not fc.gpu.ada.1"),
        ({}, {"cpu": 24, "memory_size": "196608 MB",
              "gpu_config": {"gpu_type": "fc.gpu.ada.1", "gpu_memory_size": "147456 MB"}},
         "scaling_config.resident_pool_id: an instance of 3 cards does not fit 2 cards"),
        ({"gpu_type": "fc.gpu.tesla.1"},
         {"cpu": 8, "memory_size": "32768 MB", "gpu_config": {"gpu_type": "fc.gpu.tesla.1"}},
         "resident_pools.p.gpu_type: no resident pools of 'fc.gpu.tesla.1'; accepted: "
         "fc.gpu.ada.1, fc.gpu.ada.2, fc.gpu.ada.3, fc.gpu.hopper.1, fc.gpu.xpu.1 (S22, S45)"),
    ],
)  # fmt: skip
def test_pools_that_do_not_fit(pool, function, said):
    args, more = pooled(pool, function)
    assert said in [line.split(" (see", 1)[0] for line in problems(*args, **more)]


def test_an_unknown_pool_and_a_mix_of_nothing():
    assert problems({"resident_pool_id": "q"}, ADA) == [
        "scaling_config.resident_pool_id: no resident pool 'q' (resident_pools is empty)"
    ]
    assert problems({"enable_mix_mode": True}) == [
        "scaling_config.enable_mix_mode: only functions in a resident pool have a mix mode; "
        "give resident_pool_id"
    ]


def test_a_pool_without_a_price_is_told():
    args, more = pooled({}, ADA)
    assert warnings(load(source(*args, **more))) == [
        "resident_pools.p.price_per_month: no price is documented and none is given: the bill "
        "leaves this pool out"
    ]
    args, more = pooled({"price_per_month": 20000}, ADA)
    assert warnings(load(source(*args, **more))) == []
