"""Which idle instance was chosen, on hand-made timetables."""

import pytest
from request_log_blocks import block, request

from fcsim.study.calibrate.dispatch import POLICIES, choices, fit_dispatch
from fcsim.study.calibrate.log import gather
from fcsim.study.calibrate.report import Unidentified

TWO = [request(0, "old", True), request(0.5, "new", True, duration=0.2)]
"""Two instances; the older one was used last."""


def log(*rows, **everywhere):
    return gather([block(rows, **everywhere)])["f"]


def agreeing(seen):
    return {policy for policy in POLICIES if seen.hits[policy] == [True]}


@pytest.mark.parametrize(
    "taken, policies",
    [
        ("new", {"newest_created", "least_recently_used"}),
        ("old", {"most_recently_used", "least_loaded"}),
    ],
)
def test_one_choice(taken, policies):
    seen = choices(log(*TWO, request(10, taken)), 60.0, 1)
    assert seen.sizes == [2]
    assert agreeing(seen) == policies


def test_busy_and_expired_instances_are_no_choice():
    busy = choices(log(*TWO, request(0.9, "new")), 60.0, 1)
    expired = choices(log(*TWO, request(50, "new"), request(90, "new")), 60.0, 1)
    assert (busy.sizes, expired.sizes) == ([], [2])


def test_with_concurrency_a_busy_instance_has_room():
    seen = choices(log(*TWO, request(0.9, "new")), 60.0, 2)
    assert seen.sizes == [2]
    assert agreeing(seen) == {"newest_created", "most_recently_used", "least_loaded"}


def test_minimum_instances_come_first():
    rows = [request(-5, "m", minimum=True), *TWO, request(10, "m", minimum=True)]
    assert choices(log(*rows), 60.0, 1).sizes == []


def test_a_starting_instance_is_no_choice():
    rows = [request(0, "a", True), request(2, "b", True, cold_start=9.0), request(5, "a")]
    assert choices(log(*rows), 60.0, 1).sizes == []


def fitted(rows):
    return fit_dispatch({"f": log(*rows)}, {"f": 60.0}, {"f": 1}, "2026-11-24")


def test_a_policy_needs_choices():
    found = fitted([request(0, "a", True), request(10, "a")])
    assert isinstance(found, Unidentified)
    assert found.why.startswith("0 requests had a choice")


def test_policies_that_agree_cannot_be_told_apart():
    rows = [*TWO, *(request(10 + 5 * k, "old") for k in range(12))]
    found = fitted(rows)
    assert isinstance(found, Unidentified)
    assert found.why == "most_recently_used and least_loaded explain the choices equally well"


def test_a_policy_is_found():
    """The instance created last, whether or not it was used last."""
    rows = [*TWO]
    for k in range(12):
        rows += [request(20 * k + 10, "new"), request(20 * k + 10.5, "old", duration=2.0)]
        rows += [request(20 * k + 15, "new")]
    fit = fitted(rows)
    assert fit.written == {"value": "newest_created", "source": "calibrated", "date": "2026-11-24"}
    assert fit.estimates[0].value == 1.0
