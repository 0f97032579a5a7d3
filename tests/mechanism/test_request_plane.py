"""Both request planes, driven by hand, event by event."""

import numpy as np
import pytest

from fcsim.errors import InvariantError
from fcsim.sim.record import ErrorCode, Outcome, Start
from fcsim.sim.requests.interface import NEVER, StopKind


def opened(plane, count=1, function=0, keep_alive=NEVER, now=0.0, minimum=False):
    """Start and open *count* instances at once; return their numbers."""
    numbers = [plane.start_instance(function, now, keep_alive, minimum) for _ in range(count)]
    for number in numbers:
        plane.instance_ready(number, now)
    return numbers


def rows(plane, *names):
    columns = plane.requests()
    return list(zip(*(columns[name].tolist() for name in names), strict=True))


def drained(plane, until=1000.0):
    """Advance to *until* and return the stops on the way."""
    stops = []
    while (stop := plane.advance(until)) is not None:
        stops.append(tuple(stop))
    return stops


class TestArrivalAndGrowth:
    def test_a_request_without_room_asks_for_growth_and_waits_for_the_start(
        self, plane_of, make_function
    ):
        plane = plane_of(make_function(), [(1.0, 2.0)])
        assert plane.next_time() == 1.0
        assert plane.advance(1.0) is None  # arrivals only before `until`
        assert plane.advance(5.0) == (StopKind.GROW, 1.0, 0, 0)
        assert plane.start_instance(0, 1.0, NEVER, False) == 0
        assert plane.advance(4.0) is None
        plane.instance_ready(0, 4.0)
        assert drained(plane) == []
        assert rows(plane, "arrival", "started", "ended", "start", "instance") == [
            (1.0, 4.0, 6.0, Start.COLD, 0)
        ]

    def test_a_second_request_joins_the_starting_instance_without_a_stop(
        self, plane_of, make_function
    ):
        plane = plane_of(make_function(concurrency=2), [(1.0, 2.0), (1.5, 1.0), (2.0, 1.0)])
        assert plane.advance(9.0) == (StopKind.GROW, 1.0, 0, 0)
        plane.start_instance(0, 1.0, NEVER, False)
        assert plane.advance(9.0) == (StopKind.GROW, 2.0, 0, 0)  # the third finds no room
        plane.close(0, 2.0, NEVER, ErrorCode.RESOURCE_EXHAUSTED)
        plane.instance_ready(0, 4.0)
        assert drained(plane) == []
        assert rows(plane, "started", "ended", "start", "outcome")[:2] == [
            (4.0, 6.0, Start.COLD, Outcome.COMPLETED),
            (4.0, 5.0, Start.WAITED, Outcome.COMPLETED),
        ]
        assert rows(plane, "ended", "outcome", "error")[2] == (
            2.0, Outcome.THROTTLED, ErrorCode.RESOURCE_EXHAUSTED,
        )  # fmt: skip

    def test_refusals_happen_inside_until_the_given_instant(self, plane_of, make_function):
        plane = plane_of(make_function(), [(1.0, 1.0), (2.0, 1.0), (3.0, 1.0), (3.5, 1.0)])
        assert plane.advance(9.0) == (StopKind.GROW, 1.0, 0, 0)
        plane.close(0, 1.0, 3.0, ErrorCode.RESOURCE_THROTTLED)
        assert plane.advance(9.0) == (StopKind.GROW, 3.0, 0, 0)  # t = 2 was refused inside
        plane.close(0, 3.0, NEVER, ErrorCode.RESOURCE_EXHAUSTED)
        assert plane.advance(9.0) is None
        assert rows(plane, "ended", "error") == [
            (1.0, ErrorCode.RESOURCE_THROTTLED),
            (2.0, ErrorCode.RESOURCE_THROTTLED),
            (3.0, ErrorCode.RESOURCE_EXHAUSTED),
            (3.5, ErrorCode.RESOURCE_EXHAUSTED),
        ]

    def test_reopening_lets_the_function_ask_again(self, plane_of, make_function):
        plane = plane_of(make_function(), [(1.0, 1.0), (2.0, 1.0)])
        plane.advance(9.0)
        plane.close(0, 1.0, NEVER, ErrorCode.RESOURCE_EXHAUSTED)
        assert plane.advance(1.5) is None
        plane.reopen(0)
        assert plane.advance(9.0) == (StopKind.GROW, 2.0, 0, 0)

    def test_a_failed_start_ends_its_waiters_with_its_error(self, plane_of, make_function):
        plane = plane_of(make_function(concurrency=3), [(1.0, 1.0), (2.0, 1.0)])
        plane.advance(9.0)
        number = plane.start_instance(0, 1.0, NEVER, False)
        assert plane.advance(5.0) is None
        assert plane.instance_gone(number, 121.0, ErrorCode.FUNCTION_NOT_STARTED) == [0, 1]
        assert rows(plane, "ended", "outcome", "error", "instance") == [
            (121.0, Outcome.FAILED, ErrorCode.FUNCTION_NOT_STARTED, -1),
            (121.0, Outcome.FAILED, ErrorCode.FUNCTION_NOT_STARTED, -1),
        ]
        assert plane.unfinished() == 0


