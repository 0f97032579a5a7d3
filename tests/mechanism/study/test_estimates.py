"""Intervals: Student's t, shares without an event, quantiles by inversion, wishes in text."""

import math

import numpy as np
import pytest
from scipy import stats

from fcsim import load
from fcsim.errors import UsageError
from fcsim.study.estimates import Estimate, estimate, mean_of, own_name, table_of
from fcsim.study.outcome import CURVE, Outcome
from fcsim.study.precision import read_precisions
from fcsim.study.quantiles import estimate_of, inverted, pooled


def runs(name, *values, **more):
    return [{name: value, **more} for value in values]


def test_the_interval_of_a_mean_is_students():
    values = [1.0, 2.0, 4.0, 5.5]
    found = mean_of(values, 0.9)
    low, high = stats.t.interval(0.9, 3, np.mean(values), stats.sem(values))
    assert (found.value, found.runs) == (3.125, 4)
    assert (found.low, found.high) == pytest.approx((low, high))


def test_runs_without_the_figure_are_left_out():
    assert mean_of([1.0, math.nan, 3.0]).runs == 2
    assert math.isnan(mean_of([1.0, math.nan]).half)
    assert mean_of([math.nan]).runs == 0


def test_equal_values_have_no_width_whatever_the_rounding():
    assert mean_of([0.1 + 0.2, 0.3, 0.3]).half == 0


def test_an_interval_ends_where_the_figure_cannot_go():
    assert estimate("latency.mean", runs("latency.mean", 0.1, 3.0, 0.1)).low == 0
    trials = {"requests.completed": 100.0}
    share = estimate("cold_start.ratio", runs("cold_start.ratio", 0.9, 1.0, 0.95, **trials))
    assert share.high == 1


def test_a_share_that_never_failed_is_not_certain():
    """Clopper and Pearson: no event in 300 trials leaves 1 - 0.025^(1/300)."""
    every = runs("requests.success_ratio", 1.0, 1.0, 1.0, **{"requests.arrived": 100.0})
    found = estimate("requests.success_ratio", every)
    assert (found.value, found.high) == (1.0, 1.0)
    assert found.low == pytest.approx(stats.beta.ppf(0.025, 300, 1))


def test_the_kpi_of_a_function_is_judged_by_the_functions_own_trials():
    name, trials = "functions.a.b.cold_start.ratio", "functions.a.b.requests.completed"
    found = estimate(name, runs(name, 0.0, 0.0, **{trials: 10.0}))
    assert found.high == pytest.approx(stats.beta.ppf(0.975, 1, 20))


def test_one_failure_never_promises_more_than_none():
    """One of 10,000 requests: Clopper and Pearson's upper end is 5.57 in 10,000."""

    def runs(failures):
        shares = [1.0] * (10 - failures) + [0.999] * failures
        return [{"requests.success_ratio": x, "requests.arrived": 1000.0} for x in shares]

    none, one, two = (estimate("requests.success_ratio", runs(k)) for k in (0, 1, 2))
    assert one.low == pytest.approx(1 - 5.57e-4, abs=2e-6)
    assert none.low > one.low > two.low
    assert one.high == 1.0


def test_a_share_that_is_the_same_in_every_run_has_no_width():
    runs = [{"cold_start.ratio": 0.001, "requests.completed": 1000.0}] * 3
    found = estimate("cold_start.ratio", runs)
    assert (found.low, found.high) == (0.001, 0.001)


def test_names_of_kpis_come_without_their_function():
    assert own_name("functions.a.b.latency.p99") == "latency.p99"
    assert own_name("latency.p99") == "latency.p99"


def test_a_table_has_every_kpi():
    assert set(table_of(runs("latency.mean", 1.0, 2.0, **{"latency.max": 3.0}))) == {
        "latency.mean",
        "latency.max",
    }


# ── quantiles ─────────────────────────────────────────────────────────────────────────────


def curve(values):
    return tuple(np.quantile(values, np.minimum(CURVE, 1.0)))


