"""Fair-shared links: exact end times of transfers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcsim.sim.clock import Clock
from fcsim.sim.fairness import _by_arrays, _by_loop
from fcsim.sim.network import Link, Network, Route


def ends(clock, events):
    """Run the clock to the end and return the end time of each transfer."""
    times = {}
    for name, event in events.items():
        event.callbacks.append(lambda _, name=name: times.__setitem__(name, clock.now))
    clock.run()
    return times


def test_one_transfer_takes_size_over_the_narrowest_link():
    clock = Clock()
    network = Network(clock)
    links = (Link("registry", 100.0), Link("nic", 40.0))
    assert ends(clock, {"a": network.transfer(links, 200.0)}) == {"a": 5.0}
    assert network.delivered == network.asked == 200.0


def test_the_cap_of_a_connection_holds():
    clock = Clock()
    network = Network(clock)
    event = network.transfer((Link("registry", 100.0),), 200.0, cap=10.0)
    assert ends(clock, {"a": event}) == {"a": 20.0}


def test_a_late_transfer_halves_the_rate_and_the_early_end_restores_it():
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 10.0)
    events = {"a": network.transfer((link,), 100.0)}

    def second():
        events["b"] = network.transfer((link,), 20.0)
        events["b"].callbacks.append(lambda _: seen.append(clock.now))

    seen = []
    clock.call_at(4.0, second)
    # a: 40 bytes by t = 4; both at 5/s until b ends at 8; a has 40 left at 10/s: 12
    assert ends(clock, {"a": events["a"]}) == {"a": 12.0}
    assert seen == [8.0]


def test_what_one_cannot_use_goes_to_the_others():
    clock = Clock()
    network = Network(clock)
    shared, slow = Link("shared", 12.0), Link("slow", 2.0)
    times = ends(
        clock,
        {
            "slow": network.transfer((shared, slow), 20.0),
            "fast1": network.transfer((shared,), 50.0),
            "fast2": network.transfer((shared,), 50.0),
        },
    )
    assert times == {"slow": 10.0, "fast1": 10.0, "fast2": 10.0}


def test_an_outage_stops_transfers_and_they_go_on_afterwards():
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 10.0)
    event = network.transfer((link,), 100.0)
    clock.call_at(3.0, lambda: network.set_capacity(link, 0.0))
    clock.call_at(8.0, lambda: network.set_capacity(link, 10.0))
    assert ends(clock, {"a": event}) == {"a": 15.0}


def test_rates_are_computed_once_an_instant(monkeypatch):
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 10.0)
    calls = []
    monkeypatch.setattr(
        "fcsim.sim.network.max_min_rates",
        lambda routes: calls.append(len(routes)) or _by_loop(routes),
    )
    events = {k: network.transfer((link, Link(f"nic {k}", 5.0)), 10.0) for k in range(50)}
    times = ends(clock, events)
    assert set(times.values()) == {50.0}
    assert calls == [50, 0]


def test_an_empty_transfer_ends_at_once():
    clock = Clock()
    network = Network(clock)
    assert ends(clock, {"a": network.transfer((Link("l", 1.0),), 0.0)}) == {"a": 0.0}


def test_ten_thousand_transfers_share_one_link_fairly():
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 1e9)
    nics = [Link(f"nic {k}", 1e9) for k in range(500)]
    events = {k: network.transfer((link, nics[k % 500]), 1e6) for k in range(10_000)}
    times = ends(clock, events)
    assert list(times.values()) == pytest.approx([10.0] * 10_000, rel=1e-12)
    assert network.delivered == 1e10


@st.composite
def networks(draw):
    links = [Link(f"l{k}", draw(st.floats(0.5, 100))) for k in range(draw(st.integers(1, 6)))]
    routes = []
    for _ in range(draw(st.integers(1, 12))):
        chosen = draw(st.sets(st.sampled_from(range(len(links))), min_size=1))
        cap = draw(st.sampled_from([float("inf"), 0.1, 3.0, 20.0]))
        route = Route(tuple(links[k] for k in sorted(chosen)), cap)
        route.transfers = [None] * draw(st.integers(1, 5))
        routes.append(route)
    return links, routes


@given(networks())
def test_rates_are_max_min_fair(case):
    """Each transfer is at its cap, or crosses a full link on which none is faster."""
    links, routes = case
    rates = _by_loop(routes)
    load = {
        link: sum(
            r * len(p.transfers) for r, p in zip(rates, routes, strict=True) if link in p.links
        )
        for link in links
    }
    assert all(load[link] <= link.capacity * (1 + 1e-9) for link in links)
    for rate, route in zip(rates, routes, strict=True):
        at_cap = rate >= route.cap * (1 - 1e-12)
        bottleneck = any(
            load[link] >= link.capacity * (1 - 1e-9)
            and rate
            >= max(r for r, p in zip(rates, routes, strict=True) if link in p.links) * (1 - 1e-9)
            for link in route.links
        )
        assert at_cap or bottleneck


@given(networks())
def test_loop_and_arrays_agree(case):
    _, routes = case
    assert _by_arrays(routes) == pytest.approx(_by_loop(routes), rel=1e-9, abs=1e-12)
