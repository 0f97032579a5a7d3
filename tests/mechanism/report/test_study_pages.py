"""Pages of comparisons, sweeps, plans, sensitivities, replications and bands: what they say."""

import json
from dataclasses import replace
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from outline import outline, words
from small_studies import MINIMUM, SHOP

import fcsim
from fcsim.cli import main
from fcsim.report import report_page
from fcsim.report.run_page.objectives import judged
from fcsim.report.study_pages.compare import compare_page
from fcsim.report.study_pages.plan import plan_page
from fcsim.report.study_pages.sensitivity import sensitivity_page
from fcsim.report.study_pages.sweep import sweep_page
from fcsim.report.values import bounds, written
from fcsim.study.compare import Comparison
from fcsim.study.indices import Influence, Sensitivity
from fcsim.study.judgement import Verdict
from fcsim.study.outcome import Outcome
from fcsim.study.sweep import Run, Sweep


@pytest.fixture
def said(studies):
    """The words of each page, by its name."""
    return lambda name: words(studies.pages[name])


# ── comparisons ───────────────────────────────────────────────────────────────────────────────


def test_a_comparison_answers_first_then_shows_differences_curves_and_scenarios(studies, said):
    page = studies.pages["compare"]
    assert outline(page).sections == [
        "answer", "differences", "latency", "starts", "runs", "assumptions", "scenario", "repeat",
    ]  # fmt: skip
    text = said("compare")
    assert text.index(studies.compare.sentences[0]) < text.index("noise left")
    assert "3 runs each, intervals of 95 %, common random numbers" in text
    assert "functions.api.image fat slim fat" in text
    assert "fcsim compare shop.json scenario digest" in text.replace("base slim kept ", "")


def test_differences_are_those_of_the_study(studies, said):
    one = studies.compare.difference("slim", "latency.p99")
    assert f"{one.relative.value * 100:.0f} %" in said("compare")
    number = len(studies.compare.others) * 11
    assert studies.pages["compare"].count('class="row" data-function') == number


def test_a_very_wide_interval_squeezes_no_other(studies):
    def changed(outcome, value):
        return replace(outcome, kpis={**outcome.kpis, "latency.p50": value})

    base, slim = (
        tuple(map(changed, studies.compare.outcomes[name], values))
        for name, values in (("base", (1.0, 1.0, 1.0)), ("slim", (0.1, 9.0, 0.1)))
    )
    found = replace(studies.compare, outcomes={"base": base, "slim": slim, "kept": base})
    drawn = compare_page(found).split("slim</bdi> against")[1].split("</figure>")[0]
    row = drawn.split(">latency.p50<")[1]
    assert 'class="whisker b-blue" style="left:0%;width:100%"' in row.split('class="value"')[0]
    assert "An interval that ends at the edge reaches beyond it." in drawn


def test_runs_that_failed_are_named(studies):
    first, *others = studies.compare.outcomes["slim"]
    failed = replace(first, kpis={}, error="OSError: no such trace", curve=())
    outcomes = {**studies.compare.outcomes, "slim": (failed, *others)}
    text = words(compare_page(Comparison(studies.compare.scenarios, outcomes)))
    assert "slim, run 0: OSError: no such trace" in text
    assert "All 8 runs" in text


def test_a_comparison_with_a_band_says_whether_the_choice_flips(studies, said):
    text, band = said("choice"), studies.choice.bands["slim"]
    assert "Assumptions: does the choice flip?" in text
    assert studies.choice.sentences[0] in text
    assert "How far assumptions move the difference in latency.p99 all together" in text
    assert f"{band.swings('cost.per_month')[0].assumption.name} " in text
    assert f" {band.choice('latency.p99').verdict} " in text
    assert studies.pages["choice"].count('class="rule dotted"') > 2
    assert "fcsim compare --band --report does" in said("compare")


# ── sweeps ────────────────────────────────────────────────────────────────────────────────────


