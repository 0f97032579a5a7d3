"""Faults of what instances stand on: hosts, cards, registries, credentials, images."""

from __future__ import annotations

from fcsim.scenario.faults import (
    CardFault,
    CredentialFault,
    Fault,
    HostFault,
    ImageFault,
    RegistryFault,
    Slowdown,
    StoreFault,
)
from fcsim.sim.faults.stage import Draw, Stage
from fcsim.sim.hosts import CARD, NOBODY, Amounts
from fcsim.sim.instance import Instance
from fcsim.sim.record import ErrorCode

__all__ = [
    "CardLoss",
    "CredentialFailure",
    "HostCrash",
    "ImageLost",
    "RegistryOutage",
    "RegistrySlowdown",
    "StoreSlowdown",
]


def _loss(instance: Instance) -> ErrorCode:
    """Return how requests end whose instance has lost what it stands on."""
    return ErrorCode.BAD_RESPONSE if instance.is_ready else ErrorCode.INTERNAL_ERROR


class HostCrash:
    """All instances of a host die, its cache is lost, and nobody gets on until it is back."""

    def __init__(self, stage: Stage, fault: Fault, block: HostFault) -> None:
        """Choose the host."""
        self._stage = stage
        self._pool, self._index = stage.host(fault, block)
        self._host = self._pool.hosts[self._index]
        self._nic = self._host.nic.capacity

    def begin(self) -> None:
        """Running requests end in 502, those that wait for a start in 500."""
        self._pool.close(self._index)
        self._host.cache.clear()
        self._stage.lives.models.lose(self._host)
        self._stage.builder.network.set_capacity(self._host.nic, 0.0)
        for instance in self._stage.scaler.roster.on(self._pool, self._index):
            self._stage.lives.kill(instance, _loss(instance))

    def end(self) -> None:
        """The host is back, with nothing in its cache."""
        if self._pool.open(self._index):
            self._host.cache.clear()
            self._stage.builder.network.set_capacity(self._host.nic, self._nic)
            self._stage.scaler.look_again()


class CardLoss:
    """Cards of a host are taken by nobody; instances die until so many are free."""

    def __init__(self, stage: Stage, fault: Fault, block: CardFault) -> None:
        """Choose the host."""
        self._stage, self._draw = stage, Draw(stage, fault)
        self._pool, self._index = stage.host(fault, block)
        cards = min(block.cards * CARD, self._pool.capacity[3])
        self._need: Amounts = (0.0, 0.0, 0.0, float(cards))

    def begin(self) -> None:
        """Cards in use are lost first."""
        there = self._stage.scaler.roster.on(self._pool, self._index)
        users = [one for one in there if one.plan.cards]
        self._pool.take(self._index, self._need)
        lost = 0.0
        for instance in self._draw.order(users):
            if lost >= self._need[3]:
                break
            lost += instance.plan.need[3]
            self._stage.lives.kill(instance, _loss(instance))

    def end(self) -> None:
        """Other cards take their place."""
        self.give_back()
        self._stage.scaler.look_again()

    def give_back(self) -> None:
        """Let the host have them again."""
        self._pool.release(NOBODY, self._need, self._index)


class RegistryOutage:
    """The registry answers nothing."""

    def __init__(self, stage: Stage, fault: Fault, block: RegistryFault) -> None:
        """Choose the registry."""
        self._registry = stage.registry(block)

    def begin(self) -> None:
        """Requests are refused, transfers stand still."""
        self._registry.go_down()

    def end(self) -> None:
        """They go on."""
        self._registry.come_up()


class RegistrySlowdown:
    """The registry delivers with less bandwidth."""

    def __init__(self, stage: Stage, fault: Fault, block: Slowdown) -> None:
        """Choose the registry."""
        self._registry, self._factor = stage.registry(block), block.factor

    def begin(self) -> None:
        """Less bandwidth."""
        self._registry.outlet.slow_down(self._factor)

    def end(self) -> None:
        """All of it."""
        self._registry.outlet.speed_up(self._factor)


class StoreSlowdown:
    """The platform's store of converted images delivers with less bandwidth."""

    def __init__(self, stage: Stage, fault: Fault, block: StoreFault) -> None:
        """Find the store."""
        self._store, self._factor = stage.builder.store, block.factor

    def begin(self) -> None:
        """Less bandwidth."""
        self._store.slow_down(self._factor)

    def end(self) -> None:
        """All of it."""
        self._store.speed_up(self._factor)


class CredentialFailure:
    """Functions get no temporary passwords."""

    def __init__(self, stage: Stage, fault: Fault, block: CredentialFault) -> None:
        """Find the functions."""
        self._credentials = [*stage.builder.credentials.of_function(block.function)]
        self._revoke = block.revoke

    def begin(self) -> None:
        """None from now on."""
        for credential in self._credentials:
            credential.fail(revoke=self._revoke)

    def end(self) -> None:
        """They get them again."""
        for credential in self._credentials:
            credential.recover()


class ImageLost:
    """Functions that use an image become Failed."""

    def __init__(self, stage: Stage, fault: Fault, block: ImageFault) -> None:
        """Keep the image's name."""
        self._states, self._image = stage.states, block.image

    def begin(self) -> None:
        """The digest that was pinned at deployment is not there any more."""
        self._states.lose(self._image)

    def end(self) -> None:
        """It is there again."""
        self._states.find(self._image)
