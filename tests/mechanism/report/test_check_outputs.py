"""What fcsim check says to people and to machines, about reports made by hand."""

import json
import re
from xml.etree import ElementTree as ET

import made_reports
import pytest
from junit_schema import faults
from made_reports import Verdict, report, shop

from fcsim.commands.check_outputs import publish
from fcsim.errors import UsageError
from fcsim.report.check import annotations, junit, summary, text

OPTIONS = {"form": "table", "quiet": False, "junit": None, "annotate": "auto", "inconclusive": None}


@pytest.fixture
def found():
    return report(shop(), made_reports.broken(), made_reports.empty())


@pytest.fixture
def told(capsys, monkeypatch):
    """Publish a report; return stdout and stderr."""
    monkeypatch.delenv("GITHUB_ACTIONS", raising=False)
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)

    def run(found, **options):
        publish(found, {**OPTIONS, **options})
        return capsys.readouterr()

    return run


# ── text ──────────────────────────────────────────────────────────────────────────────────


def test_text_says_what_changed_and_has_a_line_for_each_check(found):
    assert text.lines(found) == (
        """\
scenarios/shop.yaml: 5 runs, 1.25 s
  latency.p99 rose 1.9 s → 9.7 s (+410 %): cold starts wait longer
  app: 12 MB → 412 MB
  passed        requests.success_ratio >= 99 %  100 %
  failed        latency.p99 <= 2 s              9.7 s (9.4 to 10.1), 385 % over
  failed        baseline: latency.p99           rose 1.9 s to 9.7 s
  better        baseline: cost.total            fell by 12 %
  inconclusive  baseline: cold_start.ratio      between 3 % and 9 %

scenarios/bad.yaml
  error         scenarios/bad.yaml:3:1: imges: unknown key; did you mean 'images'?

scenarios/none.yaml
  no objectives and no baseline

2 passed, 2 failed, 1 inconclusive, 1 of 3 files not checked, nothing to check in 1 in 3.4 s"""
    )


def test_figures_of_the_baseline_that_did_not_move_share_a_line():
    same = [made_reports.baseline(f"latency.{k}", Verdict.PASSED) for k in ("p50", "p99")]
    found = report(made_reports.Checked("shop.yaml", "shop", tuple(same), runs=3))
    assert text.lines(found).splitlines()[1:3] == [
        "  passed        2 KPIs of the baseline within tolerance",
        "",
    ]


def test_mistakes_are_all_on_stderr_and_some_on_stdout(told):
    mistakes = tuple(
        made_reports.Problem(f"mistake\n::{k}::", "", "a.yaml", k) for k in range(1, 7)
    )
    out, err = told(report(made_reports.Checked("a.yaml", "a", problems=mistakes, code=2)))
    assert err.splitlines() == [f"a.yaml:{k}:0: mistake ::{k}::" for k in range(1, 7)]
    assert out.splitlines()[3:5] == [
        "  error         a.yaml:3:0: mistake ::3::",
        "  error         and 3 more",
    ]


def test_quiet_text_is_the_closing_line(told, found):
    out, err = told(found, quiet=True)
    assert out == text.closing_line(found) + "\n"
    assert err == "scenarios/bad.yaml:3:1: imges: unknown key; did you mean 'images'?\n"