def test_a_sweep_says_where_its_ends_are(studies, said):
    assert outline(studies.pages["sweep"]).sections == [
        "answer", "figures", "settings", "assumptions", "scenario", "repeat",
    ]  # fmt: skip
    text = said("sweep")
    assert "requests.success_ratio is 100 % at every setting" in text
    assert "latency.p99 lies between" in text
    assert "at min_instances 0" in text
    assert f"varied {MINIMUM}" in text


def test_one_knob_is_a_line_two_are_a_map_and_more_are_dots(studies):
    assert studies.pages["sweep"].count('class="band f-blue"') == 5
    assert studies.pages["map"].count('<table class="heat">') == 5
    assert "color-mix(in srgb,var(--blue) 62%,var(--paper))" in studies.pages["map"]
    assert '<table class="heat">' not in studies.pages["dots"]
    assert studies.pages["dots"].count('class="dot s-blue"') == 15


def test_settings_that_failed_are_named(studies):
    runs = [Run(1, 0, Outcome("", {}, 0.0, "ScenarioError: too large")), *studies.sweep.runs[3:]]
    text = words(sweep_page(replace(studies.sweep, runs=runs)))
    assert "min_instances 0 failed in 1 of 3 runs: ScenarioError: too large" in text


# ── plans ─────────────────────────────────────────────────────────────────────────────────────


def test_a_plan_names_choice_objectives_and_what_was_spent(studies, said):
    assert outline(studies.pages["plan"]).sections == [
        "answer", "frontier", "settings", "assumptions", "search", "scenario", "repeat",
    ]  # fmt: skip
    plan, text = studies.plan, said("plan")
    assert f"{plan.choice.label}: " in text
    assert "every objective is met with 95 % confidence" in text
    assert "met : latency.p95 <= 20 s" in text
    assert f"runs spent {plan.spent}" in text
    assert "a setting is judged after 3, 5 runs" in text
    assert f"{MINIMUM}: 0, 1, 2, 3, 4" in text
    assert f"chosen: {plan.choice.label}" in text
    assert all(remark in text for remark in plan.remarks)


def test_every_setting_has_a_verdict_on_each_objective(studies):
    table = studies.pages["plan"].split('id="settings"')[1].split("</section>")[0]
    assert table.count("<tr data-function") + table.count('class="differs"') == len(
        studies.plan.ranked
    )
    judged_ones = sum(len(t.judgements) for t in studies.plan.ranked if len(t.runs) > 1)
    verdicts = sum(table.count(f'<td class="number" data-sort="{x}') for x in "0123456789")
    assert verdicts >= judged_ones


def test_a_plan_says_how_much_each_assumption_matters(studies, said):
    band = studies.plan.shaken.band
    swing = band.swings("cost.per_month")[0]
    text = said("plan")
    assert "How far assumptions move cost.per_month all together" in text
    assert f"{swing.assumption.name} " in text
    assert ("flips inside the band" in text) == bool(studies.plan.shaken.flips)


def test_a_plan_without_a_choice_tells_the_nearest(studies):
    scenario = {**SHOP, "objectives": ["latency.p99 <= 1 ms"]}
    plan = fcsim.plan(scenario, f"{MINIMUM}=0,1", reps=3)
    text = words(plan_page(plan))
    assert "No setting meets the objectives" in text
    assert "missed : latency.p99 <= 1 ms" in text
    assert "The runs of this study do not say which of them they rest on" in text


# ── sensitivity ───────────────────────────────────────────────────────────────────────────────


def test_a_sensitivity_answers_for_each_figure(studies, said):
    assert outline(studies.pages["sensitivity"]).sections == [
        "answer", "kpi-0", "kpi-1", "assumptions", "scenario", "repeat",
    ]  # fmt: skip
    text = said("sensitivity")
    for kpi in studies.sensitivity.kpis:
        assert studies.sensitivity.sentence(kpi) in text
    assert "Without any effect: pool.cpu.hosts" in text
    assert "What was varied" in text


