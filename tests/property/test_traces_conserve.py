"""Laws of traces: rates add up to bytes, shares to no more than the link, contents to the cache."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_strategies import loaded, scenarios

from fcsim import run
from fcsim.results.trace_views import flows_on, rates, stack, stays
from fcsim.sim.cache import POLICIES, LayerCache
from fcsim.sim.tracer import Tracer
from fcsim.sim.tracing import TracedCache

NEVER = float("inf")
few = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])


@few
@given(scenarios())
def test_traces_of_random_runs_conserve_and_change_nothing(source):
    plain, result = run(loaded(source)).record, run(loaded(source), trace=True)
    for table in ("requests", "instances", "pulls", "calls", "attempts"):
        for name, column in getattr(plain, table).items():
            assert column.tobytes() == getattr(result.record, table)[name].tobytes()
    assert plain.counters == result.record.counters
    check_flows(result.trace)
    check_links(result.trace)
    check_contents(result)


def check_flows(trace):
    """The integral of a flow's rates is its bytes."""
    flows = trace.flows
    found = rates(trace, np.arange(len(flows["bytes"])))
    assert (found.value < NEVER).all()
    moved = np.zeros(len(flows["bytes"]))
    ended = ~np.isnan(flows["ended"])
    lasting = np.minimum(found.end, 1e9) - found.begin
    np.add.at(moved, found.owner, np.where(ended[found.owner], lasting * found.value, 0.0))
    fastest = np.zeros(len(moved))
    np.maximum.at(fastest, found.owner, found.value)
    timed = ended & (flows["ended"] > flows["begun"])
    # transfers that would end within a nanosecond of each other end together
    slack = 1e-9 * flows["bytes"] + 2e-9 * fastest + 1e-6
    assert (np.abs(moved - flows["bytes"]) <= slack)[timed].all()


def check_links(trace):
    """At no instant do the shares of a link exceed its capacity."""
    capacities = trace.link_capacities
    end = max([*trace.link_rates["time"].tolist(), 0.0]) + 1.0
    for link in range(len(trace.links)):
        found = rates(trace, flows_on(trace, link))
        total = stack(found, np.zeros(len(found.owner), dtype=np.int64), 1, (0.0, end))
        mine = capacities["link"] == link
        row = np.searchsorted(capacities["time"][mine], total.times[:-1], side="right") - 1
        limit = np.where(row >= 0, capacities["capacity"][mine][row], NEVER)
        assert (total.amounts[0] <= limit * (1 + 1e-9) + 1e-6).all(), trace.links[link]


def check_contents(result):
    """What was found was there, what was missed was not; an entry is there once at a time."""
    events = result.trace.cache_events
    for place in set(events["host"].tolist()):
        held = stays(result.trace, place)
        for owner in set(held.owner.tolist()):
            mine = held.owner == owner
            assert (held.end[mine][:-1] <= held.begin[mine][1:]).all()
        for entry, time, event in zip(
            *(events[n][events["host"] == place].tolist() for n in ("entry", "time", "event")),
            strict=True,
        ):
            own = (held.owner == entry) & (held.begin <= time)
            if event == 1:  # hit; it may go at the same instant, after it
                assert (own & (held.end >= time)).any()
            if event == 2:  # missed; it may come at the same instant, after it
                assert not (own & (held.end > time) & (held.begin < time)).any()


KEYS = ["layer 0", "layer 1", "layer 2", "layer 3"]
GROUPS = [("layer 0", "layer 1"), ("layer 1", "layer 2"), ("layer 3",)]
STEPS = st.one_of(
    st.tuples(st.just("add"), st.sampled_from(KEYS)),
    st.tuples(st.just("pin"), st.sampled_from(GROUPS)),
    st.tuples(st.just("unpin"), st.sampled_from(GROUPS)),
    st.tuples(st.just("use"), st.sampled_from(KEYS)),
    st.tuples(st.just("clear"), st.none()),
    st.tuples(st.just("wait"), st.integers(1, 12)),
)
SIZES = dict(zip(KEYS, (1.0, 2.0, 3.0, 5.0), strict=True))


def play(cache, step, subject, pins):
    """Do one thing to *cache*, if it makes sense."""
    if step == "add":  # nobody brings what he has not looked for
        if not cache.has(subject):
            cache.add(subject, SIZES[subject])
    elif step == "pin":
        cache.pin(subject)
        pins[subject] += 1
    elif step == "unpin" and pins[subject]:
        cache.unpin(cache._groups[subject])
        pins[subject] -= 1
    elif step == "use" and cache.has(subject):
        cache.touch(subject)
    elif step == "clear":
        cache.clear()


@settings(max_examples=200)
@given(
    st.lists(STEPS, max_size=40),
    st.sampled_from(sorted(POLICIES)),
    st.sampled_from([3.0, 6.0, 100.0]),
    st.sampled_from([7.35, 20.35]),
)
def test_a_trace_tells_at_every_moment_what_a_cache_has(steps, policy, capacity, lifetime):
    """A second cache, to which the same happens, is asked after each step."""
    time, tracer = 0.0, Tracer()
    traced = TracedCache(capacity, lifetime, policy, lambda: time, tracer, 0)
    plain = LayerCache(capacity, lifetime, policy, lambda: time)
    pins = [dict.fromkeys(GROUPS, 0) for _ in range(2)]
    seen = {}
    for step, subject in steps:
        if step == "wait":
            time += subject
        for cache, own in zip((traced, plain), pins, strict=True):
            play(cache, step, subject, own)
        held = {key for group, number in pins[0].items() if number for key in group}
        seen[time] = {key for key in KEYS if plain.has(key)}, held
    trace = tracer.trace(time + 100.0, [], KEYS)
    found = stays(trace, 0)
    names = [trace.entries[owner] for owner in found.owner.tolist()]
    for at, (has, held) in seen.items():
        there = ((found.begin <= at) & (found.end > at)).tolist()
        content = [name for name, is_there in zip(names, there, strict=True) if is_there]
        assert sorted(content) == sorted(has)
        size = sum(SIZES[name] for name in content)
        needed = sum(SIZES[name] for name in content if name in held)
        assert size <= max(capacity, needed)


def test_the_laws_would_notice_half_a_rate():
    result = run(loaded(simple()), trace=True)
    check_flows(result.trace)
    result.trace.link_rates["rate"] /= 2
    with pytest.raises(AssertionError):
        check_flows(result.trace)


def simple():
    return {
        "fcsim": 1,
        "horizon": "1 min",
        "images": {"i": {"compressed": "100 MB"}},
        "functions": {"f": {"image": "i", "pull": "eager", "cpu": 1, "memory_size": "1024 MB",
                            "service": {"time": "1 s"}}},
        "workload": {"w": {"function": "f", "arrivals": {"poisson": "0.2/s"}}},
    }  # fmt: skip
