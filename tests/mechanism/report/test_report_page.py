"""The report of one run and of several: what it says, and that it is one file for itself."""

import json
import re
from dataclasses import replace

import pytest
from outline import outline, words

import fcsim
from fcsim import load, load_result, run
from fcsim.cli import main
from fcsim.report.run_page.objectives import judged, sliced_figures
from fcsim.report.run_page.pages import comparison_page, report_page
from fcsim.report.scenario_lines import scenario_lines
from fcsim.results.result import Result
from fcsim.sim.record import NotKept
from fcsim.study.judgement import Verdict

SECTIONS = [
    "answer", "latency", "starts", "time", "images", "bill", "assumptions", "scenario", "repeat",
]  # fmt: skip


def with_objectives(result, *objectives):
    scenario = result.scenario.model_copy(update={"objectives": list(objectives)})
    return Result(replace(result.record, scenario=scenario))


# ── content ───────────────────────────────────────────────────────────────────────────────────


def test_sections_in_order(shop):
    assert outline(report_page(shop)).sections == SECTIONS


def test_the_answer_comes_first_in_sentences(shop):
    said = words(report_page(shop))
    assert "Of 9 requests 44.4 % completed; 2 were refused (22.2 %), 1 failed" in said
    assert "Half of the completed requests take at most 2.2 s, 99 % at most 4 s" in said
    assert "1 (25 % of the completed) started cold and waited 3 s on average; 1 more waited" in said


MET, MISSED = Verdict.MET, Verdict.MISSED


@pytest.mark.parametrize(
    "objective,verdict,told",
    [
        ("requests.success_ratio >= 40 %", MET, "44.4 %"),
        ("latency.p99 <= 2 s", MISSED, "4 s"),
        ("functions.web.latency.p99 < 1 s", MET, "398 ms"),
        ("cost.per_month <= 3,600 CNY", MET, "CNY"),
        ("cost.per_month <= 3,600 USD", None, "are in CNY, not USD"),
        ("requests.failed <= 1", MET, "1"),
        ("requests.failed within 2 to 3", MISSED, "1"),
        ("latency.p50 within 10 % of 2 s", MET, "2.2 s"),
        ("latency.p99 <= 2 s in every 5 min", MISSED, "4 s in the worst slice"),
        ("latency.max <= 1 s in every 15 s", MISSED, "no request completed"),
        ("queue.mean <= 1 s", MET, "nothing to measure"),
        ("latency.p98 <= 1 s", None, "did you mean"),
        ("latency.p99 <= 5 MB", None, "unknown unit"),
        ("as fast as can be", None, "cannot read"),
    ],
)
def test_objectives(shop, objective, verdict, told):
    (found,) = judged(with_objectives(shop, objective))
    assert found.verdict == verdict
    assert told in found.told
    assert objective in words(report_page(with_objectives(shop, objective)))


def test_slices_of_time_need_rows_or_figures_of_them(shop):
    text = "latency.max <= 1 s in every 15 s"
    kept = with_objectives(shop, text)
    bare = Result(replace(kept.record, requests=NotKept()), kept.folds)
    assert [(one.verdict, one.told[:12]) for one in judged(bare)] == [(None, "it needs the")]
    assert sliced_figures(bare) == {}
    bare.sliced = sliced_figures(kept)
    assert judged(bare) == judged(kept)


def test_warnings_refusals_and_lines_of_the_bill_are_there(shop):
    said = words(report_page(shop))
    for text in ("ResourceExhausted 2 429", "pull.cpu", "active.memory", "throttled (2)",
                 "minimum instances", "Functions, busiest first"):  # fmt: skip
        assert text in said, text


def test_every_assumption_is_named_with_its_value(root):
    result = run(load(root / "scenarios" / "shared-base-layer.yaml"))
    said = words(report_page(result))
    for parameter in result.assumptions:
        assert f"{parameter.name} " in said
    assert "10 min to 1 d" in said


def test_scenario_lines_have_units_and_defaults(root):
    lines = {line.path: line for line in scenario_lines(load(root / "scenarios/flash-sale.yaml"))}
    assert lines["functions.checkout.memory_size"].value == "1 GB"
    assert lines["functions.checkout.service.time.lognormal.median"].value == "250 ms"
    assert lines["workload.customers.arrivals.steps.1.rate"].value == "2,000/s"
    assert lines["horizon"].value == "15 min"
    assert (lines["horizon"].given, lines["warm_up"].given) == (True, False)
    assert not [path for path in lines if path.startswith("variants")]


