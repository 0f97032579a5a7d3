"""pytest --fcsim: which files become tests, what they do, and what failures look like."""

import subprocess
import sys
from xml.etree import ElementTree as ET

import pytest

import fcsim
from fcsim.errors import Problem
from fcsim.pytest_plugin import is_scenario
from fcsim.study.check.outcomes import Check, Checked, Kind, Place, Report, Verdict

# Not installed with this name in every environment, and not twice where it is.
PLUGIN = ("-p", "fcsim.pytest_plugin", "-p", "no:fcsim", "-p", "no:cacheprovider")


@pytest.fixture
def calls(monkeypatch):
    """Let fcsim.check say what the file's own text asks for; return what it was asked."""
    asked = []

    def check(paths, **settings):
        asked.append(settings)
        return Report((checked(*paths),), seconds=40.0)

    monkeypatch.setattr(fcsim, "check", check, raising=False)
    return asked


def checked(path):
    with open(path) as file:
        word = file.read().split()[-1]
    if word == "broken":
        return Checked(path, "x", problems=(Problem("no such key", "imges", path, 2, 3),), code=2)
    if word == "nothing":
        return Checked(path, "x", notes=("no objectives and no baseline",))
    check = Check(
        Kind.OBJECTIVE, "latency.p99 <= 2 s", Verdict(word), f"it {word}", Place(path, 9, 5)
    )
    why = ("pull takes 7.7 s longer",) if word == "failed" else ()
    return Checked(path, "x", (check,), why, runs=3, seconds=40.0)


@pytest.fixture
def scenarios(pytester):
    """Return a function that writes scenario files by the word they end with."""

    def write(*words):
        for word in words:
            pytester.makefile(".yaml", **{word: f"fcsim: 1\nname: {word}"})

    return write


def outcomes(result):
    return {name: number for name, number in result.parseoutcomes().items() if name != "warnings"}


def test_scenarios_are_tests_under_the_option(pytester, scenarios, calls):
    scenarios("passed", "failed")
    pytester.makefile(".yaml", compose="services: {fcsim: 1}\nx: failed")
    pytester.makepyfile("def test_other(): pass")
    result = pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "-v")
    assert outcomes(result) == {"passed": 2, "failed": 1}
    result.stdout.fnmatch_lines_random(["passed.yaml::fcsim PASSED*", "failed.yaml::fcsim FAILED*"])


def test_without_the_option_nothing_is_collected(pytester, scenarios, calls):
    scenarios("failed")
    pytester.makepyfile("def test_other(): pass")
    result = pytester.runpytest_inprocess(*PLUGIN)
    assert outcomes(result) == {"passed": 1}


def test_a_failure_is_the_text_of_the_check_without_a_traceback(pytester, scenarios, calls):
    scenarios("failed")
    result = pytester.runpytest_inprocess(*PLUGIN, "--fcsim")
    result.stdout.fnmatch_lines(
        [
            "*__ fcsim: failed.yaml __*",
            "pull takes 7.7 s longer",
            "failed        latency.p99 <= 2 s  it failed",
        ]
    )
    assert "pytest_plugin.py" not in result.stdout.str()


def test_a_file_that_cannot_be_loaded_fails_with_its_place(pytester, scenarios, calls):
    scenarios("broken")
    result = pytester.runpytest_inprocess(*PLUGIN, "--fcsim")
    assert outcomes(result) == {"failed": 1}
    result.stdout.fnmatch_lines(["error         broken.yaml:2:3: imges: no such key"])


@pytest.mark.parametrize(
    "how,outcome", [(None, "failed"), ("fail", "failed"), ("skip", "skipped"), ("pass", "passed")]
)
def test_what_is_inconclusive_goes_by_an_option(pytester, scenarios, calls, how, outcome):
    scenarios("inconclusive")
    options = [f"--fcsim-inconclusive={how}"] if how else []
    result = pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "-rs", *options)
    assert outcomes(result) == {outcome: 1}
    if outcome != "passed":
        result.stdout.fnmatch_lines(["*inconclusive  latency.p99 <= 2 s  it inconclusive*"])


def test_nothing_to_check_is_a_skipped_test(pytester, scenarios, calls):
    scenarios("nothing")
    result = pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "-rs")
    assert outcomes(result) == {"skipped": 1}
    result.stdout.fnmatch_lines(["SKIPPED*no objectives and no baseline*"])


