"""The request plane's results do not depend on where calls and blocks are cut."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fcsim.sim.record import ErrorCode
from fcsim.sim.requests.interface import NEVER, StopKind


def drive(plane, start_time, cuts):
    """A tiny platform: at most three instances, each ready *start_time* after its creation."""
    ready, alive, cuts = [], 0, sorted(cuts)
    log = []
    while True:
        control = ready[0][0] if ready else NEVER
        until = min(control, 200.0, cuts[0] if cuts else NEVER)
        stop = plane.advance(until)
        if stop is not None:
            log.append(tuple(stop))
            if stop.kind == StopKind.GROW and alive < 3:
                number = plane.start_instance(stop.subject, stop.time, 6.0, False)
                ready.append((stop.time + start_time, number))
                alive += 1
            elif stop.kind == StopKind.GROW:
                plane.close(stop.subject, stop.time, stop.time + 2.0, ErrorCode.RESOURCE_EXHAUSTED)
            elif stop.kind in (StopKind.EXPIRED, StopKind.DIED):
                alive -= 1
        elif cuts and until == cuts[0] < control:
            cuts.pop(0)
        elif ready and control <= 200.0:
            time, number = ready.pop(0)
            plane.instance_ready(number, time)
        else:
            return log


specs = st.fixed_dictionaries(
    {
        "concurrency": st.sampled_from([1, 2, 4]),
        "vcpu": st.sampled_from([0.0, 0.3, 1.0]),
        "time_limit": st.sampled_from([NEVER, 2.0]),
        "memory_limit": st.sampled_from([10**9, 3]),
        "in_line": st.booleans(),
        "dispatch": st.sampled_from(
            ["newest_created", "most_recently_used", "least_recently_used", "least_loaded",
             "random"]
        ),
    }
)  # fmt: skip
# sixteenths of a second make equal instants likely
ticks = st.integers(0, 400).map(lambda k: k / 16)
requests = st.lists(st.tuples(ticks, st.integers(0, 60).map(lambda k: k / 16)), max_size=60)


@given(specs, requests, st.lists(ticks, max_size=20), st.sets(st.integers(0, 60)))
def test_cuts_change_nothing(plane_maker, spec, rows, cuts, edges):
    rows = sorted(rows)
    whole = plane_maker(spec, [rows])
    bounds = [0, *sorted(edge for edge in edges if edge < len(rows)), len(rows)]
    parts = [rows[a:b] for a, b in itertools.pairwise(bounds)]
    cut = plane_maker(spec, parts)
    assert drive(whole, 1.25, []) == drive(cut, 1.25, cuts)
    first, second = whole.requests(), cut.requests()
    assert all(np.array_equal(first[name], second[name], equal_nan=True) for name in first)
    assert np.array_equal(whole.usage()["busy"], cut.usage()["busy"])