class TestOrderAtEqualTimes:
    def test_a_completion_frees_the_slot_for_an_arrival_at_the_same_instant(
        self, plane_of, make_function
    ):
        plane = plane_of(make_function(), [(0.0, 2.0), (2.0, 1.0)])
        opened(plane)
        assert drained(plane) == []
        assert rows(plane, "started", "start") == [(0.0, Start.WARM), (2.0, Start.WARM)]

    def test_idle_expiry_comes_before_an_arrival_at_the_same_instant(self, plane_of, make_function):
        plane = plane_of(make_function(), [(0.0, 1.0), (11.0, 1.0)])
        opened(plane, keep_alive=10.0)
        assert plane.advance(20.0) == (StopKind.EXPIRED, 11.0, 0, 0)
        assert plane.advance(20.0) == (StopKind.GROW, 11.0, 0, 0)

    def test_an_arrival_just_before_expiry_keeps_the_instance(self, plane_of, make_function):
        plane = plane_of(make_function(), [(0.0, 1.0), (10.5, 1.0)])
        opened(plane, keep_alive=10.0)
        assert drained(plane, 100.0) == [(StopKind.EXPIRED, 21.5, 0, 0)]

    def test_work_equal_to_the_time_out_completes(self, plane_of, make_function):
        plane = plane_of(make_function(time_limit=3.0), [(0.0, 3.0), (5.0, 3.5)])
        opened(plane)
        drained(plane)
        assert rows(plane, "ended", "outcome", "error") == [
            (3.0, Outcome.COMPLETED, ErrorCode.NONE),
            (8.0, Outcome.TIMED_OUT, ErrorCode.FUNCTION_TIMEOUT),
        ]

    def test_simultaneous_arrivals_keep_their_order(self, plane_of, make_function):
        plane = plane_of(make_function(), [(1.0, 1.0), (1.0, 2.0)])
        opened(plane, count=2)
        drained(plane)
        assert rows(plane, "instance", "ended") == [(1, 2.0), (0, 3.0)]

    def test_injected_requests_come_after_generated_ones_of_the_same_instant(
        self, plane_of, make_function
    ):
        plane = plane_of(make_function(), [(1.0, 1.0), (2.0, 1.0)])
        opened(plane, count=2)
        assert plane.inject(2.0, 0, 5.0, 5.0) == -1  # injected ones count downwards
        drained(plane)
        assert rows(plane, "arrival", "ended", "instance") == [
            (1.0, 2.0, 1), (2.0, 3.0, 1), (2.0, 7.0, 0),
        ]  # fmt: skip

    def test_endless_events_at_one_instant_end_the_run(
        self, engine, plane_of, make_function, monkeypatch
    ):
        monkeypatch.setattr(f"fcsim.sim.requests.{engine}.EVENTS_AT_ONE_INSTANT", 100)
        plane = plane_of(make_function(concurrency=200), [(1.0, 0.0)] * 101)
        opened(plane)
        with pytest.raises(InvariantError, match=r"10\^6 events at t = 1\.0 s"):
            plane.advance(2.0)


class TestWatching:
    def test_the_plane_stops_when_a_watched_request_ends(self, plane_of, make_function):
        plane = plane_of(make_function(), [(1.0, 1.0), (3.0, 1.0)])
        opened(plane)
        with pytest.raises(InvariantError, match="request 0 cannot be watched"):
            plane.watch(0)  # it has not arrived
        assert plane.advance(1.5) is None
        plane.watch(0)
        assert plane.advance(9.0) == (StopKind.ENDED, 2.0, 0, 0)
        assert plane.advance(9.0) is None

    def test_an_injected_request_can_be_watched_before_it_arrives(self, plane_of, make_function):
        plane = plane_of(make_function(), [(1.0, 1.0)])
        opened(plane)
        plane.watch(plane.inject(5.0, 0, 2.0, 2.0))
        assert plane.advance(9.0) == (StopKind.ENDED, 7.0, -1, 0)


