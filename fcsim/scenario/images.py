"""Images: layers shared through ``base``, or a total size, and the server inside."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, model_validator

from fcsim.scenario.base import Bytes, Duration, Model
from fcsim.scenario.distributions import TimeDistribution

__all__ = ["CatalogueImage", "Image", "Layer", "Server"]


class Layer(Model):
    """One layer: transfer size, size on disk, and the digest that makes it shared."""

    compressed: Bytes
    """Bytes transferred."""
    uncompressed: Bytes | None = None
    """Missing: compressed size times ``image.compression_ratio`` (assumption)."""
    digest: str | None = None
    """Layers with one digest are one layer, in whichever images they occur."""


def _layer(value: Any) -> Any:
    return {"compressed": value} if isinstance(value, str | int | float) else value


LISTEN = r"^(\*|localhost|\d{1,3}(\.\d{1,3}){3}|\[[0-9a-fA-F:]*\])(:\d{1,5})?$"
"""``*``, ``localhost``, an IPv4 address or an IPv6 address in brackets, perhaps with a port."""
EVERYWHERE = ("*", "0.0.0.0", "[::]")


class Server(Model):
    """The HTTP server in the image."""

    start: TimeDistribution | None = None
    """From container start until the server answers; an assumption when absent."""
    listen: Annotated[str, Field(pattern=LISTEN)] = "0.0.0.0"
    """Address it listens on, with or without ``:port``; the platform reaches ``0.0.0.0``, ``*``
    and ``[::]`` only."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """Port it listens on; by default the function's ``custom_container_config.port``."""
    keep_alive: Duration | None = None
    """Longest request its connections survive; absent or 0 is never cut."""

    @model_validator(mode="after")
    def _one_port(self) -> Self:
        if self.port is not None and self._listen()[1] not in (None, self.port):
            raise ValueError(f"listen {self.listen!r} and port {self.port} name two ports")
        return self

    def serves(self, port: int) -> bool:
        """Tell whether the platform reaches the server when it calls *port*."""
        host, own = self._listen()
        return host in EVERYWHERE and (self.port or own or port) == port

    def _listen(self) -> tuple[str, int | None]:
        host, colon, port = self.listen.rpartition(":")
        if not colon or self.listen.endswith("]"):
            return self.listen, None
        return host, int(port)


class CatalogueImage(Model):
    """One image of a catalogue CSV (columns repo, tag, layer_index, layer_digest, …)."""

    file: str
    """CSV with one row a layer, relative to the scenario."""
    repo: str
    """Repository in the catalogue."""
    tag: str | None = None
    """May be left out where the repository has one tag."""


class Image(Model):
    """A container image, by total size, by layers (base layer first), or from a file."""

    registry: str | None = None
    """Name of a registry of this scenario; absent: one default registry."""
    base: str | None = None
    """Name of the image whose layers come first."""
    compressed: Bytes | None = None
    """Total transfer size, when layers are not given."""
    uncompressed: Bytes | None = None
    """Total size on disk, beside ``compressed``."""
    layers: dict[str, Annotated[Layer, BeforeValidator(_layer)]] | None = None
    """Layers by name, base layer first."""
    from_: Annotated[str | None, Field(alias="from")] = None
    """Manifest JSON (``docker manifest inspect``), or ``index.json`` of an OCI image layout,
    relative to the scenario."""
    catalogue: CatalogueImage | None = None
    architecture: Literal["amd64", "linux/amd64"] | str = "amd64"
    """The platform runs amd64 only."""
    interactive: bool = True
    """False: no server; each invocation runs the image's command."""
    server: Server = Server()

    @model_validator(mode="after")
    def _one_content(self) -> Self:
        given = [
            name
            for name, value in (
                ("compressed", self.compressed),
                ("layers", self.layers),
                ("from", self.from_),
                ("catalogue", self.catalogue),
            )
            if value is not None
        ]
        if len(given) > 1:
            raise ValueError(f"give one of compressed, layers, from, catalogue; got {given}")
        if not given and self.base is None:
            raise ValueError("an image needs compressed, layers, from, catalogue or base")
        if self.uncompressed is not None and self.compressed is None:
            raise ValueError("uncompressed goes with compressed")
        return self
