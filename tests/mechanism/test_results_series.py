"""Time series of hand-made runs, worked out by hand."""

import numpy as np
import pytest

from fcsim.errors import UsageError
from fcsim.results.kpis import kpis
from fcsim.results.series import FUNCTION_METRICS, REGION_METRICS, series
from fcsim.sim.record import ErrorCode, Kind, Outcome

NAN = np.nan


@pytest.fixture(scope="module")
def run(hand_made):
    """Three intervals of 60, 60 and 30 s; instance 0 on demand, 1 a minimum instance."""
    request = hand_made.request
    return hand_made.record(
        horizon="150 s",
        functions={"f": {"instance_concurrency": 3}, "g": {}},
        requests=[
            request(10, 40, 70, instance=0),  # waits 30 s, runs into the second interval
            request(50, 50, 60, instance=0),
            request(60, 60, 64, instance=1),
            request(
                61, 61, 69, instance=1,
                outcome=Outcome.TIMED_OUT, error=ErrorCode.FUNCTION_TIMEOUT,
            ),
            request(62, ended=62, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_EXHAUSTED),
            request(63, ended=63, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_THROTTLED),
            request(130, 130, instance=1),
        ],
        instances=[
            hand_made.instance(10, ready=40, gone=130),
            hand_made.instance(0, kind=Kind.MINIMUM),
        ],
    )  # fmt: skip


@pytest.mark.parametrize(
    "metric, expected",
    [
        ("FunctionTotalInvocations", [2, 4, 1]),
        ("FunctionProvisionInvocations", [0, 2, 1]),
        ("FunctionHTTPStatus2xx", [2, 2, 0]),
        ("FunctionHTTPStatus4xx", [0, 1, 0]),
        ("FunctionHTTPStatus5xx", [0, 1, 0]),
        ("FunctionFunctionErrors", [0, 1, 0]),
        ("FunctionConcurrencyThrottles", [0, 1, 0]),
        ("FunctionResourceThrottles", [0, 1, 0]),
        ("FunctionAvgDuration", [20_000, 6_000, NAN]),
        ("FunctionP90Duration", [28_000, 7_600, NAN]),
        ("FunctionP99Duration", [29_800, 7_960, NAN]),
        ("FunctionMaxDuration", [30_000, 8_000, NAN]),
        ("FunctionLatencyAvg", [35_000, 6_000, NAN]),
        ("FunctionOndemandActiveInstance", [50 / 60, 1, 10 / 30]),
        ("FunctionProvisionedCurrentInstance", [1, 1, 1]),
        ("FunctionMaxConcurrentRequests", [2, 2, 1]),
        # 20 s with 10 s of two; instance 0: 10 s, instance 1: 9 s with 3 s of two; 20 s.
        ("FunctionAvgConcurrentRequests", [30 / 20, 22 / 19, 1]),
    ],
)
def test_function_metrics(run, metric, expected):
    np.testing.assert_allclose(series(run).of(metric, "f"), expected, rtol=1e-12)


def test_every_metric_is_tested():
    tested = test_function_metrics.pytestmark[0].args[1]
    assert [metric for metric, _ in tested] == list(FUNCTION_METRICS)


def test_a_function_without_requests_is_zero_or_undefined(run):
    found = series(run)
    assert found.of("FunctionTotalInvocations", "g").tolist() == [0, 0, 0]
    assert np.isnan(found.of("FunctionMaxDuration", "g")).all()


@pytest.mark.parametrize("metric", REGION_METRICS)
def test_region_metrics_are_sums_over_functions(run, metric):
    found = series(run)
    parts = [found.of(REGION_METRICS[metric], name) for name in ("f", "g")]
    assert found[metric].tolist() == (parts[0] + parts[1]).tolist()


def test_series_add_up_to_kpis(run):
    found, figures = series(run), kpis(run)
    weights = np.diff(found.edges) / 150
    alive = found["RegionConcurrentCount"] + found["RegionProvisionedCurrentInstance"]
    assert found["RegionTotalInvocations"].sum() == figures["requests"]["arrived"]
    assert alive @ weights == pytest.approx(figures["instances"]["mean"])


def test_the_window_begins_after_the_warm_up(run, hand_made):
    record = hand_made.record(
        [hand_made.request(t, t, t + 1, instance=0) for t in (9, 10, 39, 40)],
        [hand_made.instance(0)],
        warm_up="10 s",
    )
    found = series(record, interval=30)
    assert found.times.tolist() == [10, 40, 70]
    assert found["RegionTotalInvocations"].tolist() == [2, 1, 0]


def test_columns_are_tidy(run):
    columns = series(run).columns()
    assert columns["time"].tolist() == [0, 60, 120, 0, 60, 120]
    assert columns["function"].tolist() == [0, 0, 0, 1, 1, 1]
    assert columns["FunctionTotalInvocations"].tolist() == [2, 4, 1, 0, 0, 0]


def test_mistakes_are_named(run):
    with pytest.raises(UsageError, match="did you mean 'FunctionAvgDuration'"):
        series(run)["FunctionAverageDuration"]
    with pytest.raises(UsageError, match="unknown function"):
        series(run).of("FunctionAvgDuration", "h")
    with pytest.raises(UsageError, match="above 0 s"):
        series(run, interval=0)
