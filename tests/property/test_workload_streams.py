"""What no cut, neighbour or scale may change: the streams of workloads."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from fcsim.scenario.arrivals import Arrivals
from fcsim.scenario.distributions import TimeDistribution
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams
from fcsim.workload.arrivals import process
from fcsim.workload.process import Context
from fcsim.workload.samplers import LONGEST, sampler
from fcsim.workload.source import Requests

END = 200.0

seconds = st.floats(1e-3, 100).map(lambda value: f"{value} s")
rates = st.one_of(st.just(0.0), st.floats(1e-6, 20)).map(lambda value: f"{value}/s")
cvs = st.floats(0.05, 5)

single = st.one_of(
    st.builds(lambda a: {"constant": a}, seconds),
    st.builds(lambda a: {"exponential": a}, seconds),
    st.builds(lambda a, b: {"uniform": {"low": "0 s", "high": a}}, seconds, seconds),
    st.builds(lambda a, cv: {"gamma": {"mean": a, "cv": cv}}, seconds, cvs),
    st.builds(lambda a, b: {"lognormal": {"mean": a, "sd": b}}, seconds, seconds),
    st.builds(lambda a, k: {"weibull": {"shape": k, "scale": a}}, seconds, cvs),
    st.builds(lambda a, k: {"pareto": {"minimum": a, "alpha": k}}, seconds, cvs),
    st.builds(lambda a: {"empirical": {"quantiles": {0.1: "1 ms", 0.9: "100 s"}}}, seconds),
    st.builds(lambda a, cv: {"per_function": {"mean": {"exponential": a}, "cv": cv}}, seconds, cvs),
)
distributions = st.one_of(
    single,
    st.lists(single, min_size=1, max_size=4).map(
        lambda parts: {"mixture": [{"weight": 1 + i, "time": t} for i, t in enumerate(parts)]}
    ),
)

gaps = st.builds(lambda a, cv: {"gamma": {"mean": a, "cv": cv}}, seconds, st.floats(0.1, 2))
simple = st.one_of(
    st.builds(lambda r: {"poisson": r}, rates),
    st.builds(lambda r: {"constant": r}, rates),
    st.builds(lambda g: {"renewal": g}, gaps),
    st.builds(
        lambda a, b, c: {
            "steps": [
                {"at": "10 s", "rate": a},
                {"at": "50 s", "rate": b, "ramp": "40 s"},
                {"at": "120 s", "rate": c},
            ]
        },
        rates,
        rates,
        rates,
    ),
    st.builds(
        lambda r, p: {"diurnal": {"low": "0.1/s", "high": f"{r}/s", "period": p}},
        st.floats(0.1, 20),
        seconds,
    ),
    st.builds(
        lambda a, b, s: {
            "mmpp": [{"rate": a, "mean_stay": s}, {"rate": b, "mean_stay": "7 s"}],
        },
        rates,
        rates,
        st.floats(0.1, 60).map(lambda value: f"{value} s"),
    ),
    st.builds(
        lambda n, f: {"bursts": {"size": n, "every": "9 s", "within": "4 s", "first": f}},
        st.integers(1, 50),
        seconds,
    ),
)
arrivals = st.one_of(
    simple, st.lists(simple, min_size=1, max_size=3).map(lambda parts: {"sum": parts})
)
cuts = st.lists(st.floats(0, END), max_size=8).map(sorted)


def build(value, **changes):
    model = TypeAdapter(Arrivals).validate_python(value)
    settings = {"scale": 1.0, "end": END, **changes}
    return process(model, Context(Streams(11), "visits", "workload.visits.arrivals", **settings))


@given(distributions, st.lists(st.integers(0, 300), max_size=6))
def test_draws_do_not_depend_on_how_they_are_grouped(value, sizes):
    def fresh():
        model = TypeAdapter(TimeDistribution).validate_python(value)
        return sampler(model, Streams(11), "service.time", "shop")

    whole, parts = fresh().draw(sum(sizes)), fresh()
    grouped = np.concatenate([np.empty(0), *(parts.draw(size) for size in sizes)])
    assert np.array_equal(whole, grouped)
    assert np.all((whole >= 0) & (whole <= LONGEST))


@settings(max_examples=150)
@given(arrivals, cuts, st.floats(0.2, 3), st.floats(0, 100))
def test_arrivals_do_not_depend_on_the_cuts(value, cuts, scale, start):
    whole = build(value, scale=scale, start=start).until(END).time
    cut = build(value, scale=scale, start=start)
    parts = [cut.until(t).time for t in [*cuts, END, 2 * END]]
    assert np.array_equal(whole, np.concatenate(parts))
    for before, part in zip([0.0, *cuts, END], parts, strict=True):
        assert np.all(part >= before)
    assert np.all(np.diff(whole) >= 0)
    assert np.all((whole >= start) & (whole < END))


@given(arrivals, st.floats(0, 100), st.floats(100, END))
def test_start_and_end_only_cut(value, start, end):
    whole = build(value).until(END).time
    inside = build(value, start=start, end=end).until(END).time
    assert np.array_equal(inside, whole[(whole >= start) & (whole < end)])


@given(simple.filter(lambda value: "bursts" not in value), st.floats(1, 4))
def test_a_larger_scale_sees_the_same_points_sooner(value, scale):
    """Common random numbers: the k-th point of a Poisson or renewal process only moves."""
    once, more = build(value).until(END).time, build(value, scale=scale).until(END).time
    assert len(more) >= len(once)
    if "mmpp" not in value:
        assert np.all(more[: len(once)] <= once * (1 + 1e-12))


FUNCTION = {
    "image": "shop",
    "cpu": 1,
    "memory_size": "512 MB",
    "disk_size": "512 MB",
    "timeout": "60 s",
    "instance_concurrency": 1,
}


def requests_of(workloads, service, times=()):
    """Return {(workload, function): rows of (time, work, cold work, index)}."""
    scenario = Scenario.model_validate(
        {
            "fcsim": 1,
            "horizon": f"{END} s",
            "images": {"shop": {"compressed": "251 MB"}},
            "functions": {"a": {**FUNCTION, "service": service}},
            "workload": {
                name: {"function": "a", **workload} for name, workload in workloads.items()
            },
        }
    )
    requests = Requests(scenario, Streams(11))
    blocks = [requests.block(t) for t in times]
    while (block := requests.block()) is not None:
        blocks.append(block)
    blocks = [block for block in blocks if block is not None]
    merged = [
        np.concatenate([np.empty(0), *(getattr(block, name) for block in blocks)])
        for name in ("time", "source", "index", "work", "cold_work")
    ]
    order = np.lexsort((merged[2], merged[1], merged[0]))
    assert np.array_equal(order, np.arange(len(order)))  # (time, source, index)
    return {
        name: np.array([merged[0], merged[3], merged[4], merged[2]])[:, merged[1] == place]
        for place, (name, _) in enumerate(requests.sources)
    }


services = st.fixed_dictionaries({"time": distributions}, optional={"cold_time": distributions})
workloads = st.fixed_dictionaries({"arrivals": arrivals}, optional={"share": st.floats(0, 1)})


@given(workloads, workloads, services, cuts)
def test_a_workload_does_not_depend_on_others_or_on_blocks(mine, other, service, cuts):
    alone = requests_of({"mine": mine}, service)["mine"]
    beside = requests_of({"first": other, "mine": mine, "last": other}, service, cuts)["mine"]
    assert np.array_equal(alone, beside)
    assert np.array_equal(alone[3], np.arange(alone.shape[1]))


@given(workloads, services, st.floats(0.1, 10))
def test_variants_of_the_service_see_the_same_arrivals_and_work(mine, service, factor):
    plain = requests_of({"mine": mine}, {"time": {"exponential": "1 s"}})["mine"]
    slower = requests_of({"mine": mine}, {"time": {"exponential": f"{factor} s"}})["mine"]
    other = requests_of({"mine": mine}, service)["mine"]
    assert np.array_equal(plain[0], slower[0])
    assert np.array_equal(plain[0], other[0])
    assert np.allclose(slower[1], factor * plain[1], rtol=1e-12)


@given(workloads, services)
def test_a_cold_time_changes_no_warm_request(mine, service):
    plain = requests_of({"mine": mine}, {"time": service["time"]})["mine"]
    cold = requests_of({"mine": mine}, {**service, "cold_time": "1 s"})["mine"]
    assert np.array_equal(plain[1], cold[1])
    assert np.array_equal(plain[2], plain[1])
    assert np.all(cold[2] == 1.0)
