"""The request plane: arrivals, dispatch, completions, time-outs and idle expiry.

The plane owns every warm request from arrival to response. It stops, and hands over to the
control plane, only where the platform must decide. Two implementations exist by design: the
reference, for reading, and a compiled one, for speed. They give the same results to the last
bit, so a plane uses only + - x / and comparisons; every random draw reaches it ready-made. That
a request will end in an error of the function reaches it as the sign of its work.

Clock rule: the next event is always the pending one of least (time, class, sequence). Classes
are 0 completion, 1 time-out, 2 idle expiry, 3 control plane, 4 arrival; the sequence is the
order of hand-over (classes 0 and 1), of creation (class 2), and (source, index) for arrivals,
injected ones after generated ones.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple, Protocol

from fcsim.sim.record import Columns, ErrorCode
from fcsim.workload.source import Block

__all__ = [
    "NEVER",
    "ROWS",
    "Meter",
    "PlaneFunction",
    "Refill",
    "RequestPlane",
    "Sink",
    "Stop",
    "StopKind",
]

NEVER = float("inf")

ROWS = 65_536
"""Requests in one block that a plane hands on."""

Refill = Callable[[], Block | None]
"""Gives the next block of generated requests, or None when the workload has ended."""

Sink = Callable[[Columns], None]
"""Takes blocks of ended requests: the request columns and ``number``, in order of ending.

All blocks but the last have exactly :data:`ROWS` rows, so sums over them are the same to the bit
whichever plane ran; nothing forces anybody to keep them.
"""


@dataclass(frozen=True)
class PlaneFunction:
    """What the plane needs to know of one function; never changes during a run."""

    concurrency: int
    """Requests one instance takes at a time (``instance_concurrency``)."""
    cpu: float
    """vCPU of an instance."""
    vcpu: float
    """vCPU of one request; 0: requests do not share anything."""
    time_limit: float
    """Longest time from hand-over to response."""
    limit_error: ErrorCode
    """FUNCTION_TIMEOUT, or BAD_RESPONSE where the server's keep-alive is shorter."""
    memory_limit: int
    """Most requests in flight that fit the memory; one more is out of memory."""
    disk_limit: int
    """Completed requests after which the writable layer is full."""
    in_line: bool
    """Waiting requests form one line served by whatever slot frees first (``first_free`` or
    ``overflow: queue``); otherwise each is bound to a starting instance."""
    queues: bool
    """A request refused growth joins the line instead of failing (``overflow: queue``)."""
    queue_limit: int
    """Most requests in the line before one is refused."""
    dispatch: str
    """Name of the dispatch policy."""
    dispatch_key: int
    """Key of the hash from which the policy ``random`` draws."""
    wake: float = 0.0
    """Seconds by which an instance that was idle serves its first request later (idle mode)."""
    metered: bool = False
    """Whether slots and vCPU in use are added up, for policies that track them."""

    @property
    def shares(self) -> bool:
        """Whether a full instance runs its requests slower than one alone."""
        return self.concurrency * self.vcpu > self.cpu


class StopKind(IntEnum):
    """Why ``advance`` returned before its time."""

    GROW = 0
    """A request found no room: answer with ``start_instance`` or ``close``."""
    EXPIRED = 1
    """An instance has been idle for its keep-alive, or was retired and has ended its last
    request; the plane has taken it out of service."""
    DIED = 2
    """An instance ran out of memory; its requests have ended, it is out of service."""
    ENDED = 3
    """A watched request has ended."""


class Stop(NamedTuple):
    """An instant at which the platform must decide."""

    kind: StopKind
    time: float
    subject: int
    """Function (GROW), instance (EXPIRED, DIED) or request (ENDED)."""
    error: int = 0
    """ErrorCode with which a watched request has ended."""


class Meter(NamedTuple):
    """What the requests of an instance have held and used so far."""

    slot_seconds: float
    """Requests in flight, times seconds."""
    cpu_seconds: float
    """min(requests in flight × vCPU of one, vCPU of the instance), times seconds."""


