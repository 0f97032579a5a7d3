"""Image contents and sizes against the platform's limit, of which the sources disagree."""

from __future__ import annotations

import math
from collections.abc import Iterator

from fcsim.scenario.address import Address, Finding
from fcsim.scenario.content import ContentError, ImageLayer, image_layers, own_layers
from fcsim.scenario.functions import Function
from fcsim.scenario.limits import quote
from fcsim.scenario.model import Scenario
from fcsim.scenario.parameters import Parameter, Parameters
from fcsim.units import format_bytes

__all__ = ["image_findings"]

_RATIO = "image.compression_ratio"
_COUNTS = "limits.image_size_counts"


def image_findings(scenario: Scenario) -> list[Finding]:
    """Return what is wrong with the images: unreadable, contradictory, too large."""
    ratio = scenario.parameters[_RATIO].value
    unreadable = list(_unreadable(scenario, ratio))
    if unreadable:
        return unreadable
    return [*_contradictions(scenario, ratio), *_too_large(scenario, ratio)]


def _unreadable(scenario: Scenario, ratio: float) -> Iterator[Finding]:
    for name, image in scenario.images.items():
        try:
            own_layers(scenario, name, ratio)
        except ContentError as error:
            key, file = "from", image.from_
            if image.catalogue is not None:
                key, file = "catalogue", image.catalogue.file
            yield Finding(("images", name, key), f"{file} {error}")


def _contradictions(scenario: Scenario, ratio: float) -> Iterator[Finding]:
    """Yield layers that have one digest and two sizes."""
    known: dict[str, tuple[str, ImageLayer]] = {}
    for name in scenario.images:
        for layer in own_layers(scenario, name, ratio):
            other, first = known.setdefault(layer.digest, (name, layer))
            if first.compressed != layer.compressed:
                sizes = (
                    f"{first.compressed:,.0f} B in image {other!r}, {layer.compressed:,.0f} B here"
                )
                message = f"layer {layer.digest} has two sizes: {sizes}"
                yield Finding(("images", name), message, (("images", other),))


def _too_large(scenario: Scenario, ratio: float) -> Iterator[Finding]:
    counts = scenario.parameters[_COUNTS].value
    for address, name, function in _uses(scenario):
        kind = "cpu" if function.gpu_config is None else "gpu"
        limit = scenario.parameters[f"limits.image_size_{kind}"]
        size = sum(getattr(layer, counts) for layer in image_layers(scenario, name, ratio))
        if size > limit.value:
            message = (
                f"image {name!r} is too large: {_sizes(scenario, name)}; "
                f"{_decision(scenario, limit)}"
            )
            content = tuple(("images", name, key) for key in _CONTENT)
            yield Finding((*address, "image"), message, content)


def _uses(scenario: Scenario) -> Iterator[tuple[Address, str, Function]]:
    """Yield what uses an image: where, which image, and for which function."""
    functions = scenario.functions
    for name, function in functions.items():
        yield ("functions", name), function.image, function
    for k, one in enumerate(scenario.deployments):
        if one.image in scenario.images and one.function in functions:
            yield ("deployments", k), one.image, functions[one.function]


_CONTENT = ("compressed", "uncompressed", "layers", "from", "catalogue", "base")
"""Keys of an image that decide its size."""


def _sizes(scenario: Scenario, name: str) -> str:
    ratio = scenario.parameters[_RATIO].value
    layers = image_layers(scenario, name, ratio)
    compressed = format_bytes(sum(layer.compressed for layer in layers))
    uncompressed = format_bytes(sum(layer.uncompressed for layer in layers))
    given = not any(math.isnan(one.uncompressed) for one in image_layers(scenario, name, math.nan))
    how = "" if given else f" (by {_RATIO} {ratio:g})"
    return f"{compressed} compressed, {uncompressed} uncompressed{how}"


def _decision(scenario: Scenario, limit: Parameter) -> str:
    """Quote the limit that decides and the one that contradicts it."""
    counts = scenario.parameters[_COUNTS].value
    other = "page" if counts == "compressed" else "fc-2026-04"
    values = Parameters.resolve(other, scenario.platform.region)
    theirs, count = values[limit.name], values[_COUNTS]
    sources = [one.source for one in (theirs, count) if one.source != limit.source]
    return (
        f"accepted: {format_bytes(limit.value)} ({quote(scenario, limit.name)}). Sources conflict "
        f"on which size counts, and {_COUNTS} decides: {counts} here "
        f"({quote(scenario, _COUNTS)}); {count.value}, at most {format_bytes(theirs.value)}, in "
        f"preset {other!r} ({'; '.join(sources)})"
    )
