"""fcsim.plan on small scenarios: the answer, what it refuses, what it leaves."""

import builtins
import json
import math

import pytest

import fcsim
from fcsim.errors import ScenarioError, UsageError

SHOP = """\
fcsim: 1
name: shop
seed: 5
horizon: 5 min
images: {i: {compressed: 400 MB, server: {start: 3 s}}}
functions:
  api: {image: i, cpu: 1, memory_size: 2048 MB, keep_alive: 10 s,
        service: {time: {exponential: 500 ms}}}
workload: {w: {function: api, arrivals: {poisson: 1/s}}}
objectives:
  - latency.p95 <= 2 s
variants:
  fat: {images.i.compressed: 2 GB}
  shared: {functions.api.instance_concurrency: 4}
"""
MINIMUM = "functions.api.scaling_config.min_instances"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    path = tmp_path_factory.mktemp("plan") / "shop.yaml"
    path.write_text(SHOP)
    return path


@pytest.fixture(scope="module")
def found(shop):
    return fcsim.plan(shop, f"{MINIMUM}=0..8")


def test_the_cheapest_setting_and_its_neighbour(found):
    assert found.verdict == "met"
    assert found.search == "bisection"
    assert found.changes == {MINIMUM: found.choice.setting[0]}
    cheaper = [trial for trial in found.ranked if trial.dearer_than(found.choice) < 0]
    assert all(trial.verdict != "met" for trial in cheaper)
    assert found.choice.judgements[0].estimate.high <= 2.0
    assert all(trial.dearer_than(found.choice) > 0 for trial in found.runners)


def test_equal_plans_are_equal_whatever_the_workers(shop):
    from fcsim.report.plan_tables import plan_json

    one, other = (
        fcsim.plan(shop, {MINIMUM: [3]}, work=fcsim.Work(workers=workers)) for workers in (1, 2)
    )
    assert plan_json(one) == plan_json(other)


def test_a_plan_takes_the_runs_that_are_kept(shop, tmp_path, monkeypatch):
    work = fcsim.Work(store=fcsim.Store(tmp_path))
    first = fcsim.plan(shop, f"{MINIMUM}=0,4", work=work)
    monkeypatch.setattr("fcsim.study.point.runner.run", None)
    again = fcsim.plan(shop, f"{MINIMUM}=0,4", work=work)
    assert (again.spent, again.choice.label) == (first.spent, first.choice.label)


def test_table_and_summary(found):
    frame = found.to_frame()
    assert list(frame.columns[:4]) == [MINIMUM, "verdict", "runs", "note"]
    assert len(frame) == len(found.ranked)
    text = found.summary()
    for part in ("latency.p95 <= 2 s", "chosen", "bisection", "common random numbers", "CNY"):
        assert part in text
    assert found._repr_html_().startswith("<pre>")


def test_files(found, tmp_path):
    names = {path.relative_to(tmp_path).as_posix() for path in found.save(tmp_path)}
    assert names == {
        "plan.json", "settings.csv", "figures/slide.png", "figures/slide.svg",
        "figures/frontier.png", "figures/frontier.svg",
    }  # fmt: skip
    document = json.loads((tmp_path / "plan.json").read_text())
    assert document["choice"] == found.changes
    assert len((tmp_path / "settings.csv").read_text().splitlines()) == 1 + len(found.ranked)


def test_objectives_in_slices_of_time(shop):
    plan = fcsim.plan(shop, f"{MINIMUM}=0,6", objectives="latency.p50 <= 5 s in every 1 min")
    assert [str(one.verdict) for one in plan.choice.judgements] == ["met", "met"]
    assert plan.choice.judgements[1].estimate.value < 5


def test_variants_are_a_knob(shop):
    plan = fcsim.plan(shop, ["variant=base,fat", f"{MINIMUM}=0,6"])
    assert plan.search == "cheapest-first"
    assert plan.choice.label in ("base, min_instances 6", "fat, min_instances 6")


def test_no_setting_meets_the_objectives(shop):
    plan = fcsim.plan(shop, f"{MINIMUM}=0..3", objectives=["latency.p50 <= 1 ms"])
    assert (plan.choice, plan.verdict, plan.runners) == (None, "missed", [])
    assert "No setting meets the objectives. The nearest is min_instances" in plan.summary()
    assert plan.nearest.shortfall > 100
    assert plan.figure() is not None


def test_the_budget(shop):
    plan = fcsim.plan(shop, f"{MINIMUM}=0..8", budget=8)
    assert plan.spent <= 8
    assert "the budget of 8 runs did not suffice" in plan.remarks[0]


def test_another_figure_may_be_minimised(shop):
    plan = fcsim.plan(
        shop,
        f"{MINIMUM}=0,1,2",
        objectives="cost.per_month <= 9000 CNY",
        minimise="instances.mean",
        overrides=["objectives=[]"],
    )
    assert plan.choice is plan.ranked[0]
    assert plan.choice.cost == plan.choice.estimate("instances.mean")


def refused(shop, vary=f"{MINIMUM}=0..3", **options):
    with pytest.raises((ScenarioError, UsageError)) as error:
        fcsim.plan(shop, vary, **options)
    assert error.value.exit_code == 2
    return str(error.value)