class TestProcessorSharing:
    def test_two_requests_on_one_vcpu_take_twice_as_long(self, plane_of, make_function):
        spec = make_function(concurrency=4, vcpu=1.0)
        plane = plane_of(spec, [(0.0, 2.0), (1.0, 2.0)])
        opened(plane)
        drained(plane)
        # alone 0-1 (1 s done), shared 1-3 (1 s each), the second alone 3-4
        assert rows(plane, "ended") == [(3.0,), (4.0,)]

    def test_no_slowdown_while_the_vcpu_suffice(self, plane_of, make_function):
        spec = make_function(concurrency=3, cpu=2.0, vcpu=1.0)
        plane = plane_of(spec, [(0.0, 2.0), (0.0, 2.0), (0.0, 3.0)])
        opened(plane)
        drained(plane)
        # three on two vCPU: rate 2/3 until the first two end at 3, then full speed
        assert rows(plane, "ended") == [(3.0,), (3.0,), (4.0,)]

    def test_a_time_out_drops_the_remaining_work(self, plane_of, make_function):
        spec = make_function(concurrency=2, vcpu=1.0, time_limit=3.0)
        plane = plane_of(spec, [(0.0, 4.0), (1.0, 2.0)])
        opened(plane)
        drained(plane)
        # 0-1 alone, 1-3 shared, time-out of the first at 3, the second has 1 s left
        assert rows(plane, "ended", "outcome") == [
            (3.0, Outcome.TIMED_OUT), (4.0, Outcome.COMPLETED),
        ]  # fmt: skip

    def test_busy_time_is_the_union_not_the_sum(self, plane_of, make_function):
        plane = plane_of(make_function(concurrency=2), [(1.0, 3.0), (2.0, 5.0), (9.0, 1.0)])
        opened(plane)
        drained(plane)
        assert plane.usage()["busy"].tolist() == [7.0]
        assert plane.usage()["requests"].tolist() == [3]

    def test_busy_time_counts_inside_the_window_only(self, plane_of, make_function):
        plane = plane_of(make_function(), [(1.0, 3.0), (8.0, 5.0)], window=(2.0, 10.0))
        opened(plane)
        plane.advance(11.0)  # the second is still running
        assert plane.usage()["busy"].tolist() == [4.0]


class TestResources:
    def test_too_many_requests_for_the_memory_kill_the_instance(self, plane_of, make_function):
        spec = make_function(concurrency=3, memory_limit=2)
        plane = plane_of(spec, [(0.0, 5.0), (1.0, 5.0), (2.0, 5.0)])
        opened(plane)
        assert drained(plane) == [(StopKind.DIED, 2.0, 0, 0)]
        assert rows(plane, "ended", "error") == [(2.0, ErrorCode.FUNCTION_OOM)] * 3
        assert plane.usage()["busy"].tolist() == [2.0]

    def test_a_full_writable_layer_fails_requests(self, plane_of, make_function):
        plane = plane_of(make_function(disk_limit=2), [(t, 0.5) for t in (0.0, 1.0, 2.0)])
        opened(plane)
        drained(plane)
        assert rows(plane, "outcome", "error") == [
            (Outcome.COMPLETED, 0), (Outcome.COMPLETED, 0), (Outcome.FAILED, ErrorCode.DISK_FULL),
        ]  # fmt: skip


class TestLine:
    def test_the_line_is_served_by_whatever_frees_first(self, plane_of, make_function):
        spec = make_function(in_line=True, queues=True)
        plane = plane_of(spec, [(0.0, 2.0), (0.5, 1.0), (0.6, 1.0)])
        opened(plane)
        assert plane.advance(9.0) == (StopKind.GROW, 0.5, 0, 0)
        plane.close(0, 0.5, NEVER, ErrorCode.RESOURCE_EXHAUSTED)
        assert drained(plane) == []
        assert rows(plane, "started", "ended", "start") == [
            (0.0, 2.0, Start.WARM), (2.0, 3.0, Start.QUEUED), (3.0, 4.0, Start.QUEUED),
        ]  # fmt: skip
        assert plane.usage()["busy"].tolist() == [4.0]

    def test_the_request_that_caused_an_instance_may_be_served_by_another(
        self, plane_of, make_function
    ):
        plane = plane_of(make_function(in_line=True), [(0.0, 2.0), (1.0, 1.0)])
        opened(plane)
        assert plane.advance(9.0) == (StopKind.GROW, 1.0, 0, 0)
        number = plane.start_instance(0, 1.0, NEVER, False)
        assert plane.advance(5.0) is None
        plane.instance_ready(number, 5.0)
        assert rows(plane, "started", "start", "instance")[1] == (2.0, Start.WAITED, 0)

    def test_a_full_queue_refuses(self, plane_of, make_function):
        spec = make_function(in_line=True, queues=True, queue_limit=1)
        plane = plane_of(spec, [(0.0, 9.0), (1.0, 1.0), (2.0, 1.0)])
        opened(plane)
        plane.advance(9.0)
        plane.close(0, 1.0, NEVER, ErrorCode.RESOURCE_EXHAUSTED)
        drained(plane)
        assert rows(plane, "ended", "error")[2] == (2.0, ErrorCode.QUEUE_FULL)

    def test_line_excess_counts_those_without_a_starting_slot(self, plane_of, make_function):
        spec = make_function(concurrency=2, in_line=True, queues=True)
        plane = plane_of(spec, [(t, 1.0) for t in (0.0, 0.1, 0.2, 0.3)])
        plane.advance(9.0)
        plane.close(0, 0.0, NEVER, ErrorCode.RESOURCE_EXHAUSTED)
        plane.advance(9.0)
        assert plane.line_excess(0) == 4
        plane.start_instance(0, 1.0, NEVER, False)
        assert plane.line_excess(0) == 2

    def test_a_failed_start_takes_along_only_whom_no_room_is_left_for(
        self, plane_of, make_function
    ):
        spec = make_function(in_line=True)
        plane = plane_of(spec, [(0.0, 1.0), (1.0, 1.0)])
        plane.advance(9.0)
        first = plane.start_instance(0, 0.0, NEVER, False)
        plane.advance(9.0)
        plane.start_instance(0, 1.0, NEVER, False)
        assert plane.instance_gone(first, 5.0, ErrorCode.FUNCTION_NOT_STARTED) == [0]
        plane.instance_ready(1, 6.0)
        drained(plane)
        assert rows(plane, "ended", "outcome") == [
            (5.0, Outcome.FAILED), (7.0, Outcome.COMPLETED),
        ]  # fmt: skip


