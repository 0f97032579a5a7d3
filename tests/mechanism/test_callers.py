"""Who calls, told as timetables: retries, back-off, hang-ups, queues of messages, users."""

import numpy as np
import pytest

from fcsim import load
from fcsim.sim.record import CallStatus, ErrorCode, Outcome
from fcsim.sim.simulation import simulate

OK, TOO_MANY, NO_HOST = ErrorCode.NONE, ErrorCode.RESOURCE_EXHAUSTED, ErrorCode.RESOURCE_THROTTLED
BROKEN, CLOSED = ErrorCode.FUNCTION_ERROR, ErrorCode.CLIENT_CLOSED


def at(second, size=1):
    """Return arrivals: *size* requests at one instant."""
    return {"bursts": {"size": size, "every": "1 h", "first": f"{second} s"}}


@pytest.fixture
def play(engine):
    """Simulate one function ``f``, by default 1 s of service on one instance at most."""

    def run(workload, assumptions=None, *, preset="ideal", drain="1000 s", **function):
        function = {"scaling_config": {"max_instances": 1}, **function}
        service = {"time": "1 s", **function.pop("service", {})}
        scenario = load(
            {
                "fcsim": 1,
                "horizon": "100 s",
                "drain": drain,
                "platform": {"preset": preset},
                "assumptions": assumptions or {},
                "images": {"i": {"compressed": "1 MB"}},
                "functions": {
                    "f": {"image": "i", "cpu": 1, "memory_size": "1024 MB", "timeout": "60 s",
                          "service": service, **function},
                },
                "workload": {"w": {"function": "f", **workload}},
            }
        )  # fmt: skip
        return simulate(scenario, engine=engine)

    return run


def attempts(record, call=0):
    """Return (begun, error) of the attempts of one call."""
    rows = record.attempts["call"] == call
    begun, error = record.attempts["begun"][rows], record.attempts["error"][rows]
    return list(zip(begun.tolist(), error.tolist(), strict=True))


def ends(record):
    """Return (end, status) of each call."""
    calls = record.calls
    return list(zip(calls["ended"].tolist(), calls["status"].tolist(), strict=True))


# ── messages ──────────────────────────────────────────────────────────────────────────────────


def message(second, size=1):
    return {"arrivals": at(second, size), "invocation_type": "async"}


