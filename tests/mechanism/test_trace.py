"""What a traced run tells of caches and links, moment by moment; and that it changes nothing."""

import numpy as np
import pytest

from fcsim import load, load_result, run
from fcsim.cli import main
from fcsim.errors import UsageError
from fcsim.results.trace_views import Pieces, cache_capacity, herd, link_number, rates, stack, stays
from fcsim.sim import tracer
from fcsim.sim.clock import Clock
from fcsim.sim.network import Link
from fcsim.sim.recorder import PullFact
from fcsim.sim.trace import TRACE_COLUMNS, ZONE, CacheEvent
from fcsim.sim.tracer import Tracer
from fcsim.sim.tracing import TracedCache, TracedNetwork

INSERTED, HIT, MISSED, EVICTED, EXPIRED, LOST = CacheEvent
NEVER = float("inf")
NAMES = [f"layer {k}" for k in range(6)]
TURNS = {
    "fcsim": 1,
    "name": "turns",
    "horizon": "4 min",
    "registries": {"acr": {"bandwidth": "100 MB/s", "connection_bandwidth": "100 MB/s"}},
    "pools": {"one": {"hosts": 1, "cpu": 32, "memory": "128 GB"}},
    "caches": {"host": {"capacity": "1 GB"}, "zone": {"capacity": "0 GB"}},
    "images": {
        name: {"registry": "acr", "compressed": "400 MB", "uncompressed": "800 MB"}
        for name in ("day", "night")
    },
    "functions": {
        name: {"image": name, "cpu": 1, "memory_size": "1024 MB", "pull": "eager", "pool": "one",
               "service": {"time": "1 s"}}
        for name in ("day", "night")
    },
    "workload": {
        "day": {"function": "day", "arrivals": {"bursts": {"size": 2, "every": "3 min"}}},
        "night": {"function": "night",
                  "arrivals": {"bursts": {"size": 1, "every": "1 h", "first": "100 s"}}},
    },
}  # fmt: skip


# ── caches ────────────────────────────────────────────────────────────────────────────────────


class Watched:
    """A traced cache of a host, and its clock."""

    def __init__(self, capacity=100.0, lifetime=10.0, policy="lru"):
        self.time = 0.0
        self.tracer = Tracer()
        self.cache = TracedCache(capacity, lifetime, policy, lambda: self.time, self.tracer, 3)

    def at(self, time):
        self.time = float(time)
        return self.cache

    def events(self):
        """Return (time, entry, bytes, event) of all rows."""
        self.trace = self.tracer.trace(self.time, [], NAMES)
        columns = self.trace.cache_events
        assert set(columns["host"].tolist()) <= {3}
        names = [self.trace.entries[k] for k in columns["entry"].tolist()]
        rest = (columns[name].tolist() for name in ("time", "bytes", "event"))
        return [(t, n, b, CacheEvent(e)) for n, t, b, e in zip(names, *rest, strict=True)]


def test_what_goes_for_want_of_room_goes_after_what_came():
    world = Watched(capacity=3.0)
    for time, size in enumerate((1.0, 2.0, 2.0)):
        world.at(time).add(f"layer {time}", size)
    assert world.events() == [
        (0.0, "layer 0", 1.0, INSERTED),
        (1.0, "layer 1", 2.0, INSERTED),
        (2.0, "layer 2", 2.0, INSERTED),
        (2.0, "layer 0", 1.0, EVICTED),
        (2.0, "layer 1", 2.0, EVICTED),
    ]


def test_expiry_is_told_when_it_is_and_not_when_it_is_noticed():
    world = Watched()
    world.at(0).add("layer 0", 1.0)
    world.at(5).touch("layer 0")
    assert not world.at(40).has("layer 0")
    assert world.events() == [(0.0, "layer 0", 1.0, INSERTED), (15.0, "layer 0", 1.0, EXPIRED)]


def test_expiry_that_nobody_notices_is_told_at_the_end():
    world = Watched()
    world.at(0).add("layer 0", 1.0)
    world.at(1).add("layer 1", 1.0)
    world.at(10.5)
    assert world.events()[2:] == [(10.0, "layer 0", 1.0, EXPIRED)]


