"""What reports need of a result without its rows: course, latency curves, transfers."""

import numpy as np

from fcsim.results.course import COURSE
from fcsim.results.latency_curves import curve_points, curves
from fcsim.results.result import Result
from fcsim.results.transfers import TransferRow
from fcsim.sim.record import ErrorCode, Kind, Outcome, Source, Start

# The hand-made window has 100 s: 300 cells of a third of a second.
CELL = 100 / 300


def test_the_course_follows_instances_and_requests(hand_made):
    request, instance = hand_made.request, hand_made.instance
    record = hand_made.record(
        [request(0, 10, 20, 0, start=Start.COLD),
         request(50, ended=50, outcome=Outcome.THROTTLED, error=ErrorCode.RESOURCE_EXHAUSTED)],
        [instance(0, ready=10, gone=30), instance(0, kind=Kind.MINIMUM)],
    )  # fmt: skip
    course = Result(record).course
    assert list(course) == list(COURSE)
    at = {second: int(second / CELL + 0.5) for second in (5, 15, 25, 50)}
    figures = {
        second: tuple(course[name][cell] for name in ("starting", "busy", "idle", "waiting"))
        for second, cell in at.items()
    }
    np.testing.assert_allclose(figures[5], (1, 0, 1, 1), atol=1e-9)
    np.testing.assert_allclose(figures[15], (0, 1, 1, 0), atol=1e-9)
    np.testing.assert_allclose(figures[25], (0, 0, 2, 0), atol=1e-9)
    np.testing.assert_allclose(course["minimum"], 1)
    assert course["throttled"].sum() == course["throttled"][at[50]] == 1
    assert (course["most_instances"][at[15]], course["most_instances"][at[50]]) == (2, 1)


def test_latency_curves_by_kind(hand_made):
    request = hand_made.request
    rows = [request(k, k, k + 1 + k, 0) for k in range(3)]
    rows.append(request(5, 7, 9, 0, start=Start.COLD))
    found = {
        c.kind: c for c in Result(hand_made.record(rows, [hand_made.instance()])).latency_curves
    }
    assert list(found) == ["completed", "warm", "cold"]
    assert found["completed"].seconds.tolist() == [1, 2, 3, 4]
    assert found["completed"].requests.tolist() == [1, 2, 3, 4]
    assert (found["cold"].seconds.tolist(), found["cold"].number) == ([4], 1)


def test_long_curves_keep_their_extremes(hand_made):
    rows = [hand_made.request(k / 100, k / 100, k / 100 + 1 + k, 0) for k in range(5000)]
    record = hand_made.record(
        rows, [hand_made.instance()], functions={"f": {"instance_concurrency": 100}}
    )
    completed = Result(record).latency_curves[0]
    assert len(completed.seconds) < 300
    assert (completed.seconds[0], completed.seconds[-1], completed.number) == (1, 5000, 5000)
    np.testing.assert_allclose(completed.seconds, completed.requests)
    assert curves(curve_points([completed]))[0].number == 5000


def test_transfers_by_layer_and_source(hand_made):
    pull = hand_made.pull
    record = hand_made.record(
        pulls=[
            pull(1, 2, 10.0),
            pull(3, 6, 10.0),
            pull(3, 5, 10.0, source=Source.ZONE, while_serving=1),
            pull(90, 101, 10.0),  # after the window
        ]
    )
    assert Result(record).transfers == [
        TransferRow("i", "registry", 0, 2, 20.0, 2.0, 3.0),
        TransferRow("i", "zone", 1, 1, 10.0, 2.0, 2.0),
    ]
