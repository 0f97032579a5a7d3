"""Assumption bands: each end alone, all together, and what is said about them."""

import pytest

from fcsim import band, load, run
from fcsim.errors import UsageError
from fcsim.report.band_tables import band_json, band_sentence, verdict
from fcsim.scenario.assume import assume
from fcsim.study.ends import apply_ends, ends_of


@pytest.fixture(scope="module")
def built(basic):
    """One request every 20 s, each on an instance of its own: no request meets another."""
    lone = {**basic["functions"]["api"], "keep_alive": "1 s", "service": {"time": "1 s"}}
    return load(
        {
            **basic,
            "horizon": "50 s",
            "functions": {"api": lone},
            "workload": {"v": {"function": "api", "arrivals": {"constant": "3/min"}}},
            "assumptions": {
                "start.create": {"value": "300 ms", "range": ["100 ms", "900 ms"]},
                "cache.policy": "none",
                "start.placing": "0 s",
            },
        }
    )


ONLY = ["start.create", "host.unpack_rate", "cache.policy", "idle.billed"]


@pytest.fixture(scope="module")
def found(built):
    return band(
        built, kpis=["latency.mean", "cost.per_month", "requests.success_ratio"], only=ONLY, reps=2
    )


def test_ends_are_low_and_high_or_the_other_choices(built):
    parameters = built.parameters
    assert [(end.at, end.value.constant) for end in ends_of(parameters["start.create"])] == [
        ("low", 0.1),
        ("high", 0.9),
    ]
    assert [end.value for end in ends_of(parameters["idle.billed"])] == ["active", "none"]
    assert ends_of(parameters["start.placing"]) == []


def test_an_assumption_moves_a_figure_by_what_it_is(found):
    """Creating takes 300 ms (100 to 900), and every request waits for one creation."""
    swing = next(s for s in found.swings("latency.mean") if s.assumption.name == "start.create")
    value = found.base["latency.mean"].value
    assert swing.low == pytest.approx(value - 0.2)
    assert swing.high == pytest.approx(value + 0.6)
    assert (swing.low_at.constant, swing.high_at.constant) == (0.1, 0.9)


def test_a_choice_moves_a_figure_too(found):
    names = [swing.assumption.name for swing in found.swings("cost.per_month")]
    assert "idle.billed" in names
    assert "idle.billed" not in [s.assumption.name for s in found.swings("latency.mean")]


def test_the_greatest_swing_comes_first(found):
    widths = [swing.width for swing in found.swings("latency.mean")]
    assert widths == sorted(widths, reverse=True)


def test_the_band_is_what_all_ends_together_give(found, built):
    """The corner is a run of its own, with every assumption at the end that alone raises it."""
    ends = found.corners["latency.mean", "high"].ends
    assert {end.name for end in ends} == {
        s.assumption.name for s in found.swings("latency.mean") if s.high > found.base[
            "latency.mean"].value
    }  # fmt: skip
    corner = run(assume(built, {end.name: end.value for end in ends}))
    assert found["latency.mean"].high == pytest.approx(corner.kpi("latency.mean"))
    alone = [swing.high for swing in found.swings("latency.mean")]
    assert found["latency.mean"].high > max(alone)


def test_what_nothing_moves_has_no_band(found):
    reach = found["requests.success_ratio"]
    assert (reach.low, reach.high) == (reach.value, reach.value)
    assert "no assumption moves it" in band_sentence(found, "requests.success_ratio")


def test_the_sentence_has_sampling_and_assumptions(found):
    sentence = band_sentence(found, "latency.mean")
    assert sentence.startswith("latency.mean ")
    assert "(sampling ± " in sentence
    assert "; assumptions " in sentence
    assert sentence.endswith(f"moved most by {found.swings('latency.mean')[0].assumption.name}")


def test_the_verdict_says_that_sampling_is_not_all(found):
    assert "more runs will not help" in verdict(found)
    assert verdict(found) in " ".join(found.summary().split())


def test_only_what_the_answer_rests_on_is_moved(built):
    rested = {parameter.name for parameter in run(built).assumptions}
    every = band(built, kpis=["latency.mean"], reps=2)
    assert {parameter.name for parameter in every.assumptions} <= rested
    assert {parameter.name for parameter in every.fixed} == {"start.placing"}
    assert "dispatch.policy" in every.unmoving
    for name in ("scaling.gpu_burst", "cache.polcy"):
        with pytest.raises(UsageError, match=f"{name!r} is no assumption"):
            band(built, only=[name], reps=2)


def test_an_end_that_breaks_a_limit_is_told_and_left_out(basic):
    """5 GB are 9 GB at ratio 1.8, and over the platform's 10 GB at 3.5."""
    images = {**basic["images"], "fat": {"compressed": "3.9 GB"}}
    built = load({**basic, "images": images, "horizon": "10 s"})
    high = [end for end in ends_of(built.parameters["image.compression_ratio"]) if end.at == "high"]
    assert "10 GB" in str(apply_ends(built, high)[1][0])
    found = band(built, kpis=["latency.mean"], only=["image.compression_ratio"], reps=2)
    assert found.warnings[0].startswith("image.compression_ratio = 3.5 cannot be simulated: ")
    assert len(found.swings("latency.mean")) <= 1


def test_prices_are_assumptions_too(built):
    free = assume(built, {"billing.prices.disk.free": 0.0})
    assert free.billing.prices == {"disk.free": 0.0}
    assert run(free).kpi("cost.total") > run(built).kpi("cost.total")


def test_json_has_both_intervals_of_each_kpi(found):
    content = band_json(found)["band"]["kpis"]["latency"]["mean"]
    assert content["sampling"].keys() == {"value", "low", "high", "runs"}
    assert content["assumptions"]["low"] < content["value"] < content["assumptions"]["high"]
    assert content["moves"][0].keys() == {"name", "low", "high", "low_at", "high_at"}


def test_the_figure_has_a_bar_for_each_assumption(found):
    (axes,) = found.figure("latency.mean").axes
    names = [label.get_text() for label in axes.get_yticklabels()]
    assert names == ["all together", *(s.assumption.name for s in found.swings("latency.mean"))]
    assert found.figure("requests.success_ratio").axes


def test_the_table_is_a_data_frame(found):
    table = found.to_frame()
    assert set(table["kpi"]) == {"latency.mean", "cost.per_month"}