def test_a_refused_message_backs_off_for_twice_as_long_each_time(play):
    record = play(message(10), scaling_config={"max_instances": 0})
    waits = np.diff([begun for begun, _ in attempts(record)])
    assert waits.tolist() == [0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert {error for _, error in attempts(record)} == {TOO_MANY}
    assert record.calls["status"].tolist() == [CallStatus.UNFINISHED]


def test_no_back_off_is_longer_than_the_maximum(play):
    known = {"async.backoff_maximum": "3 s"}
    record = play(message(10), known, scaling_config={"max_instances": 0}, drain="0 s")
    waits = np.diff([begun for begun, _ in attempts(record)])
    assert waits.tolist() == [0.5, 1, 2] + [3] * 28


def test_errors_of_the_function_are_retried_three_times(play):
    record = play(message(10), {"async.retry_interval": "5 s"}, service={"failure": "100 %"})
    assert attempts(record) == [(10, BROKEN), (16, BROKEN), (22, BROKEN), (28, BROKEN)]
    assert ends(record) == [(29, CallStatus.FAILED)]


def test_retries_may_be_switched_off(play):
    config = {"async_invoke_config": {"max_async_retry_attempts": 0}}
    record = play(message(10), service={"failure": "100 %"}, **config)
    assert attempts(record) == [(10, BROKEN)]


def test_a_message_goes_on_where_its_attempts_stop_failing(play):
    record = play(message(10, 200), service={"time": "10 ms", "failure": "50 %"})
    number, status = record.calls["attempts"], record.calls["status"]
    assert set(number[status == CallStatus.SUCCEEDED]) == {1, 2, 3, 4}
    assert set(number[status == CallStatus.FAILED]) == {4}


def test_messages_are_sent_oldest_first_so_many_at_a_time(play):
    many = {"scaling_config": {"max_instances": 50}}
    record = play(message(10, 6), {"async.in_process": 2}, **many)
    assert record.calls["sent"].tolist() == [10, 10, 11, 11, 12, 12]
    assert ends(record)[-1] == (13, CallStatus.SUCCEEDED)


def test_no_more_are_sent_than_the_functions_instances_take(play):
    record = play(message(10, 6), scaling_config={"max_instances": 1}, instance_concurrency=3)
    assert record.calls["sent"].tolist() == [10, 10, 10, 11, 11, 11]
    assert set(record.attempts["error"].tolist()) == {OK}


def test_a_retried_message_comes_before_younger_ones(play):
    config = {"async_invoke_config": {"max_async_retry_attempts": 1}}
    record = play(message(10, 3), service={"failure": "100 %"}, **config)
    assert record.attempts["call"].tolist() == [0, 0, 1, 1, 2, 2]
    assert record.attempts["begun"].tolist() == [10, 11, 12, 13, 14, 15]


def test_while_a_message_is_refused_others_only_follow_those_that_end(play):
    # room for two instances, five messages in process at most
    known = {"async.in_process": 5, "scaling.instances": 2}
    record = play(message(10, 7), known, scaling_config={}, service={"time": "10 s"})
    assert attempts(record, 0) == [(10, OK)]
    refused = [(10, TOO_MANY), (10.5, TOO_MANY), (11.5, TOO_MANY), (13.5, TOO_MANY),
               (17.5, TOO_MANY), (25.5, TOO_MANY)]  # fmt: skip
    for call in (2, 3, 4):  # sent with the first two, they back off
        assert attempts(record, call)[:6] == refused
    assert attempts(record, 5) == [(20, OK)]  # in place of the first
    assert attempts(record, 6) == [(20, OK)]
    assert attempts(record, 2)[6:] == [(41.5, OK)]
    assert attempts(record, 4)[6:8] == [(41.5, TOO_MANY), (73.5, OK)]


def test_a_message_that_is_too_old_is_dropped(play):
    config = {"async_invoke_config": {"max_async_event_age_in_seconds": 10}}
    record = play(message(10), scaling_config={"max_instances": 0}, **config)
    assert [begun for begun, _ in attempts(record)] == [10, 10.5, 11.5, 13.5, 17.5]
    assert ends(record) == [(20, CallStatus.EXPIRED)]


def test_a_message_in_process_may_succeed_though_it_is_too_old(play):
    config = {"async_invoke_config": {"max_async_event_age_in_seconds": 2}}
    record = play(message(10, 2), service={"time": "5 s"}, **config)
    assert ends(record) == [(15, CallStatus.SUCCEEDED), (12, CallStatus.EXPIRED)]
    assert record.calls["attempts"].tolist() == [1, 0]


def test_a_message_that_fails_when_it_is_too_old_is_dropped(play):
    config = {"async_invoke_config": {"max_async_event_age_in_seconds": 2}}
    record = play(message(10), service={"time": "5 s", "failure": "100 %"}, **config)
    assert ends(record) == [(15, CallStatus.EXPIRED)]


@pytest.mark.parametrize("rule, sent, status", [
    ("back_off", [10, 10.5, 11.5, 13.5, 17.5], CallStatus.SUCCEEDED),
    ("give_up", [10], CallStatus.FAILED),
])  # fmt: skip
def test_lack_of_machines_backs_off_or_is_final(play, rule, sent, status):
    known = {"async.internal_errors": rule, "pool.cpu.cpu": 1}
    record = play(message(10, 2), known, scaling_config={}, service={"time": "5 s"})
    tries = attempts(record, 1)
    assert [begun for begun, _ in tries] == sent
    assert tries[0][1] == NO_HOST
    assert record.calls["status"].tolist() == [CallStatus.SUCCEEDED, status]


def test_acceptance_is_no_request_and_attempts_are(play):
    record = play(message(10, 3), drain="0 s", service={"time": "300 s"}, timeout="10 min")
    assert record.requests["arrival"].tolist() == [10]
    assert record.requests["outcome"].tolist() == [Outcome.UNFINISHED]
    assert record.calls["status"].tolist() == [CallStatus.UNFINISHED] * 3
    assert record.calls["attempts"].tolist() == [1, 0, 0]


# ── clients ───────────────────────────────────────────────────────────────────────────────────

PATIENT = {"retries": 3, "backoff": "1 s", "jitter": "none"}


def client(second, size=1, **policy):
    return {"arrivals": at(second, size), "client": {**PATIENT, **policy}}


def test_a_client_tries_again_and_gives_up(play):
    record = play(client(10), scaling_config={"max_instances": 0})
    assert attempts(record) == [(10, TOO_MANY), (11, TOO_MANY), (13, TOO_MANY), (17, TOO_MANY)]
    assert ends(record) == [(17, CallStatus.FAILED)]


def test_its_waits_grow_to_a_maximum(play):
    policy = {"retries": 5, "multiplier": 3, "maximum": "5 s"}
    record = play(client(10, **policy), scaling_config={"max_instances": 0})
    waits = np.diff([begun for begun, _ in attempts(record)])
    assert waits.tolist() == [1, 3, 5, 5, 5]


@pytest.mark.parametrize("jitter, least", [("full", 0.0), ("equal", 0.5)])
def test_jitter_draws_the_wait_evenly(play, jitter, least):
    policy = {"retries": 1, "jitter": jitter}
    record = play(client(10, 400, **policy), scaling_config={"max_instances": 0})
    waits = record.attempts["begun"][1::2] - 10
    assert least <= waits.min() < least + 0.02 * (1 - least)
    assert 1 - 0.02 * (1 - least) < waits.max() <= 1
    assert waits.mean() == pytest.approx((1 + least) / 2, abs=0.05)


@pytest.mark.parametrize("answers, tries", [
    ([429], 4), (["4xx"], 4), (["5xx", "timeout", "function_error"], 1), ([503, "429"], 4),
])  # fmt: skip
def test_it_tries_again_after_the_answers_that_it_names(play, answers, tries):
    record = play(client(10, retry_on=answers), scaling_config={"max_instances": 0})
    assert record.calls["attempts"].tolist() == [tries]


def test_errors_of_the_function_are_answers_with_200(play):
    failing = {"service": {"failure": "100 %"}}
    assert play(client(10), **failing).calls["attempts"].tolist() == [1]
    again = play(client(10, retry_on=["function_error"]), **failing)
    assert attempts(again) == [(10, BROKEN), (12, BROKEN), (15, BROKEN), (20, BROKEN)]
    assert ends(again) == [(21, CallStatus.FAILED)]


def test_it_hangs_up_at_its_time_out(play):
    record = play(client(10, timeout="4 s"), service={"time": "5 s"})
    assert attempts(record) == [(10, CLOSED), (15, CLOSED), (21, CLOSED), (29, CLOSED)]
    assert record.requests["ended"].tolist() == [14, 19, 25, 33]


def test_an_answer_at_the_time_out_is_in_time(play):
    record = play(client(10, timeout="1 s"))
    assert attempts(record) == [(10, OK)]


def test_the_slot_of_a_closed_request_is_free_at_once(play):
    waiting = {"overflow": "queue", "service": {"time": "6 s"}}
    record = play(client(10, 2, timeout="6 s", retries=0, retry_on=[]), **waiting)
    assert ends(record) == [(16, CallStatus.SUCCEEDED), (16, CallStatus.FAILED)]
    assert record.requests["error"].tolist() == [OK, CLOSED]


def test_first_attempts_are_those_of_a_workload_without_client(play):
    function = {
        "scaling_config": {},
        "service": {"time": {"exponential": "1 s"}, "failure": "20 %"},
    }
    flow = {"arrivals": {"poisson": "2/s"}}
    plain = play(flow, **function)
    called = play({**flow, "client": {**PATIENT, "retry_on": ["function_error"]}}, **function)
    first = np.flatnonzero(np.diff(called.attempts["call"], prepend=-1))
    assert called.attempts["begun"][first].tolist() == plain.requests["arrival"].tolist()
    assert called.attempts["error"][first].tolist() == plain.requests["error"].tolist()
    spent = (called.attempts["ended"] - called.attempts["begun"])[first]
    assert spent.tolist() == (plain.requests["ended"] - plain.requests["arrival"]).tolist()


# ── what a hang-up does to the instance ───────────────────────────────────────────────────────

QUICK = {
    "start.placing": "0 s", "start.create": "2 s", "server.start": "0 s", "pull.mode": "none",
    "idle.keep_alive": "30 s", "client.abort": "replace",
}  # fmt: skip
SLOW = {"time": "20 s"}


def lives(record):
    """Return (created, ready, stopping) of each instance."""
    columns = (record.instances[name].tolist() for name in ("created", "ready", "stopping"))
    return list(zip(*columns, strict=True))


def test_the_platform_starts_another_instance_and_then_stops_the_closed_one(play):
    gives_up = client(10, timeout="5 s", retries=0)
    record = play(gives_up, QUICK, scaling_config={"max_instances": 2}, service=SLOW)
    assert lives(record) == [(10, 12, 17), (15, 17, 47)]


def test_the_closed_instance_gets_no_further_requests(play):
    workload = client(10, timeout="5 s", retries=1, backoff="1 s")
    record = play(workload, QUICK, scaling_config={"max_instances": 2}, service=SLOW)
    assert record.requests["arrival"].tolist() == [10, 16]
    assert record.requests["instance"].tolist() == [0, 1]
    assert record.requests["started"].tolist() == [12, 17]


def test_where_no_other_may_start_it_is_stopped_at_once(play):
    record = play(client(10, timeout="5 s", retries=0), QUICK, service=SLOW)
    assert lives(record) == [(10, 12, 15)]


@pytest.mark.parametrize("more, known", [
    ({"instance_concurrency": 2}, {}), ({}, {"client.abort": "keep"}),
])  # fmt: skip
def test_an_instance_of_several_requests_stays(play, more, known):
    gives_up = client(10, timeout="5 s", retries=0)
    record = play(gives_up, {**QUICK, **known}, service=SLOW, **more)
    assert lives(record) == [(10, 12, 45)]


def test_a_minimum_instance_is_replaced_by_a_minimum_instance(play):
    gives_up = client(10, timeout="5 s", retries=0)
    scaling = {"min_instances": 1, "max_instances": 2}
    record = play(gives_up, QUICK, scaling_config=scaling, service=SLOW)
    assert [life[:2] for life in lives(record)] == [(0, 0), (15, 17)]
    assert record.instances["stopping"][0] == 17
    assert record.instances["kind"].tolist() == [1, 1]


def test_a_request_that_waits_for_a_start_is_closed_without_harm(play):
    record = play(client(10, timeout="1 s", retries=0), QUICK, service=SLOW)
    assert ends(record) == [(11, CallStatus.FAILED)]
    assert lives(record) == [(10, 12, 42)]


# ── users ─────────────────────────────────────────────────────────────────────────────────────


def test_each_user_thinks_calls_and_waits(play):
    loop = {"arrivals": {"users": {"number": 2, "think": "9 s"}}}
    record = play(loop, scaling_config={"max_instances": 2})
    assert record.calls["arrival"].tolist() == [t for k in range(10) for t in (9 + 10 * k,) * 2]
    assert set(record.calls["status"].tolist()) == {CallStatus.SUCCEEDED}


def test_users_come_between_start_and_end(play):
    loop = {"arrivals": {"users": {"number": 1, "think": "9 s"}}, "start": "20 s", "end": "60 s"}
    assert play(loop).calls["arrival"].tolist() == [29, 39, 49, 59]


def test_a_user_whose_client_gives_up_thinks_again(play):
    loop = {"arrivals": {"users": {"number": 1, "think": "9 s"}}, "client": {**PATIENT}}
    record = play(loop, scaling_config={"max_instances": 0})
    assert record.calls["arrival"].tolist() == [9, 25, 41, 57, 73, 89]
    assert record.calls["ended"].tolist() == [16, 32, 48, 64, 80, 96]


def test_users_who_send_messages_wait_for_nothing(play):
    loop = {"arrivals": {"users": {"number": 1, "think": "30 s"}}, "invocation_type": "async"}
    record = play(loop, service={"time": "50 s"})
    assert record.calls["arrival"].tolist() == [30, 60, 90]
    assert record.calls["sent"].tolist() == [30, 80, 130]


def test_the_kth_request_has_the_same_need_however_fast_the_platform_is(play):
    loop = {"arrivals": {"users": {"number": 3, "think": {"exponential": "2 s"}}}}
    needs = []
    for most in (1, 3):
        service, scaling = {"time": {"exponential": "1 s"}}, {"max_instances": most}
        record = play(loop, service=service, scaling_config=scaling, overflow="queue")
        needs.append((record.requests["ended"] - record.requests["started"])[:50])
    np.testing.assert_allclose(*needs, rtol=1e-9)


# ── the end of the run ────────────────────────────────────────────────────────────────────────


def test_the_run_goes_on_while_calls_are_open_and_no_longer(play):
    record = play(client(99, backoff="100 s", maximum="1 h"), scaling_config={"max_instances": 0})
    assert [begun for begun, _ in attempts(record)] == [99, 199, 399, 799]
    assert record.counters["end"] == 799


def test_nothing_is_sent_at_the_last_instant(play):
    record = play(client(99, backoff="1 s"), scaling_config={"max_instances": 0}, drain="2 s")
    assert attempts(record) == [(99, TOO_MANY), (100, TOO_MANY)]
    assert record.calls["status"].tolist() == [CallStatus.UNFINISHED]
