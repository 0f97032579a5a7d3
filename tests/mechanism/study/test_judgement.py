"""Verdicts by interval, and the figure of one run, slices of time included."""

import math

import pytest

import fcsim
from fcsim.errors import UsageError
from fcsim.results.vocabulary import flatten
from fcsim.study.estimates import Estimate
from fcsim.study.judgement import Judgement, Verdict, figure, judge
from fcsim.study.objectives import parse
from fcsim.study.outcome import CURVE, Outcome
from fcsim.study.point import Point, simulate
from fcsim.study.quantiles import estimate_of

NAN = math.nan


def verdict(text, figures, **more):
    objective = parse(text)
    runs = [{objective.name: value, "requests.arrived": 100.0, "requests.completed": 100.0}
            for value in figures]  # fmt: skip
    return judge(objective, runs, **more).verdict


def test_three_verdicts():
    assert verdict("latency.p99 <= 2 s", [1.0, 1.1, 0.9]) == "met"
    assert verdict("latency.p99 <= 2 s", [3.0, 3.1, 2.9]) == "missed"
    assert verdict("latency.p99 <= 2 s", [1.0, 3.0, 1.9]) == "inconclusive"
    assert verdict("latency.p50 within 1 s to 2 s", [1.4, 1.5, 1.6]) == "met"
    assert verdict("latency.p50 within 1 s to 2 s", [0.4, 0.5, 0.6]) == "missed"


def test_more_confidence_needs_more_runs():
    figures = [1.0, 1.4, 1.6, 1.2]
    assert verdict("latency.p99 <= 1.8 s", figures, confidence=0.95) == "met"
    assert verdict("latency.p99 <= 1.8 s", figures, confidence=0.999) == "inconclusive"


def test_one_run_is_inconclusive():
    assert verdict("latency.p99 <= 2 s", [0.1]) == "inconclusive"


def test_a_strict_limit_itself_misses():
    assert verdict("requests.throttled < 1", [1.0, 1.0]) == "missed"
    assert verdict("requests.throttled <= 1", [1.0, 1.0]) == "met"


def test_a_share_without_exception_is_as_sure_as_its_requests_are_many():
    assert verdict("requests.success_ratio >= 98 %", [1.0, 1.0, 1.0]) == "met"
    assert verdict("requests.success_ratio >= 99.9 %", [1.0, 1.0, 1.0]) == "inconclusive"


def test_a_share_without_exception_needs_requests_in_proportion():
    # 100 requests a run; 369 show 99 % at most, so 99.9 % takes about 3,700 of them
    runs = [{"requests.success_ratio": 1.0, "requests.arrived": 100.0}] * 4
    needed = judge(parse("requests.success_ratio >= 99.9 %"), runs).runs_needed
    assert needed == pytest.approx(37, rel=0.01)


def test_the_runs_that_are_needed_go_by_the_side_of_the_limit():
    objective = parse("latency.p99 <= 2 s")
    wide = Judgement(objective, Estimate(1.0, 0.9, 5.0, 4), Verdict.INCONCLUSIVE)
    assert wide.runs_needed == pytest.approx(4 * (4.0 / 1.0) ** 2)


def test_the_shortfall_is_a_part_of_the_limit():
    runs = [{"latency.p99": 2.5}, {"latency.p99": 3.5}]
    assert judge(parse("latency.p99 <= 2 s"), runs).shortfall == pytest.approx(0.5)
    assert judge(parse("latency.p99 <= 4 s"), runs).shortfall == 0


def test_nothing_to_measure_meets_and_nothing_completed_misses():
    assert verdict("cold_start.p95 <= 1 s", [NAN, NAN]) == "met"
    assert verdict("cold_start.p95 <= 1 s", [NAN, 2.0, 2.0]) == "missed"
    kpis = {"latency.p99": NAN, "requests.arrived": 5, "requests.completed": 0}
    assert figure(parse("latency.p99 <= 1 s"), kpis) == math.inf
    assert judge(parse("latency.p99 <= 1 s"), [kpis, kpis]).verdict == "missed"
    assert math.isnan(figure(parse("latency.p99 <= 1 s"), {**kpis, "requests.arrived": 0}))
    ratio = {"cold_start.ratio": NAN, "requests.arrived": 5, "requests.completed": 0}
    assert figure(parse("cold_start.ratio >= 5 %"), ratio) == -math.inf


