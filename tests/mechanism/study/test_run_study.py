"""``fcsim run`` with replications, batches and bands; ``fcsim sensitivity``."""

import json

import pytest

from fcsim.cli import main
from fcsim.study import workers


@pytest.fixture
def says(capsys, monkeypatch, tmp_path, file):
    """Run a command on a small scenario; return its code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")

    def run(command, *arguments):
        code = main([command, str(file), *arguments, "--no-figures"])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_reps_print_each_main_kpi_with_its_width(says):
    code, out, _ = says("run", "--reps", "3")
    assert code == 0
    assert "shop: 3 runs of 120 s, seed 5" in out
    rows = {line.split("  ")[0]: line for line in out.splitlines()}
    for name in ("latency.mean", "latency.p99", "cold_start.p95", "cost.per_month"):
        assert "±" in rows[name]
    assert "Results: results/shop" in out


def test_json_is_one_document(says, tmp_path):
    code, out, _ = says("run", "--reps", "2", "--format", "json")
    document = json.loads(out)
    assert code == 0
    assert document["intervals"]["latency"]["p99"].keys() == {"value", "low", "high", "runs"}
    assert isinstance(document["kpis"]["latency"]["p99"], float)
    saved = json.loads((tmp_path / "results" / "shop" / "intervals.json").read_text())
    assert saved["intervals"] == document["intervals"]
    rows = (tmp_path / "results" / "shop" / "replications.csv").read_text().splitlines()
    assert len(rows) == 3


def test_until_stops_at_the_cap_and_says_so(says):
    _, out, _ = says("run", "--reps", "2", "--until", "latency.p99 ± 0.1 %", "--max-reps", "4")
    assert "shop: 4 runs" in out
    assert "latency.p99 ± 0.1 % is not reached after 4 runs" in " ".join(out.split())


def test_the_confidence_is_a_share(says):
    _, narrow, _ = says("run", "--reps", "3", "--confidence", "80 %", "--format", "json")
    _, wide, _ = says("run", "--reps", "3", "--confidence", "99 %", "--format", "json")
    low, high = (json.loads(out)["intervals"]["latency"]["mean"]["low"] for out in (wide, narrow))
    assert low <= high


def test_batches_add_intervals_to_one_run(says):
    code, out, _ = says("run", "--batches", "5")
    assert code == 0
    assert "Intervals from 5 parts of the window (batch means)" in out
    _, out, _ = says("run", "--batches", "5", "--format", "json")
    assert json.loads(out)["batches"] == 5


def test_band_says_both_in_one_line(says, tmp_path):
    code, out, _ = says("run", "--band", "--reps", "2", "--set", "horizon=20 s")
    text = " ".join(out.split())
    assert code == 0
    assert "(sampling ± " in text
    assert "; assumptions " in text
    assert "moved most by" in text
    assert "Assumptions move the answer more than sampling does" in text
    document = json.loads((tmp_path / "results" / "shop" / "band.json").read_text())
    assert document["rule"].startswith("Assumptions: each at its low and high end")


@pytest.mark.parametrize("ask", [["--reps", "4"], ["--band", "--reps", "2"]])
def test_an_interrupted_study_goes_on_where_it_was(says, tmp_path, monkeypatch, ask):
    """The third run is cut off; the first is the result's own and runs again."""
    runs, simulate = [], workers.simulate

    def cut_off(point):
        if len(runs) == 2:
            raise KeyboardInterrupt
        runs.append(point.key)
        return simulate(point)

    monkeypatch.setattr(workers, "simulate", cut_off)
    command = ["run", *ask, "--set", "horizon=20 s", "--workers", "1"]
    code, _, err = says(*command)
    points = tmp_path / "results" / "shop" / "points"
    assert code == 130
    assert f"runs are kept in {points.relative_to(tmp_path)}; the same command goes on" in err
    assert {path.stem for path in points.iterdir()} == set(runs)
    cut, more = set(runs), []
    monkeypatch.setattr(
        workers, "simulate", lambda point: more.append(point.key) or simulate(point)
    )
    assert says(*command)[0] == 0
    assert not cut & set(more)
    assert {path.stem for path in points.iterdir()} == cut | set(more)
    monkeypatch.setattr(workers, "simulate", lambda point: pytest.fail("run again"))
    assert says(*command)[0] == 0  # the new result has taken the place of the old, not the points


@pytest.mark.parametrize(
    "arguments, told",
    [
        (["--until", "p99 < 3"], "expected KPI ± HALF-WIDTH"),
        (["--batches", "5", "--reps", "3"], "--batches is for one run"),
        (["--reps", "2", "--confidence", "0.3"], "--confidence: from 50 %"),
        (["--reps", "2", "--warm-up", "soon"], "--warm-up: cannot read 'soon'"),
        (["--reps", "1"], "not in the range x>=2"),
    ],
)
def test_bad_wishes_end_with_code_2_and_a_line(says, arguments, told, tmp_path):
    code, _, err = says("run", *arguments)
    assert code == 2
    assert told in err
    assert not (tmp_path / "results").exists()


def test_figures_are_written_and_the_main_one_named(tmp_path, monkeypatch, file, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["run", str(file), "--reps", "2", "--warm-up", "30 s"]) == 0
    assert "Figure: results/shop/figures/replications.png" in capsys.readouterr().out
    assert (tmp_path / "results" / "shop" / "figures" / "replications.svg").exists()


def test_sensitivity_answers_in_a_sentence(says, tmp_path):
    pytest.importorskip("SALib", reason="sensitivity needs SALib (fcsim[sensitivity])")
    over = ["--over", "host.unpack_rate", "--over", "credential.latency"]
    arguments = [*over, "--samples", "8", "--trajectories", "2", "--set", "horizon=20 s"]
    code, out, _ = says("sensitivity", *arguments, "--kpi", "cold_start.mean")
    assert code == 0
    assert "The answer: cold_start.mean hangs on host.unpack_rate (" in out
    _, out, _ = says("sensitivity", *arguments, "--kpi", "cold_start.mean", "--format", "json")
    assert json.loads(out)["kpis"]["cold_start.mean"]["sobol"][0]["name"] == "host.unpack_rate"
    assert (tmp_path / "results" / "shop-sensitivity" / "sensitivity.json").exists()


def test_sensitivity_of_an_unknown_kpi_ends_with_code_2(says):
    code, _, err = says("sensitivity", "--kpi", "latency.p98")
    assert code == 2
    assert "did you mean" in err