def test_what_is_refused(shop):
    assert "did you mean 'min_instances'" in refused(shop, f"{MINIMUM[:-1]}=0..3")
    assert "--vary functions.api.cpu" in refused(shop, "functions.api.cpu=1,x")
    assert "no objectives" in refused(shop, overrides=["objectives=[]"])
    assert "--objective: unknown KPI" in refused(shop, objectives="latency.p9 <= 1 s")
    assert "did you mean 'cost.per_month'" in refused(shop, minimise="cost.per_mont")
    assert "confidence: expected from 50 %" in refused(shop, confidence=1.0)
    assert "confidence: " in refused(shop, confidence="sure")
    assert "budget: expected 6 runs or more" in refused(shop, budget=2)
    many = ["variant=base,fat", f"{MINIMUM}=0..8"]
    assert "budget: 6 runs do not suffice to begin with 18" in refused(shop, many, budget=6)
    assert "reps: an interval needs 2 runs" in refused(shop, reps=1)
    assert "did you mean 'bisection'" in refused(shop, search="bisect")
    assert "bisection needs one knob" in refused(shop, "variant=base,fat", search="bisection")
    assert "the variant varies already" in refused(shop, "variant=base,fat", variant="fat")
    assert "a plan needs values" in refused(shop, "functions.api.cpu=0.5..2")
    assert "give its file or mapping" in refused(fcsim.load(shop))


def test_a_misspelt_objective_of_the_file_has_its_line(tmp_path):
    path = tmp_path / "shop.yaml"
    path.write_text(SHOP.replace("latency.p95 <=", "latncy.p95 <="))
    assert f"{path}:11:5: objectives.0: unknown KPI 'latncy.p95'; did you mean" in refused(path)


def test_sharing_for_nothing_is_refused(shop):
    assert "sharing is free" in refused(shop, "functions.api.instance_concurrency=1,2")
    assert "sharing is free" in refused(shop, "variant=base,shared")
    assert "sharing is free" in refused(shop, variant="shared")
    fcsim.plan(shop, "functions.api.instance_concurrency=1,2",
               overrides=["functions.api.service.vcpu=0.5"])  # fmt: skip


def test_shapes_without_times_are_refused(shop):
    told = refused(shop, "functions.api.cpu=1,2")
    assert "functions.api: cpu 1.0 and 2.0 are compared, but service.time is the same" in told
    times = "functions.api.service.time={by: {cpu: {1: 500 ms, 2: 300 ms}}}"
    plan = fcsim.plan(shop, "functions.api.cpu=1,2", overrides=[times])
    assert {trial.label for trial in plan.ranked} == {"cpu 1", "cpu 2"}


def test_settings_that_do_not_go_together_are_told(shop):
    times = "functions.api.service.time={by: {cpu: {1: 400 ms, 0.25: 900 ms}}}"
    plan = fcsim.plan(
        shop, ["functions.api.cpu=0.25,1", "functions.api.memory_size=1024 MB,4096 MB"],
        overrides=[times],
    )  # fmt: skip
    (told,) = [remark for remark in plan.remarks if "cannot be simulated" in remark]
    assert told.startswith("cpu 0.25, memory_size 4096 MB cannot be simulated: cpu 0.25 with")


def test_many_settings_without_optuna_say_what_to_install(shop, monkeypatch):
    real = builtins.__import__

    def without(name, *rest):
        if name == "optuna":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    vary = [f"{MINIMUM}=0..50", "functions.api.keep_alive=10 s,20 s"]
    assert "pip install 'fcsim[plan]'" in refused(shop, vary)


def test_several_knobs_of_a_scenario(shop):
    pytest.importorskip("optuna", reason="several knobs need optuna (fcsim[plan])")
    plan = fcsim.plan(shop, [f"{MINIMUM}=0..32", "functions.api.keep_alive=5 s,20 s"])
    assert plan.search == "optuna"
    assert plan.choice.judgements[0].estimate.high <= 2
    assert plan.spent < 66 * 3


@pytest.fixture(scope="module")
def shaken(shop):
    return fcsim.plan(shop, f"{MINIMUM}=0,1,4", band=True, overrides=["horizon=2 min"])


def test_the_choice_within_the_band_of_assumptions(shaken):
    band = shaken.shaken.band
    assert {"latency.p95", "cost.per_month", "latency.p99"} <= set(band.kpis)
    reach = band["cost.per_month"]
    assert reach.low <= reach.value <= reach.high
    assert shaken.shaken.spent > 20
    text = shaken.summary()
    assert "The choice holds at every end" in text or "The choice flips inside the band" in text


def test_a_band_says_where_it_begins_as_it_has_fewer_runs_than_the_choice(shaken):
    from fcsim.report.kpi_values import Units
    from fcsim.report.plan_tables import banded

    reach, units = shaken.shaken.band["cost.per_month"], Units(shaken.space.plain)
    assert reach.value != shaken.choice.cost.value
    begin = units.brief("cost.per_month", reach.value)
    assert banded(shaken, "cost.per_month").endswith(f", from {begin} in 5 runs")


def test_a_flip_says_where_and_why(shaken):
    from fcsim.report.plan_tables import flip_texts
    from fcsim.study.judgement import judge
    from fcsim.study.objectives import parse
    from fcsim.study.plan.flips import Flip, Shaken

    case = next(case for case in shaken.shaken.band.cases if case.runs)
    strict = judge(parse("latency.p95 <= 1 ms"), case.runs)
    flips = (Flip(case.ends, (strict,)), Flip(case.ends, (), 12.0))
    former = shaken.shaken
    try:
        shaken.shaken = Shaken(former.band, flips, shaken.ranked[-1], 0)
        missed, saved = flip_texts(shaken)
    finally:
        shaken.shaken = former
    assert missed.startswith(f"{case.ends[0].name} ")
    assert ": it misses latency.p95 <= 1 ms (" in missed
    assert saved.endswith(f"{shaken.ranked[-1].label} is cheaper by 12.0 CNY")


def test_the_slide_tells_measured_from_assumed(shaken):
    assert set(shaken.assumptions) == {"measured", "assumed"}
    assert all(p.provenance == "assumed" for p in shaken.assumptions["assumed"])
    assert len(shaken.slide().axes) == 4
    assert not math.isnan(shaken.choice.cost.value)
