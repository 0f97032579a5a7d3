"""Result folders: what is written, that it reads back the same, and what is never destroyed."""

import csv
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from fcsim import load, run
from fcsim.errors import UsageError
from fcsim.results import saving
from fcsim.results.json_files import from_plain, read_json, write_json
from fcsim.results.result import Result
from fcsim.results.storage import load_result
from fcsim.scenario.model import Scenario
from fcsim.sim.record import ErrorCode, Kind, Outcome, Start

SCENARIOS = Path(__file__).parents[2] / "scenarios"
FILES = [
    "assumptions.json", "bill.csv", "cold_start_phases.csv", "course.csv", "kpis.json",
    "latency.csv", "manifest.json", "region.csv", "scenario.json", "series.csv", "transfers.csv",
]  # fmt: skip


@pytest.fixture
def result(hand_made):
    request = hand_made.request
    record = hand_made.record(
        name="sale",
        horizon="10 min",
        functions={"f": {"timeout": "90 s"}, "g": {}},
        requests=[
            request(0.1, 1 / 3, 0.7, instance=0, start=Start.COLD),
            request(100, ended=100, outcome=Outcome.THROTTLED, error=ErrorCode.QUEUE_FULL),
            request(200.2, 200.2, function=1, instance=1),
        ],
        instances=[
            hand_made.instance(0.1, pulled=0.3, ready=1 / 3, gone=60.7, bytes_pulled=1e8 / 3),
            hand_made.instance(0, function=1, kind=Kind.MINIMUM),
        ],
        pulls=[hand_made.pull(0.1, 0.3, 1e8 / 3)],
        images={
            "i": {
                "compressed": "100 MB",
                "server": {"start": {"lognormal": {"median": "1 s", "p99": "9 s"}}},
            }
        },
        assumptions={"idle.keep_alive": {"value": {"exponential": "1 min"}, "source": "measured"}},
    )
    record.assumptions = [record.scenario.parameters["idle.keep_alive"]]
    record.warnings = ["mind the gap"]
    record.counters = {"end": 700.5, "credentials": 1}
    record.wall_seconds = 1.25
    return Result(record)


def same_columns(one, other):
    assert list(one) == list(other)
    for name, column in one.items():
        assert column.dtype == other[name].dtype, name
        np.testing.assert_array_equal(column, other[name], err_msg=name)


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_folder_holds_what_the_docs_list(result, tmp_path, root):
    folder = result.save(tmp_path / "out")
    assert sorted(path.name for path in folder.iterdir()) == FILES
    docs = (root / "docs" / "results.md").read_text("utf-8")
    assert [name for name in FILES if f"`{name}`" not in docs] == []


