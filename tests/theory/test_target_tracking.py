"""Target tracking under a constant load, against its closed form.

With rho instances' worth of work always in progress, n instances are used to rho / n. Scaling out
goes to ceil(rho / u), and from there upwards no decision scales out. Scaling in removes
floor(n k (1 - rho / (n u))) = floor(k (n - rho / u)) instances, which is none once
n < rho / u + 1 / k. So the number settles in [ceil(rho / u), rho / u + 1 / k): the dead band. From
below it settles at ceil(rho / u), and so it does from above when k = 1.
"""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fcsim import load
from fcsim.sim.simulation import simulate


def settled(load_, goal, factor, initial, start="0 s"):
    """Return the minimum after an hour with *load_* requests in flight at every instant."""
    policy = {
        "name": "t", "metric_type": "ProvisionedConcurrencyUtilization", "metric_target": goal,
        "min_instances": 1, "max_instances": 500,
    }  # fmt: skip
    scenario = load(
        {
            "fcsim": 1,
            "platform": {"preset": "ideal"},
            "horizon": "1 h",
            "drain": "0 s",
            "images": {"i": {"compressed": "1 MB", "server": {"start": start}}},
            "functions": {
                "f": {
                    "image": "i",
                    "service": {"time": "20 s"},
                    "scaling_config": {
                        "min_instances": initial,
                        "horizontal_scaling_policies": [policy],
                    },
                }
            },
            "workload": {
                "w": {"function": "f", "arrivals": {"bursts": {"size": load_, "every": "20 s"}}}
            },
            "assumptions": {"minimum.scale_in_factor": factor},
        }
    )
    return simulate(scenario).targets["target"].tolist()


@settings(max_examples=25)
@given(
    st.integers(1, 20), st.sampled_from([0.3, 0.5, 0.6, 0.75, 0.9]),
    st.sampled_from([0.1, 0.5, 1.0]), st.integers(1, 60), st.sampled_from(["0 s", "7 s"]),
)  # fmt: skip
def test_it_settles_in_the_dead_band(busy, goal, factor, initial, start):
    found = settled(busy, goal, f"{factor * 100} %", initial, start)[-1]
    assert math.ceil(busy / goal - 1e-9) <= found < busy / goal + 1 / factor + 1e-9


@pytest.mark.parametrize("busy,goal,expected", [(6, 0.6, 10), (7, 0.6, 12), (1, 0.9, 2)])
def test_from_below_it_settles_at_the_least_number_that_is_enough(busy, goal, expected):
    assert settled(busy, goal, "50 %", 1)[-1] == expected


@pytest.mark.parametrize("busy,goal,expected", [(6, 0.6, 10), (7, 0.6, 12), (1, 0.9, 2)])
def test_from_above_it_does_so_when_all_of_the_surplus_goes(busy, goal, expected):
    assert settled(busy, goal, "100 %", 40)[-1] == expected


def test_from_above_it_stops_at_the_upper_end_of_the_dead_band():
    # 6 / 0.6 = 10 and 1 / k = 4: the largest number below 14
    assert settled(6, 0.6, "25 %", 14)[-1] == 13
