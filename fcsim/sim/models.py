"""Models on their way to the card: origin → host disk → host memory → card.

A start reads the model from the nearest tier of its host that has it, and the bandwidth of that
tier is what reaches the card from there. From the origin it comes once to each host: starts that
need it meanwhile wait until it is there. The host's disk keeps it like a layer of an image.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field

from fcsim.sim.clock import Clock
from fcsim.sim.hosts import Host

__all__ = ["Model", "ModelLoads"]


@dataclass(frozen=True)
class Model:
    """A model whose load depends on what its host has."""

    key: Hashable
    size: float
    in_image: bool
    """It comes with the image, so the disk has it; else from the origin."""
    bandwidth: Mapping[str, float] = field(hash=False)
    """Bytes a second to the card from ``origin``, ``host_disk`` and ``host_memory``."""
    memory_lifetime: float
    """How long after its last load the host's memory keeps it."""

    def seconds(self, tier: str) -> float:
        """Return how long a load from *tier* takes."""
        return self.size / self.bandwidth[tier]


class ModelLoads:
    """Loads models, host by host."""

    def __init__(self, clock: Clock) -> None:
        """Start with models nowhere but at their origin, or in images."""
        self._clock = clock
        self._arriving: dict[tuple[int, Hashable], float] = {}
        self._in_memory: dict[tuple[int, Hashable], tuple[float, float]] = {}

    def begin(self, host: Host, model: Model) -> float:
        """Begin a load now; return how many seconds it takes."""
        now, place = self._clock.now, (host.number, model.key)
        if self._remembers(place, model):
            time = model.seconds("host_memory")
        elif model.in_image or host.cache.has(model.key):
            time = model.seconds("host_disk")
        elif place in self._arriving:
            time = self._arriving[place] - now + model.seconds("host_disk")
        else:
            time = model.seconds("origin")
            self._arriving[place] = now + time
            self._clock.call_at(now + time, self._arrived, host, model)
        self._note(place, model, now + time)
        return time

    def put(self, host: Host, model: Model) -> None:
        """Put a model that was loaded before the run on the disk and in the memory of *host*."""
        if not model.in_image:
            host.cache.add(model.key, model.size)
        self._note((host.number, model.key), model, self._clock.now)

    def lose(self, host: Host) -> None:
        """Forget what *host* has in memory and what is on its way: it has crashed."""
        for place in [*self._arriving, *self._in_memory]:
            if place[0] == host.number:
                self._arriving.pop(place, None)
                self._in_memory.pop(place, None)

    def _arrived(self, host: Host, model: Model) -> None:
        place = host.number, model.key
        if self._arriving.get(place) == self._clock.now:
            del self._arriving[place]
            host.cache.add(model.key, model.size)

    def _remembers(self, place: tuple[int, Hashable], model: Model) -> bool:
        if place not in self._in_memory:
            return False
        first, last = self._in_memory[place]
        return first <= self._clock.now < last + model.memory_lifetime

    def _note(self, place: tuple[int, Hashable], model: Model, end: float) -> None:
        """Note that the memory has the model from *end* on, or for longer, if it keeps any."""
        if not model.memory_lifetime:
            return
        first, last = self._in_memory.get(place, (end, end))
        if self._clock.now >= last + model.memory_lifetime:
            first = end
        self._in_memory[place] = min(first, end), max(last, end)
