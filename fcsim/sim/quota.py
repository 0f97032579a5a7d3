"""What an account may run in a region: regional quota, function maxima, reservations, growth."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

from fcsim.sim.plan import FunctionPlan
from fcsim.sim.record import ErrorCode
from fcsim.sim.requests.interface import NEVER
from fcsim.sim.tokens import TokenBucket

__all__ = ["Quota", "Refusal"]


class Refusal(NamedTuple):
    """Why an instance may not be created, and until when (NEVER: until capacity changes)."""

    error: ErrorCode
    until: float


@dataclass
class Quota:
    """What the account may run in the region, and what it runs."""

    instances: float
    cards: float
    bucket: TokenBucket
    gpu_bucket: TokenBucket

    def __post_init__(self) -> None:
        """Start with nothing running."""
        self._running: defaultdict[int, int] = defaultdict(int)
        self._resident: defaultdict[int, int] = defaultdict(int)
        self._unreserved = 0
        self._common = self.instances  # what is not reserved for anybody
        self._cards = 0.0

    def reserve(self, plan: FunctionPlan) -> None:
        """Set aside the instances reserved for a function."""
        self._common -= plan.reserved

    def fullness(self, plan: FunctionPlan) -> Refusal | None:
        """Refuse *plan* until capacity changes if it may have no further instance."""
        return Refusal(ErrorCode.RESOURCE_EXHAUSTED, NEVER) if self.is_full(plan) else None

    def is_full(self, plan: FunctionPlan) -> bool:
        """Whether quota, reservations of others, cards or the function maximum are used up."""
        return (
            self.at_maximum(plan)
            or (self._unreserved >= self._common and self._running[plan.number] >= plan.reserved)
            or self._cards + plan.cards > self.cards
        )

    def at_maximum(self, plan: FunctionPlan) -> bool:
        """Whether the function maximum is used up, by resident instances, too."""
        return self._running[plan.number] + self._resident[plan.number] >= plan.max_instances

    def refusal(self, plan: FunctionPlan, now: float) -> Refusal | None:
        """Return why *plan* may not get an instance now, None if it may."""
        bucket = self.gpu_bucket if plan.cards else self.bucket
        until = NEVER if self.is_full(plan) else bucket.available_at(now)
        return Refusal(ErrorCode.RESOURCE_EXHAUSTED, until) if until > now else None

    def take(self, plan: FunctionPlan, now: float, *, token: bool = True) -> None:
        """Count an instance of *plan*; *token* tells whether it uses up growth."""
        running = self._running[plan.number]
        if running >= plan.reserved:
            self._unreserved += 1
        self._running[plan.number] = running + 1
        self._cards += plan.cards
        if token:
            (self.gpu_bucket if plan.cards else self.bucket).spend(now)

    def take_resident(self, plan: FunctionPlan, number: int = 1) -> None:
        """Count *number* instances in a resident pool, which only the function maximum limits."""
        self._resident[plan.number] += number

    def give_back(self, plan: FunctionPlan) -> None:
        """Count an instance of *plan* out; its token stays used."""
        running = self._running[plan.number] = self._running[plan.number] - 1
        if running >= plan.reserved:
            self._unreserved -= 1
        self._cards -= plan.cards

    @property
    def running(self) -> int:
        """Instances that are there, in resident pools, too."""
        return sum(self._running.values()) + sum(self._resident.values())
