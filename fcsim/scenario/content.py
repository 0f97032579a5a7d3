"""What an image consists of: its layers, from sizes, layers, a manifest or a catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.catalogue import catalogue_images, catalogue_layers
from fcsim.scenario.images import Image
from fcsim.scenario.layers import ContentError, ImageLayer
from fcsim.scenario.manifest import manifest_layers
from fcsim.scenario.model import Scenario

__all__ = ["ContentError", "ImageLayer", "catalogue_images", "image_layers", "own_layers"]


def image_layers(scenario: Scenario, name: str, ratio: float) -> list[ImageLayer]:
    """Return the layers of image *name*, base layer first, those of its ``base:`` before all.

    *ratio* is uncompressed over compressed size (``image.compression_ratio``), for layers of
    which only the compressed size is known. A digest that occurs twice counts once. Raises
    ScenarioError when the image, its base or its file is missing or unreadable.
    """
    layers: dict[str, ImageLayer] = {}
    for part in _chain(scenario, name):
        for layer in _own(scenario, part, ratio):
            layers.setdefault(layer.digest, layer)
    return list(layers.values())


def own_layers(scenario: Scenario, name: str, ratio: float) -> list[ImageLayer]:
    """Return the layers of image *name* without those of its ``base:``.

    A total size is one layer ``image:NAME``. A layer without a digest has the digest
    ``NAME/LAYER``, so it is shared through ``base:`` only. Raises ContentError.
    """
    image = scenario.images[name]
    if image.from_ is not None:
        return manifest_layers(scenario.file(image.from_), ratio)
    if image.catalogue is not None:
        file = scenario.file(image.catalogue.file)
        return catalogue_layers(file, image.catalogue.repo, image.catalogue.tag, ratio)
    return list(_listed(name, image, ratio))


def _own(scenario: Scenario, name: str, ratio: float) -> list[ImageLayer]:
    try:
        return own_layers(scenario, name, ratio)
    except ContentError as error:
        raise ScenarioError([Problem(str(error), f"images.{name}")]) from None


def _chain(scenario: Scenario, name: str) -> list[str]:
    chain: list[str] = []
    following: str | None = name
    while following is not None:
        if following not in scenario.images or following in chain:
            wrong = "no such image" if following not in scenario.images else "its own base"
            raise ScenarioError([Problem(wrong, f"images.{following}")])
        chain.append(following)
        following = scenario.images[following].base
    return chain[::-1]


def _listed(name: str, image: Image, ratio: float) -> Iterable[ImageLayer]:
    if image.compressed is not None:
        yield ImageLayer.sized(f"image:{name}", image.compressed, image.uncompressed, ratio)
    for layer_name, layer in (image.layers or {}).items():
        digest = layer.digest or f"{name}/{layer_name}"
        yield ImageLayer.sized(digest, layer.compressed, layer.uncompressed, ratio)
