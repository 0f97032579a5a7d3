"""Retries, closed loops and back-off beside their closed forms.

Seeds are fixed, so a test either always passes or always fails.
"""

import numpy as np
import pytest
from scipy import stats

from fcsim import load, run
from fcsim.sim.record import CallStatus

CONFIDENCE = 0.99


def scenario(workload, *, horizon="4 h", warm_up="0 s", seed=1, **function):
    return load(
        {
            "fcsim": 1,
            "seed": seed,
            "horizon": horizon,
            "warm_up": warm_up,
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {"f": {"image": "i", **function}},
            "workload": {"w": {"function": "f", **workload}},
        }
    )


@pytest.mark.parametrize("failure, retries", [(0.3, 3), (0.6, 8), (0.5, 0)])
def test_attempts_of_messages_follow_the_truncated_geometric_law(failure, retries):
    built = scenario(
        {"arrivals": {"poisson": "1/s"}, "invocation_type": "async"},
        horizon="2 h",
        service={"time": "100 ms", "failure": failure},
        async_invoke_config={"max_async_retry_attempts": retries},
    )
    calls = run(built).record.calls
    counts = np.bincount(calls["attempts"], minlength=retries + 2)[1:]
    k = np.arange(retries + 1)
    law = np.where(k < retries, failure**k * (1 - failure), failure**retries)
    assert len(counts) == retries + 1
    if retries:
        assert stats.chisquare(counts, law * counts.sum()).pvalue > 0.01
    lost = int((calls["status"] == CallStatus.FAILED).sum())
    assert stats.binomtest(lost, len(calls["status"]), failure ** (retries + 1)).pvalue > 0.01


def test_attempts_of_clients_follow_the_same_law():
    failure, retries = 0.4, 4
    policy = {"retries": retries, "retry_on": ["function_error"], "backoff": "1 s"}
    built = scenario(
        {"arrivals": {"poisson": "1/s"}, "client": policy},
        horizon="2 h",
        service={"time": "100 ms", "failure": failure},
    )
    result = run(built)
    expected = (1 - failure ** (retries + 1)) / (1 - failure)
    spread = result.record.calls["attempts"].std() / np.sqrt(result.kpi("calls.arrived"))
    assert abs(result.kpi("calls.attempts_per_call") - expected) < 2.6 * spread


USERS = {"users": {"number": 20, "think": {"exponential": "4 s"}}}


@pytest.mark.parametrize("servers", [1, 3, 20])
def test_users_obey_the_interactive_response_time_law(servers):
    """N = X (R + Z), with Z the think time: exact up to what the window's edges cut."""
    built = scenario(
        {"arrivals": USERS},
        warm_up="10 min",
        service={"time": {"exponential": "1 s"}},
        overflow="queue",
        scaling_config={"min_instances": servers, "max_instances": servers},
    )
    result = run(built)
    throughput = result.kpi("calls.completed") / (4 * 3600 - 600)
    response = result.kpi("calls.latency.mean")
    assert throughput * (response + 4.0) == pytest.approx(20, rel=0.015)
    # Little: those who wait for an answer
    window = built.warm_up, built.horizon
    arrival, ended = (np.clip(result.record.calls[name], *window) for name in ("arrival", "ended"))
    waiting = (ended - arrival).sum() / (window[1] - window[0])
    assert waiting == pytest.approx(throughput * response, rel=0.01)


def machine_repair(users, servers, think, service):
    """Return throughput of the machine-repair model M/M/c//N."""
    weights = [1.0]
    for n in range(1, users + 1):
        coming = (users - n + 1) / think
        leaving = min(n, servers) / service
        weights.append(weights[-1] * coming / leaving)
    shares = np.array(weights) / sum(weights)
    return float(shares @ np.minimum(np.arange(users + 1), servers)) / service


@pytest.mark.parametrize("servers", [1, 3])
def test_their_throughput_is_that_of_the_machine_repair_model(servers):
    built = scenario(
        {"arrivals": USERS},
        horizon="70 min",
        warm_up="10 min",
        service={"time": {"exponential": "1 s"}},
        overflow="queue",
        scaling_config={"min_instances": servers, "max_instances": servers},
    )
    rates = np.array([run(built, replication=r).kpi("calls.completed") / 3600 for r in range(6)])
    expected = machine_repair(20, servers, 4.0, 1.0)
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, 5) * stats.sem(rates)
    assert half < 0.03 * expected
    assert abs(rates.mean() - expected) <= half


def test_a_queue_of_messages_without_errors_is_m_m_c():
    """Erlang C: the time from acceptance to success, with one message in process a slot."""
    rate, servers = 3.2, 4
    built = scenario(
        {"arrivals": {"poisson": f"{rate}/s"}, "invocation_type": "async"},
        horizon="2 h",
        warm_up="20 min",
        service={"time": {"exponential": "1 s"}},
        scaling_config={"min_instances": servers, "max_instances": servers},
    )
    delays = np.array([run(built, replication=r).kpi("messages.delay.mean") for r in range(6)])
    half = stats.t.ppf(0.5 + CONFIDENCE / 2, 5) * stats.sem(delays)
    assert abs(delays.mean() - 1.7455) <= half < 0.2
