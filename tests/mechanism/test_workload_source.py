"""From a scenario to blocks of requests: copies, merging, ties, draws, cuts."""

import numpy as np
import pytest

from fcsim.errors import ScenarioError
from fcsim.scenario.model import Scenario
from fcsim.streams import Streams
from fcsim.workload.source import Requests, expand, expected_requests

FUNCTION = {
    "image": "shop",
    "cpu": 1,
    "memory_size": "512 MB",
    "disk_size": "512 MB",
    "timeout": "60 s",
    "instance_concurrency": 1,
    "service": {"time": "1 s"},
}


def scenario_of(workload, folder=None, functions=("a", "b"), horizon="100 s", **service):
    function = {**FUNCTION, "service": {**FUNCTION["service"], **service}}
    scenario = Scenario.model_validate(
        {
            "fcsim": 1,
            "horizon": horizon,
            "images": {"shop": {"compressed": "251 MB"}},
            "functions": dict.fromkeys(functions, function),
            "workload": workload,
        }
    )
    if folder is not None:
        scenario._base_dir = folder
    return scenario


def rows(scenario):
    """Return (time, function, work, cold work, source, index) of every request."""
    requests, blocks = Requests(scenario, Streams(5)), []
    while (block := requests.block()) is not None:
        blocks.append(block)
    names = [name for name, _ in requests.functions]
    return [
        (time, names[function], *rest)
        for block in blocks
        for time, function, *rest in zip(
            block.time.tolist(),
            block.function.tolist(),
            block.work.tolist(),
            block.cold_work.tolist(),
            block.source.tolist(),
            block.index.tolist(),
            strict=True,
        )
    ]


def test_simultaneous_requests_follow_the_order_of_the_file():
    twice = {"bursts": {"size": 2, "every": "60 s", "first": "10 s"}}
    scenario = scenario_of(
        {
            "late": {"function": "b", "arrivals": {"constant": "1/min"}},
            "early": {"function": "a", "arrivals": twice},
            "same": {"function": "b", "arrivals": {"bursts": {"size": 1, "every": "10 s"}}},
        },
        horizon="61 s",
    )
    assert [(time, name, source, index) for time, name, _, _, source, index in rows(scenario)] == [
        (0.0, "b", 2, 0),
        (10.0, "a", 1, 0),
        (10.0, "a", 1, 1),
        (10.0, "b", 2, 1),
        (20.0, "b", 2, 2),
        (30.0, "b", 2, 3),
        (40.0, "b", 2, 4),
        (50.0, "b", 2, 5),
        (60.0, "b", 0, 0),
        (60.0, "b", 2, 6),
    ]
    assert Requests(scenario, Streams(5)).sources == [("late", "b"), ("early", "a"), ("same", "b")]


def test_nothing_arrives_at_the_horizon_or_after():
    workload = {"v": {"function": "a", "arrivals": {"bursts": {"size": 1, "every": "25 s"}}}}
    assert [row[0] for row in rows(scenario_of(workload))] == [0.0, 25.0, 50.0, 75.0]


def test_a_workload_may_be_silent():
    scenario = scenario_of({"v": {"function": "a", "arrivals": {"poisson": "0/s"}}})
    assert Requests(scenario, Streams(5)).block() is None
    assert expected_requests(scenario) == 0


def test_blocks_end_where_the_caller_cuts():
    workload = {"v": {"function": "a", "arrivals": {"constant": "1/s"}}}
    requests = Requests(scenario_of(workload), Streams(5))
    blocks = [requests.block(until) for until in (0.5, 2.0, 2.0, 1.0, 3.5, 1000.0)]
    assert [(block.end, block.time.tolist()) for block in blocks[:-1]] == [
        (0.5, []),
        (2.0, [1.0]),
        (2.0, []),
        (2.0, []),
        (3.5, [2.0, 3.0]),
    ]
    assert blocks[-1].end == 100.0
    assert blocks[-1].time.tolist() == list(range(4, 100))
    assert requests.block() is None
    assert requests.block(5.0) is None


def test_cold_work_is_the_work_unless_it_has_its_own_time():
    workload = {"v": {"function": "a", "arrivals": {"constant": "1/s"}}}
    exponential = {"time": {"exponential": "1 s"}}
    (same,) = {row[2] == row[3] for row in rows(scenario_of(workload, **exponential))}
    assert same
    apart = rows(scenario_of(workload, **exponential, cold_time={"exponential": "9 s"}))
    streams = Streams(5)
    warm = streams.generator("service.time", "v/a").exponential(1, 99)
    cold = streams.generator("service.cold_time", "v/a").exponential(9, 99)
    assert [row[2] for row in apart] == warm.tolist()
    assert [row[3] for row in apart] == cold.tolist()


