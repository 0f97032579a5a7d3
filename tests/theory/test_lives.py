"""Faults, hooks and idle times beside closed forms (see test_queueing for the method)."""

import math

from test_queueing import contains, replicate

from fcsim import load


def elastic(rate, service="0 s", **more):
    """One function whose single instance takes many requests at once."""
    function = more.pop("function", {})
    return load(
        {
            "fcsim": 1,
            "horizon": more.pop("horizon", "20 h"),
            "platform": {"preset": "ideal"},
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {
                    "image": "i",
                    "service": {"time": service},
                    "instance_concurrency": 100,
                    **function,
                },
            },
            "workload": {"w": {"function": "f", "arrivals": {"poisson": rate}}},
            **more,
        }
    )


def test_a_crash_rate_is_a_mean_life():
    # a minimum instance is never idle for too long: it lives 1 / rate
    built = elastic(
        "1/min",
        horizon="80 h",
        function={"scaling_config": {"min_instances": 1}},
        faults=[{"at": "0 s", "container_exit": {"function": "f", "rate": "6/h"}}],
    )
    (life,) = replicate(built, "instances.mean_life")
    assert contains(life, 600.0)


def test_crashes_and_keep_alive_end_an_instance_whichever_comes_first():
    # Without crashes a life is a sum of gaps below T, and T. With crashes at rate c it is
    # (1 - E[exp(-c life)]) / c, and E[exp(-c gap); gap < T] = a / (a + c) (1 - exp(-(a + c) T)).
    a, c, keep = 1 / 60.0, 1 / 600.0, 120.0
    built = elastic(
        "1/min",
        function={"keep_alive": "120 s"},
        faults=[{"at": "0 s", "container_exit": {"function": "f", "rate": "6/h"}}],
    )
    (life,) = replicate(built, "instances.mean_life")
    short = a / (a + c) * (1 - math.exp(-(a + c) * keep))
    laplace = math.exp(-(a + c) * keep) / (1 - short)
    assert contains(life, (1 - laplace) / c)


def test_delayed_release_and_the_share_of_cold_starts():
    # a request finds the instance if it comes within the delay of the one before
    delayed = {"scaling_config": {"delayed_release": "6 min"}}
    built = elastic("12/h", horizon="100 h", function=delayed)
    (cold,) = replicate(built, "cold_start.ratio")
    assert contains(cold, math.exp(-12 / 3600 * 360))


def test_requests_see_the_share_of_time_in_which_a_server_is_well():
    # ill for 2 min out of each 10 min; Poisson arrivals see time averages
    faults = [
        {"at": f"{10 * k} min", "duration": "2 min", "unhealthy": {"function": "f"}}
        for k in range(120)
    ]
    keep = {"scaling_config": {"min_instances": 1}}
    (success,) = replicate(
        elastic("10/min", function=keep, faults=faults), "requests.success_ratio"
    )
    assert contains(success, 0.8)


def test_a_request_dies_with_its_instance_at_the_instances_rate():
    # exponential service of rate m, deaths at rate c while it runs: c / (c + m) die
    built = elastic(
        "20/min",
        service={"exponential": "1 min"},
        function={"instance_concurrency": 1},
        faults=[{"at": "0 s", "bad_response": {"function": "f", "rate": "10/h"}}],
    )
    (success,) = replicate(built, "requests.success_ratio")
    lost = (1 / 360) / (1 / 360 + 1 / 60)
    assert contains(1 - success, lost)


def test_attempts_of_an_initializer():
    # each request is cold and has its own instance; it fails if all attempts do
    hook = {"initializer": {"time": "1 s", "failure_probability": 0.5}}
    built = elastic(
        "20/min",
        function={
            "instance_lifecycle_config": hook,
            "keep_alive": "0 s",
            "instance_concurrency": 1,
        },
        assumptions={"initializer.attempts": 3},
    )
    (success,) = replicate(built, "requests.success_ratio")
    assert contains(1 - success, 0.125)
