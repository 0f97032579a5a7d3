"""What goes wrong during a run: hosts, cards, registries, credentials, images, containers."""

from __future__ import annotations

import math
from typing import Annotated, Self

from pydantic import Field, model_validator

from fcsim.scenario.base import Duration, Model, PositiveDuration, Rate, Share

__all__ = ["KINDS", "Fault", "HostFault", "Sickness", "Victims"]


class HostFault(Model):
    """A host of a pool."""

    pool: str | None = None
    """Name of a pool of this scenario; by default the pool of the first function."""
    host: Annotated[int, Field(ge=0)] | None = None
    """Position of the host in the pool, from 0; by default one is drawn."""


class CardFault(HostFault):
    """Cards of a host."""

    cards: Annotated[int, Field(ge=1)] = 1
    """How many; cards in use go first, with the instances that use them."""


class RegistryFault(Model):
    """A registry."""

    registry: str | None = None
    """Name of a registry of this scenario; by default the only one."""


class Slowdown(RegistryFault):
    """A registry with less bandwidth."""

    factor: Annotated[Share, Field(gt=0)]
    """What is left of its bandwidth."""


class StoreFault(Model):
    """The platform's store of converted images, with less bandwidth."""

    factor: Annotated[Share, Field(gt=0)]
    """What is left of its bandwidth."""


class CredentialFault(Model):
    """Temporary passwords of registries."""

    function: str | None = None
    """Whose service role gets none; by default all functions'."""
    revoke: bool = False
    """Whether passwords obtained before become invalid, too."""


class ImageFault(Model):
    """An image whose tag was overwritten or deleted."""

    image: str
    """Name of an image of this scenario; functions that use it become Failed."""


class Victims(Model):
    """Instances of a function: a number, a share of them, or a rate."""

    function: str
    """Whose instances."""
    instances: Annotated[int, Field(ge=1)] | None = None
    """So many of them, drawn, at one instant."""
    share: Share | None = None
    """Each of them with this probability, at one instant."""
    rate: Rate | None = None
    """Each of them at this rate while the fault lasts."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        given = [key for key in ("instances", "share", "rate") if getattr(self, key) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of instances, share, rate; got {given}")
        return self


class Sickness(Model):
    """Instances whose server answers no health check and answers requests with an error."""

    function: str
    """Whose instances."""
    instances: Annotated[int, Field(ge=1)] | None = None
    """So many of those in service when the fault begins, drawn."""
    share: Share | None = None
    """Each instance with this probability, also those started meanwhile; by default all."""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.instances is not None and self.share is not None:
            raise ValueError("give instances or share, not both")
        return self


class Fault(Model):
    """One fault: when, for how long, and one of the kinds."""

    at: Duration
    """When it begins, from t = 0."""
    until: Duration | None = None
    """When it ends; without this or ``duration`` never."""
    duration: PositiveDuration | None = None
    """How long it lasts."""
    host_crash: HostFault | None = None
    """All instances of a host die and its cache is lost; the host is back when it ends."""
    card_loss: CardFault | None = None
    """GPU cards of a host are lost, with the instances that use them."""
    registry_outage: RegistryFault | None = None
    """The registry answers nothing, and transfers from it stand still."""
    registry_slowdown: Slowdown | None = None
    """The registry delivers with less bandwidth (eager pull)."""
    store_slowdown: StoreFault | None = None
    """The platform's store delivers with less bandwidth (accelerated loading)."""
    credential_failure: CredentialFault | None = None
    """A start that needs a temporary password gets ``AccessDenied``."""
    image_lost: ImageFault | None = None
    """The function is ``Failed``, though its image is cached: no request is served."""
    container_exit: Victims | None = None
    """The container exits: ``CAExited``."""
    bad_response: Victims | None = None
    """An instance dies in a request, which ends in 502 ``BadResponse``; idle ones are spared."""
    out_of_memory: Victims | None = None
    """An instance runs out of memory: ``FunctionOOMError``."""
    unhealthy: Sickness | None = None
    """Servers answer no health check, and requests that end there end in 502."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [kind for kind in KINDS if getattr(self, kind) is not None]
        if len(given) != 1:
            raise ValueError(f"give one of {', '.join(KINDS)}; got {', '.join(given) or 'none'}")
        return self

    @model_validator(mode="after")
    def _one_end(self) -> Self:
        if self.until is not None and self.duration is not None:
            raise ValueError("give until or duration, not both")
        if self.until is not None and self.until <= self.at:
            raise ValueError("until must be after at")
        if self.is_instant and self.end < math.inf:
            raise ValueError(f"{self.kind} of a number or share of instances has no duration")
        return self

    @property
    def kind(self) -> str:
        """The key that says what happens."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def what(self) -> Model:
        """The block of that key."""
        block: Model = getattr(self, self.kind)
        return block

    @property
    def is_instant(self) -> bool:
        """Whether it happens at one instant instead of lasting."""
        return isinstance(self.what, Victims) and self.what.rate is None

    @property
    def end(self) -> float:
        """When it ends; infinite if it does not."""
        if self.duration is not None:
            return self.at + self.duration
        return math.inf if self.until is None else self.until


KINDS = tuple(name for name in Fault.model_fields if name not in ("at", "until", "duration"))
"""Keys of the kinds of faults."""