def test_recorded_durations_replace_the_service_time(tmp_path):
    (tmp_path / "t.csv").write_text("timestamp,d\n0,7\n2,8\n")
    trace = {"trace": {"file": "t.csv", "duration": "d"}}
    parts = {"sum": [trace, {"bursts": {"size": 1, "every": "1 h", "first": "1 s"}}]}
    workload = {"v": {"function": "a", "arrivals": parts}}
    scenario = scenario_of(workload, tmp_path, cold_time="3 s")
    assert [row[:4] for row in rows(scenario)] == [
        (0.0, "a", 7.0, 3.0),
        (1.0, "a", 1.0, 3.0),
        (2.0, "a", 8.0, 3.0),
    ]


def test_times_follow_the_shape_of_the_function():
    workload = {"v": {"function": "a", "arrivals": {"bursts": {"size": 1, "every": "1 h"}}}}
    scenario = scenario_of(workload, time={"by": {"cpu": {1: "2 s", 2: "1 s"}}})
    assert rows(scenario)[0][2] == 2.0
    wrong = scenario_of(workload, time={"by": {"cpu": {2: "1 s"}}})
    with pytest.raises(ScenarioError, match=r"functions.a.service.time: no time for cpu 1"):
        Requests(wrong, Streams(5))


COUNTS = "f,minute_1,minute_2\ncustomer-1,1,1\ncustomer-2,0,2\nabcdefghijk,1,0\n"
FAN_OUT = {
    "function": "a",
    "one_function_per": "row",
    "arrivals": {"counts": {"file": "c.csv", "row_key": "f", "placement": "start"}},
}


def test_one_function_per_row(tmp_path):
    (tmp_path / "c.csv").write_text(COUNTS)
    scenario = scenario_of({"day": FAN_OUT}, tmp_path)
    assert [(copy.name, copy.template, copy.key) for copy in expand(scenario)] == [
        ("a/customer-1", "a", "customer-1"),
        ("a/customer-2", "a", "customer-2"),
        ("a/abcdefgh", "a", "abcdefghijk"),
        ("b", "b", ""),
    ]
    assert [(time, name, source, index) for time, name, _, _, source, index in rows(scenario)] == [
        (0.0, "a/customer-1", 0, 0),
        (0.0, "a/abcdefgh", 2, 0),
        (60.0, "a/customer-1", 0, 1),
        (60.0, "a/customer-2", 1, 0),
        (60.0, "a/customer-2", 1, 1),
    ]


def test_one_function_per_key_beside_a_workload_for_the_function_itself(tmp_path):
    (tmp_path / "t.csv").write_text("timestamp,f\n5,y\n5,x\n6,y\n")
    trace = {"file": "t.csv", "row_key": "f"}
    scenario = scenario_of(
        {
            "copies": {
                "function": "a",
                "one_function_per": "key",
                "arrivals": {"trace": trace},
            },
            "plain": {"function": "a", "arrivals": {"trace": trace}},
        },
        tmp_path,
    )
    assert [copy.name for copy in expand(scenario)] == ["a", "a/y", "a/x", "b"]
    assert [(time, name, source, index) for time, name, _, _, source, index in rows(scenario)] == [
        (0.0, "a/y", 0, 0),
        (0.0, "a/x", 1, 0),
        (0.0, "a", 2, 0),
        (0.0, "a", 2, 1),
        (1.0, "a/y", 0, 1),
        (1.0, "a", 2, 2),
    ]


@pytest.mark.parametrize(
    "found, short",
    [
        (["abcdefghij", "abcdefghiX", "b"], ["abcdefghij", "abcdefghiX", "b"]),
        (["customer", "customer-10", "customer-2"], ["customer", "customer-1", "customer-2"]),
        (["0123456789", "0123456X89"], ["01234567", "0123456X"]),
    ],
)
def test_names_of_copies_are_short_and_unique(tmp_path, found, short):
    body = "".join(f"{key},1\n" for key in found)
    (tmp_path / "c.csv").write_text(f"f,minute_1\n{body}")
    names = [copy.name for copy in expand(scenario_of({"day": FAN_OUT}, tmp_path))]
    assert names == [*(f"a/{one}" for one in short), "b"]


