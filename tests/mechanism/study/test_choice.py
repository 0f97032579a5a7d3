"""``compare --band``: how far assumptions move differences, and whether the choice flips."""

import json

import pytest

import fcsim
from fcsim import load, run
from fcsim.cli import main
from fcsim.errors import UsageError
from fcsim.report.choice_words import verdict
from fcsim.report.estimates import brief
from fcsim.report.kpi_values import Units
from fcsim.scenario.assume import assume
from fcsim.study import workers
from fcsim.study.outcome import Outcome

CERTAIN = {
    "start.placing": "0 s", "credential.latency": "80 ms", "registry.vpc_latency": "5 ms",
    "registry.connection_bandwidth": "150 MB/s",
    "registry.enterprise-standard.bandwidth": "5 Gbit/s", "cache.zone_capacity": "10 TB",
    "registry.enterprise-standard.request_rate": "1000/s", "registry.retry_base": "500 ms",
    "registry.retry_limit": 10, "pull.parallel_layers": 3, "cache.policy": "none",
    "cache.lifetime": "1 h", "cache.host_capacity": "100 GB", "cache.zone_latency": "2 ms",
    "cache.zone_bandwidth": "100 Gbit/s", "pool.cpu.hosts": 100, "pool.cpu.cpu": 64,
    "pool.cpu.memory": "256 GB", "pool.cpu.disk": "2 TB", "pool.cpu.nic": "10 Gbit/s",
}  # fmt: skip
"""Assumptions that are stated without a range, so that few are left to be moved."""


@pytest.fixture(scope="module")
def shop(basic):
    """One request a minute, each on an instance of its own, so that no request meets another.

    The slim image is unpacked sooner, its server starts later; the warm one needs neither.
    """
    lone = {**basic["functions"]["api"], "keep_alive": "1 s", "service": {"time": "1 s"}}
    return {
        **basic,
        "horizon": "130 s",
        "images": {
            "fat": {"compressed": "900 MB", "server": {"start": "500 ms"}},
            "slim": {"compressed": "90 MB", "server": {"start": "15 s"}},
        },
        "functions": {"api": lone},
        "workload": {"v": {"function": "api", "arrivals": {"constant": "1/min"}}},
        "assumptions": {
            "start.create": {"value": "300 ms", "range": ["100 ms", "900 ms"]}, **CERTAIN,
        },
        "variants": {
            "slim": {"functions.api.image": "slim"},
            "warm": {"functions.api.scaling_config.min_instances": 1},
            "same": {"functions.api.timeout": "61 s"},
        },
    }  # fmt: skip


@pytest.fixture(scope="module")
def found(shop):
    return fcsim.compare(shop, reps=2, band=True, kpis=["latency.mean"], work=fcsim.Work(1))


def swing(band, kpi, name):
    return next((s for s in band.swings(kpi) if s.assumption.name == name), None)


def test_every_other_has_a_band_of_what_is_shown_and_said(found):
    assert list(found.bands) == ["slim", "warm", "same"]
    assert found.bands["slim"].kpis == ("latency.mean", "latency.p99", "cost.per_month")


def test_what_moves_both_alike_moves_no_difference(found):
    """Both create an instance for each request."""
    assert swing(found.bands["slim"], "latency.mean", "start.create") is None
    assert "start.create" not in found.bands["slim"].unmoving


def test_what_applies_to_one_of_them_moves_that_one(found):
    """Creating takes 300 ms (100 to 900), and the warm instance is there already."""
    band = found.bands["warm"]
    difference = found.difference("warm", "latency.mean").change.value
    moved = swing(band, "latency.mean", "start.create")
    assert (moved.low, moved.high) == pytest.approx((difference - 0.6, difference + 0.2))
    assert (moved.low_at.constant, moved.high_at.constant) == (0.9, 0.1)


def test_both_are_simulated_with_the_assumption_at_its_end(found, shop):
    moved = swing(found.bands["slim"], "latency.mean", "host.unpack_rate")
    means = [
        run(assume(load(shop, variant=name), {"host.unpack_rate": 500e6})).kpi("latency.mean")
        for name in (None, "slim")
    ]
    assert moved.high_at == 500e6
    assert moved.high == pytest.approx(means[1] - means[0])


def test_the_band_is_what_all_ends_together_give(found, shop):
    band = found.bands["slim"]
    ends = {end.name: end.value for end in band.corners["latency.mean", "low"].ends}
    assert len(ends) > 1
    means = [
        run(assume(load(shop, variant=name), ends)).kpi("latency.mean") for name in (None, "slim")
    ]
    assert band["latency.mean"].low == pytest.approx(means[1] - means[0])


def test_the_choice_flips_where_the_other_is_better_for_certain(found):
    """Where images are unpacked at 500 MB/s, the late server costs more than the fat image."""
    choice = found.bands["slim"].choice("latency.p99")
    assert (choice.sign, choice.verdict) == (-1, "flips")
    (end,) = choice.flips[0].ends
    assert (end.name, end.value) == ("host.unpack_rate", 500e6)


def test_the_sentence_says_how_far_and_where_it_flips(found):
    slim, warm, same = found.sentences
    assert slim.startswith("slim is ")
    assert " s faster at p99 (95 % CI " in slim
    assert "; assumptions from " in slim
    assert " s faster to " in slim
    assert "; p99 flips at host.unpack_rate = 500 MB/s (" in slim
    assert " s slower)" in slim
    reach, units = found.bands["warm"]["latency.p99"], Units(found.scenario)
    low, high = (brief(units, "latency.p99", -end) for end in (reach.high, reach.low))
    assert f"; assumptions {low} to {high}) and " in warm
    assert "p99 flips" not in warm
    assert same.endswith("and as expensive; no assumption makes a difference")


