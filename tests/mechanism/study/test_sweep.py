"""Sweeps: tidy tables that no interruption, shard or worker changes."""

import json
import signal
import subprocess
import sys
import time

import pytest

import fcsim
from fcsim import Store, Work, load
from fcsim.cli import main
from fcsim.errors import ScenarioError, UsageError
from fcsim.study import workers

MEMORY = "functions.api.memory_size=1024..4096..1024 MB"
TABLES = ("runs.csv", "summary.csv", "sweep.json")


def tables(folder):
    return [(folder / name).read_bytes() for name in TABLES]


def test_a_row_a_run_and_a_column_a_kpi(file):
    found = fcsim.sweep(file, {"variant": ["base", "slim"]}, reps=2)
    frame = found.to_frame()
    assert list(frame.columns[:4]) == ["point", "variant", "replication", "requests.arrived"]
    assert frame[["point", "variant", "replication"]].values.tolist() == [
        [1, "base", 0], [1, "base", 1], [2, "slim", 0], [2, "slim", 1],
    ]  # fmt: skip
    alone = fcsim.run(load(file, variant="slim"), replication=1)
    assert frame["latency.p99"].iloc[3] == alone.kpi("latency.p99")


def test_the_summary_has_the_mean_and_its_interval(file):
    found = fcsim.sweep(file, {"variant": ["base", "slim"]}, reps=3, kpis=["latency.mean"])
    rows = found.to_frame("summary").query("kpi == 'latency.mean' and variant == 'slim'")
    runs = found.to_frame().query("variant == 'slim'")["latency.mean"]
    assert rows["value"].item() == pytest.approx(runs.mean(), rel=1e-12)
    half = 4.302652729911275 * runs.std() / 3**0.5  # Student's t, 2 degrees of freedom, 97.5 %
    assert rows["high"].item() - rows["value"].item() == pytest.approx(half, rel=1e-9)


def test_a_quantile_of_a_setting_is_that_of_its_replications(file):
    found = fcsim.sweep(file, {"variant": ["base", "slim"]}, reps=3)
    alone = fcsim.replicate(load(file, variant="slim"), reps=3)
    assert found.estimate(2, "latency.p99") == alone["latency.p99"]
    one = fcsim.sweep(file, {"variant": ["base", "slim"]}, reps=1)
    assert one.estimate(2, "latency.p99").value == one.runs[1].outcome.kpis["latency.p99"]


def test_all_settings_face_the_same_arrivals(file):
    found = fcsim.sweep(file, {"variant": ["base", "slim"]}, reps=2).to_frame()
    arrived = found.pivot(index="replication", columns="variant", values="requests.arrived")
    assert (arrived["base"] == arrived["slim"]).all()


def test_a_setting_that_is_no_scenario_is_a_row_with_its_error(file):
    found = fcsim.sweep(file, {"functions.api.memory_size": ["1024 MB", "64 GB"]}, reps=2)
    assert [run.point for run in found.failures] == [2, 2]
    assert "memory_size" in found.failures[0].outcome.error
    assert found.to_frame()["latency.p99"].notna().tolist() == [True, True, False, False]


def test_a_path_that_leads_nowhere_is_told_at_once(file):
    with pytest.raises(ScenarioError, match="did you mean 'memory_size'"):
        fcsim.sweep(file, {"functions.api.memory_sise": ["1 GB", "2 GB"]})


@pytest.mark.parametrize(
    "changes, said",
    [
        ({"reps": 0}, "at least one run"),
        ({"size": 0}, "at least one run"),
        ({"variant": "slim"}, "varies already"),
        ({"kpis": ["latency.p98"]}, "did you mean 'latency.p9"),
        ({"shard": (3, 2)}, "shard"),
    ],
)
def test_wrong_arguments_are_refused(file, changes, said):
    with pytest.raises(UsageError, match=said):
        fcsim.sweep(file, {"variant": ["base", "slim"]}, **changes)


def test_a_loaded_scenario_has_no_text_to_change(file):
    with pytest.raises(UsageError, match="file or mapping"):
        fcsim.sweep(load(file), {"seed": [1, 2]})


def test_tables_are_the_same_bytes_with_one_worker_and_two(file, tmp_path):
    for count in (1, 2):
        found = fcsim.sweep(file, [MEMORY], reps=2, work=Work(workers=count))
        found.save(tmp_path / str(count))
    assert tables(tmp_path / "1") == tables(tmp_path / "2")


