"""A synchronous client: it waits for the answer, hangs up when that takes too long, tries again."""

from __future__ import annotations

from collections.abc import Callable

from fcsim.scenario.clients import Client as Policy
from fcsim.sim.callers.facts import Call
from fcsim.sim.callers.sender import Sender
from fcsim.sim.clock import Clock
from fcsim.sim.record import ERRORS, CallStatus, ErrorCode
from fcsim.streams import hash_uniform

__all__ = ["Client"]


class Client:
    """Carries out the calls of one workload, each attempt after the other."""

    def __init__(
        self,
        clock: Clock,
        sender: Sender,
        policy: Policy,
        then: Callable[[], None] | None,
        *,
        replaces: bool,
    ) -> None:
        """Behave as *policy* says; *then* happens after each answer.

        *replaces*: the platform replaces an instance whose client has hung up.
        """
        self._replaces = replaces
        self._clock, self._sender = clock, sender
        self._policy, self._timeout = policy, policy.timeout
        self._again = [policy.tries_again_after(error.status) for error in ERRORS]
        self._then = then

    def call(self, call: Call) -> None:
        """Make *call*."""
        self._sender.facts.begin(call)
        self._try(call)

    def _try(self, call: Call) -> None:
        if self._sender.is_over:
            return
        request = self._sender.send(call, self._answered)
        if self._timeout is not None:
            deadline = self._clock.now + self._timeout
            self._clock.call_at(deadline, self._hang_up, call, call.attempts, request)

    def _hang_up(self, call: Call, attempt: int, request: int) -> None:
        """Give up waiting for *attempt*, unless it has been answered."""
        if call.under_way and call.attempts == attempt:
            self._sender.hang_up(request, replace=self._replaces)

    def _answered(self, call: Call, error: ErrorCode) -> None:
        now, retry = self._clock.now, call.attempts
        if error and self._again[error] and retry <= self._policy.retries:
            draw = hash_uniform(call.need.draws.jitter_key, call.need.number, retry)
            self._clock.call_at(now + self._policy.wait(retry, draw), self._try, call)
            return
        status = CallStatus.FAILED if error else CallStatus.SUCCEEDED
        self._sender.facts.end(call, now, status)
        if self._then is not None:
            self._then()
