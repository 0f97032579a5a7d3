"""Verbs with which the platform takes instances out of use, and clients give up: exact events."""

import pytest

from fcsim.sim.record import ErrorCode, Outcome, Start
from fcsim.sim.requests.interface import NEVER, StopKind
from fcsim.sim.requests.reference import ReferencePlane

PLANES = [ReferencePlane]
try:
    from fcsim.sim.requests.compiled import CompiledPlane
except ImportError:
    pass
else:
    PLANES.append(CompiledPlane)


@pytest.fixture(params=PLANES)
def plane(request, plane_maker):
    """Build a plane with one instance, ready at 1 s, that the first request asks for at 0 s."""

    def build(rows, ready=1.0, **settings):
        made = plane_maker(settings, [rows], request.param)
        grow = made.advance(NEVER)
        assert (grow.kind, grow.time) == (StopKind.GROW, 0.0)
        made.start_instance(0, 0.0, 60.0, False)
        assert made.advance(ready) is None
        made.instance_ready(0, ready)
        return made

    return build


def ends(plane):
    """Return end, outcome and error of each request, in order of arrival."""
    rows = plane.requests()
    return list(zip(*(rows[name].tolist() for name in ("ended", "outcome", "error")), strict=True))


def test_a_suspended_instance_gets_no_requests(plane):
    made = plane([(0.0, 1.0), (5.0, 1.0), (8.0, 1.0)])
    assert made.advance(4.0) is None
    made.suspend(0)
    stop = made.advance(7.0)
    assert (stop.kind, stop.time) == (StopKind.GROW, 5.0)
    made.close(0, 5.0, 6.0, ErrorCode.RESOURCE_EXHAUSTED)
    made.resume(0, 7.0)
    assert made.advance(20.0) is None
    assert ends(made) == [
        (2.0, Outcome.COMPLETED, 0),
        (5.0, Outcome.THROTTLED, ErrorCode.RESOURCE_EXHAUSTED),
        (9.0, Outcome.COMPLETED, 0),
    ]


def test_a_retired_instance_ends_what_it_has(plane):
    made = plane([(0.0, 3.0)])
    assert made.retire(0) is False
    stop = made.advance(20.0)
    assert (stop.kind, stop.time, stop.subject) == (StopKind.EXPIRED, 4.0, 0)


def test_an_idle_instance_is_retired_at_once(plane):
    made = plane([(0.0, 1.0)])
    assert made.advance(5.0) is None
    assert made.retire(0) is True
    assert made.advance(200.0) is None


def test_an_aborted_request_frees_its_slot(plane):
    made = plane([(0.0, 9.0), (3.0, 1.0)], concurrency=1)
    assert made.advance(2.0) is None
    assert made.abort(0, 2.0) == 0
    assert made.advance(20.0) is None
    assert ends(made) == [(2.0, Outcome.FAILED, ErrorCode.CLIENT_CLOSED), (4.0, 0, 0)]
    assert made.abort(0, 20.0) == -1


def test_an_aborted_request_leaves_its_share_to_the_others(plane):
    made = plane([(0.0, 4.0), (1.0, 9.0)], concurrency=2, cpu=1.0, vcpu=1.0)
    assert made.advance(3.0) is None  # each has got 1 s of work since 1 s
    made.abort(1, 3.0)
    assert made.advance(20.0) is None
    assert ends(made)[0] == (6.0, 0, 0)


def test_who_waits_for_a_start_can_give_up(plane, plane_maker):
    made = plane_maker({"concurrency": 2}, [[(0.0, 1.0), (0.5, 1.0), (0.75, 1.0)]])
    assert made.advance(NEVER).kind == StopKind.GROW
    made.start_instance(0, 0.0, 60.0, False)
    assert made.advance(0.6) is None  # both slots are taken
    made.abort(1, 0.6)
    assert made.advance(0.8) is None  # so the third takes the slot that is free again
    made.instance_ready(0, 1.0)
    assert made.advance(10.0) is None
    assert [end for end, *_ in ends(made)] == [2.0, 0.6, 2.0]


