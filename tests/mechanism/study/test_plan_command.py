"""fcsim plan: what it prints and writes, and the code it ends with."""

import json

import pytest
from test_plan import MINIMUM, SHOP

from fcsim.cli import main


@pytest.fixture
def says(tmp_path, monkeypatch, capsys):
    """Run fcsim plan in a folder with shop.yaml; return code, stdout, stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "shop.yaml").write_text(SHOP)

    def run(*arguments):
        code = main(["plan", "shop.yaml", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_the_answer_and_its_files(says, tmp_path):
    code, out, err = says("--vary", f"{MINIMUM}=0,4")
    assert (code, err) == (0, "")
    assert "and every objective is met with 95 % confidence" in out
    assert "Slide: results/shop-plan/figures/slide.png" in out
    folder = tmp_path / "results" / "shop-plan"
    assert (folder / "figures" / "frontier.svg").exists()
    assert list((folder / "points").iterdir())


def test_one_json_document(says):
    code, out, err = says("--vary", f"{MINIMUM}=0,4", "--format", "json", "--no-figures")
    document = json.loads(out)
    assert (code, err, document["verdict"]) == (0, "", "met")
    assert document["choice"] == {MINIMUM: 4}
    assert document["assumptions"] is None
    assert document["settings"][0]["objectives"][0]["objective"] == "latency.p95 <= 2 s"


def test_code_1_when_no_setting_meets_the_objectives(says):
    code, out, _ = says(
        "--vary", f"{MINIMUM}=0,4", "--objective", "latency.p50 <= 1 ms", "--no-figures"
    )
    assert code == 1
    assert "No setting meets the objectives" in out


def test_code_4_when_that_is_not_clear(says):
    code, out, _ = says(
        "--vary", f"{MINIMUM}=3", "--objective", "latency.p50 within 0 % of 345 ms", "--reps", "3",
        "--set", "objectives=[]", "--no-figures",
    )  # fmt: skip
    assert code == 4
    assert "No setting meets the objectives for certain" in out


def test_quiet_and_budget(says):
    code, out, err = says("--vary", f"{MINIMUM}=0,4", "--quiet", "--budget", "200 runs",
                          "--out", "here", "--no-figures")  # fmt: skip
    assert (code, out, err) == (0, "Results: here\n", "")


def test_an_interrupted_plan_says_how_to_go_on(says, monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr("fcsim.study.plan.plan", interrupted)
    code, _, err = says("--vary", f"{MINIMUM}=0,4")
    assert code == 130
    assert "finished runs are kept in results/shop-plan/points; the same command goes on" in err


@pytest.mark.parametrize(
    "arguments, told",
    [
        (("--vary", f"{MINIMUM}=0,4", "--budget", "few"), "expected a number of runs, like 200"),
        (("--vary", f"{MINIMUM}"), "expected path=value,value,…"),
        (("--vary", f"{MINIMUM}=0,4", "--objective", "latncy.p99 <= 1 s"), "did you mean"),
        (("--vary", f"{MINIMUM}=0,4", "--confidence", "120 %"), "confidence: expected from 50 %"),
        ((), "Missing option '--vary'"),
    ],
)
def test_wrong_usage_is_code_2(says, arguments, told):
    code, out, err = says(*arguments)
    assert (code, out) == (2, "")
    assert told in err
