"""The clock: events and calls in one order."""

import pytest

from fcsim.errors import InvariantError
from fcsim.sim.clock import Clock


def test_events_and_calls_of_one_instant_come_in_order_of_their_making():
    clock, seen = Clock(), []
    clock.call_at(2.0, seen.append, "call")
    clock.at(2.0).callbacks.append(lambda _: seen.append("event"))
    clock.call_at(2.0, seen.append, "another call")
    clock.call_at(1.0, seen.append, "earlier")
    clock.run()
    assert seen == ["earlier", "call", "event", "another call"]
    assert clock.now == 2.0


def test_the_last_call_of_an_instant_comes_after_what_is_called_at_it_later():
    clock, seen = Clock(), []
    clock.call_last(lambda: seen.append("last"))
    clock.call_at(0.0, lambda: clock.call_at(0.0, seen.append, "second"))
    clock.timeout(0.0).callbacks.append(lambda _: seen.append("first"))
    clock.run()
    assert seen == ["first", "second", "last"]


def test_processes_wait_for_exact_instants():
    clock, seen = Clock(), []

    def process():
        yield clock.at(0.1 + 0.2)
        seen.append(clock.now)
        yield clock.timeout(1.0)
        seen.append(clock.now)

    clock.process(process())
    clock.run()
    assert seen == [0.1 + 0.2, 0.1 + 0.2 + 1.0]


def test_nothing_is_put_into_the_past():
    clock = Clock()
    clock.move_to(5.0)
    with pytest.raises(InvariantError, match=r"4\.0 s is before now, 5\.0 s"):
        clock.call_at(4.0, print)
    with pytest.raises(InvariantError, match=r"4\.0 s is before now, 5\.0 s"):
        clock.at(4.0)


@pytest.mark.parametrize("time", [4.0, 7.0])
def test_the_clock_moves_neither_back_nor_past_an_event(time):
    clock = Clock()
    clock.move_to(5.0)
    clock.call_at(6.0, print)
    clock.move_to(6.0)
    with pytest.raises(InvariantError, match="clock cannot move"):
        clock.move_to(time)
