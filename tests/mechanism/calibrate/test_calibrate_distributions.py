"""Which distribution a sample has, and whether intervals hold."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from fcsim.scenario.distributions import TimeDistribution
from fcsim.streams import Streams
from fcsim.study.calibrate.families import exponential, gamma, lognormal, pareto, weibull
from fcsim.study.calibrate.spread import fit_times, order_interval, resolution
from fcsim.workload.samplers import sampler

KNOWN = {
    "exponential": ({"exponential": "2 s"}, exponential, {"mean": 2.0}),
    "lognormal": ({"lognormal": {"median": "1 s", "p99": "7 s"}}, lognormal,
                  {"median": 1.0, "p99": 7.0}),
    "gamma": ({"gamma": {"mean": "2 s", "cv": 0.4}}, gamma, {"mean": 2.0, "cv": 0.4}),
    "weibull": ({"weibull": {"shape": 3.0, "scale": "2 s"}}, weibull,
                {"shape": 3.0, "scale": 2.0}),
    "pareto": ({"pareto": {"minimum": "1 s", "alpha": 2.5}}, pareto,
               {"minimum": 1.0, "alpha": 2.5}),
}  # fmt: skip


def draws(value, n, seed=1):
    model = TypeAdapter(TimeDistribution).validate_python(value)
    return sampler(model, Streams(seed), "test", "x").draw(n)


@pytest.mark.parametrize("name", KNOWN)
def test_the_family_is_found(name):
    value, _, true = KNOWN[name]
    fit = fit_times("p", draws(value, 4000))
    assert set(fit.written) == {name}
    TypeAdapter(TimeDistribution).validate_python(fit.written)
    for estimate in fit.estimates:
        assert estimate.value == pytest.approx(true[estimate.name], rel=0.08)


@pytest.mark.parametrize("name", KNOWN)
def test_intervals_hold_with_95_percent(name):
    value, family, true = KNOWN[name]
    x = draws(value, 200 * 60).reshape(200, 60)
    held = [e.low <= true[e.name] <= e.high for row in x for e in family(row).estimates]
    assert 0.90 <= np.mean(held) <= 0.99


def test_what_no_family_fits_is_written_as_quantiles():
    x = np.concatenate([draws({"uniform": {"low": "1 s", "high": "2 s"}}, 500),
                        draws({"uniform": {"low": "20 s", "high": "30 s"}}, 500)])  # fmt: skip
    fit = fit_times("p", x)
    assert set(fit.written["empirical"]["quantiles"]) >= {0.0, 0.5, 0.99, 1.0}
    TypeAdapter(TimeDistribution).validate_python(fit.written)
    assert "accepted: 0.052" in fit.rule


def test_equal_times_are_a_constant():
    fit = fit_times("p", np.full(30, 0.25))
    assert fit.written == "250 ms"
    assert (fit.estimates[0].low, fit.estimates[0].high) == (0.2495, 0.2505)
    assert fit_times("p", np.zeros(30)).written == "0 s"


@pytest.mark.parametrize("values, step", [([1.0, 2.004], 1e-3), ([1.0, 2.0004], 1e-4),
                                          ([1.0, 2.00004], 1e-5)])  # fmt: skip
def test_resolution(values, step):
    assert resolution(np.array(values)) == step


def test_times_near_the_resolution_are_told():
    fit = fit_times("p", np.rint(draws({"exponential": "3 ms"}, 400) * 1e3) / 1e3)
    assert any("below 20 steps" in text for text in fit.warnings)


def test_a_tail_without_mean_is_told():
    fit = fit_times("p", draws({"pareto": {"minimum": "1 s", "alpha": 0.9}}, 2000))
    assert any("no finite mean" in text for text in fit.warnings)


def test_order_statistics_hold_a_quantile():
    x = np.sort(draws({"exponential": "1 s"}, 200 * 50).reshape(200, 50))
    held = [low <= np.log(2) <= high for low, high in (order_interval(row, 0.5) for row in x)]
    assert np.mean(held) >= 0.93
