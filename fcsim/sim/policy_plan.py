"""From the policies of a scenario to those of a run: clock times to seconds, names to numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from fcsim.scenario.functions import Function
from fcsim.scenario.parameters import Reader
from fcsim.scenario.scaling_policies import Policy, ScalingPolicy, ScheduledPolicy
from fcsim.scenario.schedules import read_schedule
from fcsim.scenario.shapes import gpu_memory
from fcsim.sim.minimum import MinimumSettings
from fcsim.sim.policies import Firing, Metric, PolicySet, Schedules, Span, Tracking
from fcsim.sim.requests.interface import NEVER

__all__ = ["minimum_settings", "policy_maker"]


def policy_maker(
    function: Function, start: datetime, read: Reader
) -> Callable[[], PolicySet] | None:
    """Return what makes the policies of *function*, None when it has none.

    *start* is the wall clock at t = 0.
    """
    scaling, origin = function.scaling_config, start.astimezone(UTC)
    scheduled, tracked = scaling.scheduled_policies, scaling.horizontal_scaling_policies
    if not scheduled and not tracked:
        return None
    largest = bool(scheduled) and read["minimum.schedules"] == "largest"
    factor = read["minimum.scale_in_factor"] if tracked else 0.0

    def make() -> PolicySet:
        return PolicySet(
            scaling.min_instances,
            Schedules(
                [_firings(policy, origin) for policy in scheduled],
                largest,
                [first for policy in scheduled for first in _before(policy, origin)],
            ),
            [_tracking(policy, function, origin, factor) for policy in tracked],
        )

    return make


def minimum_settings(functions: list[Function], read: Reader) -> MinimumSettings:
    """Return the assumptions that *functions* need."""
    configs = [function.scaling_config for function in functions]
    tracked = any(one.horizontal_scaling_policies for one in configs)
    moved = tracked or any(one.scheduled_policies for one in configs)
    if not moved and not any(one.min_instances for one in configs):
        return MinimumSettings()
    return MinimumSettings(
        retry=read["scaling.minimum_retry"],
        oldest_first=moved and read["minimum.retire"] == "oldest",
        period=read["minimum.evaluation_period"] if tracked else 60.0,
        window=read["minimum.metric_window"] if tracked else 60.0,
    )


def _seconds(time: datetime | None, origin: datetime, otherwise: float) -> float:
    return otherwise if time is None else (time - origin) / timedelta(seconds=1)


def _span(policy: Policy, origin: datetime) -> Span:
    begin = _seconds(policy.begin, origin, -NEVER)
    return Span(begin, _seconds(policy.end, origin, NEVER))


def _before(policy: ScheduledPolicy, origin: datetime) -> Iterator[Firing]:
    """Yield the last firing until t = 0, if the policy is in force there."""
    last = read_schedule(policy.schedule_expression).last(origin, policy.place)
    span = _span(policy, origin)
    if last is not None and span.holds(_seconds(last, origin, 0.0)) and span.end > 0.0:
        yield Firing(_seconds(last, origin, 0.0), policy.target, span.end)


def _firings(policy: ScheduledPolicy, origin: datetime) -> Iterator[Firing]:
    """Yield the firings after t = 0."""
    span = _span(policy, origin)
    schedule = read_schedule(policy.schedule_expression)
    first = origin if policy.begin is None else max(origin, policy.begin - timedelta(seconds=1))
    for instant in schedule.after(first, policy.place):
        time = _seconds(instant, origin, 0.0)
        if time >= span.end:
            return
        if time >= span.begin and time > 0.0:
            yield Firing(time, policy.target, span.end)


def _tracking(
    policy: ScalingPolicy, function: Function, origin: datetime, factor: float
) -> Tracking:
    return Tracking(
        span=_span(policy, origin),
        metric=_metric(policy.metric_type, function),
        goal=policy.metric_target,
        least=policy.min_instances,
        most=policy.max_instances,
        factor=factor,
    )


def _metric(name: str, function: Function) -> Metric:
    if name == "ProvisionedConcurrencyUtilization":
        return Metric(function.instance_concurrency, per_slot=1.0)
    if name == "CPUUtilization":
        return Metric(function.cpu, per_cpu=1.0)
    assert function.gpu_config is not None  # the checks of the scenario see to it
    model = function.model.size if function.model else 0.0
    per_request = function.service.gpu_memory or 0.0
    return Metric(gpu_memory(function.gpu_config), per_slot=per_request, base=model)
