"""The queue of a function's asynchronous invocations.

The platform accepts a message at once and delivers it: oldest first, so many at a time. Errors of
the function are retried a few times. A message that is refused (429, 503) backs off for 0.5, 1,
2, 4 … s until it is too old; while it does, others are only sent in place of messages that end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from heapq import heappop, heappush

from fcsim.sim.callers.facts import Call
from fcsim.sim.callers.sender import Sender
from fcsim.sim.clock import Clock
from fcsim.sim.record import ERRORS, CallStatus, ErrorCode, InvocationType
from fcsim.workload.called import Need

__all__ = ["AsyncQueue", "AsyncRules", "Message"]

THROTTLED, INTERNAL = (429,), (500, 503)
"""Statuses of refusals, and of errors of the platform itself."""


@dataclass(frozen=True)
class AsyncRules:
    """How the platform delivers the messages of one function."""

    most: float
    """Messages in process at a time."""
    max_age: float
    """Seconds after which a message is dropped."""
    retries: int
    """Retries after errors of the function."""
    retry_interval: float
    """Seconds before each of them."""
    backoff: float
    """Seconds before a message that was refused is sent again; doubles each time."""
    backoff_maximum: float
    internal_errors_back_off: bool
    """Whether 500 and 503 back off like 429; otherwise they are final."""

    def backs_off(self, error: ErrorCode) -> bool:
        """Tell whether a message that met *error* backs off."""
        status = ERRORS[error].status
        return status in THROTTLED or (self.internal_errors_back_off and status in INTERNAL)

    def is_retried(self, error: ErrorCode) -> bool:
        """Tell whether *error* is the function's, and worth another attempt."""
        return ERRORS[error].status not in (*THROTTLED, *INTERNAL)

    def wait(self, refusals: int) -> float:
        """Return the back-off after so many *refusals* of a message."""
        return min(self.backoff * 2.0 ** min(refusals - 1, 1000), self.backoff_maximum)


class Message(Call):
    """An asynchronous invocation on its way."""

    __slots__ = ("failures", "has_expired", "is_done", "refusals", "was_refused")

    def __init__(self, workload: int, need: Need, now: float) -> None:
        """Be accepted *now*."""
        super().__init__(workload, InvocationType.ASYNC, need, now)
        self.failures = self.refusals = 0
        self.was_refused = False
        """Its last attempt was, or it has not yet got through again."""
        self.has_expired = self.is_done = False


class AsyncQueue:
    """Delivers the messages of one function."""

    def __init__(self, clock: Clock, sender: Sender, rules: AsyncRules, last: float) -> None:
        """Deliver as *rules* say, in a run that ends at *last*."""
        self._clock, self._sender, self._rules = clock, sender, rules
        self._last = last
        self._line: list[tuple[int, Message]] = []
        self._in_process = 0
        self._most = rules.most  # in process at present
        self._refused = 0  # messages that have not got through since they were refused
        self._ageing: deque[Message] = deque()  # those that may become too old

    def accept(self, message: Message) -> None:
        """Take *message* over from its sender."""
        self._sender.facts.begin(message)
        if message.arrival + self._rules.max_age <= self._last:
            self._ageing.append(message)
            if len(self._ageing) == 1:
                self._watch_age()
        self._join(message)

    # ── sending ───────────────────────────────────────────────────────────────────────────

    def _join(self, message: Message) -> None:
        """Put *message* into the line, at the place of its age."""
        if not message.is_done:
            heappush(self._line, (message.row, message))
            self._send_more()

    def _join_after(self, pause: float, message: Message) -> None:
        """Let *message* join after *pause* seconds; without one it keeps its turn."""
        if pause:
            self._clock.call_at(self._clock.now + pause, self._join, message)
        else:
            self._join(message)

    def _send_more(self) -> None:
        """Send the oldest messages while there may be more in process."""
        while self._line and self._in_process < self._most and not self._sender.is_over:
            message = heappop(self._line)[1]
            if not message.is_done:
                self._send(message)

    def _send(self, message: Message) -> None:
        self._in_process += 1
        self._sender.send(message, self._answered)

    def _answered(self, call: Call, error: ErrorCode) -> None:
        assert isinstance(call, Message)
        self._in_process -= 1
        if self._rules.backs_off(error):
            self._back_off(call)
        else:
            self._got_through(call)
            if not error:
                self._end(call, CallStatus.SUCCEEDED)
            else:
                self._retry(call, error)
        self._send_more()

    # ── trying again ──────────────────────────────────────────────────────────────────────

    def _retry(self, message: Message, error: ErrorCode) -> None:
        """Try again after an error of the function, unless that has been done often enough."""
        message.failures += 1
        if message.has_expired:
            self._end(message, CallStatus.EXPIRED)
        elif self._rules.is_retried(error) and message.failures <= self._rules.retries:
            self._join_after(self._rules.retry_interval, message)
        else:
            self._end(message, CallStatus.FAILED)

    def _back_off(self, message: Message) -> None:
        """Wait with *message*, which was refused, and send no more others than get through."""
        self._most = self._in_process
        message.refusals += 1
        if not message.was_refused:
            message.was_refused = True
            self._refused += 1
        if message.has_expired:
            self._got_through(message)
            self._end(message, CallStatus.EXPIRED)
        else:
            time = self._clock.now + self._rules.wait(message.refusals)
            self._clock.call_at(time, self._try_again, message)

    def _try_again(self, message: Message) -> None:
        """Send a message whose back-off is over at once, if there may be one more at all."""
        if message.is_done:
            return
        if self._in_process >= self._rules.most or self._sender.is_over:
            self._join(message)
            return
        self._send(message)
        self._most = max(self._most, self._in_process)

    def _got_through(self, message: Message) -> None:
        """Note that *message* no longer waits for room; the last such lets all others move."""
        if message.was_refused:
            message.was_refused = False
            self._refused -= 1
            if not self._refused:
                self._most = self._rules.most

    # ── the end ───────────────────────────────────────────────────────────────────────────

    def _end(self, message: Message, status: CallStatus) -> None:
        message.is_done = True
        self._sender.facts.end(message, self._clock.now, status)

    def _watch_age(self) -> None:
        oldest = self._ageing[0].arrival + self._rules.max_age
        self._clock.call_at(max(oldest, self._clock.now), self._drop_old)

    def _drop_old(self) -> None:
        """Drop messages that have become too old; one in process may still succeed."""
        now = self._clock.now
        while self._ageing:
            message = self._ageing[0]
            if not message.is_done and message.arrival + self._rules.max_age > now:
                break
            self._ageing.popleft()
            if not message.is_done:
                self._expire(message)
        if self._ageing:
            self._watch_age()
        self._send_more()

    def _expire(self, message: Message) -> None:
        message.has_expired = True
        if not message.under_way:
            self._got_through(message)
            self._end(message, CallStatus.EXPIRED)
