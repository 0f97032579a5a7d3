"""What a person adds to a platform's file: traffic, service times and sizes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from fcsim.errors import UsageError, nearest

__all__ = ["Given", "Wishes"]


@dataclass
class Given:
    """Values of an option for all functions (under "") or for those that are named."""

    option: str
    values: Mapping[str, Any] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)

    def pick(self, *names: str) -> Any | None:
        """Return the value for the first of *names* that has one, else that for all, else None."""
        for name in names:
            if name and name in self.values:
                self._used.add(name)
                return self.values[name]
        return self.values.get("")

    def check(self, known: Iterable[str]) -> None:
        """Raise UsageError for a name that nothing has asked for."""
        for name in self.values:
            if name and name not in self._used:
                raise UsageError(f"{self.option} {name}: no such name{nearest(name, known)}")


@dataclass(frozen=True)
class Wishes:
    """What the command line adds; everything may be absent."""

    rates: Given = field(default_factory=lambda: Given("--rate"))
    """Arrival rates, like ``5/s``."""
    services: Given = field(default_factory=lambda: Given("--service"))
    """Service times: a text like ``120 ms`` or a distribution as in a scenario."""
    images: Given = field(default_factory=lambda: Given("--image"))
    """A size like ``12GB`` or a file that lists layers, by function, image name or address."""
    initializer: str | None = None
    """How long initializers take."""
    assumptions: Mapping[str, Any] = field(default_factory=dict)
    """Values of the platform that replace the preset's, by name."""
    functions: tuple[str, ...] = ()
    """Names of the only functions wanted; none: all."""
    region: str | None = None
    """Replaces the region of the file."""
    preset: str | None = None
    """The platform's preset; None: the first that accepts the file."""
