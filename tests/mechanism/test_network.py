"""Fair-shared links: exact end times of transfers."""

import pytest

from fcsim.sim import cohorts
from fcsim.sim.clock import Clock
from fcsim.sim.network import Link, Network

NEVER = float("inf")


def ends(clock, events):
    """Run the clock to the end and return the end time of each transfer."""
    times = {}
    for name, event in events.items():
        event.callbacks.append(lambda _, name=name: times.__setitem__(name, clock.now))
    clock.run()
    return times


def nic(capacity=NEVER):
    return Link("nic", capacity)


@pytest.fixture
def fills(monkeypatch):
    """Numbers of bundles for which rates were computed, call by call."""
    calls = []
    fill = cohorts.max_min_rates
    monkeypatch.setattr(
        cohorts, "max_min_rates", lambda bundles: calls.append(len(bundles)) or fill(bundles)
    )
    return calls


def test_one_transfer_takes_size_over_the_narrowest_link():
    clock = Clock()
    network = Network(clock)
    assert ends(clock, {"a": network.transfer(Link("registry", 100.0), nic(40.0), 200.0)}) == {
        "a": 5.0
    }
    assert network.delivered == network.asked == 200.0


def test_the_cap_of_a_connection_holds():
    clock = Clock()
    network = Network(clock)
    event = network.transfer(Link("registry", 100.0), nic(), 200.0, cap=10.0)
    assert ends(clock, {"a": event}) == {"a": 20.0}


def test_a_late_transfer_halves_the_rate_and_the_early_end_restores_it():
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 10.0)
    events = {"a": network.transfer(link, nic(), 100.0)}

    def second():
        events["b"] = network.transfer(link, nic(), 20.0)
        events["b"].callbacks.append(lambda _: seen.append(clock.now))

    seen = []
    clock.call_at(4.0, second)
    # a: 40 bytes by t = 4; both at 5/s until b ends at 8; a has 40 left at 10/s: 12
    assert ends(clock, {"a": events["a"]}) == {"a": 12.0}
    assert seen == [8.0]


def test_what_one_cannot_use_goes_to_the_others():
    clock = Clock()
    network = Network(clock)
    shared = Link("shared", 12.0)
    times = ends(
        clock,
        {
            "slow": network.transfer(shared, nic(2.0), 20.0),
            "fast1": network.transfer(shared, nic(), 50.0),
            "fast2": network.transfer(shared, nic(), 50.0),
        },
    )
    assert times == {"slow": 10.0, "fast1": 10.0, "fast2": 10.0}


def test_sources_share_a_nic():
    clock = Clock()
    network = Network(clock)
    registry, zone, host = Link("registry", 3.0), Link("zone", 100.0), nic(10.0)
    times = ends(
        clock,
        {"layer": network.transfer(registry, host, 12.0), "part": network.transfer(zone, host, 28)},
    )
    # the registry gives 3/s, so 7/s of the NIC are left for the zone
    assert times == {"layer": 4.0, "part": 4.0}


def test_a_second_transfer_slows_its_own_nic_and_leaves_the_rest_to_the_others():
    clock = Clock()
    network = Network(clock)
    registry, busy = Link("registry", 30.0), nic(10.0)
    events = {"busy1": network.transfer(registry, busy, 60.0)}
    for k in range(2):
        events[f"other{k}"] = network.transfer(registry, nic(40.0), 80.0)
    clock.call_at(2.0, lambda: events.update(late=network.transfer(registry, busy, 20.0)))
    # 10/s each; from 2 on busy has 5/s for each of two until both have 20 more: 6, then 10/s
    assert ends(clock, events) == {"busy1": 8.0, "other0": 8.0, "other1": 8.0}


def test_an_outage_stops_transfers_and_they_go_on_afterwards():
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 10.0)
    event = network.transfer(link, nic(), 100.0)
    clock.call_at(3.0, lambda: network.set_capacity(link, 0.0))
    clock.call_at(8.0, lambda: network.set_capacity(link, 10.0))
    assert ends(clock, {"a": event}) == {"a": 15.0}


def test_the_capacity_of_one_nic_can_change():
    clock = Clock()
    network = Network(clock)
    link, slower = Link("registry", 100.0), nic(10.0)
    events = {"a": network.transfer(link, slower, 100.0), "b": network.transfer(link, nic(10), 100)}
    clock.call_at(5.0, lambda: network.set_capacity(slower, 5.0))
    assert ends(clock, events) == {"a": 15.0, "b": 10.0}


def test_rates_are_computed_once_an_instant_and_once_for_nics_that_look_alike(fills):
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 10.0)
    events = {k: network.transfer(link, nic(5.0), 10.0) for k in range(50)}
    assert set(ends(clock, events).values()) == {50.0}
    assert fills == [1, 0]


def test_transfers_that_end_together_end_in_the_order_in_which_they_began():
    clock = Clock()
    network = Network(clock)
    link, hosts = Link("registry", 1.0), [nic() for _ in range(3)]
    events = {k: network.transfer(link, hosts[k % 3], 1.0) for k in range(7)}
    assert list(ends(clock, events).items()) == [(k, 7.0) for k in range(7)]


def test_an_empty_transfer_ends_at_once():
    clock = Clock()
    network = Network(clock)
    assert ends(clock, {"a": network.transfer(Link("l", 1.0), nic(), 0.0)}) == {"a": 0.0}


def test_ten_thousand_transfers_share_one_link_fairly(fills):
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 1e9)
    nics = [nic(1e9) for _ in range(500)]
    events = {k: network.transfer(link, nics[k % 500], 1e6) for k in range(10_000)}
    times = ends(clock, events)
    assert list(times.values()) == pytest.approx([10.0] * 10_000, rel=1e-12)
    assert network.delivered == 1e10
    assert network.transfers == 0
    assert fills == [1, 0]


def test_ten_thousand_transfers_one_after_the_other_keep_few_rates(fills):
    """Each begins 1 ms after the one before, on a NIC of its own, and all share one link."""
    clock = Clock()
    network = Network(clock)
    link = Link("registry", 1e9)
    events = {}
    for k in range(10_000):
        clock.call_at(
            k / 1000, lambda k=k: events.update({k: network.transfer(link, nic(), 1e6 + k)})
        )
    clock.run()
    assert network.transfers == 0
    assert network.delivered == pytest.approx(1e10 + 9999 * 5000)
    assert max(fills) == 1
