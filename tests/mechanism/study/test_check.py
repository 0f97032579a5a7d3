"""fcsim check: verdicts on objectives, runs added while they are open, files that are broken."""

import json
from dataclasses import replace

import pytest

import fcsim
from fcsim.errors import UsageError
from fcsim.study.check import Kind, Verdict, runs
from fcsim.study.check import trial as trials
from fcsim.study.check.settings import read_budget


@pytest.fixture
def shop(tmp_path, basic):
    """Return a maker of scenario files of a shop, with these objectives and values."""

    def make(*objectives, name="shop", **changes):
        path = tmp_path / f"{name}.yaml"
        image = {"compressed": "90 MB", "server": {"start": "900 ms"}}
        quick = {**basic, "images": {"fat": image, "slim": image}}
        path.write_text(json.dumps({**quick, **changes, "objectives": list(objectives)}))
        return path

    return make


def verdicts(report):
    return [str(check.verdict) for check in report.checks]


def test_verdicts_of_objectives(shop):
    report = fcsim.check(shop("requests.success_ratio >= 90 %", "latency.p50 <= 1 ms",
                              "instances.created <= 99"), reps=3)  # fmt: skip
    assert verdicts(report) == ["passed", "failed", "passed"]
    assert report.verdict == "failed"
    assert report.exit_code() == 1


def test_how_far_an_objective_is_missed(shop):
    little, much = fcsim.check(shop("latency.p50 <= 100 ms", "latency.p50 <= 1 ms"), reps=3).checks
    assert little.message.endswith(" % beyond the limit")
    assert much.message.endswith(" times the limit")


def test_a_clear_verdict_takes_three_runs(shop):
    (file,) = fcsim.check(shop("latency.p50 <= 10 s"))
    assert (file.runs, file.verdict) == (3, "passed")
    assert file.checks[0].message.startswith("latency.p50 is ")


def test_an_open_verdict_takes_as_many_as_are_allowed(shop):
    middle = fcsim.check(shop("latency.p50 <= 10 s")).checks[0].found.value
    (file,) = fcsim.check(shop(f"latency.p50 <= {middle:.5f} s"), reps=8)
    assert (file.runs, file.verdict) == (8, "inconclusive")
    assert "the limit is inside after 8 runs" in file.checks[0].message


def test_inconclusive_is_an_exit_code_of_its_own(shop):
    middle = fcsim.check(shop("latency.p50 <= 10 s")).checks[0].found.value
    report = fcsim.check(shop(f"latency.p50 <= {middle:.5f} s"), reps=3)
    assert report.exit_code() == 4
    assert report.exit_code("pass") == 0
    assert report.exit_code("fail") == 1


def test_a_failure_weighs_more_than_what_is_not_clear(shop):
    middle = fcsim.check(shop("latency.p50 <= 10 s")).checks[0].found.value
    report = fcsim.check(shop(f"latency.p50 <= {middle:.5f} s", "latency.p50 <= 1 ms"), reps=3)
    assert report.exit_code("pass") == 1
    assert report.worst[0].subject == "latency.p50 <= 1 ms"


def test_objectives_in_slices_of_time(shop):
    report = fcsim.check(shop("latency.p50 <= 10 s in every 30 s"))
    assert verdicts(report) == ["passed"]
    assert "in the worst slice of time" in report.checks[0].message


def test_nothing_completed_misses(shop):
    report = fcsim.check(shop("latency.p50 <= 10 s", functions={
        "api": {"image": "fat", "cpu": 1, "memory_size": "1024 MB", "service": {"time": "1 s"},
                "custom_container_config": {"port": 9000}}},
        images={"fat": {"compressed": "9 MB", "server": {"start": "1 s", "port": 80}},
                "slim": {"compressed": "9 MB"}}))  # fmt: skip
    assert verdicts(report) == ["failed"]
    assert "requests arrived and none completed" in report.checks[0].message


def test_a_missed_objective_is_explained_without_a_baseline(shop):
    (file,) = fcsim.check(shop("latency.p99 <= 1 ms"), reps=3)
    told = file.explanation[0]
    assert "of the requests wait for a start" in told
    assert "most of it pull" in told
    assert "most bytes are of layer fat with 90 MB" in told


def test_a_missed_cost_names_its_largest_part(shop):
    (file,) = fcsim.check(shop("cost.per_month <= 1 CNY"), reps=3)
    assert "of the bill is cost.idle" in file.explanation[0]


def test_nothing_to_check_is_no_pass(shop):
    report = fcsim.check(shop())
    (file,) = report
    assert (file.verdict, file.checks, file.runs) == (None, (), 0)
    assert "nothing to check: no objectives, and no baseline" in file.notes[0]
    assert report.exit_code() == 2


def test_nothing_to_check_beside_a_pass(shop):
    report = fcsim.check([shop(name="empty"), shop("latency.p50 <= 10 s")])
    assert report.exit_code() == 0
    assert report.summary().splitlines()[-1].startswith("1 passed, 0 failed, nothing to check in 1")


# ── files that are broken ─────────────────────────────────────────────────────────────────────


def test_a_misspelt_kpi_is_no_pass(tmp_path, file):
    text = file.read_text()
    path = tmp_path / "misspelt.yaml"
    path.write_text(
        text[:-1] + ',\n "objectives": ["latency.p50 <= 10 s",\n  "latncy.p99 <= 2 s"]}'
    )
    report = fcsim.check(path)
    (file,) = report
    assert (file.checks, report.exit_code("pass")) == ((), 2)
    (problem,) = file.problems
    assert (problem.line, problem.column, problem.file) == (3, 3, str(path))
    assert "did you mean 'latency.p99'?" in problem.message


