"""Everybody who calls in one run, as the scenario describes them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from fcsim.scenario.arrivals import Users as UsersSpec
from fcsim.scenario.arrivals import Workload
from fcsim.scenario.clients import Client as Policy
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Reader
from fcsim.sim.callers.arriving import OpenLoop, Users
from fcsim.sim.callers.client import Client
from fcsim.sim.callers.facts import Call, CallFacts
from fcsim.sim.callers.queue import AsyncQueue, AsyncRules, Message
from fcsim.sim.callers.sender import Sender
from fcsim.sim.clock import Clock
from fcsim.sim.plan import FunctionPlan
from fcsim.sim.record import Columns, InvocationType
from fcsim.sim.scaling import Scaler
from fcsim.streams import Streams
from fcsim.workload.called import Need, NeedsOfUsers, NeedsOverTime

__all__ = ["Callers"]


class Callers:
    """The callers of a run; without any it costs nothing."""

    def __init__(
        self, scenario: Scenario, streams: Streams, clock: Clock, scaler: Scaler, read: Reader,
        plans: list[FunctionPlan],
    ) -> None:  # fmt: skip
        """Call functions *plans* through *scaler*."""
        self._scenario, self._streams, self._clock = scenario, streams, clock
        self._read, self._plans = read, plans
        self._last = scenario.horizon + scenario.drain
        self._facts = CallFacts()
        self._sender = Sender(clock, scaler, self._facts, self._last)
        self._queue = cache(self._new_queue)  # by function
        self._sources: list[OpenLoop | Users] = []
        for number, (name, workload) in enumerate(scenario.workload.items()):
            if workload.has_callers:
                self._sources.append(self._source(number, name, workload))

    def begin(self) -> None:
        """Let the first calls come."""
        for source in self._sources:
            source.begin()

    @property
    def unfinished(self) -> int:
        """Calls that have not been answered, messages that have not been delivered."""
        return self._facts.unfinished

    def columns(self) -> tuple[Columns, Columns]:
        """Return the columns of calls and of attempts."""
        return self._facts.call_columns(), self._facts.attempt_columns()

    def _source(self, number: int, name: str, workload: Workload) -> OpenLoop | Users:
        if not isinstance(workload.arrivals, UsersSpec):
            needs = NeedsOverTime(self._scenario, self._streams, name)
            deliver = self._deliver(number, workload, None)
            return OpenLoop(self._clock, iter(needs), deliver)
        scenario = self._scenario
        end = scenario.horizon if workload.end is None else min(workload.end, scenario.horizon)
        deliver = self._deliver(number, workload, lambda: users.think())
        of_users = NeedsOfUsers(scenario, self._streams, name)
        users = Users(self._clock, of_users, deliver, (workload.start, end))
        return users

    def _deliver(
        self, number: int, workload: Workload, then: Callable[[], None] | None
    ) -> Callable[[Need], None]:
        """Return what makes the calls of a workload; *then* happens after each answer."""
        clock = self._clock
        if workload.invocation_type == "async":

            def accept(need: Need) -> None:
                self._queue(need.function).accept(Message(number, need, clock.now))
                if then is not None:
                    then()

            return accept
        policy = workload.client or Policy()
        replaces = policy.timeout is not None and self._read["client.abort"] == "replace"
        client = Client(clock, self._sender, policy, then, replaces=replaces)

        def call(need: Need) -> None:
            client.call(Call(number, InvocationType.SYNC, need, clock.now))

        return call

    def _new_queue(self, function: int) -> AsyncQueue:
        plan, read = self._plans[function], self._read
        config = self._scenario.functions[plan.info.template].async_invoke_config
        takes = max(1.0, plan.max_instances * plan.plane.concurrency)
        rules = AsyncRules(
            most=min(read["async.in_process"], takes),
            max_age=config.max_async_event_age_in_seconds,
            retries=config.max_async_retry_attempts,
            retry_interval=read["async.retry_interval"],
            backoff=read["async.backoff"],
            backoff_maximum=read["async.backoff_maximum"],
            internal_errors_back_off=read["async.internal_errors"] == "back_off",
        )
        return AsyncQueue(self._clock, self._sender, rules, self._last)
