"""Arrival processes against theory and real traces (fixed seeds, computed intervals)."""

from itertools import pairwise

import numpy as np
import pytest
from pydantic import TypeAdapter
from scipy import integrate, stats

from fcsim.errors import ScenarioError
from fcsim.scenario.arrivals import Arrivals
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams
from fcsim.workload.arrivals import process
from fcsim.workload.process import Context
from fcsim.workload.source import Requests, expand, expected_requests

UNLIKELY = 1e-4


def build(arrivals, seed=1, **changes):
    model = TypeAdapter(Arrivals).validate_python(arrivals)
    context = Context(Streams(seed), "visits", "workload.visits.arrivals", **changes)
    return process(model, context)


def times(arrivals, end, **changes):
    return build(arrivals, end=end, **changes).until(end).time


def is_poisson(counts, average):
    """Say whether counts of disjoint intervals look Poisson: dispersion and total."""
    dispersion = np.sum((counts - average) ** 2 / average)
    low, high = stats.chi2.ppf([UNLIKELY, 1 - UNLIKELY], len(counts))
    total = stats.poisson(np.sum(np.broadcast_to(average, len(counts))))
    fewest, most = total.ppf([UNLIKELY, 1 - UNLIKELY])
    return low < dispersion < high and fewest <= counts.sum() <= most


def test_poisson_counts_and_gaps():
    arrived = times({"poisson": "5/s"}, 4000)
    assert is_poisson(np.histogram(arrived, np.arange(0, 4001, 4))[0], 20.0)
    gaps = np.diff(arrived)
    assert stats.kstest(gaps, stats.expon(scale=0.2).cdf).pvalue > UNLIKELY
    assert abs(np.corrcoef(gaps[:-1], gaps[1:])[0, 1]) < 5 / np.sqrt(len(gaps))


STEPS = [
    {"at": "0 s", "rate": "2/s"},
    {"at": "500 s", "rate": "20/s", "ramp": "300 s"},
    {"at": "1500 s", "rate": "5/s"},
]


def steps_rate(t):
    return np.interp(t, [0, 500, 800, 1500, 1500.0001], [2, 2, 20, 20, 5])


def diurnal_rate(t):
    return 6 + 4 * np.cos(2 * np.pi * (t - 500) / 1000)


@pytest.mark.parametrize(
    "arrivals, rate",
    [
        ({"steps": STEPS}, steps_rate),
        (
            {"diurnal": {"low": "2/s", "high": "10/s", "peak": "00:10", "period": "1000 s"}},
            diurnal_rate,  # t = 0 is 00:01:40, so 00:10 is 500 s later
        ),
    ],
)
def test_changing_rates_give_poisson_counts_of_their_integral(arrivals, rate):
    edges = np.arange(0, 2001, 20.0)
    average = [
        integrate.quad(rate, a, b, points=[500, 800, 1500], limit=200)[0]
        for a, b in pairwise(edges)
    ]
    for seed in (1, 2):
        arrived = times(arrivals, 2000, seed=seed, midnight=100.0)
        assert is_poisson(np.histogram(arrived, edges)[0], np.array(average))


STATES = [
    {"rate": "1/s", "mean_stay": "30 s"},
    {"rate": "20/s", "mean_stay": "10 s"},
    {"rate": "4/s", "mean_stay": "20 s"},
]


def test_mmpp_mean_from_the_very_beginning():
    """The path starts stationary, so even the first 5 s have the long-run mean."""
    average = (1 * 30 + 20 * 10 + 4 * 20) / 60
    counts = np.array(
        [np.histogram(times({"mmpp": STATES}, 300, seed=s), [0, 5, 300])[0] for s in range(400)]
    )
    for column, length in ((0, 5), (1, 295)):
        error = counts[:, column].std(ddof=1) / np.sqrt(len(counts))
        assert abs(counts[:, column].mean() - average * length) < 4 * error
    assert build({"mmpp": STATES}).expected(np.array([60.0]))[0] == pytest.approx(60 * average)


