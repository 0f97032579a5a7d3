"""Do 95 % intervals cover the truth 95 times in 100? M/M/4 with a queue, whose truth is known.

Latency is service plus waiting: P(T > t) = (1 - C) e^-t + C (e^-ht - h e^-t) / (1 - h), with C by
Erlang and h = servers - load, at a service rate of 1/s. Seeds are fixed, so a test either always
passes or always fails. The full test has 200 repetitions, of which a true 95 % leaves 184 to 196
(92 to 98 %) 95 times in 100.
"""

import math

import pytest
from scipy.optimize import brentq

from fcsim import batch_means, load, run
from fcsim.results.vocabulary import flatten
from fcsim.study.outcome import Outcome, curve_of
from fcsim.study.quantiles import estimate_of

RATE, SERVERS = 3.2, 4
REPLICATED = ("latency.mean", "latency.p50", "latency.p95", "latency.p99", "queue.ratio")
BATCHED = ("latency.mean", "latency.p50", "latency.p95", "queue.ratio")


def erlang_c():
    blocked = 1.0
    for k in range(1, SERVERS + 1):
        blocked = RATE * blocked / (k + RATE * blocked)
    return blocked / (1 - RATE / SERVERS * (1 - blocked))


def longer_than(t):
    waits, h = erlang_c(), SERVERS - RATE
    both = (math.exp(-h * t) - h * math.exp(-t)) / (1 - h)
    return (1 - waits) * math.exp(-t) + waits * both


def quantile(q):
    return brentq(lambda t: longer_than(t) - (1 - q), 0, 100)


TRUTH = {
    "latency.mean": 1 + erlang_c() / (SERVERS - RATE),
    "latency.p50": quantile(0.5),
    "latency.p95": quantile(0.95),
    "latency.p99": quantile(0.99),
    "queue.ratio": erlang_c(),
}


def scenario(seed, horizon):
    return load(
        {
            "fcsim": 1,
            "seed": seed,
            "horizon": horizon,
            "warm_up": "20 min",
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {
                    "image": "i",
                    "service": {"time": {"exponential": "1 s"}},
                    "overflow": "queue",
                    "scaling_config": {"min_instances": SERVERS, "max_instances": SERVERS},
                }
            },
            "workload": {"w": {"function": "f", "arrivals": {"poisson": f"{RATE}/s"}}},
        }
    )


def outcome(result):
    kpis = {name: float(value) for name, value in flatten(result.kpis).items()}
    return Outcome("", kpis, 0.0, curve=curve_of(result))


def replicated(seed, horizon, reps):
    """Return the estimates that replications make of one scenario; see study.replications."""
    built = scenario(seed, horizon)
    runs = (run(built, replication=k, engine="compiled", keep=False) for k in range(reps))
    outcomes = [outcome(result) for result in runs]
    return {name: estimate_of(name, outcomes) for name in REPLICATED}


def batched(seed, horizon, number):
    found = batch_means(run(scenario(seed, horizon), engine="compiled", keep=True), number)
    return {name: found[name] for name in BATCHED}


def covered(repetitions, estimate, *given):
    """Return how often each interval holds the truth, as a share of *repetitions*."""
    hits = {}
    for seed in range(repetitions):
        for name, found in estimate(1000 + seed, *given).items():
            hits[name] = hits.get(name, 0) + (found.low <= TRUTH[name] <= found.high)
    return {name: number / repetitions for name, number in hits.items()}


@pytest.fixture(autouse=True)
def _numba():
    pytest.importorskip("numba", reason="so many runs need the compiled engine (fcsim[fast])")


def test_replications_cover_the_truth():
    """30 repetitions: 95 % leaves at least 26 of them (86 %) 98 times in 100."""
    for name, share in covered(30, replicated, "80 min", 5).items():
        assert share >= 26 / 30, name


def test_batches_cover_the_truth():
    for name, share in covered(30, batched, "4 h", 10).items():
        assert share >= 26 / 30, name


@pytest.mark.slow
@pytest.mark.parametrize(
    "estimate, given",
    [(replicated, ("4 h", 10)), (batched, ("8 h", 20))],
    ids=["10 runs of 4 h", "20 parts of 8 h"],
)
def test_95_percent_intervals_cover_the_truth_in_92_to_98_percent(estimate, given):
    shares = covered(200, estimate, *given)
    print(shares)
    assert {name: share for name, share in shares.items() if not 0.92 <= share <= 0.98} == {}
