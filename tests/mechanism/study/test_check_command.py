"""The command fcsim check: what it prints, and the code it ends with."""

import json

import pytest

import fcsim
from fcsim.cli import main

SHOP = """
fcsim: 1
seed: 5
horizon: 2 min
images: {slim: {compressed: 9 MB, server: {start: 500 ms}}}
functions:
  api: {image: slim, cpu: 1, memory_size: 1024 MB, service: {time: {exponential: 200 ms}}}
workload: {visits: {function: api, arrivals: {poisson: 5/s}}}
objectives:
  - latency.p50 <= 10 s
  - latency.p99 <= LIMIT
"""


@pytest.fixture
def says(tmp_path, monkeypatch, capsys):
    """Run fcsim check in a folder with shop.yaml; return code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CI", raising=False)
    (tmp_path / "shop.yaml").write_text(SHOP.replace("LIMIT", "10 s"))

    def run(*arguments):
        code = main(["check", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def limit(tmp_path, text):
    (tmp_path / "shop.yaml").write_text(SHOP.replace("LIMIT", text))


def test_a_line_a_check_and_a_closing_line(says):
    code, out, err = says("shop.yaml")
    lines = out.splitlines()
    assert (code, err) == (0, "")
    assert lines[0].startswith("shop.yaml: 3 runs, ")
    assert lines[1].startswith("  passed        latency.p50 <= 10 s  is ")
    assert lines[-1].startswith("2 passed, 0 failed in ")


def test_a_missed_objective_ends_with_1(says, tmp_path):
    limit(tmp_path, "1 ms")
    code, out, _ = says("shop.yaml")
    assert code == 1
    assert "  failed        latency.p99 <= 1 ms  is " in out
    assert out.splitlines()[-1].startswith("1 passed, 1 failed in ")


def test_what_is_not_clear_ends_with_4_or_as_asked(says, tmp_path):
    middle = fcsim.check("shop.yaml").checks[1].found.value
    limit(tmp_path, f"{middle:.6f} s")
    assert says("shop.yaml", "--reps", 3)[0] == 4
    assert says("shop.yaml", "--reps", 3, "--inconclusive", "pass")[0] == 0
    assert says("shop.yaml", "--reps", 3, "--inconclusive", "fail")[0] == 1
    out = says("shop.yaml", "--reps", 3)[1]
    assert out.splitlines()[-1].startswith("1 passed, 0 failed, 1 inconclusive in ")


def test_a_bad_file_is_told_and_the_others_run(says, tmp_path):
    (tmp_path / "bad.yaml").write_text("fcsim: 1\nimages: {a: {compresed: 1 MB}}\n")
    code, out, err = says("bad.yaml", "shop.yaml")
    assert code == 2
    assert "bad.yaml:2:14: images.a.compresed: " in err
    assert "2 passed, 0 failed, 1 of 2 files not checked" in out


def test_an_internal_error_ends_with_3(says, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr("fcsim.runner.run", broken)
    code, _, err = says("shop.yaml")
    assert code == 3
    assert "shop.yaml: internal error: ZeroDivisionError: of all things" in err


def test_one_json_document(says):
    code, out, err = says("shop.yaml", "--format", "json")
    document = json.loads(out)
    assert (code, err) == (0, "")
    assert document["verdict"] == "passed"
    assert document["counts"] == {"passed": 2, "failed": 0, "inconclusive": 0}
    assert document["exit_code"] == 0
    (file,) = document["files"]
    assert (file["file"], file["runs"]) == ("shop.yaml", 3)
    check = file["checks"][1]
    assert (check["kpi"], check["line"], check["reference"]) == ("latency.p99", 11, 10.0)


def test_quiet(says):
    code, out, err = says("shop.yaml", "--quiet")
    assert (code, err, out.count("\n")) == (0, "", 1)


def test_update_baseline_and_ci(says, tmp_path, monkeypatch):
    code, out, _ = says("shop.yaml", "--update-baseline")
    assert code == 0
    assert "baseline written: baselines/shop.json" in out
    code, out, _ = says("shop.yaml")
    assert (
        "  passed        every KPI as in the baseline  all KPIs of 5 runs are equal to the bit"
        in out
    )
    monkeypatch.setenv("CI", "true")
    code, _, err = says("shop.yaml", "--update-baseline")
    assert code == 2
    assert "baselines are not written where CI=true" in err


def test_variants_changes_and_tolerances(says):
    says("shop.yaml", "--update-baseline")
    slower = ("--set", "images.slim.server.start=700 ms")
    assert says("shop.yaml", *slower)[0] == 1
    assert says("shop.yaml", *slower, "--tolerance", "90%")[0] == 0
    assert says("shop.yaml", "--variant", "none")[0] == 2


def test_workers_and_a_cluster_do_not_go_together(says):
    code, out, err = says("shop.yaml", "--workers", 2, "--cluster", "tcp://127.0.0.1:1")
    assert (code, out) == (2, "")
    assert "give one" in err


def test_a_budget_too_small(says):
    code, out, _ = says("shop.yaml", "--budget", "1us")
    assert code == 4
    assert "not run: time was up" in out
    assert says("shop.yaml", "--budget", "soon")[0] == 2


def test_shipped_scenarios_with_baselines_pass(root, monkeypatch, capsys):
    monkeypatch.chdir(root)
    stored = sorted((root / "scenarios" / "baselines").glob("*.json"))
    assert len(stored) >= 3
    assert main(["check", *(f"scenarios/{path.stem}.yaml" for path in stored)]) == 0
    assert " 0 failed" in capsys.readouterr().out


def test_every_shipped_objective_can_be_read(root):
    files = sorted((root / "scenarios").glob("*.yaml"))
    report = fcsim.check(files, simulate=False)
    assert report.verdict == "passed"
    told = [check.message for check in report.checks]
    assert sum("no objectives" not in message for message in told) >= 6