def test_a_pipe_gets_no_colour_and_a_terminal_does(told, found, monkeypatch):
    assert "\x1b" not in told(found).out
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b[1;31m  failed" in told(found).out


def test_files_share_their_columns():
    other = made_reports.Checked("b.yaml", "b", (made_reports.objective("x", Verdict.PASSED, "1"),))
    (line,) = [line for line in text.lines(report(shop(), other)).splitlines() if line[-1:] == "1"]
    assert line.index("1") == len("  passed        requests.success_ratio >= 99 %  ")


# ── JSON ──────────────────────────────────────────────────────────────────────────────────


def test_json_is_one_document_and_nothing_else(told, found):
    out, err = told(found, form="json")
    said = json.loads(out)
    assert err == "scenarios/bad.yaml:3:1: imges: unknown key; did you mean 'images'?\n"
    assert said["verdict"] == "failed"
    assert said["exit_code"] == 2
    assert said["counts"] == {"passed": 2, "failed": 2, "inconclusive": 1}
    assert [file["verdict"] for file in said["files"]] == ["failed", "failed", None]
    assert said["files"][0]["checks"][1] == {
        "kind": "objective",
        "subject": "latency.p99 <= 2 s",
        "verdict": "failed",
        "better": False,
        "message": "9.7 s (9.4 to 10.1), 385 % over",
        "kpi": "latency.p99",
        "value": 9.7,
        "low": 9.4,
        "high": 10.1,
        "reference": 2.0,
        "unit": "s",
        "severity": 3.85,
        "at": "scenarios/shop.yaml",
        "line": 22,
        "column": 5,
    }
    assert said["files"][0]["checks"][2]["value"] is None
    assert said["files"][0]["checks"][2]["reference"] is None
    assert said["files"][1]["problems"][0]["line"] == 3


@pytest.mark.parametrize("inconclusive,code", [(None, 4), ("pass", 0), ("fail", 1)])
def test_the_exit_code_in_json_is_that_of_the_command(told, inconclusive, code):
    open_ = made_reports.Checked(
        "a.yaml", "a", (made_reports.baseline("latency.p99", Verdict.INCONCLUSIVE),)
    )
    assert (
        json.loads(told(report(open_), form="json", inconclusive=inconclusive).out)["exit_code"]
        == code
    )


# ── JUnit ─────────────────────────────────────────────────────────────────────────────────


def suites(found, inconclusive=None):
    root = ET.fromstring(junit.junit_xml(found, inconclusive))
    assert faults(root) == []
    return root


def test_junit_has_a_suite_for_each_file_and_a_case_for_each_check(found):
    root = suites(found)
    counts = [
        [suite.get(key) for key in ("name", "tests", "failures", "errors", "skipped", "time")]
        for suite in root
    ]
    assert counts == [
        ["scenarios/shop.yaml", "5", "2", "0", "1", "1.250"],
        ["scenarios/bad.yaml", "1", "0", "1", "0", "0.000"],
        ["scenarios/none.yaml", "1", "0", "0", "1", "0.000"],
    ]
    assert [root.get(key) for key in ("tests", "failures", "errors")] == ["7", "2", "1"]
    assert [case.get("name") for case in root[0].iter("testcase")] == [
        "requests.success_ratio >= 99 %",
        "latency.p99 <= 2 s",
        "baseline: latency.p99",
        "baseline: cost.total",
        "baseline: cold_start.ratio",
    ]
    assert {case.get("classname") for case in root[0].iter("testcase")} == {"scenarios.shop"}


def test_junit_says_what_happened_and_why(found):
    root = suites(found)
    passed, missed, _, better, open_ = root[0].iter("testcase")
    assert passed.findtext("system-out") == "100 %"
    assert missed.find("failure").get("message") == "9.7 s (9.4 to 10.1), 385 % over"
    assert missed.findtext("failure").splitlines() == [
        "scenarios/shop.yaml:22:5: 9.7 s (9.4 to 10.1), 385 % over",
        "latency.p99 rose 1.9 s → 9.7 s (+410 %): cold starts wait longer",
        "app: 12 MB → 412 MB",
    ]
    assert better.findtext("system-out") == "better: fell by 12 %"
    assert open_.find("skipped").get("message") == "inconclusive: between 3 % and 9 %"
    error = root[1].find("testcase/error")
    assert error.get("type") == "ScenarioError"
    assert error.text == "scenarios/bad.yaml:3:1: imges: unknown key; did you mean 'images'?"
    assert root[2].findtext("testcase/skipped") == "no objectives and no baseline"


def test_inconclusive_checks_are_failures_in_junit_when_they_fail(found):
    open_ = list(suites(found, "fail")[0].iter("testcase"))[-1]
    assert open_.find("failure").get("type") == "inconclusive"


def test_cases_of_one_name_stay_apart():
    same = [made_reports.objective("latency.p99 <= 2 s", Verdict.PASSED) for _ in range(3)]
    found = report(made_reports.Checked("../a/b.c/shop.yml", "shop/slim", tuple(same)))
    cases = list(suites(found).iter("testcase"))
    names = [case.get("name") for case in cases]
    assert names == ["latency.p99 <= 2 s", "latency.p99 <= 2 s (2)", "latency.p99 <= 2 s (3)"]
    assert cases[0].get("classname") == "a.b.c.shop/slim"


def test_junit_does_not_take_the_place_of_something_else(tmp_path, told, found):
    (tmp_path / "shop.yaml").write_text("fcsim: 1")
    with pytest.raises(UsageError, match="holds something else"):
        junit.check_junit_target(tmp_path / "shop.yaml")
    told(found, junit=str(tmp_path / "out" / "junit.xml"))
    junit.check_junit_target(tmp_path / "out" / "junit.xml")
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["junit.xml"]


# ── GitHub ────────────────────────────────────────────────────────────────────────────────


def test_annotations_are_at_the_objective_and_at_what_was_changed(found, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    why = (
        "%0Alatency.p99 rose 1.9 s → 9.7 s (+410 %25): cold starts wait longer"
        "%0Aapp: 12 MB → 412 MB"
    )
    assert annotations.commands(found, {}) == [
        "::error file=scenarios/bad.yaml,line=3,col=1,title=fcsim%3A bad could not be checked::"
        "imges: unknown key; did you mean 'images'?",
        "::error file=scenarios/shop.yaml,line=22,col=5,title=fcsim%3A latency.p99 <= 2 s failed::"
        f"9.7 s (9.4 to 10.1), 385 %25 over{why}",
        "::error file=scenarios/shop.yaml,line=5,col=35,title=fcsim%3A shop is not as in its "
        f"baseline::rose 1.9 s to 9.7 s{why}",
        "::warning file=scenarios/shop.yaml,line=5,col=35,title=fcsim%3A shop may be worse than its"
        " baseline::between 3 %25 and 9 %25",
    ]


def test_figures_of_one_baseline_share_an_annotation():
    checks = [
        made_reports.baseline(f"latency.p{k}", Verdict.FAILED, f"p{k} rose", severity=k)
        for k in (50, 95, 90)
    ]
    found = report(made_reports.Checked("a.yaml", "a", tuple(checks)))
    (note,) = annotations.worst_annotations(found)
    assert note.message == "p95 rose\nand 2 more: latency.p90, latency.p50"
    assert note.place == made_reports.Place("a.yaml")


def test_ten_annotations_worst_first():
    missed = [made_reports.objective(f"o{k}", Verdict.FAILED, severity=k) for k in (3, 11, 7)]
    open_ = made_reports.objective("open", Verdict.INCONCLUSIVE, severity=99)
    worse = made_reports.baseline("latency.p99", Verdict.FAILED, severity=50)
    files = [
        made_reports.Checked("a.yaml", "a", (open_, *missed, worse)),
        made_reports.Checked("b.yaml", "b", (missed[0],) * 5),
        made_reports.broken(),
    ]
    titles = [one.title for one in annotations.worst_annotations(report(*files))]
    assert titles == [
        "fcsim: bad could not be checked",
        "fcsim: o11 failed",
        "fcsim: o7 failed",
        *["fcsim: o3 failed"] * 6,
        "fcsim: a is not as in its baseline",
    ]


def test_paths_are_those_of_the_repository(tmp_path, monkeypatch):
    (tmp_path / "deploy").mkdir()
    monkeypatch.chdir(tmp_path / "deploy")
    own = [made_reports.objective("latency.p99 <= 2 s", Verdict.FAILED)]
    found = report(made_reports.Checked("shop.yaml", "shop", tuple(own)))
    (line,) = annotations.commands(found, {"GITHUB_WORKSPACE": str(tmp_path)})
    assert line.startswith("::error file=deploy/scenarios/shop.yaml,")
    assert annotations.within("/elsewhere/shop.yaml", tmp_path) == "/elsewhere/shop.yaml"


def test_annotations_follow_the_text_which_is_quoted(told, found, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out, err = told(found)
    token = re.match(r"::stop-commands::(\w{32})\n", out)[1]
    _, rest = out.split(f"\n::{token}::\n")
    assert [line.split()[0] for line in rest.splitlines()] == ["::error"] * 3 + ["::warning"]
    assert err.splitlines() == [
        "scenarios/bad.yaml:3:1: imges: unknown key; did you mean 'images'?"
    ]
    assert "::" not in told(found, annotate="none").out


def test_annotations_go_to_stderr_when_stdout_is_json(told, found, monkeypatch):
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    out, err = told(found, form="json")
    assert json.loads(out)["exit_code"] == 2
    assert [line[:8] for line in err.splitlines()][1:] == ["::error "] * 3 + ["::warnin"]


def test_the_step_summary_is_appended(told, found, tmp_path, monkeypatch):
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("before\n")
    told(found)
    told(found, annotate="github")
    page = (tmp_path / "summary.md").read_text("utf-8")
    assert page.startswith("before\n### fcsim check\n\n2 passed, 2 failed, 1 inconclusive, ")
    assert page.count("### fcsim check") == 1
    rows = [line for line in page.splitlines() if line.startswith("| ")]
    assert [row.split("|")[1].strip() for row in rows] == [
        "verdict", "❌ not checked", "❌ failed", "❌ failed", "❔ inconclusive", "✅ passed",
        "✅ better",
    ]  # fmt: skip
    assert rows[3].split(" | ")[1:3] == [
        "<code>scenarios/shop.yaml</code>",
        "<code>latency.p99 &#60;= 2 s</code>",
    ]
    assert "\n- app: 12 MB → 412 MB\n" in page


def test_a_long_summary_is_cut():
    checks = tuple(made_reports.objective(f"o{k}", Verdict.FAILED, "|" * 99) for k in range(500))
    files = [made_reports.Checked("a.yaml", "a", checks, ("why " * 999,) * 999)]
    page = summary.summary(report(*files))
    assert "\nand 300 more\n" in page
    assert page.count("\n- why") == 20
    wide = tuple(made_reports.objective("|" * 999, Verdict.FAILED, "|" * 999) for _ in range(500))
    page = summary.summary(report(made_reports.Checked("a.yaml", "a", wide)))
    assert len(page.encode()) < 300_000
    assert re.search(r"\nand \d+ more\n", page)


def test_a_summary_that_cannot_be_written_is_an_error(found, tmp_path):
    with pytest.raises(UsageError, match="cannot write the step summary"):
        summary.append_summary(found, {"GITHUB_STEP_SUMMARY": str(tmp_path)})
