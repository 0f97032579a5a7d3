"""Walks through a validated scenario: every value with its address in the file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from fcsim.scenario.address import Address
from fcsim.scenario.arrivals import CountsFile, TraceFile
from fcsim.scenario.distributions import By, Quantiles
from fcsim.scenario.images import CatalogueImage, Image
from fcsim.scenario.model import Scenario
from fcsim.scenario.walk import field_names

__all__ = ["distributions_by_shape", "files", "parts"]


def parts(value: Any, address: Address = ()) -> Iterator[tuple[Address, Any]]:
    """Yield *value* and everything inside it, each with its address."""
    yield address, value
    for key, item in _entries(value):
        yield from parts(item, (*address, key))


def _entries(value: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(value, BaseModel):
        for key, name in field_names(type(value)).items():
            yield key, getattr(value, name)
    elif isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, list):
        yield from enumerate(value)


def _everything(scenario: Scenario) -> Iterator[tuple[Address, Any]]:
    yield from parts(scenario)
    for name in scenario.assumptions:
        yield from parts(scenario.parameters[name].value, ("assumptions", name, "value"))


def files(scenario: Scenario) -> Iterator[tuple[Address, str]]:
    """Yield every file that *scenario* names, with the address of the name.

    Traces, counts, quantiles, image manifests and catalogues.
    """
    for address, value in _everything(scenario):
        if isinstance(value, TraceFile | CountsFile | CatalogueImage | Quantiles):
            key, name = "file", value.file
        elif isinstance(value, Image):
            key, name = "from", value.from_
        else:
            continue
        if name is not None:
            yield (*address, key), name


def distributions_by_shape(scenario: Scenario) -> Iterator[tuple[Address, By]]:
    """Yield every time distribution that depends on the instance's shape."""
    return ((address, value) for address, value in _everything(scenario) if isinstance(value, By))
