"""Random faults over random scenarios: every request ends once, everything comes back.

``run`` itself raises InvariantError when requests, resources, bytes or billed quantities do not
add up, so a run that returns has been checked.
"""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from scenario_strategies import disturbed, loaded

from fcsim import run
from fcsim.sim.record import Outcome
from fcsim.sim.simulation import simulate

patient = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


def check(source):
    record = run(loaded(source)).record
    ended = ~np.isnan(record.requests["ended"])
    assert (ended == (record.requests["outcome"] != Outcome.UNFINISHED)).all()
    return len(source["faults"])


@settings(max_examples=120, suppress_health_check=patient)
@given(disturbed())
def test_random_faults_lose_nobody(source):
    check(source)


@pytest.mark.slow
def test_ten_thousand_random_faults_lose_nobody():
    struck = 0

    @settings(max_examples=4000, suppress_health_check=patient, derandomize=True, database=None)
    @given(disturbed(most=8))
    def many(source):
        nonlocal struck
        struck += check(source)

    many()
    assert struck >= 10_000


@settings(max_examples=80, suppress_health_check=patient)
@given(disturbed())
def test_planes_agree_on_runs_with_faults(source):
    pytest.importorskip("numba", reason="the compiled plane needs numba (fcsim[fast])")
    scenario = loaded(source)
    reference = simulate(scenario, engine="reference")
    compiled = simulate(scenario, engine="compiled")
    assert reference.counters == compiled.counters
    assert reference.happenings == compiled.happenings
    for table in ("requests", "instances", "pulls"):
        for name, column in getattr(reference, table).items():
            assert column.tobytes() == getattr(compiled, table)[name].tobytes(), (table, name)
