"""Independent runs: intervals, stopping when sure enough, and what they show."""

import math

import numpy as np
import pytest

from fcsim import load, replicate, run
from fcsim.errors import InvariantError, UsageError
from fcsim.report.document import summary_json
from fcsim.report.estimates import replications_json
from fcsim.study.workers import Work


@pytest.fixture(scope="module")
def found(basic):
    return replicate(load(basic), reps=4)


def test_runs_are_replications_0_1_2(found, basic):
    for k, kpis in enumerate(found.runs):
        again = run(load(basic), replication=k)
        assert kpis["latency.mean"] == again.kpi("latency.mean")
        assert kpis["functions.api.cost.total"] == again.kpi("functions.api.cost.total")


def test_an_estimate_is_the_mean_over_runs(found):
    values = [kpis["latency.mean"] for kpis in found.runs]
    assert found["latency.mean"].value == pytest.approx(np.mean(values))
    assert found["latency.mean"].low < np.mean(values) < found["latency.mean"].high


def test_workers_make_no_difference(basic, found):
    other = replicate(load(basic), reps=4, work=Work(workers=2))
    np.testing.assert_equal(other.runs, found.runs)
    assert other["latency.p99"] == found["latency.p99"]


def test_a_misspelt_kpi_is_told(found):
    with pytest.raises(UsageError, match=r"did you mean 'latency\.p99'"):
        found["latency.p98"]


def test_runs_are_added_until_it_is_sure_enough(basic):
    found = replicate(load(basic), reps=3, until="latency.mean ± 30 %", cap=60)
    estimate = found["latency.mean"]
    assert estimate.half <= 0.3 * estimate.value
    assert 3 <= len(found.runs) < 60
    assert found.missed == []


def test_the_cap_ends_it_and_says_how_many_runs_it_would_take(basic):
    found = replicate(load(basic), reps=3, until="latency.mean ± 0.01 %", cap=6)
    assert len(found.runs) == 6
    assert str(found.missed[0]) == "latency.mean ± 0.01 %"
    assert "is not reached after 6 runs" in found.warnings[-1]
    assert "runs would do" in found.warnings[-1]


def test_wishes_are_read_before_anything_runs(basic):
    with pytest.raises(UsageError, match="expected KPI ± HALF-WIDTH"):
        replicate(load(basic), until="p99 5 %")
    with pytest.raises(UsageError, match="at least 2 runs"):
        replicate(load(basic), reps=1)
    with pytest.raises(UsageError, match="cap of 5 runs"):
        replicate(load(basic), until="latency.p99 ± 5 %", cap=5)


def test_a_run_that_fails_ends_it(basic, monkeypatch):
    def fail(*given, **named):
        raise RuntimeError("out of luck")

    built = load(basic)
    first = run(built)
    monkeypatch.setattr("fcsim.study.point.runner.run", fail)
    with pytest.raises(InvariantError, match="run 1 failed: RuntimeError: out of luck"):
        replicate(built, reps=2, first=first, work=Work(workers=1))


def test_a_stated_warm_up_moves_the_window(basic):
    found = replicate(basic, reps=2, warm_up="30 s")
    assert found.scenario.warm_up == 30
    assert found.runs[0]["requests.arrived"] < run(load(basic)).kpi("requests.arrived")


def test_json_keeps_the_shape_of_one_run_and_adds_intervals(found):
    document = replications_json(found)
    one = summary_json(found.first)
    assert set(one) < set(document)
    assert document["kpis"].keys() == one["kpis"].keys()
    assert document["kpis"]["functions"]["api"].keys() == one["kpis"]["functions"]["api"].keys()
    interval = document["intervals"]["functions"]["api"]["latency"]["mean"]
    assert interval.keys() == {"value", "low", "high", "runs"}
    assert interval["value"] == document["kpis"]["functions"]["api"]["latency"]["mean"]
    assert document["runs"] == 4


def test_tables_are_data_frames(found):
    table = found.to_frame().set_index("kpi")
    assert table.loc["latency.mean", "low"] == found["latency.mean"].low
    assert found.runs_frame()["replication"].tolist() == [0, 1, 2, 3]


def test_the_summary_prints_each_main_kpi_with_its_width(found):
    lines = {line.split("  ")[0]: line for line in found.summary().splitlines()}
    for name in ("latency.mean", "latency.p99", "cold_start.ratio", "cost.per_month"):
        assert "±" in lines[name], name
    assert "assumptions are not in them" in found.summary()


def test_the_figure_shows_the_warm_up_and_the_interval(basic):
    found = replicate(basic, reps=3, warm_up="20 s", until="latency.mean ± 90 %")
    left, right = found.figure().axes
    assert "left out: 20 s" in [text.get_text() for text in left.get_legend().get_texts()]
    assert right.get_title(loc="left") == f"latency.mean as runs are added ({len(found.runs)})"
    assert "95 % interval" in [text.get_text() for text in right.get_legend().get_texts()]


def test_what_no_run_defines_has_no_estimate(basic):
    quiet = {**basic, "workload": {"v": {"function": "api", "arrivals": {"poisson": "0/s"}}}}
    found = replicate(quiet, reps=2)
    assert math.isnan(found["latency.p99"].value)
    assert found.figure().axes
    assert "–" in found.summary()
