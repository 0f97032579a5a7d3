"""Token bucket, registry limits and credentials: exact instants."""

import pytest

from fcsim.scenario.platform import Outage, Role
from fcsim.sim.clock import Clock
from fcsim.sim.network import Network
from fcsim.sim.record import ErrorCode
from fcsim.sim.registry import Credentials, Registry, RegistrySettings
from fcsim.sim.tokens import TokenBucket


class TestTokenBucket:
    def test_burst_then_growth(self):
        bucket = TokenBucket(burst=3, rate=0.5)
        assert [bucket.take(0.0) for _ in range(4)] == [True, True, True, False]
        assert bucket.available_at(0.0) == 2.0
        assert not bucket.take(1.999)
        assert bucket.take(2.0)
        assert bucket.available_at(2.0) == 4.0

    def test_the_whole_burst_can_be_taken_at_any_instant(self):
        bucket = TokenBucket(burst=300, rate=5.0)
        assert [bucket.take(10.1) for _ in range(301)].count(True) == 300

    def test_it_refills_to_the_burst_and_not_beyond(self):
        bucket = TokenBucket(burst=2, rate=1.0)
        bucket.take(0.0)
        assert [bucket.take(100.0) for _ in range(3)] == [True, True, False]

    def test_a_take_refused_until_t_succeeds_at_t(self):
        bucket = TokenBucket(burst=7, rate=5.0)
        time = 0.1
        for _ in range(1000):
            time = bucket.available_at(time)
            assert bucket.take(time)
        assert time == pytest.approx(0.1 + 993 / 5, rel=1e-12)

    def test_initial_tokens(self):
        bucket = TokenBucket(burst=300, rate=5.0, tokens=1)
        assert bucket.take(0.0)
        assert bucket.available_at(0.0) == pytest.approx(0.2)

    def test_without_growth_the_burst_is_all(self):
        bucket = TokenBucket(burst=2, rate=0.0)
        assert [bucket.take(t) for t in (0.0, 1e6, 1e9)] == [True, True, False]
        assert bucket.available_at(1e9) == float("inf")

    def test_unlimited(self):
        bucket = TokenBucket(burst=float("inf"), rate=float("inf"))
        assert all(bucket.take(0.0) for _ in range(1000))


def registry(clock, **changes):
    settings = {
        "name": "acr", "bandwidth": 100.0, "connection_bandwidth": 100.0, "request_rate": 1e9,
        "latency": 0.1, "retry_base": 1.0, "retry_limit": 3, "jitter_key": 5, "outages": [],
    }  # fmt: skip
    return Registry(clock, Network(clock), RegistrySettings(**{**settings, **changes}))


def answered(clock, *registries):
    """Make a request to each of *registries* at once; return with what and when each ended."""
    seen = []
    for one in registries:
        one.request(lambda error: seen.append((error, clock.now)))
    while len(seen) < len(registries):
        clock.step()
    return seen


def finished(clock, steps):
    """Run *steps* as a process; return when it ended and with what."""
    seen = []

    def process():
        seen.append((yield from steps))
        seen.append(clock.now)

    clock.run(until=clock.process(process()))
    return tuple(seen)


class TestRegistry:
    def test_a_request_takes_one_round_trip(self):
        clock = Clock()
        assert answered(clock, registry(clock)) == [(ErrorCode.NONE, 0.1)]

    def test_over_the_rate_it_backs_off_between_half_and_all_of_the_step(self):
        clock = Clock()
        one = registry(clock, request_rate=1.0)
        assert answered(clock, one) == [(ErrorCode.NONE, 0.1)]
        clock.run(until=5.0)
        began = clock.now
        first, (error, end) = answered(clock, one, one)
        assert first == (ErrorCode.NONE, pytest.approx(began + 0.1))
        assert error == ErrorCode.NONE
        assert one.refusals >= 1
        assert 0.1 + 0.5 + 0.1 <= end - began <= 0.1 + 1.0 + 0.1 + 2.1

    def test_an_outage_longer_than_all_attempts_fails_the_pull(self):
        clock = Clock()
        one = registry(clock, outages=[Outage(start="0 s", duration="1 h")])
        clock.run(until=1e-9)  # the outage begins
        [(error, end)] = answered(clock, one)
        assert error == ErrorCode.IMAGE_PULL_FAILED
        assert one.refusals == 3
        assert 0.3 + 3.5 <= end <= 0.3 + 7.0


class TestCredentials:
    def test_they_are_reused_until_they_expire(self):
        clock = Clock()
        acr, credentials = registry(clock), Credentials(clock, latency=0.5, lifetime=3600.0)
        assert finished(clock, credentials.of("f", Role(), acr).obtain()) == (ErrorCode.NONE, 0.5)
        assert credentials.obtained == 1
        assert finished_at(credentials, acr) is None  # no wait: no event
        clock.run(until=3600.6)
        assert finished_at(credentials, acr) is not None

    def test_starts_at_one_time_share_one_request(self):
        clock = Clock()
        acr, credentials = registry(clock), Credentials(clock, latency=0.5, lifetime=3600.0)
        ends = []

        def start():
            yield from credentials.of("f", Role(), acr).obtain()
            ends.append(clock.now)

        for _ in range(5):
            clock.process(start())
        clock.run()
        assert ends == [0.5] * 5
        assert credentials.obtained == 1

    @pytest.mark.parametrize("role", [None, Role(policies=["AliyunOSSFullAccess"])])
    def test_a_missing_role_or_policy_is_access_denied(self, role):
        clock = Clock()
        acr, credentials = registry(clock), Credentials(clock, latency=0.5, lifetime=3600.0)
        error, end = finished(clock, credentials.of("f", role, acr).obtain())
        assert (error, end) == (ErrorCode.ACCESS_DENIED, 0.5)
        assert credentials.obtained == 0


def finished_at(credentials, acr):
    """Return the first event that obtaining waits for, None if it need not wait."""
    steps = credentials.of("f", Role(), acr).obtain()
    try:
        return next(steps)
    except StopIteration:
        return None
