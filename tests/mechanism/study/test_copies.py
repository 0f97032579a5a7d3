"""KPIs of the copies that ``one_function_per`` makes: in objectives, studies and tables."""

import json

import pytest

import fcsim
from fcsim.cli import main
from fcsim.errors import ScenarioError, UsageError
from fcsim.study.judgement import judge
from fcsim.study.objectives import read_objectives

QUICK = "functions.app/customer-1.latency.p99"


@pytest.fixture
def file(tmp_path):
    """Return a scenario with a function that two rows of counts make two functions of."""
    (tmp_path / "c.csv").write_text("f,minute_1,minute_2\ncustomer-1,9,9\ncustomer-2,3,5\n")
    counts = {"counts": {"file": "c.csv", "row_key": "f", "placement": "even"}}
    shop = {
        "fcsim": 1, "horizon": "2 min", "images": {"i": {"compressed": "10 MB"}},
        "functions": {"app": {"image": "i", "cpu": 1, "memory_size": "1024 MB",
                              "service": {"time": {"exponential": "1 s"}}}},
        "workload": {"w": {"function": "app", "one_function_per": "row", "arrivals": counts}},
    }  # fmt: skip
    path = tmp_path / "shop.yaml"
    path.write_text(json.dumps(shop))
    return path


def test_an_objective_may_be_about_a_copy(file):
    scenario = fcsim.load(file)
    texts = [f"{QUICK} <= 1 min", f"{QUICK} <= 1 min in every 60 s"]
    plain, sliced = read_objectives(file, scenario, texts)
    results = [fcsim.run(scenario, replication=k, keep=True) for k in range(3)]
    assert plain.function == "app/customer-1"
    assert judge(plain, results).estimate.value == pytest.approx(
        sum(result.kpi(QUICK) for result in results) / 3
    )
    assert judge(sliced, results).verdict == "met"


@pytest.mark.parametrize(
    "name, told",
    [
        ("functions.app/customer-3.latency.p99", "no function 'app/customer-3'; did you mean"),
        ("functions.app.latency.p99", "no function 'app'"),
        ("functions.app/customer-1.latency.p98", "unknown KPI"),
    ],
)
def test_a_name_that_is_no_copy_is_an_error_before_any_run(file, name, told):
    """All requests go to copies, so the template itself has no KPIs either."""
    with pytest.raises(ScenarioError, match=told):
        read_objectives(file, fcsim.load(file), [f"{name} <= 1 s"])
    with pytest.raises(UsageError, match=told):
        fcsim.sweep(file, ["seed=1,2"], kpis=[name])


def test_a_plan_judges_a_copy(file):
    found = fcsim.plan(
        file, ["functions.app.memory_size=1024 MB,2048 MB"], objectives=[f"{QUICK} <= 1 min"],
        reps=5, work=fcsim.Work(1),
    )  # fmt: skip
    assert found.verdict == "met"
    assert f"{QUICK} <= 1 min" in found.summary()


def test_several_runs_name_copies_in_their_table(file, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    wish = f"{QUICK} ± 90 %"
    assert main(["run", str(file), "--reps", "2", "--until", wish, "--max-reps", "3",
                 "--no-figures"]) == 0  # fmt: skip
    assert "app/customer-1" in capsys.readouterr().out
