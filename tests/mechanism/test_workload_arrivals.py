"""Arrival processes as small timetables."""

import numpy as np
import pytest
from pydantic import TypeAdapter

from fcsim.errors import ScenarioError
from fcsim.scenario.arrivals import Arrivals
from fcsim.streams import Streams
from fcsim.workload.arrivals import process
from fcsim.workload.process import Context
from fcsim.workload.rates import DiurnalRate, PiecewiseRate, steps_rate


def build(arrivals, **changes):
    settings = {"streams": Streams(3), "entity": "visits", "path": "workload.visits.arrivals"}
    model = TypeAdapter(Arrivals).validate_python(arrivals)
    return process(model, Context(**{**settings, "end": 1000.0, **changes}))


def times(arrivals, until, **changes):
    return build(arrivals, **changes).until(until).time.tolist()


def test_constant_rate_begins_one_interval_after_zero_and_never_drifts():
    assert times({"constant": "10/s"}, 0.55) == [0.1, 0.2, 0.3, 0.4, 0.5]
    assert times({"constant": "10/s"}, 0.5) == [0.1, 0.2, 0.3, 0.4]  # none at the cut itself
    late = build({"constant": "3/s"}, end=1e6)
    late.until(99_999.9)
    assert late.until(100_001).time.tolist() == [k / 3 for k in range(300_000, 300_003)]


def test_start_and_end_cut_without_shifting():
    cut = {"start": 2.0, "end": 4.0}
    assert times({"constant": "2/s"}, 9, **cut) == [2.0, 2.5, 3.0, 3.5]
    whole = np.array(times({"poisson": "5/s"}, 9))
    assert times({"poisson": "5/s"}, 9, **cut) == whole[(whole >= 2) & (whole < 4)].tolist()


def test_scale_multiplies_rates_and_divides_gaps():
    assert times({"constant": "2/s"}, 1.1, scale=2) == [0.25, 0.5, 0.75, 1.0]
    assert times({"renewal": "4 s"}, 7, scale=2) == [2.0, 4.0, 6.0]


def test_nothing_comes_at_rate_zero():
    for silent in (
        {"poisson": "0/s"},
        {"constant": "0/s"},
        {"steps": [{"at": "1 s", "rate": "0/s"}]},
        {"diurnal": {"low": "0/s", "high": "0/s"}},
        {"mmpp": [{"rate": "0/s", "mean_stay": "1 s"}, {"rate": "0/s", "mean_stay": "1 s"}]},
    ):
        assert times(silent, 1000) == [], silent


def test_bursts():
    bursts = {"size": 3, "every": "10 s", "first": "5 s", "within": "3 s", "count": 2}
    assert times({"bursts": bursts}, 100) == [5, 6, 7, 15, 16, 17]
    assert times({"bursts": {"size": 2, "every": "10 s"}}, 21) == [0, 0, 10, 10, 20, 20]
    assert times({"bursts": {"size": 2, "every": "10 s"}}, 11, scale=1.5) == [0] * 3 + [10] * 3
    scaled = times({"bursts": {"size": 1, "every": "1 s"}}, 1000, scale=0.25)
    assert set(scaled) <= set(range(1000))
    assert 190 < len(scaled) < 310  # binomial(1000, 1/4) +- 4.4 sd


def test_bursts_that_reach_into_the_next_are_refused():
    with pytest.raises(ScenarioError, match=r"workload.visits.arrivals: within \(11 s\)"):
        build({"bursts": {"size": 3, "every": "10 s", "within": "11 s"}})


def test_renewals_need_gaps():
    with pytest.raises(ScenarioError, match="expected a mean above 0"):
        build({"renewal": "0 s"})
    with pytest.raises(ScenarioError, match="instance's shape"):
        build({"renewal": {"by": {"cpu": {1: "1 s"}}}})