def test_mmpp_keeps_its_mean_over_many_stays():
    """10,000 stays: a count varies like a Poisson count plus what the states add."""
    states = [{"rate": "8/s", "mean_stay": "1 s"}, {"rate": "2/s", "mean_stay": "1 s"}]
    counts = np.histogram(times({"mmpp": states}, 10_000), [0, 5000, 10_000])[0]
    variance = 5000 * (5 + 2 * 3**2 / 2)  # covariance of the rate: 3^2 exp(-2 t)
    assert np.all(np.abs(counts - 25_000) < 4 * np.sqrt(variance))


def test_mmpp_of_two_states_has_the_known_variance():
    """Of an interrupted Poisson process: Fischer and Meier-Hellstern (1993)."""
    rate, on, off, length = 10.0, 4.0, 6.0, 50.0
    states = [
        {"rate": f"{rate}/s", "mean_stay": f"{on} s"},
        {"rate": "0/s", "mean_stay": f"{off} s"},
    ]
    busy, relax = on / (on + off), 1 / on + 1 / off
    # Var N = E N + 2 rate^2 busy (1 - busy) (length / relax - (1 - exp(-relax length)) / relax^2)
    lag = length / relax - (1 - np.exp(-relax * length)) / relax**2
    variance = rate * busy * length + 2 * rate**2 * busy * (1 - busy) * lag
    counts = np.array([len(times({"mmpp": states}, length, seed=s)) for s in range(2000)])
    assert counts.var(ddof=1) == pytest.approx(variance, rel=5 * np.sqrt(2 / 2000))


def test_renewal_rate_and_spread():
    """Counts of a renewal process: mean T / m, variance T cv^2 / m for long T."""
    arrivals = {"renewal": {"gamma": {"mean": "2 s", "cv": 0.5}}}
    counts = np.array([len(times(arrivals, 1000, seed=seed)) for seed in range(500)])
    # The first gap is a whole one, so the mean is (cv^2 - 1) / 2 off T / m.
    assert abs(counts.mean() - (500 - 0.375)) < 4 * np.sqrt(125 / 500)
    assert counts.var(ddof=1) == pytest.approx(125, rel=5 * np.sqrt(2 / 500))


def test_parts_of_a_sum_are_independent():
    arrived = times({"sum": [{"poisson": "2/s"}, {"poisson": "3/s"}]}, 4000)
    assert is_poisson(np.histogram(arrived, np.arange(0, 4001, 4))[0], 20.0)


def scenario_of(workload, folder, horizon="1 d"):
    function = {
        "image": "shop",
        "cpu": 1,
        "memory_size": "512 MB",
        "disk_size": "512 MB",
        "timeout": "60 s",
        "instance_concurrency": 1,
        "service": {"time": {"lognormal": {"median": "120 ms", "p99": "900 ms"}}},
    }
    scenario = Scenario.model_validate(
        {
            "fcsim": 1,
            "horizon": horizon,
            "images": {"shop": {"compressed": "251 MB"}},
            "functions": {"f": function},
            "workload": {"day": {"function": "f", **workload}},
        }
    )
    scenario._base_dir = folder
    return scenario


def blocks_of(scenario, seed=1):
    requests = Requests(scenario, Streams(seed))
    blocks = []
    while (block := requests.block()) is not None:
        blocks.append(block)
    return requests, blocks


AZURE_2019 = {"file": "azure2019_minute_profile_500.csv", "row_key": "HashFunction", "divide": 14}


