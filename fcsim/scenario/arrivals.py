"""Arrival processes as a scenario names them: ``{poisson: 20/s}``, ``{steps: […]}`` and so on.

Generation lives in :mod:`fcsim.workload`.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fcsim.scenario.base import Duration, Model, OneOf, PositiveDuration, Rate, Share
from fcsim.scenario.clients import Client
from fcsim.scenario.distributions import TimeDistribution

__all__ = [
    "Arrivals",
    "Bursts",
    "ConstantRate",
    "Counts",
    "Diurnal",
    "Mmpp",
    "Poisson",
    "Renewal",
    "Steps",
    "Sum",
    "Tokens",
    "Trace",
    "Users",
    "Workload",
]


class Poisson(Model):
    """Poisson arrivals at a constant rate."""

    poisson: Rate
    """Rate."""


class ConstantRate(Model):
    """Evenly spaced arrivals, the first one interval after the start."""

    constant: Rate
    """Rate."""


class Renewal(Model):
    """Independent gaps with the given distribution, ``{renewal: {gamma: …}}``."""

    renewal: TimeDistribution
    """Distribution of the gaps."""


class Step(Model):
    """From ``at`` on the rate is ``rate``; ``ramp`` makes it reach that rate linearly."""

    at: Duration
    """Start of this step."""
    rate: Rate
    """Rate from then on."""
    ramp: Duration = 0.0
    """Time over which the rate moves linearly from the previous rate to this one."""


class Steps(Model):
    """Poisson arrivals at a rate that changes in steps and ramps."""

    steps: Annotated[list[Step], Field(min_length=1)]
    """The steps, in order of time."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        for before, after in zip(self.steps, self.steps[1:], strict=False):
            if before.at + before.ramp > after.at:
                raise ValueError("steps must follow each other in time, ramps included")
        return self