# ── runs, batches and bands ───────────────────────────────────────────────────────────────────


def test_replications_put_intervals_first(studies, said):
    sections = outline(studies.pages["runs"]).sections
    assert sections[:3] == ["answer", "sureness", "latency"]
    text = said("runs")
    assert "(95 % interval, 4 runs)" in text
    assert "By 4 independent runs" in text
    assert "assumptions are not in them; fcsim run --band shows" in text
    assert "latency.p99 as runs are added" in text


def test_functions_have_intervals_too(studies):
    second = {"job": {**SHOP["functions"]["api"], "image": "slim"}}
    jobs = {"jobs": {"function": "job", "arrivals": {"poisson": "1/s"}}}
    scenario = {**SHOP, "functions": {**SHOP["functions"], **second}, "variants": {}}
    scenario = {**scenario, "workload": {**SHOP["workload"], **jobs}, "horizon": "20 s"}
    runs = fcsim.replicate(fcsim.load(scenario), reps=3)
    page = report_page(runs.first, runs=runs)
    table = page.split('id="sureness"')[1].split("</section>")[0]
    assert table.index('data-function="api"') < table.index('data-function="job"')


def test_large_sweeps_keep_their_pages_small(studies):
    settings = [{MINIMUM: k} for k in range(1200)]
    runs = [Run(k + 1, 0, studies.sweep.runs[k % 3].outcome) for k in range(1200)]
    page = sweep_page(Sweep(studies.sweep.scenario, (MINIMUM,), settings, 1, runs=runs))
    assert "200 settings are left out" in words(page)
    assert "data-hover=" not in page
    assert len(page) < 1_500_000


def test_objectives_are_judged_by_all_runs(studies):
    first, sliced = judged(studies.runs.first, studies.runs)
    assert first.verdict in Verdict
    assert "±" in first.told
    assert sliced.verdict is None
    assert "only the first of the runs kept the rows" in sliced.told


def test_a_band_says_of_each_assumption_how_far_it_moves_p99_and_cost(studies, said):
    text = said("band")
    assert "How far assumptions move latency.p99 all together" in text
    assert "moves latency.p99 moves cost.per_month" in text
    swing = studies.band.swings("latency.p99")[0]
    hosts = studies.runs.scenario.parameters["pool.cpu.hosts"]
    assert f"{swing.assumption.name} " in text
    assert f"pool.cpu.hosts {written(hosts)} {bounds(hosts)} not at all " in text
    assert "not moved" in text
    assert "(sampling ±" in text


def test_batches_are_intervals_of_one_run(studies):
    result = fcsim.run(fcsim.load(studies.file, overrides={"horizon": "10 min"}), keep=True)
    text = words(report_page(result, batches=fcsim.batch_means(result, 5)))
    assert "Intervals from 5 parts of the window (batch means)." in text
    assert "latency.p50 is" in text
    assert "By the figures of this one run" in text


# ── hostile names ─────────────────────────────────────────────────────────────────────────────

ODD = "<script>alert('1')</script><b title=\"x\">&amp; " + "long" * 2500 + "\nline\u202egnol\x1b[2J"


class Tags(HTMLParser):
    """Collects tags and handlers of events."""

    def __init__(self):
        super().__init__()
        self.found = set()

    def handle_starttag(self, tag, attributes):
        self.found |= {tag, *(key for key, _ in attributes if key.startswith("on"))}


def harmless(page):
    """Assert that nothing in *page* became markup, and that it is of a bearable size."""
    parser = Tags()
    parser.feed(page)
    assert not {"b", "onerror", "onload", "onclick"} & parser.found
    assert page.count("<script>") == 1
    assert not {"\x1b", "\x00"} & set(page)
    assert len(page) < 400_000
    outline(page)


