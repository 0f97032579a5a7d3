"""Reads what registry tools and Docker print about images: layers, or at least a size.

Beside what a scenario's ``from:`` reads (:mod:`fcsim.scenario.manifest`) these are
``docker image inspect NAME…``, which knows the uncompressed total only, and ``skopeo inspect``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcsim.errors import Problem, ScenarioError, UsageError
from fcsim.importers.image_address import ImageAddress, as_name
from fcsim.scenario.layers import ContentError, ImageLayer
from fcsim.scenario.manifest import layers_in, manifest_layers, read_json
from fcsim.scenario.parameters import Parameters
from fcsim.scenario.platform import Platform
from fcsim.units import format_bytes, parse

__all__ = ["ImageFile", "image_keys", "ratio", "read_images"]


@dataclass(frozen=True)
class ImageFile:
    """One image as a file describes it."""

    name: str
    """A name for it in a scenario."""
    layers: tuple[ImageLayer, ...] = ()
    """Base layer first; uncompressed NaN where the file does not tell. Empty: only ``size``."""
    size: float = math.nan
    """Uncompressed bytes in all, where the layers' sizes are not known."""

    @property
    def compressed(self) -> float:
        """Bytes transferred; NaN when the file does not tell."""
        return sum(layer.compressed for layer in self.layers) if self.layers else math.nan

    @property
    def uncompressed(self) -> float:
        """Bytes on disk; NaN when the file does not tell."""
        return sum(layer.uncompressed for layer in self.layers) if self.layers else self.size

    def keys(self) -> dict[str, Any]:
        """Return the keys of this image in a scenario."""
        if not self.layers:
            size = self.size / ratio()
            return {"compressed": _bytes(size), "uncompressed": _bytes(self.size)}
        return {"layers": {f"layer-{i + 1}": _layer(one) for i, one in enumerate(self.layers)}}

    @property
    def assumption(self) -> str | None:
        """What had to be assumed to say :meth:`keys`; None: nothing."""
        if self.layers:
            return None
        return (
            f"{format_bytes(self.size / ratio())} compressed, its {format_bytes(self.size)} "
            f"on disk by image.compression_ratio {ratio():g}: docker image inspect does not know it"
        )


def ratio() -> float:
    """Return uncompressed over compressed size where only one is known."""
    platform = Platform()
    values = Parameters.resolve(platform.preset, platform.region)
    return float(values["image.compression_ratio"].value)


def _bytes(size: float) -> str:
    return f"{size:.0f} B"


def _layer(layer: ImageLayer) -> dict[str, str]:
    sizes = {"compressed": _bytes(layer.compressed)}
    if not math.isnan(layer.uncompressed):
        sizes["uncompressed"] = _bytes(layer.uncompressed)
    return {**sizes, "digest": layer.digest}


def image_keys(given: str) -> dict[str, Any]:
    """Return the keys of an image from *given*: a compressed size, or a file about one image.

    Raises UsageError when it is neither, ScenarioError when the file is unusable.
    """
    try:
        parse(given, "data")
    except ValueError:
        pass
    else:
        return {"compressed": given}
    if not Path(given).exists():
        raise UsageError(f"{given!r} is neither a size like 12GB nor a file that lists layers")
    images = read_images(Path(given))
    if len(images) > 1:
        raise UsageError(f"{given} describes {len(images)} images; give a file about one")
    return images[0].keys()


def read_images(path: Path) -> list[ImageFile]:
    """Return the images that the file or OCI layout folder *path* describes.

    Raises ScenarioError, naming the file, when it describes none for linux/amd64.
    """
    try:
        return _images(path)
    except ContentError as error:
        raise ScenarioError([Problem(str(error), "", str(path))]) from None


def _images(path: Path) -> list[ImageFile]:
    stem = as_name(path.name.partition(".")[0]) or "image"
    if path.is_dir() or path.name == "index.json":
        return [_in_layout(path)]
    content = read_json(path)
    if isinstance(content, list) and content and all(map(_is_inspected, content)):
        return [_inspected(one, stem) for one in content]
    name = _named(content) or stem
    if isinstance(content, dict) and isinstance(content.get("LayersData"), list):
        return [ImageFile(name, tuple(layers_in(_from_skopeo(content), math.nan)))]
    return [ImageFile(name, tuple(layers_in(content, math.nan)))]


def _in_layout(path: Path) -> ImageFile:
    """Return the image of an OCI layout, named by its folder or by its ``index.json``."""
    index = path / "index.json" if path.is_dir() else path
    if not index.is_file():
        raise ContentError("is a folder without index.json, so no OCI image layout")
    name = as_name(index.resolve().parent.name) or "image"
    return ImageFile(name, tuple(manifest_layers(index, math.nan)))


def _named(content: Any) -> str:
    """Return a name from the reference that some tools print beside the manifest."""
    first = content[0] if isinstance(content, list) and content else content
    if not isinstance(first, dict):
        return ""
    reference = first.get("Ref", first.get("Name"))
    return ImageAddress.of(reference).name if isinstance(reference, str) else ""


# ── docker image inspect, skopeo inspect ──────────────────────────────────────────────────────


def _is_inspected(entry: Any) -> bool:
    return isinstance(entry, dict) and "RootFS" in entry and "Size" in entry


def _inspected(entry: dict[str, Any], stem: str) -> ImageFile:
    size, tags = entry["Size"], entry.get("RepoTags")
    _check_platform(entry)
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size < 2**63:
        raise ContentError("has no Size in bytes")
    tag = tags[0] if isinstance(tags, list) and tags and isinstance(tags[0], str) else ""
    return ImageFile(ImageAddress.of(tag).name or stem, size=float(size))


def _check_platform(entry: dict[str, Any]) -> None:
    platform = f"{entry.get('Os', 'linux')}/{entry.get('Architecture', 'amd64')}"
    if platform != "linux/amd64":
        raise ContentError(f"has no linux/amd64 image; it lists {platform}")


def _from_skopeo(content: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest that ``skopeo inspect`` tells in its own words."""
    _check_platform(content)
    layers = [
        {"mediaType": one.get("MIMEType"), "digest": one.get("Digest"), "size": one.get("Size")}
        if isinstance(one, dict)
        else one
        for one in content["LayersData"]
    ]
    return {"layers": layers}