def test_a_quantile_is_that_of_all_requests_together():
    """Two runs without a slow request and one with 30 of 1,000: their p99 is 1 s on average."""
    curves = [[0.1 if level <= limit else 2.8 for level in CURVE] for limit in (1.1, 1.1, 0.97)]
    runs = [
        Outcome("", {"latency.p99": p99, "requests.completed": 1000.0, "requests.arrived": 1000.0},
                0.0, curve=tuple(curve))
        for p99, curve in zip((0.1, 0.1, 2.8), curves, strict=True)
    ]  # fmt: skip
    found = judge(parse("latency.p99 <= 2 s"), runs)
    assert found.estimate == estimate_of("latency.p99", runs)
    assert found.verdict == "inconclusive"
    assert judge(parse("latency.p99 <= 2 s"), [run.kpis for run in runs]).estimate.value == 1.0


def test_too_few_requests_meet_no_quantile():
    """Of 300 requests that all take 0.1 s, the p99 may still be longer: 0.99^300 is 5 %."""
    runs = [
        Outcome("", {"latency.p99": 0.1, "requests.completed": 100.0, "requests.arrived": 100.0},
                0.0, curve=(0.1,) * len(CURVE))
        for _ in range(3)
    ]  # fmt: skip
    assert judge(parse("latency.p99 <= 1 s"), runs).verdict == "inconclusive"
    assert judge(parse("latency.p99 <= 1 s"), runs * 2).verdict == "met"
    assert judge(parse("latency.p99 <= 50 ms"), runs).verdict == "missed"


@pytest.fixture(scope="module")
def made(hand_made):
    """Two slices of 10 s: the second is slow; function b has one request in the first."""
    request = hand_made.request
    rows = [
        *(request(arrival=t, started=t, ended=t + 0.1, instance=0) for t in range(10)),
        *(request(arrival=t, started=t, ended=t + 0.9, instance=0) for t in range(10, 20)),
    ]
    record = hand_made.record(
        requests=rows, instances=[hand_made.instance(0)],
        horizon="20 s", functions={"a": {}, "b": {}},
    )  # fmt: skip
    return fcsim.Result(record)


def test_the_worst_slice_decides(made):
    assert figure(parse("latency.mean <= 1 s"), made) == pytest.approx(0.5)
    assert figure(parse("latency.mean <= 1 s in every 10 s"), made) == pytest.approx(0.9)
    assert figure(parse("latency.mean >= 50 ms in every 10 s"), made) == pytest.approx(0.1)
    assert figure(parse("requests.arrived >= 1 in every 15 s"), made) == 5
    text = "functions.a.latency.p50 <= 1 s in every 10 s"
    assert figure(parse(text, ["a"]), made) == pytest.approx(0.9)
    assert math.isnan(figure(parse("functions.b.latency.p50 <= 1 s in every 10 s", ["b"]), made))


def test_one_slice_of_the_whole_window_is_the_kpi(root):
    result = fcsim.run(fcsim.load(root / "scenarios/gpu-inference.yaml"), keep=True)
    for name in ("latency.p99", "cold_start.p95", "requests.success_ratio", "requests.waited"):
        unit = " s" if name.split(".")[0] in ("latency", "cold_start") else ""
        text = f"{name} <= 0.5{unit}"
        assert figure(parse(f"{text} in every 4 h"), result) == figure(parse(text), result)


def test_flat_kpis_serve_unless_slices_are_asked_for(made):
    flat = flatten(made.kpis)
    assert figure(parse("latency.mean <= 1 s"), flat) == made.kpi("latency.mean")
    sliced = parse("latency.mean <= 1 s in every 10 s")
    with pytest.raises(UsageError, match="needs the rows of requests"):
        figure(sliced, flat)
    assert figure(sliced, {**flat, sliced.text: 0.7}) == 0.7
    with pytest.raises(UsageError, match="the run has no"):
        figure(parse("functions.c.latency.mean <= 1 s", ["c"]), flat)


def test_points_carry_slices_to_workers(root):
    scenario = fcsim.load(root / "scenarios/gpu-inference.yaml", overrides=["horizon=30 min"])
    sliced = parse("latency.p99 <= 60 s in every 5 min")
    outcome = simulate(Point(scenario, 0, (sliced,)))
    assert outcome.kpis[sliced.text] == figure(sliced, fcsim.run(scenario, keep=True))
    assert Point(scenario, 0, (sliced,)).key != Point(scenario, 0).key
