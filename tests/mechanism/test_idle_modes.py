"""Idle instances: when they go, how long they take to wake, and what is billed meanwhile."""

import pytest
from test_instance_life import instances, requests, simulated

from fcsim import load, run
from fcsim.errors import ScenarioError
from fcsim.scenario import warnings

GPU = {
    "cpu": 8, "memory_size": "32768 MB", "gpu_config": {"gpu_type": "fc.gpu.tesla.1"},
    "model": {"size": "4 GB"},
}  # fmt: skip


def billed(function, arrivals=(1, "100 s", "10 s"), **more):
    """Return the bill's lines (item: quantity, CU) of a run of 1,000 s."""
    size, every, first = arrivals
    result = run(
        load(
            {
                "fcsim": 1,
                "horizon": "1000 s",
                "images": {"i": {"compressed": "10 MB"}},
                "functions": {"f": {"image": "i", "timeout": "60 s", "service": {"time": "5 s"},
                                    **function}},
                "workload": {
                    "w": {"function": "f",
                          "arrivals": {"bursts": {"size": size, "every": every, "first": first}}}
                },
                **more,
            }
        )
    )  # fmt: skip
    return {line.item: (line.quantity, line.cu) for line in result.bill.lines}, result


def keep(**settings):
    return {"scaling_config": {"min_instances": 1, **settings}}


def test_delayed_release_keeps_on_demand_instances():
    record = simulated((1, "1 h", "0 s"), function={"scaling_config": {"delayed_release": "8 min"}})
    assert instances(record, "ready", "gone") == [(20.0, 505.0)]


def test_delayed_release_is_a_line_of_its_own():
    lines, result = billed({"scaling_config": {"delayed_release": "5 min"}})
    service = result.record.instances["ready"][0]
    quantity, cu = lines["delayed_release.cpu"]
    assert quantity == pytest.approx((1000.0 - service - 10 * 5.0) * 0.35)
    assert cu == 0.0  # an idle vCPU costs nothing
    assert lines["delayed_release.memory"][1] > 0.0
    assert "keep_alive.cpu" not in lines
    active, _ = billed(
        {"scaling_config": {"delayed_release": "5 min"}},
        assumptions={"idle.delayed_release_billed": "active"},
    )
    assert active["delayed_release.cpu"] == (pytest.approx(quantity), pytest.approx(quantity))


@pytest.mark.parametrize("delay, fine", [("4 min", False), ("5 min", True), ("61 min", False)])
def test_delayed_release_takes_5_to_60_minutes(delay, fine):
    function = {"scaling_config": {"delayed_release": delay}}
    if fine:
        simulated((1, "1 h", "0 s"), function=function)
        return
    with pytest.raises(
        ScenarioError, match=r"out of range; accepted: 5 min to 60 min .*5 to 60 min"
    ):
        simulated((1, "1 h", "0 s"), function=function)


def test_keep_alive_and_delayed_release_are_one():
    function = {"keep_alive": "1 s", "scaling_config": {"delayed_release": "5 min"}}
    with pytest.raises(ScenarioError, match="give one"):
        simulated((1, "1 h", "0 s"), function=function)


def test_a_hibernating_instance_wakes_in_milliseconds():
    record = simulated((1, "100 s", "50 s"), function=keep(always_allocate_cpu=False),
                       assumptions={"idle.cpu_wake": "20 ms"}, horizon="200 s")  # fmt: skip
    assert requests(record, "started", "ended") == [(50.0, 55.02), (150.0, 155.02)]


def test_waking_a_gpu_copies_the_model_back():
    _, result = billed({**GPU, **keep(always_allocate_gpu=False)},
                       assumptions={"idle.gpu_wake_bandwidth": "2 GB/s"})  # fmt: skip
    record = result.record
    assert set((record.requests["ended"] - record.requests["started"]).round(9)) == {7.0}


def test_the_cpu_of_an_idle_minimum_instance_is_free_while_it_hibernates():
    idle, _ = billed(keep(always_allocate_cpu=False))
    kept, _ = billed(keep(always_allocate_cpu=True))
    seconds = 1000.0 - 10 * 5.0
    assert kept["minimum_idle.cpu"] == (
        pytest.approx(seconds * 0.35),
        pytest.approx(seconds * 0.35),
    )
    assert idle["minimum_idle.cpu"][1] == 0.0


def test_cpu_and_gpu_hibernate_each_by_its_own_setting():
    def cu(**settings):
        lines, _ = billed({**GPU, **keep(**settings)})
        return [lines[f"minimum_idle.{part}"][1] / lines[f"minimum_idle.{part}"][0]
                for part in ("cpu", "gpu")]  # fmt: skip

    whole = cu(always_allocate_cpu=True, always_allocate_gpu=True)
    none = cu(always_allocate_cpu=False, always_allocate_gpu=False)
    assert none[0] == 0.0
    assert none[1] < whole[1]
    assert cu(always_allocate_gpu=False) == [whole[0], none[1]]
    assert cu(always_allocate_cpu=False) == [none[0], whole[1]]
    assert cu() == none  # nothing said: idle time is billed as idle


def test_a_gpu_without_a_model_is_told():
    scenario = load(
        {
            "fcsim": 1,
            "images": {"i": {"compressed": "1 MB"}},
            "functions": {
                "f": {"image": "i", "service": {"time": "1 s"}, **GPU, "model": None,
                      "scaling_config": {"always_allocate_gpu": False}},
                "g": {"image": "i", "service": {"time": "1 s"},
                      "scaling_config": {"always_allocate_gpu": True}},
            },
            "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
        }
    )  # fmt: skip
    told = "\n".join(warnings(scenario))
    assert "functions.f.scaling_config.always_allocate_gpu: without model" in told
    assert "functions.g.scaling_config.always_allocate_gpu: the function has no GPU" in told
