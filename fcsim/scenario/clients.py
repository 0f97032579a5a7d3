"""Who calls: clients that give up and try again."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from fcsim.scenario.base import Duration, Model, PositiveDuration

__all__ = ["FUNCTION_ERROR", "TIMEOUT", "Client"]

TIMEOUT = "timeout"
"""The client's own time-out, 499 ClientClosedRequest."""
FUNCTION_ERROR = "function_error"
"""An error of the function, which the platform answers with 200 and a header."""
_CLASSES = ("4xx", "5xx", TIMEOUT, FUNCTION_ERROR)


def _answer(value: int | str) -> int | str:
    if value in _CLASSES or (isinstance(value, int) and 400 <= value <= 599):
        return value
    if isinstance(value, str) and value.isdigit():
        return _answer(int(value))
    raise ValueError(f"expected a status like 429, or one of {', '.join(_CLASSES)}; got {value!r}")


class Client(Model):
    """A synchronous client: how long it waits for an answer, and how it tries again."""

    retries: Annotated[int, Field(ge=0)] = 0
    """Most further attempts after the first."""
    backoff: Duration = 0.1
    """Longest wait before the first retry."""
    multiplier: Annotated[float, Field(ge=1)] = 2.0
    """The wait grows by this factor with each retry."""
    maximum: Duration = 20.0
    """No wait is longer."""
    jitter: Literal["full", "equal", "none"] = "full"
    """Part of the wait that is drawn evenly: all of it, its second half, or nothing."""
    timeout: PositiveDuration | None = None
    """The client closes an attempt after this (499 ClientClosedRequest); never when absent."""
    retry_on: list[Annotated[int | str, AfterValidator(_answer)]] = [429, "5xx", TIMEOUT]
    """Answers after which it tries again: ``429``, ``5xx``, ``timeout``, ``function_error``."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.backoff > self.maximum:
            raise ValueError("maximum must not be below backoff: no wait is longer than it")
        return self

    def wait(self, retry: int, draw: float) -> float:
        """Return the seconds before *retry* (from 1), *draw* being even in [0, 1)."""
        try:
            longest = min(self.backoff * self.multiplier ** (retry - 1), self.maximum)
        except OverflowError:
            longest = self.maximum if self.backoff else 0.0
        if self.jitter == "none":
            return longest
        least = longest / 2 if self.jitter == "equal" else 0.0
        return least + draw * (longest - least)

    def tries_again_after(self, status: int) -> bool:
        """Tell whether an answer with *status* is one that it does not accept."""
        names = {499: TIMEOUT, 200: FUNCTION_ERROR}
        return not {status, f"{status // 100}xx", names.get(status)}.isdisjoint(self.retry_on)
