"""The commands of traffic imports: files, options, messages."""

import json

import pytest
from click.testing import CliRunner

from fcsim import load
from fcsim.cli import main
from fcsim.commands.import_traffic import cloudmonitor, sls
from fcsim.errors import UsageError

LOG = "functionName,invocationStartTimestamp,durationMs\npay,1764000000500,12.5\npay,x,1\n"


@pytest.fixture
def call(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(LOG)

    def invoke(command, *arguments):
        ran = CliRunner().invoke(command, arguments, standalone_mode=False)
        if ran.exception is not None:
            raise ran.exception
        assert not list(tmp_path.glob(".fcsim-*"))
        return ran.output

    return invoke


def test_sls_writes_a_scenario_with_its_trace_and_tells_what_it_did(call, tmp_path):
    pytest.importorskip("pyarrow")
    output = call(sls, "log.csv", "--image", "300MB")
    assert "1 × invocationStartTimestamp is not a number (log.csv:3)" in output
    assert output.endswith(
        "Written: log.fcsim.yaml, log.pay.parquet\nNext: fcsim run log.fcsim.yaml\n"
    )
    assert load(tmp_path / "log.fcsim.yaml").images["pay"].compressed == 300e6


def test_sls_prints_json(call):
    document = json.loads(call(sls, "log.csv", "--out", "a/b.yaml", "--format", "json"))
    assert document["files"][0] == "a/b.yaml"
    assert len(document["files"]) == 2
    assert document["scenario"]["name"] == "b"
    assert {"kind", "where", "text"} == set(document["remarks"][0])


def test_files_that_are_there_are_kept_without_force(call, tmp_path):
    (tmp_path / "log.fcsim.yaml").write_text("mine")
    with pytest.raises(UsageError, match=r"log\.fcsim\.yaml exists"):
        call(sls, "log.csv")
    assert (tmp_path / "log.fcsim.yaml").read_text() == "mine"
    call(sls, "log.csv", "--force")
    assert (tmp_path / "log.fcsim.yaml").read_text() != "mine"


def test_cloudmonitor_takes_names_of_columns(call, tmp_path):
    (tmp_path / "m.csv").write_text("when,who,calls\n2026-11-23 08:00,pay,5\n")
    columns = ["--time", "when", "--function", "who", "--value", "calls"]
    metric = ["--metric", "FunctionTotalInvocations", "--time-zone", "UTC"]
    output = call(cloudmonitor, "m.csv", *columns, *metric)
    assert "Written: m.fcsim.yaml, m.counts.csv, m.observed.csv\n" in output
    assert load(tmp_path / "m.fcsim.yaml").start.isoformat() == "2026-11-23T08:00:00+00:00"


def test_the_group_finds_the_commands(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log.csv").write_text(LOG)
    assert main(["import", "sls", "log.csv"]) == 0
    assert main(["import", "cloudmonitor", "log.csv"]) == 2
    assert capsys.readouterr().err.startswith("log.csv: no column of times")


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["gone.csv"], "gone.csv: cannot be read"),
        (["log.csv", "--image", "5"], "--image: '5' has no unit"),
        (["log.csv", "--from", "noon"], "--from: cannot read 'noon'; expected a time like"),
        (["log.csv", "--from", "2026-01-01"], "no request of the log is of these functions"),
    ],
)
def test_wrong_usage(call, arguments, message):
    with pytest.raises(UsageError, match=message):
        call(sls, *arguments)
