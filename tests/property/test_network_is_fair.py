"""Rates and end times of transfers against definitions written out naively."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fcsim.sim.clock import Clock
from fcsim.sim.fairness import Bundle, Link, max_min_rates
from fcsim.sim.network import Network

NEVER = float("inf")
CAPS = st.sampled_from([NEVER, 0.1, 3.0, 20.0])


@st.composite
def bundles(draw):
    """Return bundles over any links, each link with a number of their flows of its own."""
    links = [Link(f"l{k}", draw(st.floats(0.5, 100))) for k in range(draw(st.integers(1, 6)))]
    chosen = st.sets(st.sampled_from(links), min_size=1)
    return [
        Bundle(
            draw(CAPS),
            tuple(
                (link, draw(st.integers(1, 5))) for link in sorted(over, key=lambda link: link.name)
            ),
        )
        for over in draw(st.lists(chosen, min_size=1, max_size=30))
    ]


@given(bundles())
def test_rates_are_max_min_fair(case):
    """Each flow is at its cap, or crosses a full link on which none is faster."""
    rates = max_min_rates(case)
    users, load = {}, {}
    for rate, bundle in zip(rates, case, strict=True):
        for link, flows in bundle.links:
            users.setdefault(link, []).append(rate)
            load[link] = load.get(link, 0.0) + rate * flows
    assert all(load[link] <= link.capacity * (1 + 1e-9) for link in load)
    for rate, bundle in zip(rates, case, strict=True):
        bottleneck = any(
            load[link] >= link.capacity * (1 - 1e-9) and rate >= max(users[link]) * (1 - 1e-9)
            for link, _ in bundle.links
        )
        assert rate >= bundle.cap * (1 - 1e-12) or bottleneck


# ── end times, against a fluid simulation that looks at every transfer by itself ──────────────


def naive_rates(transfers, capacity):
    """Fill one bottleneck after the other; *transfers* are (source, nic, cap)."""
    rates, spare = {}, dict(capacity)
    while len(rates) < len(transfers):
        rising = [k for k in range(len(transfers)) if k not in rates]
        share = {
            link: max(0.0, spare[link]) / sum(link in transfers[k][:2] for k in rising)
            for link in {link for k in rising for link in transfers[k][:2]}
        }
        level = min([*share.values(), *(transfers[k][2] for k in rising)])
        for k in rising:
            source, nic, cap = transfers[k]
            if min(share[source], share[nic], cap) <= level * (1 + 1e-13):
                rates[k] = level
                for link in (source, nic):
                    spare[link] -= level
    return [rates[k] for k in range(len(transfers))]


def naive_ends(timetable, capacity, changes):
    """Step from change to change; *timetable* is a list of (begin, source, nic, size, cap)."""
    left = [size for _, _, _, size, _ in timetable]
    ends = [NEVER] * len(timetable)
    capacity, now = dict(capacity), 0.0
    instants = {begin for begin, *_ in timetable} | {time for time, _, _ in changes}
    while now < NEVER:
        for time, link, value in changes:
            if time == now:
                capacity[link] = value
        open_ = [k for k, row in enumerate(timetable) if row[0] <= now and ends[k] == NEVER]
        flows = [(row[1], row[2], row[4]) for row in (timetable[k] for k in open_)]
        rates = naive_rates(flows, capacity)
        after = min((time for time in instants if time > now), default=NEVER)
        step = after - now
        for k, rate in zip(open_, rates, strict=True):
            if rate > 0:
                step = min(step, left[k] / rate)
        then = after if step == after - now else now + step
        for k, rate in zip(open_, rates, strict=True):
            if rate > 0 and left[k] / rate <= step + 1e-10:
                ends[k] = then
            elif rate > 0:
                left[k] -= rate * step
        now = then
    return ends


@st.composite
def timetables(draw):
    """Return links' capacities, changes of them, and transfers that begin at many instants."""
    sources = ["registry", "store", "zone"]
    nics = [f"nic {k}" for k in range(draw(st.integers(1, 6)))]
    capacity = {
        link: draw(st.sampled_from([5.0, 20.0, 100.0, NEVER])) for link in [*sources, *nics]
    }
    instants = st.integers(0, 40).map(lambda k: k / 8)
    transfers = st.tuples(
        instants,
        st.sampled_from(sources),
        st.sampled_from(nics),
        st.floats(0.5, 100.0) | st.sampled_from([10.0, 20.0]),
        st.sampled_from([2.0, 10.0, 50.0]),
    )
    timetable = draw(st.lists(transfers, min_size=1, max_size=25))
    link = draw(st.sampled_from([*sources, nics[0]]))
    down, up = sorted(draw(st.sets(instants, min_size=2, max_size=2)))
    changes = [(down, link, draw(st.sampled_from([0.0, 1.0, 7.0]))), (up, link, 50.0)]
    return timetable, capacity, draw(st.sampled_from([[], changes]))


@given(timetables())
def test_transfers_end_when_a_fluid_simulation_ends_them(case):
    timetable, capacity, changes = case
    clock = Clock()
    network = Network(clock)
    links = {name: Link(name, value) for name, value in capacity.items()}
    ends = [math.nan] * len(timetable)

    def begin(number):
        _, source, nic, size, cap = timetable[number]
        event = network.transfer(links[source], links[nic], size, cap)
        event.callbacks.append(lambda _: ends.__setitem__(number, clock.now))

    for number, (time, *_) in enumerate(timetable):
        clock.call_at(time, lambda number=number: begin(number))
    for time, link, value in changes:
        clock.call_at(time, lambda link=link, value=value: network.set_capacity(links[link], value))
    clock.run()
    assert ends == pytest.approx(naive_ends(timetable, capacity, changes), rel=1e-9)
    assert network.transfers == 0
    assert network.delivered == pytest.approx(network.asked)