def test_what_comes_again_after_it_has_expired_is_new():
    world = Watched()
    world.at(0).add("layer 0", 1.0)
    world.at(20).add("layer 0", 1.0)
    assert world.events()[1:] == [(10.0, "layer 0", 1.0, EXPIRED), (20.0, "layer 0", 1.0, INSERTED)]


def test_what_instances_hold_expires_when_they_let_go():
    world = Watched(policy="ttl")
    world.at(0).add("layer 0", 1.0)
    group = world.at(9).pin(("layer 0",))
    world.at(30).unpin(group)
    assert not world.at(31).has("layer 0")
    assert world.events()[1:] == [(30.0, "layer 0", 1.0, EXPIRED)]


def test_a_crash_loses_everything():
    world = Watched()
    world.at(0).add("layer 0", 1.0)
    world.at(1).add("layer 1", 1.0)
    world.at(1).pin(("layer 0",))
    world.at(2).clear()
    assert world.events()[2:] == [(2.0, "layer 0", 1.0, LOST), (2.0, "layer 1", 1.0, LOST)]


def test_a_policy_that_keeps_nothing_evicts_at_the_end_of_an_instance():
    world = Watched(policy="none")
    group = world.at(0).pin(("layer 0",))
    world.at(1).add("layer 0", 1.0)
    world.at(9).unpin(group)
    assert world.events() == [(1.0, "layer 0", 1.0, INSERTED), (9.0, "layer 0", 1.0, EVICTED)]


def test_parts_and_models_have_names_of_their_own():
    world = Watched()
    for key in ("layer 1", "start 1", "later 1", ("model", "chat", 2.0), ("model", "chat", 3.0)):
        world.at(0).add(key, 1.0)
    assert [name for _, name, _, _ in world.events()] == [
        "layer 1", "layer 1 (at start)", "layer 1 (while serving)",
        "model of chat", "model of chat (2)",
    ]  # fmt: skip


# ── links ─────────────────────────────────────────────────────────────────────────────────────


def network():
    clock, tracer = Clock(), Tracer()
    return clock, tracer, TracedNetwork(clock, tracer)


def rows(trace, table):
    return list(zip(*(column.tolist() for column in getattr(trace, table).values()), strict=True))


def test_a_late_transfer_takes_half_and_gives_it_back():
    clock, tracer, net = network()
    link, nics = Link("registry", 10.0), [Link(f"nic {k}", NEVER) for k in range(2)]
    net.transfer(link, nics[0], 100.0)
    clock.call_at(4.0, lambda: net.transfer(link, nics[1], 20.0))
    clock.run()
    # flow 0: 40 bytes by t = 4; both at 5/s until flow 1 ends at 8; 40 left at 10/s: 12
    trace = tracer.trace(clock.now, [], [])
    assert trace.links == ["registry", "nic 0", "nic 1"]
    assert rows(trace, "link_rates") == [
        (0.0, 0, 0, 10.0), (4.0, 0, 0, 5.0), (4.0, 0, 1, 5.0),
        (8.0, 0, 1, 0.0), (8.0, 0, 0, 10.0), (12.0, 0, 0, 0.0),
    ]  # fmt: skip
    assert rows(trace, "flows") == [
        (0, 1, 100.0, 0.0, 12.0, -1, 0), (0, 2, 20.0, 4.0, 8.0, -1, 0),
    ]  # fmt: skip
    assert rows(trace, "link_capacities") == [(0.0, 0, 10.0), (0.0, 1, NEVER), (4.0, 2, NEVER)]


def test_an_outage_stops_a_flow_that_goes_on_afterwards():
    clock, tracer, net = network()
    link = Link("registry", 10.0)
    net.transfer(link, Link("nic 0", 5.0), 50.0)
    clock.call_at(3.0, lambda: net.set_capacity(link, 0.0))
    clock.call_at(8.0, lambda: net.set_capacity(link, 2.0))
    clock.run()
    trace = tracer.trace(clock.now, [], [])
    changes = [(0.0, 5.0), (3.0, 0.0), (8.0, 2.0), (25.5, 0.0)]
    assert [(time, rate) for time, _, _, rate in rows(trace, "link_rates")] == changes
    assert [row[::2] for row in rows(trace, "link_capacities") if row[1] == 0] == [
        (0.0, 10.0), (3.0, 0.0), (8.0, 2.0),
    ]  # fmt: skip


