"""The commands of traffic imports: files, options, messages."""

import json

import pytest
from click.testing import CliRunner

from fcsim import load
from fcsim.errors import UsageError
from fcsim.import_traffic_command import sls

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
    assert output.endswith("Scenario: imported.yaml\nFile: imported.pay.parquet\n")
    assert load(tmp_path / "imported.yaml").images["pay"].compressed == 300e6


def test_sls_prints_json(call):
    document = json.loads(call(sls, "log.csv", "--out", "a/b.yaml", "--format", "json"))
    assert document["scenario"] == "a/b.yaml"
    assert len(document["files"]) == 1
    assert {"kind", "where", "text"} == set(document["remarks"][0])


def test_files_that_are_there_are_kept_without_force(call, tmp_path):
    (tmp_path / "imported.yaml").write_text("mine")
    with pytest.raises(UsageError, match=r"imported\.yaml exists"):
        call(sls, "log.csv")
    assert (tmp_path / "imported.yaml").read_text() == "mine"
    call(sls, "log.csv", "--force")
    assert (tmp_path / "imported.yaml").read_text() != "mine"


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
