"""Idle gaps and the keep-alive that they leave possible, on hand-made timetables."""

import numpy as np
import pytest
from request_log_blocks import block, request

from fcsim.streams import Streams
from fcsim.study.calibrate.keep_alive import Gaps, balance, fit_keep_alive, gaps, inside
from fcsim.study.calibrate.log import gather
from fcsim.study.calibrate.report import Unidentified


def log(*rows, **everywhere):
    return gather([block(rows, **everywhere)])["f"]


def test_a_reused_gap_runs_from_the_last_end_to_the_next_arrival():
    found = gaps(log(request(0, "a", True), request(31, "a"), request(82, "a")))
    assert found.reused.tolist() == [30.0, 50.0]
    assert found.expired.tolist() == []


def test_an_instance_that_never_came_back_is_bounded_by_the_next_cold_start():
    found = gaps(log(request(0, "a", True), request(61, "b", True), request(200, "c", True)))
    assert found.expired.tolist() == [60.0, 138.0]


def test_a_busy_instance_says_nothing():
    found = gaps(log(request(0, "a", True, duration=100.0), request(50, "b", True)))
    assert found.expired.tolist() == []


def test_the_end_of_a_cold_request_counts_its_start():
    found = gaps(log(request(0, "a", True, cold_start=5.0, schedule=1.0), request(17, "a")))
    assert found.reused.tolist() == [10.0]


def test_minimum_instances_never_expire():
    rows = [request(0, "m", minimum=True), request(900, "m", minimum=True)]
    assert gaps(log(*rows, request(1000, "a", True))).reused.tolist() == []


def test_an_instance_that_ended_with_an_error_may_have_died():
    died = request(0, "a", True, error="FunctionOOMError")
    assert gaps(log(died, request(20, "b", True))).expired.tolist() == []


def test_without_ids_only_gaps_of_the_whole_function_count():
    rows = [
        request(0, cold=True), request(0.5, cold=True, duration=9.5), request(5), request(40),
        request(141, cold=True),
    ]  # fmt: skip
    found = gaps(log(*rows))
    assert (found.reused.tolist(), found.expired.tolist()) == ([30.0], [100.0])
    assert not found.per_instance


def test_the_interval_is_inside_the_bracket():
    rows = [request(0, "a", True), request(41, "a"), request(122, "b", True)]
    fit = fit_keep_alive("f", log(*rows))
    (estimate,) = fit.estimates
    assert estimate.value == 60.0
    assert (estimate.low, estimate.high) == pytest.approx((41 - 0.002, 79 + 0.002), abs=1e-9)
    assert fit.written == "60 s"
    assert any("wide" in text for text in fit.warnings)


def test_one_side_alone_is_a_bound_and_no_value():
    found = fit_keep_alive("f", log(request(0, "a", True), request(31, "a")))
    assert isinstance(found, Unidentified)
    assert found.why.startswith("no cold start after an idle gap: only longer than 30 s")
    found = fit_keep_alive("f", log(request(0, "a", True), request(31, "b", True)))
    assert found.why.startswith("no instance was reused after a gap: only at most 30 s")


def test_contradicting_gaps_are_balanced():
    assert balance(np.array([10.0, 20.0, 90.0]), np.array([30.0, 100.0, 110.0])) == 60.0
    assert balance(np.array([10.0, 50.0]), np.array([60.0])) == 55.0


def test_contradiction_is_told():
    rows = [
        request(0, "a", True),
        request(10, "b", True),
        request(200, "b"),
        request(400, "c", True),
    ]
    fit = fit_keep_alive("f", log(*rows))
    assert "balance of misjudged gaps" in fit.rule
    assert any("no fixed keep-alive" in text for text in fit.warnings)


def test_a_cold_start_beside_an_idle_instance_is_told():
    rows = [
        request(0, "a", True),
        request(10, "b", True),
        request(31, "a"),
        request(200, "c", True),
    ]
    fit = fit_keep_alive("f", log(*rows))
    assert any("does not always fill idle instances first" in text for text in fit.warnings)


@pytest.mark.parametrize("denser", [1, 4])
def test_coverage_of_the_bracket(denser):
    """Gaps fall at random around 60 s, below as densely as above or four times as densely."""
    generator = Streams(3).generator("test", f"gaps{denser}")
    hits = 0
    for _ in range(400):
        below = 60 - np.cumsum(generator.exponential(1 / denser, 40))
        above = 60 + np.cumsum(generator.exponential(1.0, 40))
        found = Gaps(np.sort(below), above, per_instance=True)
        low, high = inside(found, float(found.reused[-1]), float(found.expired[0]))
        hits += low <= 60 <= high
    assert 0.92 <= hits / 400 <= 0.98
