"""Searches on landscapes that are known: what they find, what they tell, what they spend."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from landscape import exhaustive, searched, trials

from fcsim.study.judgement import Verdict
from fcsim.study.plan.bisection import bisection
from fcsim.study.plan.listing import cheapest_first
from fcsim.study.plan.sampling import sampling


def falling(x):
    return 2.0 - x / 30  # 1 s at x = 30


def rising(x):
    return 100.0 + 10 * x


def listing(tried):
    return cheapest_first(tried, list(tried.space.settings()))


def test_bisection_finds_the_boundary_in_few_runs():
    found, remarks, runs = searched(bisection, trials(falling, rising))
    assert (found, remarks) == ("31", [])  # 30 meets it on average, 31 for certain
    assert runs < 60
    assert exhaustive(trials(falling, rising)) == "31"


def test_a_knob_whose_larger_values_are_cheaper():
    tried = trials(lambda x: 0.5 + x / 50, lambda x: 500.0 - 5 * x)
    assert searched(bisection, tried)[0] == "24"
    assert exhaustive(tried) == "24"


@settings(max_examples=40, deadline=None)
@given(
    at=st.floats(0.2, 3.0), slope=st.floats(0.005, 0.1), price=st.floats(0.5, 50),
    spread=st.floats(0.0, 0.1),
)  # fmt: skip
def test_bisection_agrees_with_exhaustive_search_where_the_knob_is_monotone(
    at, slope, price, spread
):
    def tried():
        return trials(lambda x: at - slope * x + 2.5, lambda x: 50 + price * x, spread=spread)

    assert searched(bisection, tried())[0] == exhaustive(tried())


def test_the_cheapest_end_may_do():
    found, _, runs = searched(bisection, trials(lambda x: 0.5, rising))
    assert (found, runs) == ("0", 7)  # both ends once, the first to the end, its neighbour


def test_an_objective_that_the_dearest_setting_misses_is_a_ceiling():
    """0 is too slow and 50 too dear; from 31 to 38 all is well."""
    found, remarks, runs = searched(bisection, trials(falling, rising, ceiling=500))
    assert (found, remarks) == ("31", [])
    assert runs < 60
    assert exhaustive(trials(falling, rising, ceiling=500)) == "31"


def test_nothing_may_lie_between_the_objectives():
    found, remarks, _ = searched(bisection, trials(falling, rising, ceiling=300))
    assert (found, remarks) == (None, [])


def test_a_valley_of_cost():
    """Where all settings meet the objective, the cheapest need not be an end."""
    tried = trials(lambda x: 0.5, lambda x: 200 + (x - 17) ** 2)
    assert searched(bisection, tried)[0] == "17"


def test_a_knob_that_is_not_monotone_is_told_and_searched_otherwise():
    tried = trials(lambda x: 0.5 if x in (5, 25, 50) else 2.0, rising)
    found, remarks, _ = searched(bisection, tried)
    assert found == "5"
    assert remarks == [
        "the knob is not monotone: 25 meets the objectives and 26 misses them; the settings were "
        "searched from the cheapest on"
    ]


def test_no_setting_meets_the_objectives():
    tried = trials(lambda x: 3.0 - x / 50, rising)
    assert searched(bisection, tried)[0] is None
    nearest = min((trial for trial in tried if trial.runs), key=lambda trial: trial.shortfall)
    assert (nearest.label, round(nearest.shortfall, 1)) == ("50", 1.0)


def test_the_budget_is_never_exceeded():
    tried = trials(falling, rising, budget=17)
    _, remarks, runs = searched(bisection, tried)
    assert remarks == ["budget"]
    assert runs <= 17


def test_a_setting_on_the_limit_is_left_inconclusive():
    tried = trials(lambda x: 1.0 if x == 30 else falling(x), rising, spread=0.3)
    trial = tried.decide((30,))
    assert trial.verdict is Verdict.INCONCLUSIVE
    assert len(trial.runs) < 20
    assert trial.runs_needed > 80


def test_looks_together_keep_the_confidence():
    rules = trials(falling, rising, confidence=0.9, most=12).rules
    assert rules.looks == (3, 5, 8, 12)
    assert rules.narrow == pytest.approx(1 - 0.1 / 4)


def test_from_the_cheapest_on_skips_what_is_dominated():
    def latency(x):
        return [2.0, 2.5, 0.5, 2.1, 0.4, 0.3][x]

    tried = trials(latency, rising, vary="x=a,b,c,d,e,f")
    assert searched(listing, tried)[0] == "c"
    told = {trial.label: (len(trial.runs), trial.skipped) for trial in tried}
    assert told == {
        "a": (3, ""), "b": (1, "dominated"), "c": (3, ""), "d": (1, "dominated"), "e": (3, ""),
        "f": (1, ""),
    }  # fmt: skip


def test_settings_that_cannot_be_are_left_out():
    tried = trials(falling, rising, impossible={(k,) for k in (0, 1, 49, 50)})
    assert searched(bisection, tried)[0] == "31"
    assert {trial.label for trial in tried if trial.error} == {"0", "1", "49", "50"}


@pytest.fixture
def optuna():
    return pytest.importorskip("optuna", reason="several knobs need optuna (fcsim[plan])")


def two_knobs(**rules):
    """Latency falls with x and is lower for b; b costs half as much again."""
    return trials(
        lambda x, kind: 2.0 - x / 30 - 0.4 * kind,
        lambda x, kind: (100.0 + 10 * x) * (1 + kind / 2),
        vary=["x=0..50", "kind=a,b"], **rules,
    )  # fmt: skip


def test_several_knobs(optuna):
    tried = two_knobs()
    found, _, runs = searched(sampling, tried)
    assert found == exhaustive(two_knobs()) == "31-a"
    assert runs < 102 * 3 / 2


def test_proposals_are_the_same_each_time(optuna):
    runs = [[trial.label for trial in tried] for tried in (two_knobs(), two_knobs())
            if searched(sampling, tried)]  # fmt: skip
    assert runs[0] == runs[1]


def test_every_knob_at_its_best_in_a_large_space(optuna):
    tried = trials(
        lambda x, y, kind: 3.0 - x / 20 - y / 40 + 0.2 * kind,
        lambda x, y, kind: 100.0 + 5 * x + 3 * y - 4 * kind,
        vary=["x=0..30", "y=0..30", "kind=a,b,c"],
    )
    found, _, runs = searched(sampling, tried)
    best = exhaustive(trials(
        lambda x, y, kind: 3.0 - x / 20 - y / 40 + 0.2 * kind,
        lambda x, y, kind: 100.0 + 5 * x + 3 * y - 4 * kind,
        vary=["x=0..30", "y=0..30", "kind=a,b,c"],
    ))  # fmt: skip
    cost = {trial.label: trial.cost.value for trial in tried if trial.runs}
    assert found is not None
    assert best is not None
    assert runs < 31 * 31 * 3 / 5
    assert cost[found] == pytest.approx(cost.get(best, cost[found]), rel=0.02)