def test_a_pooled_quantile_is_that_of_all_requests_together():
    """Two runs of different length: 100 requests of 0 to 1 s, 300 of 1 to 2 s."""
    parts = [np.linspace(0, 1, 100), np.linspace(1, 2, 300)]
    found = pooled(0.5, [curve(part) for part in parts], [100, 300])
    assert found.value == pytest.approx(np.quantile(np.concatenate(parts), 0.5), abs=0.01)


def test_a_quantiles_interval_holds_the_times_whose_share_may_be_it():
    """The share of each run at the end of the interval is just not ruled out."""
    generator = np.random.default_rng(1)
    parts = [generator.exponential(1 + 0.1 * k, 2000) for k in range(6)]
    places = np.linspace(0, 15, 4001)
    shares = np.array([np.searchsorted(np.sort(p), places) / len(p) for p in parts])
    found = inverted(0.9, places, shares, np.full(6, 2000))
    for end in (found.low, found.high):
        at = np.array([(part < end).mean() for part in parts])
        odds = math.log(at.mean() / (1 - at.mean()) / 9)
        error = stats.sem(at) / (at.mean() * (1 - at.mean()))
        assert abs(odds) == pytest.approx(stats.t.ppf(0.975, 5) * error, rel=0.02)


def test_equal_runs_give_a_quantile_without_width():
    one = curve(np.linspace(1, 2, 1000))
    found = pooled(0.95, [one] * 4, [1000] * 4)
    assert found.value == pytest.approx(1.95, abs=1e-3)
    assert found.half < 1e-3


def test_the_end_is_open_where_even_independent_requests_would_be_too_few():
    """P(all n requests are shorter than the p99) = 0.99^n: 2.5 % at 367 of them."""
    one = [0.1 + level for level in CURVE]
    ends = [pooled(0.99, [one] * 4, [number / 4] * 4).high for number in (366, 368)]
    assert ends == [math.inf, pytest.approx(1.09)]


def test_quantiles_of_all_requests_are_pooled_and_others_averaged():
    def outcome(level, own):
        kpis = {
            "latency.p99": level, "requests.completed": 10.0,
            "functions.a.latency.p99": level, "functions.a.requests.completed": own,
        }  # fmt: skip
        return Outcome("", kpis, 0.0, curve=curve(np.linspace(0, level, 500)))

    alone = [outcome(1.0, 10.0), outcome(3.0, 10.0)]
    beside = [outcome(1.0, 4.0), outcome(3.0, 4.0)]
    together = estimate_of("latency.p99", alone).value
    assert together == pytest.approx(2.94, abs=0.01)
    assert estimate_of("functions.a.latency.p99", alone).value == together
    assert estimate_of("functions.a.latency.p99", beside).value == 2.0


# ── wishes ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def shop(basic):
    return load(basic)


def test_a_wish_is_relative_or_in_the_kpis_unit(shop):
    relative, absolute, money, of_function = read_precisions(
        ["latency.p99 ± 5 % and latency.mean +- 50 ms", "cost.per_month +/- 20 CNY",
         "functions.api.cold_start.ratio ± 2 %"], shop,
    )  # fmt: skip
    found = Estimate(2.0, 1.88, 2.12, 10)
    assert (relative.allowed(found), absolute.allowed(found)) == pytest.approx((0.1, 0.05))
    assert money.allowed(found) == 20
    assert of_function.relative == 0.02
    assert not relative.met(found)
    assert relative.runs_needed(found) == 15


@pytest.mark.parametrize(
    "text, told",
    [
        ("latency.p99 < 5 %", "expected KPI ± HALF-WIDTH"),
        ("latency.p98 ± 5 %", "did you mean"),
        ("latency.p99 ± 5", "has no unit"),
        ("latency.p99 ± 0 %", "more than 0"),
        ("functions.g.latency.p99 ± 5 %", "no function 'g'"),
        ("cost.per_month ± 20 USD", "in CNY, not USD"),
        ("cost.per_month ± 20", "an amount like '3600 CNY'"),
        ("cost.per_month ± -20 CNY", "more than 0"),
    ],
)
def test_a_wish_that_cannot_be_read_says_why(text, told, shop):
    with pytest.raises(UsageError, match=told):
        read_precisions(text, shop)