def test_copies_keep_their_draws_whatever_becomes_of_other_rows(tmp_path):
    def of_copy(name, content):
        (tmp_path / "c.csv").write_text(content)
        time = {"per_function": {"mean": {"exponential": "5 s"}, "cv": 1}}
        arrivals = {"counts": {**FAN_OUT["arrivals"]["counts"], "placement": "uniform"}}
        workload = {"day": {**FAN_OUT, "arrivals": arrivals, "share": 0.7, "scale": 40}}
        requests = rows(scenario_of(workload, tmp_path, time=time))
        kept = [(row[0], *row[2:4], row[5]) for row in requests if row[1] == name]
        assert len(kept) > 20
        return kept

    header, one, two, three = COUNTS.splitlines(keepends=True)
    before = of_copy("a/abcdefgh", COUNTS)
    assert of_copy("a/abcdefgh", header + three + two) == before
    similar = one.replace("customer-1", "abcdefghXYZ")  # renames the copy, moves no draw
    assert of_copy("a/abcdefghi", header + similar + three) == before


def test_two_workloads_agree_on_the_mean_of_a_function():
    time = {"per_function": {"mean": {"exponential": "5 s"}, "cv": 0}}
    burst = {"function": "a", "arrivals": {"bursts": {"size": 1, "every": "1 h"}}}
    requests = rows(scenario_of({"one": burst, "two": burst}, time=time))
    assert len(requests) == 2
    assert len({row[2] for row in requests}) == 1


@pytest.mark.parametrize(
    "change, message",
    [
        ({"one_function_per": "key"}, "row goes with counts, and key with trace"),
        ({"arrivals": {"poisson": "1/s"}}, "row goes with counts, and key with trace"),
        (
            {"arrivals": {"counts": {"file": "long.csv", "columns": "n"}}},
            "a long file has one function",
        ),
        (
            {"one_function_per": "key", "arrivals": {"trace": {"file": "long.csv", "time": "n"}}},
            "key needs row_key",
        ),
        ({"function": "c"}, "no function 'c'"),
    ],
)
def test_fan_outs_that_make_no_sense(tmp_path, change, message):
    (tmp_path / "c.csv").write_text(COUNTS)
    (tmp_path / "long.csv").write_text("n\n1\n")
    scenario = scenario_of({"day": {**FAN_OUT, **change}}, tmp_path)
    with pytest.raises(ScenarioError, match=message) as error:
        expand(scenario)
    assert str(error.value).startswith("workload.day.")


def test_share_keeps_some_and_renumbers_them():
    workload = {"function": "a", "arrivals": {"constant": "10/s"}}
    scenario = scenario_of({"v": {**workload, "share": 0.25}})
    kept = rows(scenario)
    chance = Streams(5).generator("workload.share", "v/a").random(999)
    assert [row[0] for row in kept] == (np.flatnonzero(chance < 0.25) / 10 + 0.1).round(1).tolist()
    assert [row[5] for row in kept] == list(range(len(kept)))
    assert rows(scenario_of({"v": {**workload, "share": 0}})) == []


def test_expected_requests_add_up(tmp_path):
    (tmp_path / "c.csv").write_text(COUNTS)
    scenario = scenario_of(
        {
            "day": FAN_OUT,
            "v": {"function": "b", "arrivals": {"poisson": "3/s"}, "share": 0.5, "scale": 2},
            "late": {"function": "b", "arrivals": {"constant": "1/s"}, "start": "90 s"},
        },
        tmp_path,
        horizon="120 s",
    )
    assert expected_requests(scenario) == pytest.approx(5 + 360 + 30)
    assert Requests(scenario, Streams(5)).expected == pytest.approx(5 + 360 + 30)


def test_blocks_have_about_the_same_size():
    steps = [{"at": "0 s", "rate": "20/s"}, {"at": "2 h", "rate": "400/s"}]
    workload = {"v": {"function": "a", "arrivals": {"steps": steps}}}
    requests = Requests(scenario_of(workload, horizon="3 h"), Streams(5))
    sizes = []
    while (block := requests.block()) is not None:
        sizes.append(len(block))
        assert block.time.dtype == block.work.dtype == block.cold_work.dtype == np.float64
        assert block.function.dtype == block.source.dtype == np.int32
        assert block.index.dtype == np.int64
    assert all(60_000 < size < 71_000 for size in sizes[:-1])
    assert sum(sizes) == pytest.approx(requests.expected, rel=0.01)