def test_the_others_run_all_the_same(shop, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("fcsim: 1\nfunctions: 3\n")
    report = fcsim.check([broken, tmp_path / "missing.yaml", shop("latency.p50 <= 10 s")])
    assert [file.code for file in report] == [2, 2, 0]
    assert verdicts(report) == ["passed"]
    assert report.exit_code() == 2
    assert "no such file" in report.files[1].error
    assert "2 of 3 files not checked" in report.summary()


def test_a_run_that_breaks_is_an_internal_error(shop, monkeypatch):
    def broken(*arguments, **options):
        raise ZeroDivisionError("of all things")

    monkeypatch.setattr(runs.runner, "run", broken)
    report = fcsim.check([shop("latency.p50 <= 10 s"), shop(name="empty")])
    assert report.exit_code() == 3
    assert "internal error: ZeroDivisionError: of all things" in report.files[0].error


# ── time ──────────────────────────────────────────────────────────────────────────────────────


def test_what_is_not_done_in_time_is_inconclusive(shop):
    report = fcsim.check([shop("latency.p50 <= 10 s"), shop("cost.total <= 9 CNY", name="b")],
                         budget="1us")  # fmt: skip
    assert verdicts(report) == ["inconclusive", "inconclusive"]
    assert [check.message for check in report.checks] == ["not run: time was up"] * 2
    assert report.exit_code() == 4


def test_a_run_that_would_not_end_in_time_is_not_begun(shop, monkeypatch):
    monkeypatch.setattr(runs.Clock, "left", property(lambda clock: 5.0))
    times = iter([4.0, 6.0])
    first = runs._outcome
    monkeypatch.setattr(runs, "_outcome", lambda *a: replace(first(*a), seconds=next(times)))
    (file,) = fcsim.check(shop("latency.p50 <= 10 s"), budget="5s", reps=3)
    assert file.runs == 3  # others take 4 s like the first, which fits each time
    (file,) = fcsim.check(shop("latency.p50 <= 10 s"), budget="5s", reps=3)
    assert (file.runs, file.verdict) == (1, "inconclusive")
    assert "time was up after 1 run" in file.checks[0].message


def test_a_run_is_cut_off_when_time_is_up(shop):
    clock = runs.Clock(1e-9)
    with pytest.raises(runs.OutOfTime):
        clock.look(3.0, 100)


def test_budgets():
    assert read_budget("60s") == read_budget("1 min") == read_budget(60) == 60.0
    for wrong in ("soon", "0 s", -1):
        with pytest.raises(UsageError, match="budget"):
            read_budget(wrong)


# ── the report ────────────────────────────────────────────────────────────────────────────────


def test_the_report_as_a_table_and_in_a_notebook(shop):
    report = fcsim.check(shop("latency.p50 <= 10 s", "latency.p99 <= 1 ms"), reps=3)
    frame = report.to_frame()
    assert list(frame["verdict"]) == ["passed", "failed"]
    assert list(frame["kpi"]) == ["latency.p50", "latency.p99"]
    assert frame["reference"].tolist() == [10.0, 0.001]
    assert repr(report) == "<Report of 1 scenarios: 1 passed, 1 failed, 0 inconclusive>"
    assert report._repr_html_().index("failed</td>") < report._repr_html_().index("passed</td>")


def test_places_are_those_of_the_objectives(shop):
    (check,) = fcsim.check(shop("latency.p50 <= 10 s"), reps=3).checks
    assert (check.kind, check.place.line) == (Kind.OBJECTIVE, 1)
    assert str(check.place).endswith(f"shop.yaml:1:{check.place.column}")


def test_without_runs_only_loading_is_checked(shop, monkeypatch):
    monkeypatch.setattr(runs.runner, "run", None)
    report = fcsim.check([shop("latency.p50 <= 1 ms"), shop(name="empty")], simulate=False)
    assert verdicts(report) == ["passed", "passed"]
    assert report.checks[0].message.endswith("; 1 objective, no baseline")


@pytest.mark.parametrize("options", [{"reps": 1}, {"confidence": 1.0}, {"tolerance": "soon"}])
def test_options_that_cannot_be(shop, options):
    with pytest.raises(UsageError):
        fcsim.check(shop("latency.p50 <= 10 s"), **options)


def test_no_file_at_all():
    with pytest.raises(UsageError, match="name scenario files"):
        fcsim.check([])


def test_verdicts_are_texts():
    assert [str(verdict) for verdict in Verdict] == ["passed", "failed", "inconclusive"]


def test_workers_do_not_change_the_verdicts(shop):
    path = shop("latency.p50 <= 10 s", "latency.p99 <= 9 s in every 1 min")
    here = fcsim.check(path, work=fcsim.Work(workers=1))
    there = fcsim.check(path, work=fcsim.Work(workers=2))
    assert [c.message for c in here.checks] == [c.message for c in there.checks]


def test_looks_stop_where_more_runs_would_not_help(shop, monkeypatch):
    middle = fcsim.check(shop("latency.p50 <= 10 s")).checks[0].found.value
    monkeypatch.setattr(trials.Judgement, "runs_needed", property(lambda judgement: 1e9))
    (file,) = fcsim.check(shop(f"latency.p50 <= {middle:.5f} s"))
    assert (file.runs, file.verdict) == (8, "inconclusive")