def test_k_chooses_and_arguments_name_files_or_folders(pytester, scenarios, calls):
    scenarios("passed", "failed")
    assert outcomes(pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "-k", "passed")) == {
        "passed": 1,
        "deselected": 1,
    }
    named = pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "passed.yaml")
    assert outcomes(named) == {"passed": 1}
    node = pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "failed.yaml::fcsim")
    assert outcomes(node) == {"failed": 1}


def test_runs_and_budget_are_passed_on_and_the_budget_is_that_of_all(pytester, scenarios, calls):
    scenarios("passed", "failed", "inconclusive")
    pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "--fcsim-reps=7", "--fcsim-budget=1 min")
    assert [call["reps"] for call in calls] == [7, 7, 7]
    assert [call["budget"] for call in calls] == [60.0, 20.0, 1e-9]


@pytest.mark.parametrize(
    "option,told",
    [
        ("--fcsim-reps=1", "--fcsim-reps: expected a number of runs from 2 on, like 5; got '1'"),
        (
            "--fcsim-reps=five",
            "--fcsim-reps: expected a number of runs from 2 on, like 5; got 'five'",
        ),
        ("--fcsim-budget=60", "--fcsim-budget: *expected a number with a unit*"),
    ],
)
def test_options_that_make_no_sense(pytester, option, told):
    result = pytester.runpytest_inprocess(*PLUGIN, "--fcsim", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{told}*"])


def test_junit_xml_of_pytest(pytester, scenarios, calls):
    scenarios("failed")
    pytester.runpytest_inprocess(*PLUGIN, "--fcsim", "--junitxml=out.xml")
    (case,) = ET.parse("out.xml").iter("testcase")
    assert (case.get("classname"), case.get("name")) == ("failed.yaml", "fcsim")
    assert "failed        latency.p99 <= 2 s" in case.findtext("failure")
    assert case.find("properties/property").attrib == {"name": "fcsim_runs", "value": "3"}


@pytest.mark.parametrize(
    "text,expected",
    [
        ("fcsim: 1\n", True),
        ("# a comment\n\nname: x\nfcsim: 2\nimges:\n", True),
        ("\ufefffcsim: 1", True),
        ('{"fcsim": 1}', True),
        ("{fcsim: 1, name: x}", True),
        ("fcsim: [", True),
        ("services:\n  fcsim: 1\n", False),
        ("# fcsim: 1\n", False),
        ("fcsimulator: 1\n", False),
        ("", False),
    ],
)
def test_a_scenario_has_the_key_at_the_top(tmp_path, text, expected):
    (tmp_path / "x.yaml").write_text(text, "utf-8")
    assert is_scenario(tmp_path / "x.yaml") is expected


def test_what_cannot_be_read_is_no_scenario(tmp_path):
    assert not is_scenario(tmp_path / "gone.yaml")


def test_loading_the_plugin_imports_nothing_heavy():
    code = (
        "import sys, pytest; before = set(sys.modules); import fcsim.pytest_plugin; "
        "print(*sorted(set(sys.modules) - before))"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.split() == ["fcsim", "fcsim.pytest_plugin"]


def test_the_package_announces_the_plugin(root):
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    assert project["entry-points"]["pytest11"] == {"fcsim": "fcsim.pytest_plugin"}


SHOP = """\
fcsim: 1
horizon: 30 s
images: {i: {compressed: 20 MB}}
functions: {f: {image: i, service: {time: 100 ms}}}
workload: {w: {function: f, arrivals: {constant: 1/s}}}
objectives: [requests.success_ratio >= 1 %, latency.p50 <= LIMIT]
"""


def test_real_scenarios_in_a_process_of_xdist(pytester, root, monkeypatch):
    pytester.makefile(
        ".yaml", good=SHOP.replace("LIMIT", "50 s"), bad=SHOP.replace("LIMIT", "1 ms")
    )
    pytester.makefile(".yaml", misspelt=SHOP.replace("latency.p50", "latancy.p50"))
    monkeypatch.setenv("PYTHONPATH", str(root))
    result = pytester.runpytest_subprocess(*PLUGIN, "--fcsim", "-n", "1")
    assert outcomes(result) == {"passed": 1, "failed": 2}
    result.stdout.fnmatch_lines_random(
        [
            "failed        latency.p50 <= 1 ms  is 100 ms, *",
            "error         misspelt.yaml:6:45: objectives.1: *; did you mean 'latency.p50'[?]",
            "FAILED bad.yaml::fcsim - latency.p50 100 ms: *",
        ]
    )
