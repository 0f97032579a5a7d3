"""fcsim calibrate: what it prints and writes, and what it refuses."""

import json

import pytest
from test_calibrate_writing import TEXT

import fcsim
from fcsim.cli import main
from fcsim.importers.mapped_log import MAPPINGS, Column, read_mapping


@pytest.fixture
def shop(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    (tmp_path / "shop.yaml").write_text(TEXT)
    return tmp_path


def says(capsys, *arguments):
    code = main([str(one) for one in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_values_predictions_and_the_new_scenario(shop, log, capsys):
    code, out, err = says(
        capsys, "calibrate", "shop.yaml", "--logs", log, "--reps", 2, "--figures", "fig"
    )
    assert (code, err) == (0, "")
    for text in ("functions.f.keep_alive", "Not identified", "caches.host", "How",
                 "Predicted against observed: the last 2.", "mean instances",
                 "Scenario: shop-calibrated.yaml", "Figures: fig"):  # fmt: skip
        assert text in out, text
    assert fcsim.load(shop / "shop-calibrated.yaml").functions["f"].keep_alive
    names = {path.stem for path in (shop / "fig").iterdir()}
    assert {"f-service-time", "f-keep_alive", "dispatch-policy", "predictions"} <= names


def test_one_json_document_on_stdout(shop, log, capsys):
    code, out, err = says(capsys, "calibrate", "shop.yaml", "--logs", log, "--holdout", 0,
                          "--write", "--format", "json")  # fmt: skip
    assert code == 0
    document = json.loads(out)
    paths = [fit["path"] for fit in document["fits"]]
    assert "functions.f.service.time" in paths
    assert document["predictions"] == []
    assert "shop.yaml.bak" in err
    assert (shop / "shop.yaml.bak").read_text() == TEXT


def test_several_files_after_logs(shop, log, capsys):
    lines = log.read_text().splitlines(keepends=True)
    (shop / "a.jsonl").write_text("".join(lines[:900]))
    (shop / "b.jsonl").write_text("".join(lines[900:]))
    code, out, _ = says(capsys, "calibrate", "shop.yaml", "--logs", "b.jsonl", "a.jsonl",
                        "--holdout", "0")  # fmt: skip
    assert code == 0
    assert f"from {len(lines):,} requests" in out


@pytest.mark.parametrize(
    "arguments, told",
    [
        ((), "no logs: name one file or more"),
        (("--logs", "none.jsonl"), "none.jsonl"),
        (("--logs", "LOG", "--holdout", "2 d"), "leaves nothing to fit"),
        (("--logs", "LOG", "--holdout", "long"), "holdout: "),
        (("--logs", "LOG", "--function", "f"), "expected SCENARIO=LOG"),
        (("--logs", "LOG", "--function", "g=f"), "no function 'g' in the scenario"),
        (("--logs", "LOG", "--write", "--out", "x"), "give one"),
        (("--logs", "LOG", "--column", "arival=x"), "did you mean 'arrival'?"),
        (("--logs", "LOG", "--column", "arrival=t"), "no column for duration"),
        (("--logs", "LOG", "--columns", "lambda"), "did you mean 'lambda2020'?"),
        (("--logs", "LOG", "--column", "arrival=t:ns"), "unknown unit 'ns'"),
    ],
)
def test_what_cannot_be_used_is_one_line_and_code_2(shop, log, capsys, arguments, told):
    given = [log if one == "LOG" else one for one in arguments]
    code, out, err = says(capsys, "calibrate", "shop.yaml", *given)
    assert (code, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1
    assert not (shop / "shop-calibrated.yaml").exists()


def test_a_file_that_exists_is_not_overwritten(shop, log, capsys):
    (shop / "shop-calibrated.yaml").write_text("mine")
    code, _, err = says(capsys, "calibrate", "shop.yaml", "--logs", log)
    assert code == 2
    assert "shop-calibrated.yaml exists; choose another name with --out" in err


def test_a_log_with_other_columns(shop, capsys):
    rows = [f"{t},{(t // 100) % 2},{t == 1000},2{t % 7}" for t in range(1000, 9000, 100)]
    (shop / "other.csv").write_text("\n".join(["when,who,first,took", *rows]))
    (shop / "columns.yaml").write_text("arrival: when\ninstance: who\ncold: first\n")
    code, out, err = says(
        capsys, "calibrate", "shop.yaml", "--logs", "other.csv", "--columns",
        "columns.yaml", "--column", "duration=took:ms", "--holdout", 0,
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "from 80 requests" in out
    time = fcsim.load(shop / "shop-calibrated.yaml").functions["f"].service.time
    assert "20" in str(time) or "0.02" in str(time)


def test_a_mapping_may_be_changed(tmp_path):
    assert read_mapping("lambda2020", ("duration=handler_elapsed_ms:ms",)) == {
        **MAPPINGS["lambda2020"], "duration": Column("handler_elapsed_ms", "ms"),
    }  # fmt: skip


def test_run_writes_the_request_log(shop, capsys):
    code, _, _ = says(capsys, "run", "shop.yaml", "--out", "r", "--no-figures", "--request-log",
                      "log.jsonl", "--set", "horizon=60 s")  # fmt: skip
    assert code == 0
    assert json.loads((shop / "log.jsonl").read_text().splitlines()[0])["functionName"] == "f"


def test_names_of_functions(shop, log, capsys):
    """Service/function fits by its last part; other functions of the log are told."""
    text = log.read_text().replace('"functionName": "f"', '"serviceName": "s", "functionName": "f"')
    other = text.splitlines()[0].replace('"functionName": "f"', '"functionName": "g"')
    (shop / "two.jsonl").write_text(f"{text}{other}\n")
    code, out, _ = says(capsys, "calibrate", "shop.yaml", "--logs", "two.jsonl", "--holdout", 0)
    assert code == 0
    assert "s/g: 1 requests of a function that the scenario does not have" in out


def test_a_notebook_shows_the_report(report):
    html = report._repr_html_()
    for caption in ("Calibrated values", "Not identified", "Predicted against observed"):
        assert f"<caption>{caption}</caption>" in html
    assert list(report.to_frame().columns[:3]) == ["path", "name", "value"]
    assert list(report.to_frame("unidentified").columns) == ["path", "why"]
    assert len(report.to_frame("predictions")) == 5
