"""What the platform may ask of a plane at any time, in any order: both planes do the same."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_plane_boundaries import requests, specs, ticks

from fcsim.sim.record import ErrorCode, Outcome
from fcsim.sim.requests.interface import NEVER, StopKind
from fcsim.sim.requests.reference import ReferencePlane

pytest.importorskip("numba", reason="the compiled plane needs numba (fcsim[fast])")

from fcsim.sim.requests.compiled import CompiledPlane

END = 200.0
verbs = st.sampled_from([
    "suspend", "resume", "retire", "abort", "inject", "gone", "meter", "restart", "spoil", "mend",
    "refuse",
])  # fmt: skip
orders = st.lists(st.tuples(ticks, verbs, st.integers(0, 40)), max_size=25)


def obey(plane, orders):
    """A tiny platform that also carries out *orders*: (time, verb, number); return its log."""
    ready, created, log, orders = [], [], [], sorted(orders)
    while True:
        control = min(ready[0][0] if ready else NEVER, orders[0][0] if orders else NEVER)
        stop = plane.advance(min(control, END))
        if stop is not None:
            log.append(tuple(stop))
            if stop.kind == StopKind.GROW and len(created) < 12:
                number = plane.start_instance(stop.subject, stop.time, 6.0, False)
                created.append(number)
                ready.append((stop.time + 1.25, number))
            elif stop.kind == StopKind.GROW:
                plane.close(stop.subject, stop.time, stop.time + 2.0, ErrorCode.RESOURCE_EXHAUSTED)
        elif control > END:
            return log
        elif ready and ready[0][0] == control:
            _, number = ready.pop(0)
            plane.instance_ready(number, control)
        else:
            time, verb, number = orders.pop(0)
            log.append((verb, carry_out(plane, verb, number, time, created, ready)))


def carry_out(plane, verb, number, time, created, ready):
    """Do what the order says, to the instance or request that its number stands for."""
    if verb == "inject":
        sign = -1 if number % 5 == 0 else 1  # a negative work, minus zero too, ends in an error
        work = sign * number / 16
        return plane.inject(time, 0, work, 2 * work, watched=bool(number % 2))
    if verb == "abort":
        return plane.abort(number if number % 3 else -number, time)
    if verb == "refuse":
        return plane.close(0, time, time + number / 8, ErrorCode.FUNCTION_NOT_ACTIVE)
    if not created:
        return None
    instance = created[number % len(created)]
    if verb == "meter":
        return plane.in_flight(instance), plane.metered(instance, time)
    starting = instance in [one for _, one in ready]
    if verb == "gone":
        ready[:] = [pair for pair in ready if pair[1] != instance]
        return plane.instance_gone(instance, time, ErrorCode.CA_EXITED)
    if starting and verb == "restart":
        ready[:] = [pair for pair in ready if pair[1] != instance]
        created.append(plane.restart(instance, time, 6.0))
        ready.append((time + 1.25, created[-1]))
        ready.sort()
        return created[-1]
    if starting or verb == "restart":
        return plane.in_flight(instance)
    if verb == "resume":
        return plane.resume(instance, time)
    return getattr(plane, verb)(instance)


waking = st.sampled_from([0.0, 0.5])


@given(specs, waking, st.booleans(), requests, orders)
def test_both_planes_obey_alike_and_lose_nobody(plane_maker, spec, wake, metered, rows, asked):
    spec = {**spec, "wake": wake, "metered": metered}
    planes = [plane_maker(spec, [sorted(rows)], kind) for kind in (ReferencePlane, CompiledPlane)]
    logs = [obey(plane, asked) for plane in planes]
    assert logs[0] == logs[1]
    first, second = (plane.requests() for plane in planes)
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)
    for name, column in planes[0].usage().items():
        assert column.tobytes() == planes[1].usage()[name].tobytes()
    injected = sum(verb == "inject" for _, verb, _ in asked)
    assert len(first["arrival"]) == len(rows) + injected
    ended = ~np.isnan(first["ended"])
    assert np.array_equal(ended, first["outcome"] != Outcome.UNFINISHED)