def test_a_transfer_without_any_limit_has_no_rate_that_lasts():
    clock, tracer, net = network()
    net.transfer(Link("store", NEVER), Link("nic 0", NEVER), 5.0)
    net.transfer(Link("store", NEVER), Link("nic 0", NEVER), 0.0)
    clock.run()
    trace = tracer.trace(clock.now, [], [])
    assert rows(trace, "link_rates") == [(0.0, 0, 0, 0.0)]
    assert [row[2:5] for row in rows(trace, "flows")] == [(5.0, 0.0, 0.0)]


def test_a_flow_names_the_rows_of_what_it_carries():
    clock, tracer, net = network()
    for size in (3.0, 4.0, 5.0):
        net.transfer(Link("store", 1.0), Link("nic 0", 1.0), size)
    clock.run()
    pulls = [PullFact(0, 0, 0, 1.0, 0.0, flow=flow) for flow in (-1, 1, 0, 0)]
    trace = tracer.trace(clock.now, pulls, [])
    assert [row[5:] for row in rows(trace, "flows")] == [(2, 2), (1, 1), (-1, 0)]


def test_a_trace_that_would_fill_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr(tracer, "MOST_ROWS", 3)
    world = Watched()
    for number in range(3):
        world.at(number).add(f"layer {number}", 1.0)
    with pytest.raises(UsageError, match="more than 3 rows of cache_events: trace a shorter run"):
        world.at(3).add("layer 3", 1.0)


# ── runs ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture(scope="module")
def turns():
    return run(load(TURNS), keep=True, trace=True)


def test_the_timetable_of_two_images_that_do_not_fit_together(turns):
    frame = turns.to_frame("cache_events")
    events = [
        (round(time, 2), host, entry, event)
        for time, host, entry, _, event in frame.itertuples(index=False)
    ]
    # placing 10 ms, credential 80 ms, manifest and blob 10 ms each; 4 s of transfer, then
    # unpacking 800 MB at 150 MB/s: 5.33 s; both starts of day look for it, one brings it
    assert events == [
        (0.09, 0, "image:day", "missed"),
        (0.09, 0, "image:day", "missed"),
        (0.1, ZONE, "image:day", "missed"),
        (4.11, ZONE, "image:day", "inserted"),
        (4.11, ZONE, "image:day", "evicted"),
        (9.44, 0, "image:day", "inserted"),
        (100.09, 0, "image:night", "missed"),
        (100.1, ZONE, "image:night", "missed"),
        (104.11, ZONE, "image:night", "inserted"),
        (104.11, ZONE, "image:night", "evicted"),
        (109.44, 0, "image:night", "inserted"),
        (109.44, 0, "image:day", "evicted"),
        (180.01, 0, "image:day", "missed"),
        (180.01, 0, "image:day", "missed"),
        (180.02, ZONE, "image:day", "missed"),
        (184.03, ZONE, "image:day", "inserted"),
        (184.03, ZONE, "image:day", "evicted"),
        (189.36, 0, "image:day", "inserted"),
        (189.36, 0, "image:night", "evicted"),
    ]


def test_flows_are_those_of_the_pulls(turns):
    flows, pulls = turns.trace.flows, turns.record.pulls
    assert flows["pull"].tolist() == [0, 1, 2]
    for mine, theirs in (("begun", "flowing"), ("ended", "transferred"), ("bytes", "bytes")):
        assert flows[mine].tolist() == pulls[theirs][flows["pull"]].tolist()


@pytest.mark.parametrize("changes", [{}, {"functions.day.pull": "accelerated"}])
def test_a_trace_changes_nothing_else(changes):
    scenario = load(TURNS, overrides=[f"{path}={value}" for path, value in changes.items()])
    traced, plain = run(scenario, trace=True).record, run(scenario).record
    assert plain.trace is None
    for table in ("requests", "instances", "pulls", "targets", "calls", "attempts"):
        for name, column in getattr(plain, table).items():
            assert column.tobytes() == getattr(traced, table)[name].tobytes(), (table, name)
    assert (traced.layers, traced.counters) == (plain.layers, plain.counters)
    assert traced.assumptions == plain.assumptions


