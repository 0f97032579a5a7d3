"""Images and registries of a scenario, from the addresses in a platform's file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from fcsim.importers.functions import Deployed
from fcsim.importers.image_address import ImageAddress, as_name
from fcsim.importers.settings import Notes
from fcsim.importers.wishes import Given

__all__ = ["ASSUMED_SIZE", "Images"]

ASSUMED_SIZE = {"cpu": "250 MB", "gpu": "4 GB"}
"""Compressed size of an image of which nothing is known."""
_EDITION = "enterprise-standard"
"""Assumed edition of a registry whose address does not tell it."""


@dataclass
class Images:
    """Collects the images and registries that functions name."""

    given: Given
    """Sizes or files by name."""
    read: Callable[[str], dict[str, Any]]
    """Turns such a size or file into keys of an image."""
    notes: Notes
    images: dict[str, dict[str, Any]] = field(default_factory=dict)
    registries: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: list[str] = field(default_factory=list)
    """Names by which a size can be given."""
    _names: dict[tuple[str, bool], str] = field(default_factory=dict)
    _hosts: dict[str, str] = field(default_factory=dict)

    def add(self, one: Deployed) -> str:
        """Return the name of the image of *one*; equal addresses are one image."""
        key = (one.image or one.name, one.interactive)
        if key not in self._names:
            self._names[key] = self._new(one)
        return self._names[key]

    def _new(self, one: Deployed) -> str:
        address = ImageAddress.of(one.image)
        name = _free(address.name or one.name, address.tag, self.images)
        self.notes.origins[f"images.{name}"] = one.image_where
        self.images[name] = {"registry": self._registry(address, one), **self._content(name, one)}
        if not one.interactive:
            self.images[name]["interactive"] = False
        return name

    def _content(self, name: str, one: Deployed) -> dict[str, Any]:
        names = (one.name, one.resource.name, name, one.image)
        self.known += [known for known in names if known and known not in self.known]
        given = self.given.pick(*names)
        if given is not None:
            self.notes.origins[f"images.{name}"] = f"--image {one.name}"
            return self.read(given)
        size = ASSUMED_SIZE["gpu" if "gpu_config" in one.function else "cpu"]
        text = (
            f"{size} compressed; --image {one.name}=SIZE or --image {one.name}=FILE gives the "
            "real size (FILE as docker manifest inspect -v prints it)"
        )
        self.notes.remark("assumed", f"images.{name}", text)
        return {"compressed": size}

    def _registry(self, address: ImageAddress, one: Deployed) -> str:
        if address.host not in self._hosts:
            name = _free(address.registry, "", self.registries)
            self._hosts[address.host] = name
            self.registries[name] = self._described(name, address, one)
            self.notes.origins[f"registries.{name}"] = one.image_where
        return self._hosts[address.host]

    def _described(self, name: str, address: ImageAddress, one: Deployed) -> dict[str, Any]:
        edition = "personal" if address.edition == "personal" else _EDITION
        if address.edition is None:
            host = f"host {address.host}" if address.host else "an address without a host"
            text = f"{host}: simulated as a Container Registry of edition {edition}"
            self.notes.remark("assumed", f"registries.{name}", f"{text}, reached through the VPC")
            return {"edition": edition}
        known = "" if edition == "personal" else f"of edition {edition}, and "
        text = f"{known}owned by the account of the functions"
        self.notes.remark("assumed", f"registries.{name}", text)
        region = {} if address.region is None else {"region": address.region}
        return {"edition": edition, "endpoint": address.endpoint, **region}


def _free(name: str, tag: str, taken: dict[str, Any]) -> str:
    """Return *name*, or one like it that is not *taken*."""
    choices = [name, as_name(f"{name}-{tag}"), *(f"{name}-{i}" for i in range(2, 9999))]
    return next(choice for choice in choices if choice not in taken)