def test_an_idle_instance_wakes_before_it_serves(plane):
    made = plane([(0.0, 1.0), (10.0, 1.0), (10.25, 1.0), (11.25, 1.0)], concurrency=9, wake=0.5)
    assert made.advance(20.0) is None
    assert [end for end, *_ in ends(made)] == [2.0, 11.5, 11.5, 12.25]


def test_waking_does_not_count_against_the_time_out(plane):
    made = plane([(0.0, 1.0), (10.0, 2.0)], time_limit=2.0, wake=5.0)
    assert made.advance(30.0) is None
    assert ends(made)[1] == (17.0, Outcome.COMPLETED, 0)


def test_nobody_progresses_while_the_instance_wakes(plane):
    made = plane(
        [(0.0, 1.0), (10.0, 1.0), (10.25, 1.0)], concurrency=2, cpu=1.0, vcpu=1.0, wake=1.0
    )
    assert made.advance(30.0) is None
    assert [end for end, *_ in ends(made)] == [2.0, 13.0, 13.0]


def test_a_watched_request_tells_how_it_ended(plane):
    made = plane([(0.0, 1.0)], time_limit=2.0)
    for at, work in ((5.0, 1.0), (10.0, 9.0)):
        number = made.inject(at, 0, work, work, watched=True)
        stop = made.advance(30.0)
        assert (stop.kind, stop.subject) == (StopKind.ENDED, number)
    assert stop.error == ErrorCode.FUNCTION_TIMEOUT


def test_who_waits_moves_to_the_next_start(plane_maker):
    for kind in PLANES:
        made = plane_maker({"concurrency": 2}, [[(0.0, 1.0), (0.5, 1.0), (0.75, 1.0)]], kind)
        assert made.advance(NEVER).kind == StopKind.GROW
        made.start_instance(0, 0.0, 60.0, False)
        assert made.advance(NEVER).time == 0.75  # the first start is full
        made.close(0, 0.75, 1.0, ErrorCode.RESOURCE_EXHAUSTED)
        assert made.restart(0, 2.0, 60.0) == 1
        made.instance_ready(1, 5.0)
        assert made.advance(20.0) is None
        rows = made.requests()
        by_arrival = rows["arrival"].argsort()
        assert rows["started"][by_arrival].tolist()[:2] == [5.0, 5.0]
        assert rows["start"][by_arrival].tolist()[:2] == [Start.COLD, Start.WAITED]
        assert rows["instance"][by_arrival].tolist() == [1, 1, -1]


def test_a_spoilt_instance_answers_badly_until_it_is_mended(plane):
    made = plane([(0.0, 1.0), (4.0, 2.0), (8.0, 1.0)])
    assert made.advance(5.0) is None
    assert made.in_flight(0) == 1
    made.spoil(0)
    assert made.advance(7.0) is None
    made.mend(0)
    assert made.advance(20.0) is None
    assert ends(made) == [(2.0, 0, 0), (6.0, Outcome.FAILED, ErrorCode.BAD_RESPONSE), (9.0, 0, 0)]


def test_no_queue_bridges_a_function_that_is_not_active(plane_maker):
    for kind in PLANES:
        settings = {"queues": True, "in_line": True}
        made = plane_maker(settings, [[(0.0, 1.0), (1.0, 1.0)]], kind)
        assert made.advance(NEVER).kind == StopKind.GROW
        made.close(0, 0.0, 9.0, ErrorCode.FUNCTION_NOT_ACTIVE)
        assert made.advance(20.0) is None
        failed = Outcome.FAILED, ErrorCode.FUNCTION_NOT_ACTIVE
        assert ends(made) == [(0.0, *failed), (1.0, *failed)]


def test_nobody_in_line_has_caused_a_minimum_instance(plane_maker):
    for kind in PLANES:
        made = plane_maker({"in_line": True}, [[(0.0, 1.0)]], kind)
        assert made.advance(NEVER).kind == StopKind.GROW
        made.start_instance(0, 0.0, 60.0, False)
        made.start_instance(0, 1.0, NEVER, True)
        made.instance_ready(1, 2.0)
        assert made.advance(20.0) is None
        assert made.requests()["start"].tolist() == [Start.WAITED]
