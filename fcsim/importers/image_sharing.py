"""Several images together: the ``images:`` block, and what they share."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fcsim.errors import UsageError
from fcsim.importers.image_files import ImageFile, read_images
from fcsim.importers.imported import Remark

__all__ = ["Shared", "image_block", "named_images", "sharing"]


@dataclass(frozen=True)
class Shared:
    """One image beside others; bytes are NaN where no file tells them."""

    name: str
    layers: int
    """Number of layers; 0 when only a size is known."""
    compressed: float
    uncompressed: float
    shared_layers: int
    """Layers that another of the images has, too."""
    shared: float
    """Their compressed bytes."""


def named_images(files: Iterable[str]) -> dict[str, ImageFile]:
    """Read *files*, each a path or ``NAME=PATH``, and return their images by name.

    Raises ScenarioError for a file that is unusable, UsageError for one name twice.
    """
    found: dict[str, ImageFile] = {}
    for given in files:
        name, path = _named(given)
        images = read_images(Path(path))
        if name and len(images) > 1:
            raise UsageError(f"{path} describes {len(images)} images; they cannot all be {name!r}")
        for image in images:
            _add(found, name or image.name, image, given)
    return found


def _named(given: str) -> tuple[str, str]:
    name, equals, path = given.partition("=")
    return (name, path) if equals and not Path(given).exists() else ("", given)


def _add(found: dict[str, ImageFile], name: str, image: ImageFile, given: str) -> None:
    if name in found:
        raise UsageError(f"{given}: a second image {name!r}; give it a name: NAME={given}")
    found[name] = image


def image_block(images: Mapping[str, ImageFile]) -> tuple[dict[str, Any], list[Remark]]:
    """Return the ``images:`` block of a scenario, and what had to be assumed for it."""
    remarks = [
        Remark("assumed", f"images.{name}", image.assumption)
        for name, image in images.items()
        if image.assumption is not None
    ]
    return {"images": {name: image.keys() for name, image in images.items()}}, remarks


def sharing(images: Mapping[str, ImageFile]) -> list[Shared]:
    """Return how much of each image the others have, too; a layer is one by its digest."""
    holders = Counter(
        digest for image in images.values() for digest in {one.digest for one in image.layers}
    )
    return [_shared(name, image, holders) for name, image in images.items()]


def _shared(name: str, image: ImageFile, holders: Counter[str]) -> Shared:
    layers = {layer.digest: layer for layer in image.layers}
    common = [layer for digest, layer in layers.items() if holders[digest] > 1]
    return Shared(
        name,
        len(layers),
        sum(layer.compressed for layer in layers.values()) if layers else image.compressed,
        sum(layer.uncompressed for layer in layers.values()) if layers else image.uncompressed,
        len(common),
        float(sum(layer.compressed for layer in common)) if layers else math.nan,
    )
