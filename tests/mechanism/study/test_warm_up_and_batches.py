"""The warm-up by MSER-5, and intervals from parts of one run."""

import numpy as np
import pytest

from fcsim import batch_means, load, run
from fcsim.errors import UsageError
from fcsim.study.warm_up import find_warm_up, mser5, warmed_up


def queue(horizon="40 min", **changes):
    return load(
        {
            "fcsim": 1,
            "seed": 3,
            "horizon": horizon,
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {
                    "image": "i",
                    "service": {"time": {"exponential": "1 s"}},
                    "overflow": "queue",
                    "scaling_config": {"min_instances": 4, "max_instances": 4},
                }
            },
            "workload": {"w": {"function": "f", "arrivals": {"poisson": "3.2/s"}}},
            **changes,
        }
    )


# ── MSER-5 ────────────────────────────────────────────────────────────────────────────────


def test_mser_cuts_a_transient_off_in_groups_of_five():
    generator = np.random.default_rng(4)
    series = np.concatenate([np.linspace(20, 5, 100), np.full(900, 5.0)])
    cut = mser5(series + generator.normal(0, 0.5, 1000))
    assert cut % 5 == 0
    assert 85 <= cut <= 130


def test_mser_cuts_nothing_off_a_steady_series():
    assert mser5(np.tile([1.0, 2.0, 3.0, 4.0, 5.0], 100)) == 0


def test_mser_never_cuts_more_than_half():
    assert mser5(np.linspace(0, 1, 1000)) == 500


def test_mser_of_a_few_values_cuts_nothing():
    assert mser5(np.array([3.0, 1.0, 2.0])) == 0


def test_a_fleet_that_fills_up_slowly_is_left_out():
    """Instances live on for 5 min after each use, so their number takes a while to settle."""
    built = load(
        {
            "fcsim": 1,
            "horizon": "2 h",
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {"image": "i", "keep_alive": "5 min",
                      "service": {"time": {"exponential": "10 s"}}}
            },
            "workload": {"w": {"function": "f", "arrivals": {"poisson": "0.5/s"}}},
        }
    )  # fmt: skip
    found = find_warm_up(built, pilots=2)
    assert 30 <= found.seconds <= 54 * 60
    assert found.warnings == ()


def test_a_changing_load_is_no_steady_state():
    arrivals = {"steps": [{"at": "0 s", "rate": "1/s"}, {"at": "20 min", "rate": "3/s"}]}
    built = queue(workload={"w": {"function": "f", "arrivals": arrivals}})
    (first, *_) = find_warm_up(built, pilots=2).warnings
    assert "changes with time" in first


def test_a_warm_up_is_stated_found_or_left_alone():
    built = queue()
    assert warmed_up(built, None) == (built, None)
    stated, found = warmed_up(built, "5 min")
    assert (stated.warm_up, found) == (300.0, None)
    for text, told in (("5", "has no unit"), ("50 min", "not between 0 and the horizon")):
        with pytest.raises(UsageError, match=told):
            warmed_up(built, text)


# ── batches ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def long_run():
    return run(queue("2 h", warm_up="20 min"), keep=True)


def test_the_estimate_is_the_runs_own_figure(long_run):
    found = batch_means(long_run, 10)
    for name in ("latency.mean", "latency.p95", "queue.ratio", "instances.mean"):
        assert found[name].value == pytest.approx(long_run.kpi(name), rel=1e-12)
        assert found[name].low <= found[name].value <= found[name].high


def test_parts_are_equal_times_of_the_window(long_run):
    found = batch_means(long_run, 10)
    requests = long_run.record.requests
    first = (requests["arrival"] >= 1200) & (requests["arrival"] < 1800)
    spent = (requests["ended"] - requests["arrival"])[first]
    assert found.parts["latency.mean"][0] == pytest.approx(spent.mean())
    assert len(found.parts["latency.mean"]) == 10


def test_a_quantile_that_few_requests_exceed_has_no_interval(long_run):
    found = batch_means(long_run, 20)
    assert "latency.p999" not in found.estimates
    assert any("latency.p999" in warning for warning in found.warnings)
    with pytest.raises(UsageError, match=r"no interval for 'latency\.p999'"):
        found["latency.p999"]


def test_parts_that_are_too_short_are_told():
    """At 97 % load the queue forgets in half an hour, so parts of 2 min look like the next."""
    built = queue("40 min", workload={"w": {"function": "f", "arrivals": {"poisson": "3.9/s"}}})
    found = batch_means(run(built, keep=True), 20)
    assert found.correlation > 0.4
    assert "are alike" in found.warnings[0]


def test_batches_need_rows_and_number():
    result = run(queue("5 min"), keep=False)
    with pytest.raises(UsageError, match="keep=True"):
        batch_means(result)
    with pytest.raises(UsageError, match="at least 5 batches"):
        batch_means(result, 4)
