"""What a scenario is made of, as a baseline keeps it: values as written, sizes of layers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from fcsim.scenario.address import Address, dotted
from fcsim.scenario.content import image_layers

if TYPE_CHECKING:
    from fcsim.results.result import Result
    from fcsim.scenario.model import Scenario

__all__ = ["address_of", "layer_bytes", "pulled_bytes", "written"]

_WITHOUT_EFFECT = {"fcsim", "name", "description", "variants", "objectives"}
_LONGEST = 120
"""Characters of a list of values that are kept as they are."""
_MOST = 1000
"""Values of a scenario that are kept; of larger ones only the digest tells a change."""


def written(data: Mapping[str, Any]) -> dict[str, str]:
    """Return the values of a scenario by dotted path, in the words of its author.

    *data* is the draft's, variant and overrides included. What changes no run is left out.
    """
    found = {dotted(address): _text(value) for address, value in _decisive(data)}
    return found if len(found) <= _MOST else {}


def address_of(data: Mapping[str, Any], path: str) -> Address:
    """Return the address of the value that :func:`written` calls *path*, if *data* still has it."""
    found = (address for address, _ in _decisive(data) if dotted(address) == path)
    return next(found, tuple(path.split(".")))


def _decisive(data: Mapping[str, Any]) -> Iterator[tuple[Address, Any]]:
    return _leaves({k: value for k, value in data.items() if k not in _WITHOUT_EFFECT}, ())


def _leaves(value: Any, address: Address) -> Iterator[tuple[Address, Any]]:
    if isinstance(value, Mapping) and value:
        for key, item in value.items():
            yield from _leaves(item, (*address, key))
    elif isinstance(value, list) and any(isinstance(item, Mapping | list) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(item, (*address, number))
    else:
        yield address, value


def _text(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST // 2]}… ({sha256(text.encode()).hexdigest()[:8]})"


def layer_bytes(scenario: Scenario) -> dict[str, dict[str, float]]:
    """Return the compressed bytes of each layer of the image of each function."""
    ratio = float(scenario.parameters["image.compression_ratio"].value)
    images = {function.image for function in scenario.functions.values()}
    return {
        image: {layer.digest: layer.compressed for layer in image_layers(scenario, image, ratio)}
        for image in sorted(images)
    }


def pulled_bytes(result: Result) -> dict[str, float]:
    """Return the bytes that hosts fetched of each layer, read on demand included."""
    found: dict[str, float] = {}
    for row in result.transfers:
        found[row.layer] = found.get(row.layer, 0.0) + row.bytes
    return dict(sorted(found.items()))