@pytest.mark.parametrize("form", ["csv", "npz", "parquet"])
def test_records_come_back_to_the_last_bit(result, tmp_path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    record, back = result.record, load_result(result.save(tmp_path / "out", form)).record
    for table in ("requests", "instances", "pulls"):
        same_columns(getattr(record, table), getattr(back, table))
    for name in ("scenario", "functions", "layers", "assumptions", "warnings", "seed",
                 "replication", "counters", "wall_seconds"):  # fmt: skip
        assert getattr(back, name) == getattr(record, name), name
    np.testing.assert_equal(Result(back).kpis, result.kpis)


@pytest.mark.parametrize(
    "name,variant,horizon,file",
    [
        ("scheduled-scale-up", "early", "6 min", "minimum.csv"),
        ("retry-storm", None, "20 s", "callers.csv"),
        ("async-backlog", None, "1 min", "callers.csv"),
        ("registry-outage", None, "1 min", "happenings.csv"),
    ],
)
def test_what_only_some_runs_have_comes_back_without_records(
    root, tmp_path, name, variant, horizon, file
):
    path, changes = root / "scenarios" / f"{name}.yaml", {"horizon": horizon}
    if name == "registry-outage":
        changes["faults.0.at"] = "10 s"
    result = run(load(path, variant=variant, overrides=changes))
    folder = result.save(tmp_path / "out")
    extra = {"minimum.csv", "callers.csv", "happenings.csv"} & set(content(folder))
    assert extra == {file}
    back = load_result(folder)
    same_columns(result.caller_course, back.caller_course)
    same_columns(result.minimum_course, back.minimum_course)
    assert [vars(one) for one in back.happenings] == [vars(one) for one in result.happenings]
    assert "record" not in vars(back)


def test_figures_of_objectives_in_slices_are_kept(result, tmp_path):
    result.sliced = {
        "latency.p99 <= 1 s in every 1 min": 2.5,
        "queue.mean <= 1 s in every 1 h": np.nan,
    }
    back = load_result(result.save(tmp_path / "out"))
    np.testing.assert_equal(back.sliced, result.sliced)


@pytest.mark.parametrize("form", ["csv", "npz"])
def test_targets_of_minimum_instances_come_back(root, tmp_path, form):
    path = root / "scenarios" / "scheduled-scale-up.yaml"
    result = run(load(path, variant="early", overrides={"horizon": "6 min"}), keep=True)
    assert not (result.save(tmp_path / "none") / f"targets.{form}").exists()
    back = load_result(result.save(tmp_path / "out", form))
    same_columns(result.record.targets, back.record.targets)
    assert back.to_frame("targets")["target"].tolist() == [8, 230]


def test_figures_come_back_without_records(result, tmp_path):
    back = load_result(result.save(tmp_path / "out"))
    np.testing.assert_equal(back.kpis, result.kpis)
    assert back.kpi("latency.p99") == result.kpi("latency.p99")
    assert back.bill.lines == result.bill.lines
    np.testing.assert_equal(back.bill.costs(), result.bill.costs())
    assert back.bill.assumptions == result.bill.assumptions
    assert back.assumptions == result.assumptions
    assert back.phases == result.phases
    assert back.transfers == result.transfers != []
    assert back.counters == result.counters
    np.testing.assert_equal(back.course, result.course)
    np.testing.assert_equal(back.latency_curves, result.latency_curves)
    assert back.digest == result.digest
    assert back.summary() == result.summary()
    np.testing.assert_equal(back.series.edges, result.series.edges)
    np.testing.assert_equal(back.series.values, result.series.values)
    with pytest.raises(UsageError, match="saved without records"):
        _ = back.record


def test_a_saved_result_can_be_saved_again(result, tmp_path):
    first = result.save(tmp_path / "one", "npz")
    second = load_result(first).save(tmp_path / "two", "npz")
    assert content(first) == content(second)


@pytest.mark.parametrize("form", ["csv", "npz", "parquet"])
def test_equal_runs_give_equal_bytes_but_for_the_wall_time(result, tmp_path, form):
    if form == "parquet":
        pytest.importorskip("pyarrow")
    result.save(tmp_path / "one", form)
    result.record.wall_seconds = 99.0
    Result(result.record).save(tmp_path / "two", form)
    one, two = content(tmp_path / "one"), content(tmp_path / "two")
    assert [name for name in one if one[name] != two[name]] == ["manifest.json"]
    manifests = [json.loads(files["manifest.json"]) for files in (one, two)]
    assert [manifest.pop("wall_seconds") for manifest in manifests] == [1.25, 99.0]
    assert manifests[0] == manifests[1]


def test_json_is_strict_and_undefined_figures_are_null(result, tmp_path):
    folder = result.save(tmp_path / "out")

    def refuse(constant):
        raise AssertionError(f"{constant} is no JSON")

    files = {p.name: json.loads(p.read_text("utf-8"), parse_constant=refuse)
             for p in folder.glob("*.json")}  # fmt: skip
    assert files["kpis.json"]["queue"]["mean"] is None
    assert files["kpis.json"]["functions"]["g"]["latency"]["p99"] is None
    assert files["manifest.json"]["scenario"]["name"] == "sale"
    assert files["manifest.json"]["warnings"] == ["mind the gap"]
    assert files["assumptions.json"][0]["source"] == "measured"


def test_a_scenario_without_limits_is_strict_json_too(hand_made, tmp_path):
    record = hand_made.record(platform={"preset": "ideal"})
    back = load_result(Result(record).save(tmp_path / "out"))
    assert back.scenario == record.scenario
    assert back.scenario.functions["f"].timeout == float("inf")


def test_csv_is_for_people(result, tmp_path):
    with open(result.save(tmp_path / "out", "csv") / "requests.csv", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert rows[0]["started"] == "0.3333333333333333"
    assert [row["outcome"] for row in rows] == ["completed", "throttled", "unfinished"]
    assert [row["error"] for row in rows] == ["", "QueueFull", ""]
    assert [row["function"] for row in rows] == ["f", "f", "g"]
    assert rows[1]["started"] == rows[2]["ended"] == ""


class TestFolder:
    def test_an_older_result_is_replaced_whole(self, result, tmp_path):
        folder = result.save(tmp_path / "out", "csv")
        result.save(folder)
        assert sorted(path.name for path in folder.iterdir()) == FILES

    def test_an_empty_folder_is_used_and_parents_are_made(self, result, tmp_path):
        (tmp_path / "empty").mkdir()
        result.save(tmp_path / "empty")
        result.save(tmp_path / "a" / "b")
        assert load_result(tmp_path / "a" / "b").kpi("requests.arrived") == 3

    @pytest.mark.parametrize("name", ["thesis.tex", "manifest.json"])
    def test_anything_else_is_left_alone(self, result, tmp_path, name):
        (tmp_path / name).write_text("{}")
        with pytest.raises(UsageError, match="was not touched"):
            result.save(tmp_path)
        assert content(tmp_path) == {name: b"{}"}

    def test_a_file_in_the_way(self, result, tmp_path):
        (tmp_path / "out").write_text("mine")
        with pytest.raises(UsageError, match="it is a file"):
            result.save(tmp_path / "out")
        assert (tmp_path / "out").read_text() == "mine"

    def test_a_failure_leaves_the_older_result_and_no_rest(self, result, tmp_path, monkeypatch):
        folder = result.save(tmp_path / "out")
        before = content(folder)

        def full(*_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(saving, "_write_records", full)
        with pytest.raises(UsageError, match="No space left on device"):
            result.save(folder, "csv")
        assert content(folder) == before
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_unknown_formats_are_named(self, result, tmp_path):
        with pytest.raises(UsageError, match="did you mean 'parquet'"):
            result.save(tmp_path / "out", "parket")
        assert not (tmp_path / "out").exists()

    def test_parquet_without_pyarrow_says_what_to_install(self, result, tmp_path, monkeypatch):
        monkeypatch.setitem(sys.modules, "pyarrow", None)
        with pytest.raises(UsageError, match=r"fcsim\[parquet\]"):
            result.save(tmp_path / "out", "parquet")

    def test_no_result_folder(self, tmp_path):
        with pytest.raises(UsageError, match="no fcsim result folder"):
            load_result(tmp_path)

    def test_a_newer_layout(self, result, tmp_path):
        folder = result.save(tmp_path / "out")
        manifest = json.loads((folder / "manifest.json").read_text())
        (folder / "manifest.json").write_text(json.dumps({**manifest, "fcsim_result": 99}))
        with pytest.raises(UsageError, match="newer fcsim"):
            load_result(folder)


class TestResult:
    def test_frames(self, result):
        assert result.to_frame().loc["requests.arrived", "value"] == 3
        assert result.to_frame("functions").loc["g", "requests.arrived"] == 1
        assert result.to_frame("requests")["outcome"].tolist()[1] == "throttled"
        assert result.to_frame("instances")["kind"].tolist() == ["on_demand", "minimum"]
        assert result.to_frame("pulls")["layer"].tolist() == ["i"]
        assert result.to_frame("bill")["amount"].sum() == pytest.approx(result.bill.total)
        assert len(result.to_frame("series")) == 2 * len(result.to_frame("region")) == 20
        assert set(result.to_frame("phases")["phase"]) >= {"pull", "server"}
        with pytest.raises(UsageError, match="did you mean 'requests'"):
            result.to_frame("request")

    def test_summary_and_notebook(self, hand_made, result):
        assert "requests.arrived        3" in result.summary()
        assert "<td>requests.arrived</td>" in result._repr_html_()
        assert "latency.p99             –" in Result(hand_made.record()).summary()

    def test_assumptions_are_listed_once(self, result):
        names = [parameter.name for parameter in result.assumptions]
        assert names[0] == "idle.keep_alive"
        assert len(names) == len(set(names))
        assert "idle.billed" in names


@pytest.mark.parametrize("path", sorted(SCENARIOS.rglob("*.yaml")), ids=lambda path: path.stem)
def test_shipped_scenarios_survive_their_json(path, tmp_path, request):
    if path.stem == "azure-day":
        request.getfixturevalue("data")
    scenario = load(path)
    write_json(tmp_path / "scenario.json", scenario)
    back = Scenario.model_validate(from_plain(read_json(tmp_path / "scenario.json")))
    assert back.model_dump() == scenario.model_dump()  # the folder of its files is not part of it
    assert dict(back.parameters) == dict(scenario.parameters)


def test_faults_and_deployments_come_back(tmp_path):
    source = {
        "fcsim": 1,
        "horizon": "10 min",
        "images": {"i": {"compressed": "10 MB"}, "j": {"compressed": "20 MB"}},
        "functions": {"f": {"image": "i", "service": {"time": "1 s"}}},
        "workload": {"w": {"function": "f", "arrivals": {"constant": "6/min"}}},
        "deployments": [{"at": "1 min", "function": "f", "image": "j", "role": {}}],
        "faults": [
            {"at": "2 min", "container_exit": {"function": "f", "share": 1}},
            {"at": "9 min", "registry_outage": {}, "until": "20 min"},
            {"at": "9 min", "store_slowdown": {"factor": "10 %"}},
        ],
        "initial": {"states": {"f": "pending"}},
    }
    first = run(load(source))
    second = load_result(first.save(tmp_path / "out", records="csv"))
    assert second.scenario == first.scenario
    assert run(second.scenario).kpis["requests"] == first.kpis["requests"]
    assert [one.text for one in second.record.happenings] == [
        "Pending", "deploys j", "container exit", "registry outage", "store slowdown",
    ]  # fmt: skip
    assert repr(second.record.happenings) == repr(first.record.happenings)
    assert second.record.instances["version"].tolist() == first.record.instances["version"].tolist()
