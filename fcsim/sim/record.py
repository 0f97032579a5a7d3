"""What a simulation leaves behind: plain columns of facts, no statistics.

Times are seconds of simulated time; NaN means that the moment was never reached. Strings are
kept once, in name lists, and columns hold their positions.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fcsim.errors import UsageError
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Parameter

if TYPE_CHECKING:
    from fcsim.sim.trace import Trace

__all__ = [
    "ATTEMPT_COLUMNS",
    "CALL_COLUMNS",
    "ERRORS",
    "INSTANCE_COLUMNS",
    "NUMBER",
    "PULL_COLUMNS",
    "REQUEST_COLUMNS",
    "TARGET_COLUMNS",
    "CallStatus",
    "Columns",
    "ErrorCode",
    "FunctionInfo",
    "Happening",
    "InvocationType",
    "Kind",
    "NotKept",
    "Outcome",
    "Record",
    "Source",
    "Start",
    "empty",
]

Columns = dict[str, NDArray[Any]]


class Outcome(IntEnum):
    """How a request ended; every request has exactly one."""

    COMPLETED = 0
    FAILED = 1
    THROTTLED = 2
    TIMED_OUT = 3
    UNFINISHED = 4


class Start(IntEnum):
    """How a request came to its instance."""

    WARM = 0
    """An instance had room."""
    COLD = 1
    """Its arrival caused the instance (the platform's isColdStart)."""
    WAITED = 2
    """It waited for an instance that was already starting."""
    QUEUED = 3
    """It waited in the queue for room (``overflow: queue``)."""


class Kind(IntEnum):
    """Why an instance was created."""

    ON_DEMAND = 0
    MINIMUM = 1
    RESIDENT = 2
    """In a resident pool, on demand or not."""


class InvocationType(IntEnum):
    """How a call was made."""

    SYNC = 0
    """A client waits for the answer."""
    ASYNC = 1
    """The platform accepted it as a message and delivers it."""


class CallStatus(IntEnum):
    """What became of a call; every call has exactly one."""

    SUCCEEDED = 0
    FAILED = 1
    """Its last attempt failed, and nobody tried again."""
    EXPIRED = 2
    """A message that was dropped as too old."""
    UNFINISHED = 3


class Source(IntEnum):
    """Where a layer, or the part of it that a start reads, came from."""

    REGISTRY = 0
    ZONE = 1
    ACCELERATED = 2
    """The platform's internal store of converted images."""


class ErrorCode(IntEnum):
    """Position of each error in :data:`ERRORS`; the names are the platform's own."""

    NONE = 0
    RESOURCE_EXHAUSTED = 1
    RESOURCE_THROTTLED = 2
    FUNCTION_TIMEOUT = 3
    FUNCTION_NOT_STARTED = 4
    FUNCTION_OOM = 5
    BAD_RESPONSE = 6
    ACCESS_DENIED = 7
    IMAGE_PULL_FAILED = 8
    INITIALIZER_FAILED = 9
    DISK_FULL = 10
    QUEUE_FULL = 11
    CA_EXITED = 12
    CLIENT_CLOSED = 13
    FUNCTION_ERROR = 14
    INTERNAL_ERROR = 15
    HEALTH_CHECK_FAILED = 16
    FUNCTION_NOT_ACTIVE = 17


@dataclass(frozen=True)
class Error:
    """An error as the platform reports it."""

    name: str
    status: int
    when: str


ERRORS: tuple[Error, ...] = (
    Error("", 200, "no error"),
    Error("ResourceExhausted", 429, "instance quota, growth limit or function maximum reached"),
    Error("ResourceThrottled", 503, "no machine has room for the instance"),
    Error("FunctionTimeoutError", 200, "the function ran longer than its timeout"),
    Error("FunctionNotStarted", 412, "the HTTP server did not answer within 120 s"),
    Error("FunctionOOMError", 200, "requests on the instance needed more memory than it has"),
    Error("BadResponse", 502, "the server closed the connection before the response"),
    Error("AccessDenied", 403, "the service role is missing or may not read the registry"),
    Error(
        "ImagePullFailed", 412, "the registry did not deliver (name is fcsim's: none is documented)"
    ),
    Error("FunctionInitError", 412, "the initializer failed or exceeded its limit (fcsim's name)"),
    Error("DiskFull", 200, "the writable layer is full (fcsim's name)"),
    Error("QueueFull", 429, "the queue of `overflow: queue` is full (fcsim's name)"),
    Error("CAExited", 412, "the container exited"),
    Error("ClientClosedRequest", 499, "the client gave up"),
    Error("FunctionUnhandledError", 200, "the function ran and raised an error"),
    Error("InternalServerError", 500, "the machine under a starting instance broke down"),
    Error("HealthCheckFailed", 412, "the first health check of a start failed (fcsim's name)"),
    Error(
        "FunctionNotActive", 412, "the function is Pending, Inactive or Failed (name is fcsim's)"
    ),
)
"""Errors by :class:`ErrorCode` (platform facts, section 7)."""

REQUEST_COLUMNS: dict[str, type] = {
    "function": np.int32,  # position in Record.functions
    "arrival": np.float64,
    "started": np.float64,  # hand-over to the instance
    "ended": np.float64,  # response, refusal or failure; NaN: unfinished
    "outcome": np.int8,
    "error": np.int8,
    "start": np.int8,  # Start
    "instance": np.int32,  # row in instances, -1: none
}

NUMBER = "number"
"""Column beside those: order of arrival among generated requests; injected ones are negative."""

INSTANCE_COLUMNS: dict[str, type] = {
    "function": np.int32,
    "kind": np.int8,  # Kind
    "version": np.int16,  # deployments of its function before it was created
    "host": np.int32,  # -1: never placed
    "created": np.float64,  # the decision to create it; placing begins
    "placed": np.float64,  # placing ended; credential begins
    "credential": np.float64,  # credential obtained; pull begins
    "pulled": np.float64,  # image ready on the host; container creation begins
    "started": np.float64,  # container started; server start (and its 120 s) begins
    "served": np.float64,  # server answers; initializer begins
    "ready": np.float64,  # first request possible
    "stopping": np.float64,  # taken out of service; pre-stop begins
    "gone": np.float64,  # resources released; NaN: still there at the end
    "error": np.int8,  # ErrorCode of a failed start, or of what ended it
    "requests": np.int64,  # requests handed to it
    "busy": np.float64,  # seconds with a request in flight, inside the window
    "bytes_pulled": np.float64,  # its image's bytes that had to be transferred (shared or own)
    "bytes_cached": np.float64,  # its image's bytes that the host already had
}

PULL_COLUMNS: dict[str, type] = {
    "host": np.int32,
    "layer": np.int32,  # position in Record.layers
    "source": np.int8,  # Source
    "bytes": np.float64,
    "begun": np.float64,  # asked for
    "flowing": np.float64,  # transfer began
    "transferred": np.float64,
    "unpacked": np.float64,  # counts as cached from here
    "while_serving": np.int8,  # 1: on-demand read after the start
}


TARGET_COLUMNS: dict[str, type] = {
    "function": np.int32,
    "time": np.float64,  # from here on
    "target": np.int32,  # the function should have so many minimum instances
}
"""How policies have moved the minimum of functions that have any; from t = 0 on."""
CALL_COLUMNS: dict[str, type] = {
    "workload": np.int32,  # position in the scenario's workloads
    "function": np.int32,
    "invocation_type": np.int8,  # InvocationType
    "arrival": np.float64,  # the client's first attempt, or the message's acceptance
    "sent": np.float64,  # first attempt; NaN: none yet
    "ended": np.float64,  # last answer, or dropped; NaN: unfinished
    "status": np.int8,  # CallStatus
    "error": np.int8,  # ErrorCode of the last attempt that ended
    "attempts": np.int32,
}
"""Calls of clients, users and messages, in order of arrival."""

ATTEMPT_COLUMNS: dict[str, type] = {
    "call": np.int64,  # row in calls
    "begun": np.float64,  # the arrival of its request
    "ended": np.float64,  # NaN: unfinished
    "error": np.int8,
}
"""Requests of those calls: each attempt is one request."""


@dataclass(frozen=True)
class FunctionInfo:
    """What bill and reports need to know of one simulated function."""

    name: str
    """Name in reports; a copy made by ``one_function_per`` is ``template/key``."""
    template: str
    """Name in the scenario."""
    image: str
    cpu: float
    memory_size: float
    disk_size: float
    instance_concurrency: int
    gpu_type: str = ""
    gpu_memory_size: float = 0.0
    resident_pool: str = ""
    """Name of its resident pool."""
    mixed: bool = False
    """Whether elastic instances help out when that is full."""
    minimum_idle: str = "idle"
    """How an idle minimum instance is billed: ``idle``, ``active``, or ``cpu_idle`` and
    ``gpu_idle`` where only that part hibernates."""
    delayed_release: bool = False
    """Whether idle on-demand instances are kept by delayed release."""


@dataclass
class Happening:
    """A fault, a deployment, or a state of a function, while it lasts."""

    kind: str
    """``fault``, ``deployment`` (until the new version serves) or ``state``."""
    text: str
    """In a few words."""
    begin: float
    end: float = math.nan
    """NaN: still lasting at the end of the run."""
    function: str = ""
    """Whom it concerns, if it is a function of the scenario."""


def empty(types: dict[str, type]) -> Columns:
    """Return columns without rows."""
    return {name: np.empty(0, dtype) for name, dtype in types.items()}


class NotKept(dict[str, NDArray[Any]]):
    """Stands for the request columns of a run that did not keep them."""

    def __missing__(self, column: str) -> NDArray[Any]:
        """Raise UsageError: there is no *column*."""
        raise UsageError(
            f"the run did not keep the rows of its requests (asked for: {column}); "
            "run it with keep=True"
        )


def _no_targets() -> Columns:
    return {name: np.empty(0, dtype) for name, dtype in TARGET_COLUMNS.items()}


@dataclass
class Record:
    """Everything that happened in one run."""

    scenario: Scenario
    functions: list[FunctionInfo]
    layers: list[str]
    requests: Columns
    """:class:`NotKept` when the run folded them into figures without keeping their rows."""
    instances: Columns
    pulls: Columns
    assumptions: list[Parameter]
    """Parameters read by the run that no document settles."""
    warnings: list[str] = field(default_factory=list)
    seed: int = 0
    replication: int = 0
    engine: str = "reference"
    counters: dict[str, float] = field(default_factory=dict)
    """Facts that are not rows: stop time, events, credentials obtained, 429s of registries."""
    happenings: list[Happening] = field(default_factory=list)
    wall_seconds: float = 0.0
    targets: Columns = field(default_factory=_no_targets)
    """The minimum that policies have asked for (TARGET_COLUMNS), in order of time."""
    calls: Columns = field(default_factory=lambda: empty(CALL_COLUMNS))
    """Of workloads that have callers; the requests of others are no calls."""
    attempts: Columns = field(default_factory=lambda: empty(ATTEMPT_COLUMNS))
    trace: Trace | None = None
    """What happened to caches and links, if the run was asked for it."""

    @property
    def window(self) -> tuple[float, float]:
        """Begin and end of what KPIs, series and bill cover."""
        return self.scenario.warm_up, self.scenario.horizon