def test_a_run_without_anything(hand_made):
    said = words(report_page(Result(hand_made.record())))
    for text in ("No request arrived", "No request started cold", "No layer was transferred",
                 "Requests without success: none"):  # fmt: skip
        assert text in said, text


def test_many_functions_stay_bounded(hand_made):
    names = [f"f{k}" for k in range(510)]
    rows = [hand_made.request(k / 10, k / 10, k / 10 + 1, k, function=k) for k in range(510)]
    instances = [hand_made.instance(0.0, ready=0.05, function=k) for k in range(510)]
    page = report_page(Result(hand_made.record(rows, instances, functions=names)))
    assert len(page) < 2_000_000
    said = words(page)
    for text in ("and 10 more", "rows are left out", "lines are left out", "values are left out"):
        assert text in said, text


def test_callers_policies_happenings_and_gpus_have_sections_where_there_are_any(root):
    def sections(name, horizon, variant=None, **changes):
        path = root / "scenarios" / f"{name}.yaml"
        result = run(load(path, variant=variant, overrides={"horizon": horizon, **changes}))
        page = report_page(result)
        return set(outline(page).sections) - set(SECTIONS), words(page)

    found, said = sections("retry-storm", "20 s")
    assert found == {"callers"}
    assert re.search(r"\d+ calls send 1 requests each; 100 % are answered in the end", said)
    found, said = sections("async-backlog", "1 min")
    assert found == {"callers"}
    assert "Messages that have not ended" in said
    found, said = sections("scheduled-scale-up", "6 min", "early")
    assert found == {"minimum"}
    assert "checkout 45 31.2 230 13.8 schedule open; schedule settle" in said
    assert "schedule open" in said
    found, said = sections("registry-outage", "1 min", **{"faults.0.at": "30 s"})
    assert found == {"happenings"}
    assert "fault registry outage: acr 30 s 10.5 min 10 min" in said
    found, said = sections("gpu-idle-mode", "5 min")
    assert found == {"pools"}
    assert "paint fc.gpu.tesla.1 16 GB idle minimum instances" in said


def test_resident_pools_name_their_functions_and_their_price():
    gpu = {"cpu": 8, "memory_size": "65536 MB", "gpu_config": {"gpu_type": "fc.gpu.ada.1"}}
    gpu["scaling_config"] = {"resident_pool_id": "cards"}
    result = run(
        load(
            {
                "fcsim": 1,
                "horizon": "1 min",
                "images": {"i": {"compressed": "100 MB"}},
                "resident_pools": {
                    "cards": {"gpu_type": "fc.gpu.ada.1", "cards": 2, "price_per_month": 9000}
                },
                "functions": {"f": {"image": "i", **gpu, "service": {"time": "1 s"}}},
                "workload": {"w": {"function": "f", "arrivals": {"poisson": "1/s"}}},
            }
        )
    )
    said = words(report_page(result))
    assert "cards 2 fc.gpu.ada.1 9,000.00 CNY f (100 % of its price)" in said
    assert "Instances in resident pools" in said


# ── several results ───────────────────────────────────────────────────────────────────────────


def test_comparison_has_the_same_sections_with_all_labels(shop, hand_made):
    other = Result(hand_made.record([hand_made.request(1, 1, 2, 0)], [hand_made.instance()]))
    page = comparison_page({"before": shop, "after": other})
    assert outline(page).sections == SECTIONS
    said = words(page)
    assert "before and after compared" in said
    assert "What differs" in said
    assert "functions.job.image i –" in said
    assert "latency.p50 2.2 s 1 s (-55 %)" in said
    assert "requests.arrived 9 1 (-89 %)" in said


# ── files and commands ────────────────────────────────────────────────────────────────────────


@pytest.fixture
def tiny(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.yaml").write_text(
        "{fcsim: 1, horizon: 60 s, images: {i: {compressed: 20 MB}}, functions: {f: {image: i, "
        "service: {time: {exponential: 120 ms}}}}, workload: {w: {function: f, arrivals: "
        "{poisson: 2/s}}}, objectives: [latency.p99 <= 1 s, latency.p50 <= 1 s in every 20 s]}"
    )
    return tmp_path


