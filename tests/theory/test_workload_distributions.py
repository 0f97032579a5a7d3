"""Time distributions against closed forms and published figures (fixed seeds).

Intervals are computed: a mean may be five standard errors off, a quantile must lie between the
order statistics that a binomial count puts around it with probability 1 - 1e-6.
"""

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import stats

from fcsim.scenario.distributions import TimeDistribution
from fcsim.streams import Streams
from fcsim.workload.laws import law
from fcsim.workload.samplers import mean, sampler

N = 200_000


def read(value):
    return TypeAdapter(TimeDistribution).validate_python(value)


def draws(value, n=N, folder=None, seed=1):
    extra = () if folder is None else (folder,)
    return sampler(read(value), Streams(seed), "service.time", "shop", *extra).draw(n)


def quantile_bounds(values, share):
    low, high = stats.binom.ppf([5e-7, 1 - 5e-7], len(values), share).astype(int)
    return np.sort(values)[[low - 1, high]]


SHAPES = [
    ({"exponential": "2 s"}, stats.expon(scale=2)),
    ({"uniform": {"low": "1 s", "high": "4 s"}}, stats.uniform(1, 3)),
    ({"lognormal": {"median": "120 ms", "p99": "900 ms"}}, None),
    ({"lognormal": {"mean": "2 s", "sd": "1 s"}}, None),
    ({"gamma": {"mean": "2 s", "cv": 0.5}}, stats.gamma(4, scale=0.5)),
    ({"gamma": {"mean": "2 s", "cv": 2}}, stats.gamma(0.25, scale=8)),
    ({"weibull": {"shape": 0.7, "scale": "2 s"}}, stats.weibull_min(0.7, scale=2)),
    ({"pareto": {"minimum": "1 s", "alpha": 3}}, stats.pareto(3)),
]


@pytest.mark.parametrize("value, known", [(v, k) for v, k in SHAPES if k is not None])
def test_draws_follow_the_distribution(value, known):
    assert stats.kstest(draws(value, 20_000), known.cdf).pvalue > 1e-4
    assert mean(read(value)) == pytest.approx(known.mean(), rel=1e-12)


@pytest.mark.parametrize(
    "value",
    [value for value, _ in SHAPES]
    + [
        "3 s",
        {"pareto": {"minimum": "1 s", "alpha": 0.8, "maximum": "60 s"}},
        {"pareto": {"minimum": "1 s", "alpha": 1, "maximum": "60 s"}},
        {"empirical": {"quantiles": {0.1: "1 s", 0.5: "2 s", 0.9: "30 s"}}},
        {"empirical": {"quantiles": {0: "1 s", 1: "30 s"}, "maximum": "10 s"}},
        {"mixture": [{"weight": 1, "time": "9 s"}, {"weight": 2, "time": {"exponential": "3 s"}}]},
    ],
)
def test_mean_agrees_with_the_draws(value):
    values = draws(value)
    assert abs(values.mean() - mean(read(value))) <= 5 * values.std() / np.sqrt(N) + 1e-12


def test_mean_of_heavy_tails():
    assert mean(read({"pareto": {"minimum": "1 s", "alpha": 1}})) == np.inf
    assert mean(read({"pareto": {"minimum": "1 s", "alpha": 0.5}})) == np.inf
    assert mean(read({"weibull": {"shape": 0.005, "scale": "1 s"}})) == np.inf
    capped = {"pareto": {"minimum": "5 s", "alpha": 2, "maximum": "3 s"}}
    assert mean(read(capped)) == draws(capped, 1)[0] == 3.0


def test_lognormal_by_median_and_p99():
    values = draws({"lognormal": {"median": "120 ms", "p99": "900 ms"}})
    for share, expected in ((0.5, 0.120), (0.99, 0.900)):
        low, high = quantile_bounds(values, share)
        assert low <= expected <= high


def test_mean_per_function_and_spread_within_each():
    value = read({"per_function": {"mean": {"exponential": "4 s"}, "cv": 0.5}})
    functions = [sampler(value, Streams(1), "service.time", f"f/{i}").draw(400) for i in range(400)]
    means = np.array([values.mean() for values in functions])
    cvs = np.array([values.std() / values.mean() for values in functions])
    assert stats.kstest(means, stats.expon(scale=4).cdf).pvalue > 1e-4
    assert cvs.mean() == pytest.approx(0.5, abs=0.02)


def test_huawei_start_times_are_the_published_lognormal():
    """Validation V8: mean 3.24 s, sd 7.10 s, which is mu 0.296, sigma 1.326."""
    value = {"lognormal": {"mean": "3.24 s", "sd": "7.10 s"}}
    shape = law(read(value), None)
    assert (shape.mu, shape.sigma) == pytest.approx((0.296, 1.326), abs=5e-4)
    values = draws(value, 1_000_000)
    assert values.mean() == pytest.approx(3.24, rel=0.05)
    assert values.std() == pytest.approx(7.10, rel=0.15)


def test_huawei_gaps_between_cold_starts_are_the_published_weibull():
    """Validation V8: mean 1.25 s, sd 3.66 s, which is k 0.418, scale 0.422 s."""
    value = {"weibull": {"shape": 0.418, "scale": "0.422 s"}}
    values = draws(value, 1_000_000)
    assert mean(read(value)) == pytest.approx(1.25, rel=0.05)
    assert values.mean() == pytest.approx(1.25, rel=0.05)
    assert values.std() == pytest.approx(3.66, rel=0.15)


def test_azure_execution_times_come_out_of_the_measured_cdf(data):
    """Validation V9: median 0.67 s, p90 16.6 s."""
    values = draws({"empirical": {"file": "azure2019_cdf_exec_ms.csv"}}, N, data)
    assert np.quantile(values, 0.5) == pytest.approx(0.67, rel=0.05)
    assert np.quantile(values, 0.9) == pytest.approx(16.6, rel=0.05)


def test_azure_memory_comes_out_of_the_measured_cdf(data):
    """Validation V9: median 140 MB, p90 210 MB, in bins of 5 MB (here ms stand for MB)."""
    values = 1e3 * draws({"empirical": {"file": "azure2019_cdf_memory_mb.csv"}}, N, data)
    assert abs(np.quantile(values, 0.5) - 140) <= 5
    assert abs(np.quantile(values, 0.9) - 210) <= 5


def test_azure_applications_are_called_as_rarely_as_measured(data):
    """Validation V9: 81 % of applications at most once a minute (here ms stand for calls)."""
    file = {"file": "azure2019_cdf_app_invocations_per_day.csv"}
    calls = 1e3 * draws({"empirical": file}, N, data)
    assert np.mean(calls <= 1440) == pytest.approx(0.81, rel=0.05)


def test_a_table_with_a_header_is_no_cdf(data):
    with pytest.raises(Exception, match=r"azure2019_cdf_functions_per_app.csv:1:1"):
        draws({"empirical": {"file": "azure2019_cdf_functions_per_app.csv"}}, 1, data)