@pytest.mark.parametrize("form", ["csv", "npz"])
def test_a_saved_trace_comes_back_to_the_last_bit(turns, tmp_path, form):
    read = load_result(turns.save(tmp_path / "out", records=form)).trace
    assert (read.entries, read.links) == (turns.trace.entries, turns.trace.links)
    for table, types in TRACE_COLUMNS.items():
        for name, dtype in types.items():
            column = getattr(read, table)[name]
            assert column.dtype == dtype
            assert column.tobytes() == getattr(turns.trace, table)[name].tobytes(), (table, name)


def test_without_a_trace_its_tables_say_how_to_get_them(tmp_path):
    result = run(load(TURNS))
    for table in TRACE_COLUMNS:
        with pytest.raises(UsageError, match="trace=True"):
            result.to_frame(table)
    saved = load_result(result.save(tmp_path / "out", records="csv"))
    assert saved.record.trace is None
    assert not (tmp_path / "out" / "flows.csv").exists()


def test_the_command_line_writes_the_tables(root, tmp_path, capsys):
    folder = str(tmp_path / "out")
    scenario = str(root / "scenarios" / "shared-base-layer.yaml")
    assert main(["run", scenario, "--trace", "--out", folder, "--no-figures", "--quiet"]) == 0
    assert load_result(folder).trace.entries[:2] == ["base/os", "base/runtime"]


# ── views ─────────────────────────────────────────────────────────────────────────────────────


def test_stays_are_what_lies_between_coming_and_going(turns):
    found = stays(turns.trace, 0)
    times = turns.to_frame("cache_events").query("host == 0").groupby("event")["time"]
    came, went = (times.get_group(event).tolist() for event in ("inserted", "evicted"))
    assert found.owner.tolist() == [0, 1, 0]
    assert found.begin.tolist() == came
    assert found.end.tolist() == [*went, NEVER]
    assert found.value.tolist() == [8e8] * 3


def test_the_capacity_is_what_the_scenario_says_or_the_assumption(turns):
    assert cache_capacity(turns.scenario, 0) == 1e9
    assert cache_capacity(turns.scenario, ZONE) == 0.0
    plain = load({key: value for key, value in TURNS.items() if key != "caches"})
    assert cache_capacity(plain, 0) == plain.parameters["cache.host_capacity"].value


def test_rates_are_pieces_in_which_something_flows(turns):
    found = rates(turns.trace, np.array([0, 2]))
    assert found.owner.tolist() == [0, 2]
    assert found.value.tolist() == [1e8, 1e8]
    assert (found.end - found.begin).tolist() == pytest.approx([4.0, 4.0])


def test_the_link_of_most_bytes_is_the_default(turns):
    assert turns.trace.links[link_number(turns.trace, None)] == "registry acr"
    with pytest.raises(UsageError, match="did you mean 'registry acr'"):
        link_number(turns.trace, "registry arc")


def test_a_herd_is_what_is_close_to_each_other():
    begun, ended = np.array([0.0, 1.0, 9.0, 10.0]), np.array([2.0, 4.0, 10.0, 12.0])
    # no gap before 9 is shorter than 3, the longest: [0, 4] and [9, 12]
    assert herd(begun, ended, np.array([1.0, 1.0, 1.0, 2.0])) == (9.0, 12.0)
    assert herd(begun, ended, np.array([2.0, 2.0, 1.0, 2.0])) == (0.0, 4.0)


def test_a_stack_sums_by_band_and_cuts_at_the_span():
    pieces = Pieces(
        np.array([7, 8, 9]), np.array([0.0, 2.0, 3.0]), np.array([4.0, NEVER, 5.0]),
        np.array([1.0, 10.0, 100.0]),
    )  # fmt: skip
    stacked = stack(pieces, np.array([0, 1, 0]), 2, (1.0, 6.0))
    assert stacked.times.tolist() == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert stacked.amounts.tolist() == [[1, 1, 101, 100, 0], [0, 10, 10, 10, 10]]