class RequestPlane(Protocol):
    """The verbs between the control plane and a request plane.

    Functions and instances are numbers: positions in the run's function list, and the order of
    creation. Requests are numbered in order of arrival from 0, injected ones from -1 downwards.
    All times are the simulation's seconds.
    """

    def __init__(
        self,
        functions: Sequence[PlaneFunction],
        refill: Refill,
        sink: Sink,
        window: tuple[float, float],
    ) -> None:
        """Serve *functions* with the requests of *refill*; count busy time inside *window*."""

    def next_time(self) -> float:
        """Return the instant of the plane's next event, NEVER if there is none."""

    def advance(self, until: float) -> Stop | None:
        """Take classes 0-2 at t <= until and class 4 at t < until; stop early to hand over."""

    def start_instance(self, function: int, now: float, keep_alive: float, minimum: bool) -> int:
        """Add a starting instance; the request that asked for it (GROW) waits for it.

        Bound to it, that is its cold request. In a line the cold request is the first that the
        instance serves, if it arrived before the instance was created.
        """

    def instance_ready(self, instance: int, now: float) -> None:
        """Open the instance: the requests that wait for it start in order."""

    def instance_gone(self, instance: int, now: float, error: ErrorCode) -> list[int]:
        """Take the instance out of service; end its requests with *error* and return them."""

    def suspend(self, instance: int) -> None:
        """Give the open instance no further requests; those that it has go on."""

    def resume(self, instance: int, now: float) -> None:
        """Give a suspended instance requests again; those in line come first."""

    def retire(self, instance: int) -> bool:
        """Let the open instance end what it has, and nothing more.

        True: it had nothing and is out of service; else EXPIRED follows its last request.
        """

    def restart(self, instance: int, now: float, keep_alive: float) -> int:
        """Give up a starting instance; return the number of a new one.

        Those who wait for it wait for the new one, and its cold request stays the cold request.
        """

    def spoil(self, instance: int) -> None:
        """Let requests that end on the open instance fail with BAD_RESPONSE from now on."""

    def mend(self, instance: int) -> None:
        """Let requests end well again on a spoilt instance."""

    def abort(self, request: int, now: float) -> int:
        """End a request that waits or runs with CLIENT_CLOSED; return its instance, -1 for none.

        What has ended already, or has not arrived, stays as it is, and -1 is returned.
        """

    def close(self, function: int, now: float, until: float, error: ErrorCode) -> None:
        """Refuse growth with *error* until *until*; the request that asked is refused first.

        Only RESOURCE_EXHAUSTED and RESOURCE_THROTTLED are refusals that a queue can bridge; with
        any other error requests fail at once.
        """

    def reopen(self, function: int) -> None:
        """Let the function ask for growth again."""

    def line_excess(self, function: int) -> int:
        """Return how many requests wait in line beyond the room of starting instances."""

    def in_flight(self, instance: int) -> int:
        """Return how many requests run on the instance."""

    def metered(self, instance: int, now: float) -> Meter:
        """Return what the requests of an instance have held and used until *now*.

        Zero for an instance of a function that is not metered.
        """

    def inject(
        self, time: float, function: int, work: float, cold_work: float, *, watched: bool = False
    ) -> int:
        """Add a request that the workload did not generate (a retry); return its number.

        *time* is not in the past. Negative work, minus zero included, is served by its amount
        and then fails (:class:`fcsim.workload.source.Block`). *watched*: stop when it ends.
        """

    def watch(self, request: int) -> None:
        """Stop when this request, arrived or injected and not ended, ends."""

    def unfinished(self) -> int:
        """Return how many arrived requests have not ended."""

    def ended(self) -> int:
        """Return how many requests have ended."""

    def finish(self) -> None:
        """Hand on what has ended since the last block, then what is unfinished."""

    def usage(self) -> Columns:
        """Return ``requests`` (handed over) and ``busy`` (seconds in the window) by instance."""