class DiurnalShape(Model):
    """A sine between ``low`` and ``high`` over a day, on the scenario's clock."""

    low: Rate
    """Lowest rate."""
    high: Rate
    """Highest rate."""
    peak: Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")] = "14:00"
    """Local time of the highest rate, HH:MM."""
    period: PositiveDuration = 86400.0
    """Length of a cycle."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low must not exceed high")
        return self


class Diurnal(Model):
    """Poisson arrivals at a rate that follows the time of day."""

    diurnal: DiurnalShape


class MmppState(Model):
    """One state of a Markov-modulated Poisson process."""

    rate: Rate
    """Rate in this state."""
    mean_stay: PositiveDuration
    """Mean of the exponential stay."""


class Mmpp(Model):
    """Poisson arrivals whose rate jumps between states; the next state is drawn evenly."""

    mmpp: Annotated[list[MmppState], Field(min_length=2)]
    """The states; the first is drawn by its share of the time."""


class BurstShape(Model):
    """``size`` requests each ``every``, spread evenly over ``within``."""

    size: Annotated[int, Field(ge=1)]
    """Requests of one burst."""
    every: PositiveDuration
    """Time between bursts."""
    first: Duration = 0.0
    """Start of the first burst."""
    within: Duration = 0.0
    """Length of one burst; 0 means all at once."""
    count: Annotated[int, Field(ge=1)] | None = None
    """Number of bursts; unlimited when absent."""


class Bursts(Model):
    """Regular bursts of simultaneous or nearly simultaneous requests."""

    bursts: BurstShape


class Tokens(Model):
    """Service time by tokens: ``fixed + per_input x input + per_output x output``."""

    input: str
    """Column with the tokens that are read (``ContextTokens``)."""
    output: str
    """Column with the tokens that are written (``GeneratedTokens``)."""
    fixed: Duration = 0.0
    """Time of every request."""
    per_input: Duration = 0.0
    """Time of one token that is read."""
    per_output: Duration = 0.0
    """Time of one token that is written."""

    @model_validator(mode="after")
    def _some_time(self) -> Self:
        if self.fixed + self.per_input + self.per_output == 0:
            raise ValueError("give fixed, per_input or per_output")
        return self


class TraceFile(Model):
    """One row a request, read from a CSV (or ``.jsonl`` / parquet) file."""

    file: str
    """CSV, ``.jsonl`` or parquet, relative to the scenario."""
    time: str = "timestamp"
    """Column with the arrival (seconds, or ISO 8601 text)."""
    duration: str | None = None
    """Column with the service time; it replaces ``service.time``."""
    tokens: Tokens | None = None
    """Service time by tokens instead, for traces of language models."""
    unit: Literal["s", "ms", "us"] = "s"
    """Unit of a numeric time column, of ``origin`` and of the duration column."""
    time_is: Literal["start", "end"] = "start"
    """Whether the time column is the start or the end (start = end - duration)."""
    origin: float | str | None = None
    """Time in the trace (number or ISO 8601 text) that is t = 0; by default the earliest row."""
    where: dict[str, str] = {}
    """Only rows whose columns equal these values."""
    row_key: str | None = None
    """Column that names the function of a row, for ``one_function_per: key``."""

    @model_validator(mode="after")
    def _one_service_time(self) -> Self:
        if self.tokens is not None and self.duration is not None:
            raise ValueError("give duration or tokens, not both")
        return self


class Trace(Model):
    """Arrivals at recorded instants, by default the first at time 0 of the run."""

    trace: TraceFile


class CountsFile(Model):
    """Counts a minute: one row a function and one column a minute, or one row a minute."""

    file: str
    """CSV, relative to the scenario."""
    columns: str = "minute_"
    """Prefix of the count columns (wide files), or the name of the count column (long)."""
    interval: PositiveDuration = 60.0
    """Time that one count covers."""
    divide: Annotated[float, Field(gt=0)] = 1.0
    """Counts are divided by this (14 for the Azure 2019 sample: each cell sums 14 days)."""
    row_key: str | None = None
    """Column that names the function of a row, for ``one_function_per: row``."""
    rows: Annotated[int, Field(ge=1)] | None = None
    """Use only the first rows."""
    placement: Literal["uniform", "even", "start"] = "uniform"
    """Where in its interval a request falls: at random, evenly spaced, or at its start."""


class Counts(Model):
    """Arrivals from counts per interval, rounded stochastically when scaled."""

    counts: CountsFile


class Sum(Model):
    """Several arrival processes together."""

    sum: Annotated[list[Arrivals], Field(min_length=1)]
    """The processes that add up."""


Arrivals = Annotated[
    Poisson | ConstantRate | Renewal | Steps | Diurnal | Mmpp | Bursts | Trace | Counts | Sum,
    OneOf("an arrival process"),
]


class UsersShape(Model):
    """``number`` users; each thinks, sends a request, waits for the answer, and thinks again."""

    number: Annotated[int, Field(ge=1)]
    """How many users."""
    think: TimeDistribution
    """Time from an answer, or from the workload's start, to the user's next request."""


class Users(Model):
    """A closed loop: the next request of a user waits for the answer to the last one."""

    users: UsersShape


class Workload(Model):
    """Requests for one function (or, with ``one_function_per``, for one copy a trace row)."""

    function: str
    """Name of a function of this scenario."""
    arrivals: Annotated[
        Poisson | ConstantRate | Renewal | Steps | Diurnal | Mmpp | Bursts | Trace | Counts | Sum
        | Users,
        OneOf("an arrival process"),
    ]  # fmt: skip
    """When requests come."""
    invocation_type: Literal["sync", "async"] = "sync"
    """``async``: the platform accepts each request at once, as a message, and delivers it."""
    client: Client | None = None
    """Who sends the requests; without it nobody gives up or tries again."""
    scale: Annotated[float, Field(gt=0)] = 1.0
    """Multiplies the rate (or thins and repeats a trace, stochastically)."""
    start: Duration = 0.0
    """No request before this time of the run."""
    end: PositiveDuration | None = None
    """No request from this time of the run on."""
    one_function_per: Literal["row", "key"] | None = None
    """Make a copy of the function for each row of a counts file, or each key of a trace."""
    share: Share = 1.0
    """Part of the requests that is kept, at random."""

    @property
    def has_callers(self) -> bool:
        """Whether somebody waits for answers or tries again, so that what comes is not settled."""
        asks_again = self.client is not None or isinstance(self.arrivals, Users)
        return asks_again or self.invocation_type == "async"

    @model_validator(mode="after")
    def _fits_callers(self) -> Self:
        if self.client is not None and self.invocation_type == "async":
            raise ValueError(
                "a client goes with sync: the platform accepts an async invocation at once and "
                "tries again by itself (functions.NAME.async_invoke_config)"
            )
        if isinstance(self.arrivals, Users) and (self.scale != 1 or self.share != 1):
            raise ValueError("users are counted, not scaled: change users.number")
        return self


for _model in (Sum, Workload):
    _model.model_rebuild()
