"""Sensitivity: factors over the unit interval, Morris, Sobol', and the sentence they make."""

import numpy as np
import pytest

from fcsim import load, sensitivity
from fcsim.errors import UsageError
from fcsim.report.sensitivity_tables import sensitivity_json
from fcsim.scenario.parameters import Parameter
from fcsim.streams import Streams
from fcsim.study.factors import Space, factor_of
from fcsim.study.indices import influences

pytest.importorskip("SALib", reason="sensitivity needs SALib (fcsim[sensitivity])")


@pytest.fixture(scope="module")
def lone(basic):
    """One request, which starts an instance: its latency is a sum of phases."""
    function = {**basic["functions"]["api"], "keep_alive": "1 s", "service": {"time": "1 s"}}
    return {
        **basic,
        "horizon": "25 s",
        "functions": {"api": function},
        "workload": {"v": {"function": "api", "arrivals": {"constant": "3/min"}}},
        "assumptions": {
            "cache.policy": "none",
            "start.placing": {"value": "50 ms", "range": ["20 ms", "300 ms"]},
        },
    }


@pytest.fixture(scope="module")
def found(lone):
    return sensitivity(
        lone, "latency.mean", over=["start.create", "start.placing", "cache.lifetime"],
        samples=64, trajectories=6,
    )  # fmt: skip


# ── factors ───────────────────────────────────────────────────────────────────────────────


def test_a_wide_range_is_even_in_its_logarithm():
    wide = factor_of(Parameter("x", "bandwidth", 10.0, 1.0, 100.0))
    narrow = factor_of(Parameter("x", "bandwidth", 2.0, 1.0, 3.0))
    assert [wide.at(share) for share in (0.0, 0.5, 1.0)] == pytest.approx([1, 10, 100])
    assert narrow.at(0.5) == 2


def test_counts_are_whole_and_choices_take_equal_parts():
    count = factor_of(Parameter("x", "count", 3.0, 1.0, 8.0))
    assert {count.at(share) for share in np.linspace(0, 1, 50)} <= set(map(float, range(1, 9)))
    choice = factor_of(Parameter("x", "text", "a", choices=("a", "b", "c")))
    assert [choice.at(share) for share in (0.0, 0.3, 0.4, 0.7, 1.0)] == ["a", "a", "b", "c", "c"]


def test_a_constant_time_stays_a_time(lone):
    built = load(lone)
    space = Space(built, [factor_of(built.parameters["start.create"])])
    assert space.at([0.0]).parameters["start.create"].value.constant == pytest.approx(0.08)
    assert space.at([1.0]).parameters["start.create"].value.constant == pytest.approx(1.0)


# ── measures ──────────────────────────────────────────────────────────────────────────────


def linear(places):
    """3 a + b: by Morris 3 and 1, by Sobol' 90 % and 10 % of the variance."""
    return {"y": 3 * places[:, 0] + places[:, 1]}


def measured(method, names, size, table):
    """Return the influences on the one KPI of *table*."""
    return influences(method, names, size, Streams(1).generator("t", "t"), 0.95, table)["y"]


def test_morris_gives_the_slopes_of_a_plane():
    a, b, nothing = measured("morris", ["a", "b", "c"], 5, linear)
    assert (a.total, b.total, nothing.total) == pytest.approx((3, 1, 0))
    assert a.alone == pytest.approx(0)


def test_rounding_is_no_spread():
    (steep,) = measured("morris", ["a"], 5, lambda x: {"y": 0.1 + 0.45 * x[:, 0]})
    assert (steep.error, steep.alone) == (0, 0)


def test_sobol_gives_the_shares_of_a_plane():
    a, b, nothing = measured("sobol", ["a", "b", "c"], 256, linear)
    assert (a.total, b.total, nothing.total) == pytest.approx((0.9, 0.1, 0), abs=0.02)
    assert a.alone == pytest.approx(0.9, abs=0.02)


def test_a_constant_figure_hangs_on_nothing():
    one = measured("sobol", ["a"], 8, lambda x: {"y": 0 * x[:, 0]})
    assert one[0].total == 0


# ── answers ───────────────────────────────────────────────────────────────────────────────


def test_the_answer_names_what_matters_with_its_share(found):
    """Creation is log-uniform on 80 ms to 1 s, placing on 20 to 300 ms: 92 and 8 %."""
    assert found.ranked("latency.mean")[0].name == "start.create"
    shares = {one.name: one.total for one in found.indices["latency.mean"]}
    assert shares["start.create"] == pytest.approx(0.92, abs=0.05)
    assert shares["start.placing"] == pytest.approx(0.08, abs=0.05)
    assert found.sentence().startswith("latency.mean hangs on start.create (9")
    assert "and start.placing (" in found.sentence()


def test_what_does_nothing_stops_at_the_screening(found):
    walks = {one.name: one.total for one in found.screening["latency.mean"]}
    assert walks["cache.lifetime"] == 0
    assert "cache.lifetime" not in [one.name for one in found.indices["latency.mean"]]


def test_the_same_seed_gives_the_same_answer(lone):
    def ask():
        over = ["start.create", "start.placing"]
        return sensitivity(lone, "latency.mean", over=over, samples=8, trajectories=2)

    first, again = ask(), ask()
    assert again.indices == first.indices
    assert again.screening == first.screening


def test_paths_of_the_scenario_vary_too(lone):
    found = sensitivity(
        lone, "latency.mean", method="morris", over=["credential.latency"],
        vary=["functions.api.service.time=1..3 s"], trajectories=3,
    )  # fmt: skip
    assert found.ranked("latency.mean")[0].name == "functions.api.service.time"
    assert "Morris: an order, no shares" in found.sentence()
    with pytest.raises(UsageError, match="give the scenario's file"):
        sensitivity(load(lone), vary=["functions.api.service.time=1..3 s"])


@pytest.mark.parametrize(
    "changes, told",
    [
        ({"kpi": "latency.p98"}, "did you mean"),
        ({"over": ["start.crate"]}, "'start.crate' is no assumption"),
        ({"samples": 60}, "power of two"),
        ({"method": "sobal"}, "unknown method"),
    ],
)
def test_what_cannot_be_asked_is_told(lone, changes, told):
    with pytest.raises(UsageError, match=told):
        sensitivity(lone, **changes)


def test_a_figure_that_is_undefined_somewhere_is_no_variance(lone):
    """With a timeout below the service time nothing completes."""
    with pytest.raises(UsageError, match="is not defined at"):
        sensitivity(
            lone, "latency.mean", method="morris", over=["credential.latency"], trajectories=2,
            vary=["functions.api.service.time=0.1..30 s"],
        )  # fmt: skip


def test_json_figure_and_table(found):
    content = sensitivity_json(found)["kpis"]["latency.mean"]
    assert content["text"] == found.sentence()
    assert content["sobol"][0].keys() == {"name", "share", "error", "alone"}
    assert content["morris"][0].keys() == {"name", "mu_star", "error", "sigma"}
    (axes,) = found.figure().axes
    assert next(t.get_text() for t in axes.get_yticklabels()) == "start.create"
    assert len(found.to_frame()) == 3
    assert found.sentence() in " ".join(found.summary().split())


def test_without_salib_it_says_what_to_install(lone, monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"fcsim\[sensitivity\]"):
        sensitivity(lone, over=["start.create"])