def test_azure_2019_counts_of_a_mean_day(data):
    fan_out = {"one_function_per": "row", "arrivals": {"counts": AZURE_2019}}
    scenario = scenario_of(fan_out, data)
    requests, blocks = blocks_of(scenario)
    cells = np.loadtxt(data / AZURE_2019["file"], delimiter=",", skiprows=1, usecols=range(3, 1443))
    exact = cells / 14
    fraction = exact - np.floor(exact)
    spread = np.sqrt(np.sum(fraction * (1 - fraction)))  # of the sum of all rounded cells
    total = sum(map(len, blocks))
    assert abs(total - exact.sum()) < 4 * spread
    assert expected_requests(scenario) == pytest.approx(exact.sum())
    assert 317_000 < total < 319_000

    time = np.concatenate([block.time for block in blocks])
    row = np.concatenate([block.source for block in blocks])
    counts = np.zeros((500, 1440))
    np.add.at(counts, (row, (time // 60).astype(int)), 1)
    assert np.all((counts == np.floor(exact)) | (counts == np.ceil(exact)))
    assert len({name for name, _ in requests.functions}) == 500
    assert all(len(name) == len("f/") + 8 for name, _ in requests.functions)


def test_azure_2019_together_or_one_by_one_is_the_same_traffic(data):
    counts = {"arrivals": {"counts": {**AZURE_2019, "rows": 50}}}
    _, together = blocks_of(scenario_of(counts, data))
    _, one_by_one = blocks_of(scenario_of({**counts, "one_function_per": "row"}, data))
    arrived = [np.concatenate([b.time for b in blocks]) for blocks in (together, one_by_one)]
    assert np.array_equal(*arrived)


def test_azure_2021_durations_end_when_the_trace_says(data):
    trace = {
        "file": "azure2021_invocations_199.csv",
        "time": "end_timestamp",
        "time_is": "end",
        "duration": "duration",
        "row_key": "func",
    }
    scenario = scenario_of(
        {"one_function_per": "key", "arrivals": {"trace": trace}}, data, "21 min"
    )
    _, blocks = blocks_of(scenario)
    (block,) = blocks
    text = (data / trace["file"]).read_text().splitlines()[1:]
    ends = np.array([float(line.split(",")[2]) for line in text])
    durations = np.array([float(line.split(",")[3]) for line in text])
    starts = ends - durations
    assert len(expand(scenario)) == 31
    assert len(block) == 199
    assert block.time[0] == 0.0
    assert block.time == pytest.approx(np.sort(starts - starts.min()), abs=1e-6)
    assert np.sort(block.work).tolist() == np.sort(durations).tolist()


def test_llm_trace_keeps_its_burstiness(data):
    trace = {"file": "azure_llm2023_code.csv", "time": "TIMESTAMP"}
    _, blocks = blocks_of(scenario_of({"arrivals": {"trace": trace}}, data, "2 h"))
    arrived = np.concatenate([block.time for block in blocks])
    gaps = np.diff(arrived)
    assert len(arrived) == 8819
    assert arrived[:3] == pytest.approx([0.0, 0.052, 0.098189], abs=2e-6)
    assert arrived[-1] == pytest.approx(3436, abs=1)
    assert gaps.std() / gaps.mean() == pytest.approx(13.2, abs=0.1)


def test_lambda_requests_of_one_experiment(data):
    trace = {
        "file": "lambda2020_requests.csv",
        "time": "client_start_s",
        "duration": "client_elapsed_s",
        "where": {"experiment_file": "2020-05-28_01-57-40"},
    }
    _, blocks = blocks_of(scenario_of({"arrivals": {"trace": trace}}, data, "30 h"))
    arrived = np.concatenate([block.time for block in blocks])
    text = (data / trace["file"]).read_text()
    assert len(arrived) == text.count("2020-05-28_01-57-40")
    assert 27 * 3600 < arrived[-1] < 29 * 3600
    assert 0.95 < np.diff(arrived).std() / np.diff(arrived).mean() < 1.1


def test_a_real_file_of_another_kind_is_refused_with_its_place(data):
    trace = {"file": "azure_llm2023_code.csv", "time": "ContextTokens", "duration": "TIMESTAMP"}
    with pytest.raises(ScenarioError) as error:
        Requests(scenario_of({"arrivals": {"trace": trace}}, data), Streams(1))
    assert str(error.value).startswith(
        "azure_llm2023_code.csv:2:1: workload.day.arrivals.trace.file: column 'TIMESTAMP': "
    )