def test_run_and_report_write_the_same_bytes(tiny, capsys):
    options = ["--set", "seed=4", "--no-figures", "--quiet", "--timeline"]
    assert main(["run", "tiny.yaml", "--report", "--out", "one", *options]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[1] == "Report: one/report.html"
    assert re.fullmatch(r"Timeline: one/timeline.json \(1\d\d requests\)", out.splitlines()[2])
    first = (tiny / "one/report.html").read_bytes()
    assert b"fcsim run tiny.yaml --set seed=4" in first
    assert main(["report", "one"]) == 0
    assert (tiny / "one/report.html").read_bytes() == first
    assert main(["run", "tiny.yaml", "--report", "--out", "two", *options]) == 0
    assert (tiny / "two/report.html").read_bytes() == first
    assert (tiny / "two/timeline.json").read_bytes() == (tiny / "one/timeline.json").read_bytes()


def test_slices_of_time_are_decided_without_rows(tiny):
    main(["run", "tiny.yaml", "--out", "r", "--no-figures", "--quiet"])
    assert "met : latency.p50 <= 1 s in every 20 s" in words(report_page(load_result(tiny / "r")))
    document = json.loads((tiny / "r" / "manifest.json").read_text())
    del document["objectives_in_slices"]
    (tiny / "r" / "manifest.json").write_text(json.dumps(document))
    said = words(report_page(load_result(tiny / "r")))
    assert "not decided : latency.p50 <= 1 s in every 20 s – it needs the rows" in said


def test_the_report_of_the_first_of_several_runs_says_so(tiny, capsys):
    main(["run", "tiny.yaml", "--reps", "2", "--out", "r", "--no-figures", "--quiet", "--report"])
    whole = (tiny / "r" / "report.html").read_text("utf-8")
    assert main(["report", "r"]) == 0
    alone = (tiny / "r" / "report.html").read_text("utf-8")
    told = "This page is about one run. Its folder also holds intervals"
    assert told in alone
    assert told not in whole


def test_report_of_two_folders(tiny, capsys):
    for seed in ("1", "2"):
        main(["run", "tiny.yaml", "--seed", seed, "--out", f"r{seed}", "--no-figures", "--quiet"])
    capsys.readouterr()
    assert main(["report", "r1", "r2"]) == 0
    assert capsys.readouterr().out == "Report: comparison.html\n"
    assert "r1 and r2 compared" in words((tiny / "comparison.html").read_text("utf-8"))
    assert main(["report", "r1", "r2", "--out", "deep/er/page.html"]) == 0
    assert (tiny / "deep/er/page.html").exists()


def test_report_destroys_nothing(tiny, capsys):
    main(["run", "tiny.yaml", "--out", "r", "--no-figures", "--quiet"])
    before = (tiny / "tiny.yaml").read_bytes()
    assert main(["report", "r", "--out", "tiny.yaml"]) == 2
    assert "was not touched" in capsys.readouterr().err
    assert (tiny / "tiny.yaml").read_bytes() == before
    assert main(["report", "r", "--out", "r"]) == 2
    assert main(["report", "r", "r"]) == 2
    assert main(["report", "tiny.yaml"]) == 2
    assert "is no fcsim result folder" in capsys.readouterr().err


def test_json_stays_alone_on_stdout(tiny, capsys):
    main(["run", "tiny.yaml", "--report", "--out", "r", "--no-figures", "--format", "json"])
    assert capsys.readouterr().out.rstrip().endswith("}")
    assert (tiny / "r/report.html").exists()


def test_a_timeline_of_a_huge_run_is_refused_before_it(tiny, capsys, monkeypatch):
    monkeypatch.setattr(fcsim, "run", None)
    huge = "workload.w.arrivals.poisson=20000/s"
    assert main(["run", "tiny.yaml", "--set", huge, "--timeline"]) == 2
    assert "--timeline needs the rows of requests" in capsys.readouterr().err


def test_a_report_needs_no_records(tiny):
    main(["run", "tiny.yaml", "--out", "r", "--no-figures", "--quiet"])
    result = load_result(tiny / "r")
    assert "latency.p99 <= 1 s" in words(report_page(result))
    assert "record" not in vars(result)