def test_parquet_tables_hold_what_csv_tables_hold(file, tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow", reason="parquet needs pyarrow")
    found = fcsim.sweep(file, {"assumptions.idle.keep_alive": ["1 min", "5 min"]})
    found.save(tmp_path)
    found.save(tmp_path, "parquet")
    rows = pandas.read_parquet(tmp_path / "runs.parquet")
    expected = pandas.read_csv(tmp_path / "runs.csv", keep_default_na=True)
    assert rows["latency.p99"].tolist() == expected["latency.p99"].tolist()
    assert rows["assumptions.idle.keep_alive"].tolist() == ["1 min", "5 min"]


def sweep_command(file, out, *more):
    command = ["sweep", str(file), "--vary", MEMORY, "--reps", "2", "--no-figures", "--quiet"]
    return [*command, "--out", str(out), *more]


def test_a_sweep_killed_in_its_middle_goes_on_and_repeats_nothing(slow_file, tmp_path, root):
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert main(sweep_command(slow_file, whole, "--workers", "1")) == 0
    program = [sys.executable, "-m", "fcsim", *sweep_command(slow_file, cut, "--workers", "2")]
    running = subprocess.Popen(program, cwd=root)
    while len(list(cut.glob("points/*.json"))) < 2:
        assert running.poll() is None
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    before = {path: path.stat() for path in cut.glob("points/*.json")}
    assert 2 <= len(before) < 8
    assert not (cut / "runs.csv").exists()
    assert main(sweep_command(slow_file, cut, "--workers", "1")) == 0
    assert tables(cut) == tables(whole)
    assert len(list(cut.glob("points/*.json"))) == 8
    for path, stat in before.items():
        assert (path.stat().st_ino, path.stat().st_mtime_ns) == (stat.st_ino, stat.st_mtime_ns)


def test_shards_together_are_the_whole_and_share_no_run(file, tmp_path, monkeypatch):
    whole = tmp_path / "whole"
    assert main(sweep_command(file, whole)) == 0
    for part in ("1", "2"):
        assert main(sweep_command(file, tmp_path / part, "--shard", f"{part}/2")) == 0
    names = [{p.name for p in (tmp_path / part / "points").iterdir()} for part in ("1", "2")]
    assert names[0].isdisjoint(names[1])
    assert names[0] | names[1] == {p.name for p in (whole / "points").iterdir()}
    rows = [(tmp_path / part / "runs.csv").read_text().splitlines() for part in ("1", "2")]
    assert sorted(rows[0] + rows[1][1:]) == sorted((whole / "runs.csv").read_text().splitlines())
    monkeypatch.setattr(workers, "simulate", lambda _: pytest.fail("run again"))
    merge = [f"--merge={tmp_path / part}" for part in ("1", "2")]
    assert main(sweep_command(file, tmp_path / "merged", "--workers", "1", *merge)) == 0
    assert tables(tmp_path / "merged") == tables(whole)


def test_a_folder_to_merge_must_exist(file, tmp_path, capsys):
    command = sweep_command(file, tmp_path / "merged", "--merge", str(tmp_path / "prat-1"))
    assert main(command) == 2
    assert "--merge" in (told := capsys.readouterr().err)
    assert "prat-1 is no folder" in told


def test_the_command_prints_a_row_a_setting(file, tmp_path, capsys):
    out = tmp_path / "out"
    command = ["sweep", str(file), "--vary", "variant=base,slim", "--out", str(out)]
    assert main([*command, "--kpi", "latency.p99", "--kpi", "functions.api.requests.cold"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "shop: 2 settings, seed 5, one run each"
    assert [line.split()[0] for line in lines[4:6]] == ["base", "slim"]
    assert lines[-1] == f"Figure: {out / 'figures' / 'latency-p99.png'}"
    assert "functions.api.requests.cold" in (out / "runs.csv").read_text().splitlines()[0]
    assert sorted(path.name for path in (out / "figures").iterdir()) == [
        "functions-api-requests-cold.png", "functions-api-requests-cold.svg",
        "latency-p99.png", "latency-p99.svg",
    ]  # fmt: skip


def test_json_is_one_document_and_a_failed_setting_ends_with_code_2(file, tmp_path, capsys):
    command = ["sweep", str(file), "--vary", "functions.api.memory_size=1024 MB,64 GB"]
    options = ["--out", str(tmp_path / "o"), "--no-figures", "--format", "json"]
    assert main([*command, *options]) == 2
    document = json.loads(capsys.readouterr().out)
    assert document["points"][0]["kpis"]["latency.p99"]["low"] is None
    assert document["failures"][0]["point"] == 2
    assert document == json.loads((tmp_path / "o" / "sweep.json").read_text())


def test_an_interrupt_says_how_to_go_on(file, tmp_path, capsys, monkeypatch):
    calls = iter([None, None])
    simulate = workers.simulate

    def stop_at_third(point):
        if next(calls, KeyboardInterrupt) is KeyboardInterrupt:
            raise KeyboardInterrupt
        return simulate(point)

    monkeypatch.setattr(workers, "simulate", stop_at_third)
    assert main(sweep_command(file, tmp_path / "o", "--workers", "1")) == 130
    told = capsys.readouterr().err.splitlines()
    kept = tmp_path / "o" / "points"
    assert told[0] == f"2 of 8 runs are kept in {kept}; the same command goes on from there"


@pytest.mark.parametrize(
    "vary, size, panels",
    [
        (["functions.api.scaling_config.min_instances=0..2"], None, 1),
        (["variant=base,slim"], None, 1),
        (["variant=base,slim", "functions.api.scaling_config.min_instances=0..2"], None, 2),
        (["variant=base,slim", "assumptions.idle.keep_alive=30..300 s"], 4, 2),
    ],
)
def test_figures_are_lines_heat_maps_and_dots(file, vary, size, panels):
    found = fcsim.sweep(file, vary, size=size, reps=2, kpis=["latency.p99"])
    (figure,) = found.figures().values()
    assert len(figure.axes) == panels  # the colour bar of a heat map counts
    assert figure.get_suptitle().startswith("latency.p99: ")


def test_stored_points_serve_the_python_api_too(file, tmp_path, monkeypatch):
    work = Work(workers=1, store=Store(tmp_path / "points"))
    first = fcsim.sweep(file, [MEMORY], work=work)
    monkeypatch.setattr(workers, "simulate", lambda _: pytest.fail("run again"))
    assert repr(fcsim.sweep(file, [MEMORY], work=work).runs) == repr(first.runs)


def test_a_report_that_is_none_of_ours_is_refused_before_any_run(file, tmp_path, capsys):
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "report.html").write_text("my own words")
    assert main(["sweep", str(file), "--vary", MEMORY, "--out", str(folder), "--report"]) == 2
    assert "report.html" in capsys.readouterr().err
    assert [path.name for path in folder.iterdir()] == ["report.html"]
