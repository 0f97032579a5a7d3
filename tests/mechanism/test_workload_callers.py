"""What callers need, one request at a time: the same draws as in blocks; and who is valid."""

import math

import numpy as np
import pytest

from fcsim import load
from fcsim.errors import ScenarioError
from fcsim.streams import Streams
from fcsim.workload.called import NeedsOfUsers, NeedsOverTime
from fcsim.workload.source import Requests, expected_requests

RANDOM = {"time": {"exponential": "1 s"}, "cold_time": {"gamma": {"mean": "3 s", "cv": 0.5}}}


def source(workload, preset="page", **function):
    return {
        "fcsim": 1,
        "horizon": "1000 s",
        "platform": {"preset": preset},
        "images": {"i": {"compressed": "1 MB"}},
        "functions": {"f": {"image": "i", "service": RANDOM, **function}},
        "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}, **workload}},
    }


def test_requests_one_at_a_time_are_those_of_blocks():
    plain, called = load(source({})), load(source({"client": {}}))
    block = Requests(plain, Streams(1)).block()
    needs = list(NeedsOverTime(called, Streams(1), "w"))
    for name in ("time", "work", "cold_work"):
        assert [getattr(need, name) for need in needs] == getattr(block, name).tolist()
    assert [need.number for need in needs] == list(range(len(block)))


def test_workloads_with_callers_are_not_in_blocks():
    requests = Requests(load(source({"client": {}})), Streams(1))
    assert requests.block() is None
    assert requests.expected == 0
    assert [name for name, _ in requests.functions] == ["f"]


def test_the_kth_request_of_users_has_the_kth_draws():
    users = {"users": {"number": 7, "think": {"exponential": "4 s"}}}
    scenario = load(source({"arrivals": users}))
    needs, block = iter(NeedsOfUsers(scenario, Streams(1), "w")), []
    for _ in range(600):
        block.append(next(needs))
    plain = Requests(load(source({})), Streams(1)).block()
    assert [need.work for need in block] == plain.work[:600].tolist()
    assert all(math.isnan(need.time) for need in block)


@pytest.mark.parametrize("invocation, cycle", [("sync", 5.0), ("async", 4.0)])
def test_users_are_expected_as_if_nobody_waited(invocation, cycle):
    users = {"users": {"number": 7, "think": {"exponential": "4 s"}}}
    scenario = load(source({"arrivals": users, "invocation_type": invocation, "end": "500 s"}))
    assert expected_requests(scenario) == pytest.approx(7 * 500 / cycle)


# ── errors of the function ────────────────────────────────────────────────────────────────────


def test_a_share_of_the_works_is_negative_and_nothing_else_changes():
    plain, failing = load(source({})), load(source({}, service={**RANDOM, "failure": "20 %"}))
    one, two = (Requests(built, Streams(1)).block() for built in (plain, failing))
    fails = np.signbit(two.work)
    assert fails.mean() == pytest.approx(0.2, abs=0.03)
    np.testing.assert_array_equal(np.abs(two.work), one.work)
    np.testing.assert_array_equal(np.abs(two.cold_work), one.cold_work)
    np.testing.assert_array_equal(np.signbit(two.cold_work), fails)


def test_a_work_of_nothing_can_fail():
    scenario = load(source({}, service={"time": "0 s", "failure": "100 %"}))
    assert np.signbit(Requests(scenario, Streams(1)).block().work).all()


# ── who is valid ──────────────────────────────────────────────────────────────────────────────


def problems(*arguments, **more):
    with pytest.raises(ScenarioError) as caught:
        load(source(*arguments, **more))
    return [f"{one.path}: {one.message}" for one in caught.value.problems]


@pytest.mark.parametrize("workload, said", [
    ({"client": {"retry_on": ["6xx"]}},
     "workload.w.client.retry_on.0: expected a status like 429, or one of 4xx, 5xx, timeout, "
     "function_error; got '6xx'"),
    ({"client": {"backoff": "1 min"}},
     "workload.w.client: maximum must not be below backoff: no wait is longer than it"),
    ({"client": {"multiplier": 0.5}},
     "workload.w.client.multiplier: must be at least 1; got 0.5"),
    ({"client": {}, "invocation_type": "async"},
     "workload.w: a client goes with sync: the platform accepts an async invocation at once and "
     "tries again by itself (functions.NAME.async_invoke_config)"),
    ({"arrivals": {"users": {"number": 3, "think": "1 s"}}, "scale": 2},
     "workload.w: users are counted, not scaled: change users.number"),
    ({"arrivals": {"sum": [{"users": {"number": 3, "think": "1 s"}}]}},
     "workload.w.arrivals.sum.0.users: expected an arrival process; got 'users'; did you mean "
     "'steps'?"),
])  # fmt: skip
def test_callers_that_contradict_themselves(workload, said):
    assert problems(workload) == [said]


def test_limits_of_asynchronous_invocation_quote_their_source():
    config = {"maxAsyncEventAgeInSeconds": 604801, "maxAsyncRetryAttempts": 9}
    age, retries = problems({}, async_invoke_config=config)
    at = "functions.f.async_invoke_config"
    assert age.startswith(f"{at}.max_async_event_age_in_seconds: 604801 s is over 604800 s (")
    assert retries.startswith(f"{at}.max_async_retry_attempts: 9 is over 8 (")
    assert all("PutAsyncInvokeConfigInput" in one for one in (age, retries))


def test_a_preset_may_accept_older_messages():
    config = {"max_async_event_age_in_seconds": 2592000}
    load(source({}, preset="fc-2026-04", async_invoke_config=config))


@pytest.mark.parametrize("given", [300, "300 s", "5 min"])
def test_an_age_in_seconds_needs_no_unit(given):
    built = load(source({}, asyncInvokeConfig={"maxAsyncEventAgeInSeconds": given}))
    assert built.functions["f"].async_invoke_config.max_async_event_age_in_seconds == 300
