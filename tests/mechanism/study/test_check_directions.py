"""Which way is better, and how much worse a KPI may be."""

import pytest

from fcsim.errors import UsageError
from fcsim.study.check.directions import is_judged, lower_is_better, read_tolerances

MEANS = {
    "requests.arrived": 1000.0, "requests.completed": 1000.0, "requests.cold": 150.0,
    "requests.failed": 3.0, "requests.success_ratio": 0.9, "requests.queued": 0.0,
    "latency.p99": 2.0, "latency.p50": 0.1, "latency.p999": 3.0, "latency.max": 4.0,
    "latency.mean": 0.1, "cold_start.p95": 3.0, "cold_start.p99": 4.0, "cold_start.ratio": 0.15,
    "errors.BadResponse": 0.0, "instances.mean": 3.0, "cost.per_month": 100.0, "cost.idle": 9.0,
    "cold_start.phase.pull.mean": 1.0, "image.bytes_pulled": 5e6,
    "functions.api.latency.p99": 2.0, "functions.api.latency.p50": 2.0,
    "functions.api.requests.completed": 1000.0,
}  # fmt: skip


def judged(name, **now):
    return is_judged(name, MEANS, {**MEANS, **now})


def allowed(name, *texts):
    return read_tolerances(texts).allowed(name, MEANS)


@pytest.mark.parametrize("name", ["latency.p99", "cold_start.ratio", "requests.failed",
                                  "errors.BadResponse", "image.bytes_pulled", "cost.per_month",
                                  "functions.api.latency.p99", "instances.lost"])  # fmt: skip
def test_less_is_better(name):
    assert lower_is_better(name)


@pytest.mark.parametrize("name", ["requests.success_ratio", "calls.success_ratio",
                                  "requests.completed", "messages.delivered"])  # fmt: skip
def test_more_is_better(name):
    assert not lower_is_better(name)


def test_what_neither_way_is_better_is_not_judged():
    for name in ("requests.arrived", "instances.mean", "cost.idle", "latency.max",
                 "cold_start.phase.pull.mean", "functions.api.latency.p50"):  # fmt: skip
        assert not judged(name), name


def test_a_quantile_needs_five_requests_beyond_it():
    assert judged("latency.p99")
    assert not judged("latency.p999")  # 1,000 requests have one beyond it
    assert judged("cold_start.p95")
    assert not judged("cold_start.p99")


def test_an_error_is_judged_once_it_occurs():
    assert not judged("errors.BadResponse")
    assert judged("errors.BadResponse", **{"errors.BadResponse": 1.0})


def test_what_is_allowed_has_a_least():
    assert allowed("latency.p99") == pytest.approx(0.1)
    assert allowed("latency.p50") == 0.010
    assert allowed("requests.failed") == 2.0  # 0.2 % of what arrived
    assert allowed("image.bytes_pulled") == 1e6


def test_success_has_points():
    assert allowed("requests.success_ratio") == 0.005


def test_tolerances_by_name_group_and_all():
    assert allowed("latency.p99", "20%") == pytest.approx(0.4)
    assert allowed("latency.p99", "20%", "latency=10 %") == pytest.approx(0.2)
    assert allowed("latency.p99", "latency=10%", "latency.p99=1%") == pytest.approx(0.02)
    assert allowed("functions.api.latency.p99", "latency.p99=1%") == pytest.approx(0.02)
    assert allowed("latency.p99", "functions.api.latency.p99=1%") == pytest.approx(0.1)


def test_a_tolerance_that_is_named_has_no_least():
    assert allowed("latency.p50", "latency=1%") == pytest.approx(0.001)
    assert allowed("requests.success_ratio", "requests.success_ratio=1%") == pytest.approx(0.009)


@pytest.mark.parametrize(
    "text, told",
    [
        ("latency.p9=5%", "no judged KPI 'latency.p9'; did you mean 'latency.p99'?"),
        ("instances.mean=5%", "no judged KPI 'instances.mean'"),
        ("latency=fast", "latency=fast: "),
        ("latency=-5%", "expected a share of 0 or more"),
    ],
)
def test_tolerances_that_cannot_be_read(text, told):
    with pytest.raises(UsageError, match="--tolerance") as caught:
        read_tolerances([text])
    assert told in str(caught.value)
