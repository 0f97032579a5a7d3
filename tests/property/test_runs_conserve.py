"""Random valid scenarios run, conserve what must be conserved, and repeat to the bit.

``run`` itself raises InvariantError when requests, resources, bytes or billed quantities do not
add up, so a run that returns has been checked.
"""

import numpy as np
from hypothesis import HealthCheck, given, settings
from scenario_strategies import loaded, scenarios

from fcsim import run
from fcsim.sim.record import Outcome

many = settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@many
@given(scenarios())
def test_random_scenarios_run_and_conserve(source):
    record = run(loaded(source)).record
    outcomes = record.requests["outcome"]
    ended = ~np.isnan(record.requests["ended"])
    assert (ended == (outcomes != Outcome.UNFINISHED)).all()
    queues = any(f.get("overflow") == "queue" for f in source["functions"].values())
    callers = any(len(w) > 2 or "users" in w["arrivals"] for w in source["workload"].values())
    if source["drain"] == "10 min" and not queues and not callers:
        # nothing takes longer than a start limit plus a time-out, unless it queues or comes late
        assert ended.all() or any(f["timeout"] == "600 s" for f in source["functions"].values())


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_the_same_scenario_gives_the_same_record(source):
    first, second = run(loaded(source)).record, run(loaded(source)).record
    for table in ("requests", "instances", "pulls", "calls", "attempts"):
        for name, column in getattr(first, table).items():
            assert column.tobytes() == getattr(second, table)[name].tobytes(), (table, name)
