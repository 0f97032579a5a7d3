"""Each rule of conservation, broken once: a record with one lie, and what is said of it."""

import numpy as np
import pytest

from fcsim.results.conservation import violations
from fcsim.sim.record import ErrorCode, Kind, Outcome, Start

NAN = np.nan


@pytest.fixture
def run(hand_made):
    """A run without fault: cold, waiting, overlapping, refused, timed-out, unfinished requests."""
    request = hand_made.request
    phases = {"placed": 2, "credential": 3, "pulled": 5, "started": 6, "served": 8, "ready": 9}
    record = hand_made.record(
        functions={"f": {"instance_concurrency": 2}, "g": {}},
        requests=[
            request(1, 9, 14, instance=0, start=Start.COLD),
            request(2, 9, 12, instance=0, start=Start.WAITED),
            request(3, 12, 20, instance=0),
            request(4, ended=4, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_THROTTLED),
            request(
                30, 30, 35, instance=0,
                outcome=Outcome.TIMED_OUT, error=ErrorCode.FUNCTION_TIMEOUT,
            ),
            request(40, ended=45, outcome=Outcome.FAILED, error=ErrorCode.FUNCTION_NOT_STARTED),
            request(90, 90, 110, function=1, instance=2),
            request(95),
        ],
        instances=[
            hand_made.instance(1, **phases, stopping=60, gone=61, bytes_pulled=5.0),
            hand_made.instance(
                40, served=NAN, ready=NAN, gone=45, error=4, bytes_pulled=2.0, bytes_cached=3.0
            ),
            hand_made.instance(0, function=1, kind=Kind.MINIMUM),
        ],
        pulls=[hand_made.pull(3, 5, 5.0)],
    )  # fmt: skip
    record.counters["bytes_delivered"] = 5.0
    return record


def test_a_run_without_fault(run):
    assert violations(run) == []


def test_an_empty_run(hand_made):
    assert violations(hand_made.record()) == []


@pytest.mark.parametrize(
    "table, column, row, value, said",
    [
        ("requests", "outcome", 0, 9, "outcome points nowhere (row 0; 1 in all)"),
        ("requests", "instance", 0, 3, "instance points nowhere"),
        ("instances", "function", 1, 2, "instances: function points nowhere"),
        ("pulls", "layer", 0, 1, "layer points nowhere"),
        ("requests", "ended", 7, 99, "unfinished and ended, or neither"),
        ("requests", "outcome", 0, Outcome.UNFINISHED, "unfinished and ended, or neither"),
        ("requests", "error", 0, ErrorCode.BAD_RESPONSE, "completed or unfinished with an error"),
        ("requests", "error", 5, ErrorCode.NONE, "without an error"),
        ("requests", "error", 3, ErrorCode.BAD_RESPONSE, "another error than 429 or 503"),
        ("requests", "error", 5, ErrorCode.RESOURCE_EXHAUSTED, "429 or 503 but not refused"),
        ("requests", "started", 3, 4, "refused but handed to an instance"),
        ("requests", "error", 4, ErrorCode.BAD_RESPONSE, "timed out with another error"),
        ("requests", "started", 0, NAN, "completed or timed out without an instance"),
        ("requests", "instance", 0, -1, "handed over, but to no instance"),
        ("requests", "arrival", 0, NAN, "arrival before 0 or unknown"),
        ("requests", "arrival", 0, 10, "handed over before arrival"),
        ("requests", "ended", 5, 39, "ended before it began"),
        ("requests", "function", 0, 1, "on an instance of another function"),
        ("requests", "started", 0, 8, "on an instance before it was ready"),
        ("requests", "ended", 4, 60.5, "after it was taken out of service"),
        ("instances", "requests", 0, 3, "column requests differs"),
        ("instances", "created", 2, NAN, "never created"),
        ("instances", "pulled", 0, 2.5, "pulled before an earlier phase ended"),
        ("instances", "gone", 0, 59, "gone before an earlier phase ended"),
        ("instances", "busy", 0, 15.999, "column busy differs from the union"),
        ("instances", "bytes_cached", 1, 0, "bytes of one image differ between starts"),
        ("instances", "kind", 0, Kind.MINIMUM, ""),
        ("pulls", "bytes", 0, NAN, "bytes not finite"),
        ("pulls", "begun", 0, NAN, "never begun"),
        ("pulls", "unpacked", 0, 4, "unpacked before an earlier moment"),
        ("pulls", "bytes", 0, 6, "more bytes arrived than the network delivered"),
    ],
)
def test_one_lie(run, table, column, row, value, said):
    getattr(run, table)[column][row] = value
    found = violations(run)
    if said:
        assert any(said in message for message in found), found
    else:
        assert found == []  # one start on demand, the failed one, still covers the cold request


def test_more_cold_starts_than_instances(run):
    run.requests["start"][:5] = Start.COLD
    assert violations(run) == [
        "functions: more cold starts than instances that started (row 0; 1 in all)"
    ]


def test_more_requests_at_once_than_the_instance_takes(run):
    run.requests["started"][2] = 11.5
    assert violations(run) == ["instances: more than 2 requests at once (row 0; 1 in all)"]


def test_a_request_may_begin_when_another_ends(run):
    assert run.requests["started"][2] == run.requests["ended"][1]
    assert violations(run) == []


def test_unfinished_on_an_instance_that_is_gone(run):
    run.requests["ended"][4] = NAN
    run.requests["outcome"][4], run.requests["error"][4] = Outcome.UNFINISHED, ErrorCode.NONE
    assert any("unfinished on an instance that is gone" in said for said in violations(run))


def test_no_second_is_billed_twice(run):
    """Without the end of its pull, an instance would pay for it as long as it lives."""
    run.instances["pulled"][0] = NAN
    said = "functions: free and billed seconds differ from instance lives (row 0; 1 in all)"
    assert violations(run) == [said]