def test_steps_with_a_ramp_have_these_cumulative_rates():
    steps = TypeAdapter(Arrivals).validate_python(
        {
            "steps": [
                {"at": "10 s", "rate": "2/s"},
                {"at": "20 s", "rate": "6/s", "ramp": "4 s"},
                {"at": "30 s", "rate": "0/s", "ramp": "2 s"},
                {"at": "40 s", "rate": "1/s"},
            ]
        }
    )
    rate = steps_rate(steps.steps)
    clock = np.array([5.0, 10, 15, 20, 22, 24, 30, 31, 32, 36, 40, 43])
    #  2/s from 10; ramp 20-24 adds 16; 6/s to 30 adds 36; ramp down adds 6; silence; 1/s
    reached = np.array([0.0, 0, 10, 20, 26, 36, 72, 76.5, 78, 78, 78, 81])
    assert rate.cumulative(clock).tolist() == reached.tolist()
    moving = [1.0, 10, 20, 26, 36, 72, 76.5, 79]
    back = [10.5, 15, 20, 22, 24, 30, 31, 41]
    assert rate.inverse(np.array(moving)) == pytest.approx(back, abs=1e-12)


def test_a_rate_that_ends_is_never_reached_again():
    rate = PiecewiseRate(np.array([0.0, 2.0]), np.array([3.0, 0.0]), np.zeros(2))
    assert rate.inverse(np.array([3.0, 5.999, 6.001])).tolist() == [1.0, 5.999 / 3, np.inf]


@pytest.mark.parametrize("low", [0.0, 0.5, 2.0])
def test_diurnal_inverse_undoes_the_cumulative_rate(low):
    rate = DiurnalRate(low, 2.0, peak=50_400.0, period=86_400.0)
    clock = np.linspace(1.0, 5 * 86_400.0, 20_001)
    reached = rate.cumulative(clock)
    back = rate.inverse(reached)
    assert np.abs(rate.cumulative(back) - reached).max() <= 1e-9
    steep = np.gradient(reached, clock) > 0.01  # where the rate is 0 no inverse is sharp
    assert (np.abs(back - clock) / clock)[steep].max() < 1e-9


def test_diurnal_peak_is_local_time_of_the_scenario():
    arrivals = {"diurnal": {"low": "0/s", "high": "2/s", "peak": "14:00"}}
    build_at = {"end": 86_400.0, "midnight": 6 * 3600.0}  # t = 0 is 06:00
    hours = np.array(times(arrivals, 86_400.0, **build_at)) // 3600
    counts = np.bincount(hours.astype(int), minlength=24)
    assert counts[7:9].sum() > 10 * counts[19:21].sum()  # 13:00-15:00 and 01:00-03:00
    assert counts.argmax() in (6, 7, 8, 9)


def test_sum_merges_in_order_and_ties_follow_the_parts():
    parts = [{"constant": "1/s"}, {"bursts": {"size": 2, "every": "2 s", "first": "1 s"}}]
    assert times({"sum": parts}, 3.5) == [1, 1, 1, 2, 3, 3, 3]


def test_parts_of_a_sum_are_named_by_kind():
    poisson, burst = {"poisson": "1/s"}, {"bursts": {"size": 1, "every": "5 s", "first": "2 s"}}
    alone = times({"sum": [poisson, poisson]}, 50)
    more = times({"sum": [burst, poisson, poisson]}, 50)
    assert sorted(alone + [float(t) for t in range(2, 50, 5)]) == more
    assert len(set(alone)) == len(alone)  # the two Poisson parts differ


def test_expected_counts_are_cut_too():
    at = np.array([0.0, 5, 10, 20])
    assert build({"poisson": "2/s"}, start=4, end=12).expected(at).tolist() == [0, 2, 12, 16]
    assert build({"constant": "2/s"}, scale=3).expected(at).tolist() == [0, 30, 60, 120]
    bursts = {"bursts": {"size": 3, "every": "10 s", "count": 2}}
    assert build(bursts).expected(np.array([0.0, 0.1, 10, 10.1, 99])).tolist() == [0, 3, 3, 6, 6]
    both = build({"sum": [{"poisson": "1/s"}, bursts]})
    assert both.expected(at).tolist() == [0, 8, 13, 26]
