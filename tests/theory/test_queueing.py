"""The simulator beside the textbook: closed forms inside computed intervals.

Each case runs independent replications; the closed form must lie inside the 99 % interval of
their mean (Student's t). Seeds are fixed, so a test either always passes or always fails.
"""

import math

import numpy as np
import pytest
from scipy import stats

from fcsim import load, run

CONFIDENCE = 0.99


def scenario(*, rate, service, horizon="4 h", warm_up="20 min", seed=1, **function):
    return load(
        {
            "fcsim": 1,
            "seed": seed,
            "horizon": horizon,
            "warm_up": warm_up,
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {"f": {"image": "i", "service": service, **function}},
            "workload": {"w": {"function": "f", "arrivals": {"poisson": rate}}},
        }
    )


def replicate(built, *names, count=10):
    """Return the values of the KPIs *names* over *count* replications."""
    rows = []
    for replication in range(count):
        result = run(built, replication=replication)
        rows.append([result.kpi(name) for name in names])
    return np.array(rows).T


def contains(values, expected):
    """Whether the interval of the mean of *values* contains *expected*."""
    mean, error = values.mean(), stats.sem(values)
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, len(values) - 1) * error
    assert half < 0.1 * abs(expected), f"the interval ±{half:.3g} is too wide to tell anything"
    assert abs(mean - expected) <= half, f"{mean:.6g} ± {half:.2g} does not contain {expected:.6g}"
    return True


def erlang_b(load, servers):
    blocked = 1.0
    for k in range(1, servers + 1):
        blocked = load * blocked / (k + load * blocked)
    return blocked


def erlang_c(load, servers):
    blocked = erlang_b(load, servers)
    return blocked / (1 - load / servers * (1 - blocked))


SERVICES = {
    "constant": "2 s",
    "exponential": {"exponential": "2 s"},
    "heavy": {"lognormal": {"mean": "2 s", "sd": "4 s"}},
}


@pytest.mark.parametrize("service", SERVICES)
def test_m_g_infinity_mean_busy_instances_are_rate_times_service(service):
    built = scenario(rate="5/s", service={"time": SERVICES[service]})
    (busy,) = replicate(built, "instances.mean_busy")
    assert contains(busy, 10.0)


@pytest.mark.parametrize("service", SERVICES)
def test_erlang_b_is_insensitive_to_the_service_distribution(service):
    built = scenario(
        rate="3/s", service={"time": SERVICES[service]},
        scaling_config={"min_instances": 8, "max_instances": 8},
    )  # fmt: skip
    arrived, refused = replicate(built, "requests.arrived", "requests.throttled")
    assert contains(refused / arrived, erlang_b(6.0, 8))


def test_erlang_c_waiting():
    built = scenario(
        rate="3.2/s", service={"time": {"exponential": "1 s"}}, overflow="queue", horizon="8 h",
        scaling_config={"min_instances": 4, "max_instances": 4},
    )  # fmt: skip
    arrived, waited, latency = replicate(
        built, "requests.arrived", "requests.queued", "latency.mean"
    )
    chance = erlang_c(3.2, 4)
    assert contains(waited / arrived, chance)
    assert contains(latency, 1.0 + chance / (4 - 3.2))


@pytest.mark.parametrize("service", SERVICES)
def test_processor_sharing_depends_on_the_service_mean_only(service):
    """M/G/1 PS: mean response = mean service / (1 - load), whatever the distribution."""
    built = scenario(
        rate="0.3/s", service={"time": SERVICES[service], "vcpu": 1}, horizon="20 h",
        instance_concurrency=100_000, scaling_config={"min_instances": 1, "max_instances": 1},
    )  # fmt: skip
    (latency,) = replicate(built, "latency.mean")
    assert contains(latency, 2.0 / (1 - 0.6))


@pytest.mark.parametrize("keep_alive", [30, 120])
def test_expiry_reuse_of_a_rarely_called_function(keep_alive):
    """Cold probability = exp(-rate x keep-alive) as the service time goes to 0."""
    built = scenario(
        rate="0.01/s", service={"time": "1 us"}, keep_alive=f"{keep_alive} s", horizon="500 h"
    )
    (cold,) = replicate(built, "cold_start.ratio")
    assert contains(cold, math.exp(-0.01 * keep_alive))


def test_expiry_keeps_idle_instances_that_long():
    """Mean instances = busy + idle, idle = (1 - exp(-rate x T)) / (rate x T) of each T kept."""
    built = scenario(rate="0.02/s", service={"time": "1 us"}, keep_alive="60 s", horizon="300 h")
    (alive,) = replicate(built, "instances.mean")
    assert contains(alive, 1 - math.exp(-0.02 * 60))


def test_littles_law_ties_the_time_average_to_the_latency():
    """Mean requests in the system, read off the record at even instants, = rate x mean latency,
    and both are Erlang C's a + C x load / (1 - load)."""
    built = scenario(
        rate="3.2/s", service={"time": {"exponential": "1 s"}}, overflow="queue", horizon="8 h",
        scaling_config={"min_instances": 4, "max_instances": 4},
    )  # fmt: skip
    grid = np.linspace(built.warm_up, built.horizon, 20_001)
    inside, spent = [], []
    for replication in range(10):
        result = run(built, replication=replication)
        arrivals, ends = (np.sort(result.record.requests[name]) for name in ("arrival", "ended"))
        counts = np.searchsorted(arrivals, grid, "right") - np.searchsorted(ends, grid, "right")
        inside.append(counts.mean())
        spent.append(3.2 * result.kpi("latency.mean"))
    expected = 3.2 + erlang_c(3.2, 4) * 0.8 / 0.2
    assert contains(np.array(inside), expected)
    assert contains(np.array(spent), expected)