@pytest.fixture(scope="module")
def odd(studies):
    """The scenario of the shop with an odd name, description, objective and source."""
    known = studies.runs.first.scenario
    told = {"value": "180 MB/s", "range": ["90 MB/s", "360 MB/s"], "source": ODD}
    document = {**SHOP, "name": ODD, "description": ODD, "assumptions": {"host.unpack_rate": told}}
    return fcsim.load({**document, "objectives": [], "variants": {}}, seed=known.seed)


def test_a_comparison_of_odd_names(studies, odd):
    outcomes = list(studies.compare.outcomes.values())
    failed = replace(outcomes[1][0], kpis={}, curve=(), error=ODD)
    found = Comparison(
        {ODD: odd, f"{ODD}2": odd}, {ODD: outcomes[0], f"{ODD}2": (failed, *outcomes[1][1:])}
    )
    harmless(compare_page(found, f"fcsim compare {ODD}"))


def test_a_sweep_of_odd_values(studies, odd):
    values = [{"name": f"{ODD}{k}", "variant": ODD[k:]} for k in range(4)]
    runs = [replace(run, outcome=run.outcome) for run in studies.sweep.runs]
    runs.append(Run(4, 9, Outcome("", {}, 0.0, ODD)))
    for paths in (("name",), ("name", "variant")):
        settings = [{path: one[path] for path in paths} for one in values]
        harmless(sweep_page(Sweep(odd, paths, settings, 3, runs=runs), ODD))


def test_a_plan_of_odd_labels(studies, odd):
    plan = studies.plan
    tried = [replace(one, label=f"{ODD}{k}") for k, one in enumerate(plan.tried)]
    space = SimpleNamespace(
        plain=odd, size=5, axes=plan.space.axes, scenario=lambda _: odd, values=lambda _: {}
    )
    shown = replace(plan, space=space, tried=tuple(tried), remarks=[ODD])
    harmless(plan_page(shown, ODD))


def test_a_sensitivity_of_odd_parameters(odd):
    moves = [Influence(ODD, 0.5, 0.1, 0.4), Influence("host.unpack_rate", 0.2, 0.1, 0.1)]
    names = (ODD, "host.unpack_rate")
    found = Sensitivity(odd, ("latency.p99",), names, {}, {"latency.p99": moves}, 9)
    harmless(sensitivity_page(found, ODD))


# ── commands ──────────────────────────────────────────────────────────────────────────────────

SMALL = ["--no-figures", "--quiet", "--report"]


@pytest.mark.parametrize(
    "arguments,told",
    [
        (["compare", "--reps", "2", "--variant", "slim"], "fcsim compare shop.json --variant slim"),
        (["sweep", "--vary", f"{MINIMUM}=0,1"], f"fcsim sweep shop.json --vary {MINIMUM}=0,1"),
        (["run", "--reps", "2"], "fcsim run shop.json --reps 2"),
        (["run", "--batches", "5", "--set", "horizon=3 min"], "--set 'horizon=3 min' --batches 5"),
    ],
)
def test_commands_write_a_page_that_says_how_to_repeat_it(
    studies, tmp_path, monkeypatch, capsys, arguments, told
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.json").write_text(studies.file.read_text())
    command, *options = arguments
    assert main([command, "shop.json", *options, "--out", "out", *SMALL]) == 0
    assert "Report: out/report.html" in capsys.readouterr().out
    text = words((tmp_path / "out" / "report.html").read_text("utf-8"))
    assert told in text
    assert "--report" not in text.split(told)[1][:40]


def test_json_stays_alone_on_stdout(studies, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    form = ["--format", "json", "--out", "out", "--no-figures", "--report"]
    assert main(["sweep", str(studies.file), "--vary", f"{MINIMUM}=0", *form]) == 0
    json.loads(capsys.readouterr().out)
    assert (tmp_path / "out" / "report.html").exists()


def test_equal_studies_give_equal_pages(studies):
    assert sweep_page(studies.sweep) == sweep_page(replace(studies.sweep))
    assert compare_page(studies.compare) == compare_page(replace(studies.compare))