DISPATCH = {
    # instances 0, 1, 2 are open; requests at 0, 1, 2 end at 5, 3, 4, so in the order 1, 2, 0
    # under newest_created (2, 1, 0 are handed over in turn): the request at 10 goes to …
    "newest_created": [2, 1, 0, 2],
    "most_recently_used": [0, 1, 2, 0],
    "least_recently_used": [0, 1, 2, 1],
    "least_loaded": [0, 1, 2, 0],
}


@pytest.mark.parametrize("policy", DISPATCH)
def test_dispatch_policy(policy, plane_of, make_function):
    timetable = [(0.0, 5.0), (1.0, 2.0), (2.0, 2.0), (10.0, 1.0)]
    plane = plane_of(make_function(dispatch=policy), timetable)
    opened(plane, count=3)
    drained(plane)
    assert [instance for (instance,) in rows(plane, "instance")] == DISPATCH[policy]


def test_least_loaded_spreads_over_instances_with_room(plane_of, make_function):
    spec = make_function(concurrency=3, dispatch="least_loaded")
    plane = plane_of(spec, [(t, 50.0) for t in range(6)])
    opened(plane, count=2)
    drained(plane)
    assert [instance for (instance,) in rows(plane, "instance")] == [0, 1, 0, 1, 0, 1]


def test_existing_instances_fill_first(plane_of, make_function):
    spec = make_function(concurrency=3, dispatch="newest_created")
    plane = plane_of(spec, [(t, 50.0) for t in range(6)])
    opened(plane, count=2)
    drained(plane)
    assert [instance for (instance,) in rows(plane, "instance")] == [1, 1, 1, 0, 0, 0]


@pytest.mark.parametrize("policy", [*DISPATCH, "random"])
def test_minimum_instances_come_before_elastic_ones(policy, plane_of, make_function):
    plane = plane_of(make_function(dispatch=policy), [(t, 50.0) for t in range(4)])
    opened(plane, count=2, minimum=True)
    opened(plane, count=2)
    drained(plane)
    chosen = [instance for (instance,) in rows(plane, "instance")]
    assert set(chosen[:2]) == {0, 1}
    assert set(chosen[2:]) == {2, 3}


def test_random_dispatch_is_even_and_does_not_depend_on_the_order_of_opening(
    plane_of, make_function
):
    timetable = [(float(t), 0.5) for t in range(8000)]
    plane = plane_of(make_function(dispatch="random"), timetable)
    opened(plane, count=4)
    drained(plane, 9000.0)
    counts = np.bincount([instance for (instance,) in rows(plane, "instance")])
    # binomial(8000, 1/4): sd 38.7; 4.5 sd
    assert np.abs(counts - 2000).max() < 175


@pytest.mark.parametrize("engine", ["reference"], indirect=True)
def test_outdated_ranks_do_not_pile_up(plane_of, make_function):
    spec = make_function(concurrency=4, dispatch="least_loaded")
    plane = plane_of(spec, [(float(t), 2.5) for t in range(5000)])
    opened(plane, count=3)
    drained(plane, 6000.0)
    assert len(plane._functions[0].room._heap) < 200
