"""The compiled plane and the reference agree to the last bit."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_strategies import loaded, scenarios
from test_plane_boundaries import drive, requests, specs, ticks

from fcsim.sim.requests.reference import ReferencePlane
from fcsim.sim.simulation import simulate

pytest.importorskip("numba", reason="the compiled plane needs numba (fcsim[fast])")

from fcsim.sim.requests.compiled import CompiledPlane


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_records_of_random_scenarios_are_the_same_bytes(source):
    scenario = loaded(source)
    reference = simulate(scenario, engine="reference")
    compiled = simulate(scenario, engine="compiled")
    assert reference.counters == compiled.counters
    for table in ("requests", "instances", "pulls", "calls", "attempts"):
        for name, column in getattr(reference, table).items():
            assert column.tobytes() == getattr(compiled, table)[name].tobytes(), (table, name)


@given(specs, requests, st.lists(ticks, max_size=20))
def test_stops_and_blocks_are_the_same(plane_maker, spec, rows, cuts):
    planes = [plane_maker(spec, [sorted(rows)], kind) for kind in (ReferencePlane, CompiledPlane)]
    reference, compiled = planes
    assert drive(reference, 1.25, cuts) == drive(compiled, 1.25, cuts)
    assert reference.unfinished() == compiled.unfinished()
    assert reference.ended() == compiled.ended()
    first, second = reference.requests(), compiled.requests()
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
    for name, column in reference.usage().items():
        assert column.tobytes() == compiled.usage()[name].tobytes()
