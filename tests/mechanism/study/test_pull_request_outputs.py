"""A pull request fattens an image: what GitHub, GitLab and Jenkins are told, end to end."""

import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from fcsim.cli import main

sys.path.append(str(Path(__file__).parents[1] / "report"))
from junit_schema import faults

SCENARIO = """\
fcsim: 1
seed: 7
horizon: 2 min
images:
  shop:
    layers:
      os: 30 MB
      app: 20 MB
functions:
  api: {image: shop, pull: eager, cpu: 1, memory_size: 1024 MB, service: {time: 200 ms}}
workload:
  visits: {function: api, arrivals: {poisson: 2/s}}
objectives:
  - requests.success_ratio >= 99 %
  - functions.api.latency.p99 <= 4 s
"""


@pytest.fixture(scope="module")
def pull_request(tmp_path_factory):
    """Check a scenario whose image has grown, as a workflow does; return the folder."""
    folder = tmp_path_factory.mktemp("repository")
    scenarios = folder / "scenarios"
    scenarios.mkdir()
    (scenarios / "shop.yaml").write_text(SCENARIO)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name in ("CI", "GITHUB_ACTIONS"):
            patch.delenv(name, raising=False)
        assert main(["check", "scenarios/shop.yaml", "--update-baseline", "--workers", "1"]) == 0
        (scenarios / "shop.yaml").write_text(SCENARIO.replace("app: 20 MB", "app: 420 MB"))
        environment = {
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(folder),
            "GITHUB_STEP_SUMMARY": str(folder / "summary.md"),
        }
        for name, value in environment.items():
            patch.setenv(name, value)
        yield folder


@pytest.fixture(scope="module")
def said(pull_request):
    """What the command wrote to stdout."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as out:
        arguments = ["check", "scenarios/shop.yaml", "--junit", "junit.xml", "--workers", "1"]
        assert main(arguments) == 1
    return out.getvalue()


def annotations(said):
    form = r"^::(error|warning) file=([^,]*),line=(\d+),col=(\d+),title=([^:]*)::(.*)$"
    return re.findall(form, said, re.MULTILINE)


def test_annotations_stand_at_the_objective_and_at_the_layer(said):
    lines = SCENARIO.splitlines()
    level, file, line, column, title, message = annotations(said)[0]
    assert (level, file) == ("error", "scenarios/shop.yaml")
    assert lines[int(line) - 1][int(column) - 1 :] == "functions.api.latency.p99 <= 4 s"
    assert title == "fcsim%3A functions.api.latency.p99 <= 4 s failed"
    assert "of which pull" in message
    assert "layer app 20 MB → 420 MB" in message
    level, file, line, column, title, _ = annotations(said)[1]
    assert (level, file) == ("error", "scenarios/shop.yaml")
    assert lines[int(line) - 1][int(column) - 1 :] == "20 MB"
    assert title == "fcsim%3A shop is not as in its baseline"


def test_there_are_no_other_commands(said):
    commands = [line for line in said.splitlines() if line.lstrip().startswith("::")]
    token = re.match(r"::stop-commands::(\w+)", commands[0])[1]
    assert commands[1] == f"::{token}::"
    assert len(commands) - 2 == len(annotations(said)) <= 10


def test_junit_has_the_failure_with_its_cause(said, pull_request):
    root = ET.parse(pull_request / "junit.xml").getroot()
    assert faults(root) == []
    (suite,) = root
    assert suite.get("file") == "scenarios/shop.yaml"
    cases = {case.get("name"): case for case in suite.iter("testcase")}
    failure = cases["functions.api.latency.p99 <= 4 s"].find("failure")
    assert failure.text.startswith("scenarios/shop.yaml:15:5: functions.api.latency.p99 is ")
    assert "layer app 20 MB → 420 MB" in failure.text
    assert cases["requests.success_ratio >= 99 %"].find("failure") is None
    assert cases["baseline: latency.p95"].find("failure") is not None


def test_the_summary_begins_with_the_worst(said, pull_request):
    page = (pull_request / "summary.md").read_text("utf-8")
    verdicts = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| ")]
    words = [verdict.split()[-1] for verdict in verdicts[1:]]
    order = ["failed", "inconclusive", "better", "passed"]
    assert words[0] == "failed"
    assert [order.index(w) for w in words if w != "better"] == sorted(
        order.index(w) for w in words if w != "better"
    )
    assert "layer app 20 MB → 420 MB" in page
