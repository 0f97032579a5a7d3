"""KPIs, series, rules and files of calls and messages, from runs that can be told by heart."""

import json

import numpy as np
import pytest

from fcsim import load, load_result, run
from fcsim.errors import UsageError
from fcsim.results.conservation import violations
from fcsim.results.request_log import lines
from fcsim.results.vocabulary import KPIS

HIDDEN = {"on_success": {"destination": "acs:mns:hidden"}, "on_failure": {}}


def scenario(workload, **function):
    return load(
        {
            "fcsim": 1,
            "horizon": "3 min",
            "drain": "10 s",
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {"image": "i", "scaling_config": {"max_instances": 1}, **function},
                "other": {"image": "i", "service": {"time": "1 s"}},
            },
            "workload": {
                "w": {"function": "f", **workload},
                "plain": {"function": "other", "arrivals": {"constant": "1/s"}},
            },
        }
    )


@pytest.fixture(scope="module")
def messages():
    """Four messages at 30 s that take 20 s each, one at a time; none may be older than 50 s."""
    return run(
        scenario(
            {
                "arrivals": {"bursts": {"size": 4, "every": "1 h", "first": "30 s"}},
                "invocation_type": "async",
            },
            service={"time": "20 s"},
            async_invoke_config={
                "max_async_event_age_in_seconds": 50,
                "destination_config": HIDDEN,
            },
        )
    )


@pytest.fixture(scope="module")
def calls():
    """Two calls at 30 s: one is served for 20 s, the other refused three times, then served."""
    client = {"retries": 4, "backoff": "4 s", "jitter": "none"}
    arrivals = {"bursts": {"size": 2, "every": "1 h", "first": "30 s"}}
    return run(scenario({"arrivals": arrivals, "client": client}, service={"time": "20 s"}))


def test_messages_are_counted_by_what_became_of_them(messages):
    found = messages.kpis["messages"]
    counts = {name: found[name] for name in ("accepted", "delivered", "failed", "expired")}
    assert counts == {"accepted": 4, "delivered": 3, "failed": 0, "expired": 1}
    assert (found["on_success"], found["on_failure"], found["unfinished"]) == (3, 1, 0)
    assert found["attempts_per_message"] == 0.75
    assert found["delay"]["mean"] == 40
    assert (found["delay"]["p50"], found["delay"]["max"]) == (40, 60)
    assert messages.kpi("functions.f.messages.delivered") == 3
    assert messages.kpi("functions.other.messages.accepted") == 0


def test_calls_are_counted_and_attempts_beside_them(calls):
    found = calls.kpis["calls"]
    assert (found["arrived"], found["completed"], found["failed"]) == (2, 2, 0)
    assert found["attempts_per_call"] == 2.5  # at 30, 34, 42 and 58 s
    assert found["latency"]["max"] == 48
    assert calls.kpi("functions.f.requests.arrived") == 5
    assert calls.kpi("functions.f.requests.throttled") == 3
    assert calls.kpi("calls.success_ratio") == 1
    assert np.isnan(calls.kpi("functions.other.calls.success_ratio"))


def test_metrics_of_messages_by_minute(messages):
    series = messages.series
    per_minute = {
        "FunctionEnqueueCount": [4, 0, 0],
        "FunctionDequeueCount": [1, 2, 0],
        "FunctionAsyncMessageLatencyMax": [20_000, 40_000, np.nan],
        "FunctionAsyncMessageLatencyAvg": [10_000, 40_000, np.nan],
        "FunctionAsyncMessagesBacklogV2": [80 / 60, 30 / 60, 0],
        "FunctionAsyncMessagesInProcess": [0.5, 0.5, 0],
        "FunctionAsyncEventExpiredDropped": [0, 1, 0],
        "FunctionDestinationErrors": [0, 0, 0],
        "FunctionDestinationSucceeded": [1, 3, 0],
    }
    for metric, values in per_minute.items():
        np.testing.assert_allclose(series.of(metric, "f"), values, err_msg=metric)
    assert series.of("FunctionEnqueueCount", "other").tolist() == [0, 0, 0]


def test_a_run_without_messages_says_so(calls):
    with pytest.raises(UsageError, match="the run has no asynchronous invocations"):
        calls.series["FunctionEnqueueCount"]


def test_requests_without_callers_are_no_calls():
    result = run(scenario({"arrivals": {"constant": "1/min"}}, service={"time": "1 s"}))
    named = [kpi.name for kpi in KPIS if kpi.name.split(".")[0] in ("calls", "messages")]
    values = [result.kpi(name) for name in named]
    assert all(value == 0 or np.isnan(value) for value in values)
    assert len(result.record.calls["arrival"]) == len(result.record.attempts["call"]) == 0


def test_a_run_without_rows_gives_the_same_figures(messages):
    again = run(messages.scenario, keep=False)
    np.testing.assert_equal(again.kpis, messages.kpis)
    np.testing.assert_equal(again.series.messages, messages.series.messages)


@pytest.mark.parametrize("form", ["csv", "npz"])
@pytest.mark.parametrize("name", ["messages", "calls"])
def test_saved_results_hold_them(request, tmp_path, name, form):
    result = request.getfixturevalue(name)
    saved = load_result(result.save(tmp_path / "out", records=form))
    for table in ("calls", "attempts"):
        np.testing.assert_equal(getattr(saved.record, table), getattr(result.record, table))
    np.testing.assert_equal(saved.kpis, result.kpis)
    np.testing.assert_equal(saved.series.messages, result.series.messages)
    assert violations(saved.record) == []


def test_frames_hold_names(messages, calls):
    frame = messages.to_frame("calls")
    assert frame["status"].tolist() == ["succeeded", "succeeded", "succeeded", "expired"]
    assert set(frame["workload"]) == {"w"}
    assert set(frame["invocation_type"]) == {"async"}
    assert calls.to_frame("attempts")["error"].tolist()[1:] == ["ResourceExhausted"] * 3 + [""]
    assert "FunctionEnqueueCount" in messages.to_frame("series")
    assert "FunctionEnqueueCount" not in calls.to_frame("series")


def test_deliveries_are_asynchronous_in_the_log(messages):
    entries = [json.loads(line) for line in lines(messages.record)]
    kinds = {(one["functionName"], one["invocationType"]) for one in entries}
    assert kinds == {("f", "Async"), ("other", "Sync")}


# ── one lie at a time ─────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "table, column, row, value, said",
    [
        ("calls", "status", 0, 3, "unfinished and ended, or neither"),
        ("calls", "status", 1, 2, "dropped as too old, but no message"),
        ("calls", "status", 0, 1, "failed without an error"),
        ("calls", "error", 0, 1, "succeeded after an error"),
        ("calls", "sent", 0, 29, "sent before they were made"),
        ("calls", "ended", 0, 20, "ended before they were made"),
        ("calls", "attempts", 1, 3, "column attempts differs from the attempts"),
        ("calls", "workload", 1, 7, "workload points nowhere"),
        ("attempts", "call", 0, 9, "call points nowhere"),
        ("attempts", "begun", 2, 29, "before the call was made"),
        ("attempts", "ended", 4, 100, "ended after the call"),
        ("attempts", "begun", 4, 33, "two of one call at a time"),
        ("attempts", "error", 1, 13, "but 0 requests of callers"),
    ],
)
def test_one_lie_is_found(calls, table, column, row, value, said):
    result = run(calls.scenario)
    assert violations(result.record, result.folds) == []
    getattr(result.record, table)[column][row] = value
    assert any(said in message for message in violations(result.record, result.folds))