def test_a_choice_that_holds_is_said_to_hold(found):
    band = found.bands["warm"]
    assert band.choice("latency.p99").verdict == "holds"
    assert found.bands["same"].choice("latency.p99").verdict == "undecided"
    steady = fcsim.compare(
        {**found_source(found), "assumptions": CERTAIN}, variants=["slow"], reps=2, band=True,
        work=fcsim.Work(1),
    )  # fmt: skip
    assert verdict(steady.bands["slow"]) == "the choice does not flip inside the assumptions"


def found_source(found):
    """Return a scenario that has no cold start, and a variant that is slower and dearer."""
    service = {"image": "i", "cpu": 1, "memory_size": "1024 MB", "service": {"time": "1 s"}}
    steady = {**service, "scaling_config": {"min_instances": 1}}
    return {
        "fcsim": 1, "horizon": "2 min", "images": {"i": {"compressed": "1 MB"}},
        "functions": {"f": steady},
        "workload": {"v": {"function": "f", "arrivals": {"constant": "3/min"}}},
        "variants": {"slow": {"functions.f.service.time": "5 s"}},
    }  # fmt: skip


def test_each_scenario_keeps_its_own_range(shop):
    """Where the first states how long creating takes, only the other's is moved."""
    stated = {**shop, "name": "stated", "assumptions": {**CERTAIN, "start.create": "300 ms"}}
    found = fcsim.compare(
        stated, {**shop, "name": "open"}, reps=2, band=True, kpis=["latency.mean"],
        work=fcsim.Work(1),
    )  # fmt: skip
    moved = swing(found.bands["open"], "latency.mean", "start.create")
    assert (moved.low, moved.high) == pytest.approx((-0.2, 0.6))
    assert swing(found.bands["open"], "latency.mean", "host.unpack_rate") is None


def test_tables_have_the_band(found, tmp_path):
    found.save(tmp_path)
    frame = found.to_frame().query("scenario == 'slim'").set_index("kpi")
    assert frame.loc["latency.mean", "moved_by"] == "host.unpack_rate"
    assert frame.loc["latency.mean", "choice"] == "flips"
    assert frame.loc["latency.p50", "choice"] == ""
    rows = found.to_frame("band").query("scenario == 'warm' and assumption == 'start.create'")
    assert rows["low_at"].tolist()[0] == "900 ms"
    assert (tmp_path / "band.csv").read_text().startswith("scenario,kpi,assumption,low,high,low_at")
    document = json.loads((tmp_path / "compare.json").read_text())
    mean = document["bands"]["slim"]["kpis"]["latency"]["mean"]
    assert mean["choice"] == "flips"
    assert "host.unpack_rate = 500 MB/s" in mean["flips"]
    assert mean["moves"][0]["name"] == "host.unpack_rate"


def test_the_summary_names_what_moves_a_difference_most(found):
    text = found.summary()
    assert "-  latency.mean flips at host.unpack_rate = 500 MB/s" in text
    assert "No assumption changes same against base." in text
    assert "A choice flips where" in " ".join(text.split())


def test_the_figure_shows_where_nothing_differs(found):
    (axes,) = found.bands["slim"].figure("latency.p99").axes
    assert "no difference" in axes.get_legend_handles_labels()[1]
    assert axes.get_xlabel().startswith("latency.p99, slim less base (")
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names[:2] == ["all together", "host.unpack_rate"]
    assert found.bands["same"].figure().axes


def test_one_run_has_no_band(shop):
    with pytest.raises(UsageError, match="at least 2 runs"):
        fcsim.compare(shop, reps=1, band=True)


def test_a_scenario_of_which_a_run_fails_has_no_band(shop, monkeypatch):
    simulate = workers.simulate

    def fail_once(point):
        if point.replication and point.scenario.functions["api"].image == "slim":
            return Outcome(point.key, {}, 0.0, "Broken: as it happens")
        return simulate(point)

    monkeypatch.setattr(workers, "simulate", fail_once)
    found = fcsim.compare(shop, variants=["slim", "same"], reps=2, band=True, work=fcsim.Work(1))
    assert list(found.bands) == ["same"]
    assert len(found.failures) == 1


def test_the_command_goes_on_where_it_was_cut_off(shop, tmp_path, capsys, monkeypatch):
    file = tmp_path / "shop.json"
    file.write_text(json.dumps(shop))
    out = tmp_path / "out"
    command = ["compare", str(file), "--variant", "warm", "--band", "--reps", "2",
               "--workers", "1", "--no-figures", "--out", str(out)]  # fmt: skip
    runs, simulate = [], workers.simulate

    def cut_off(point):
        if len(runs) == 20:
            raise KeyboardInterrupt
        runs.append(point.key)
        return simulate(point)

    monkeypatch.setattr(workers, "simulate", cut_off)
    assert main(command) == 130
    assert "runs are kept in" in capsys.readouterr().err
    more = []
    follow = lambda point: more.append(point.key) or simulate(point)  # noqa: E731
    monkeypatch.setattr(workers, "simulate", follow)
    assert main(command) == 0
    assert not set(runs) & set(more)
    text = capsys.readouterr().out
    assert "The same inside the assumptions" in text
