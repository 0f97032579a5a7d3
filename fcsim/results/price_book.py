"""Dated price books: how usage becomes CU, and CU money, with a source for every value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from fcsim.errors import Problem, ScenarioError, nearest
from fcsim.scenario.parameters import Parameter

if TYPE_CHECKING:
    from fcsim.scenario.model import Scenario

__all__ = ["PriceBook", "Tier", "book_names", "load_book", "price_book"]

_GPU_STATES = ("active", "idle")


class Tier(NamedTuple):
    """From ``above`` CU a month on, one CU costs ``price``."""

    above: float
    price: float


@dataclass(frozen=True)
class PriceBook:
    """The prices of one site from one date on.

    ``values`` holds by name: CU factors (``requests`` per 10,000 invocations; ``cpu``,
    ``memory``, ``disk`` and ``gpu.<type>``, each ``.active`` and ``.idle``), ``disk.free`` (GB),
    ``rounding`` (CU), ``minimum`` (money per function-hour) and ``discount`` (share). Each is a
    :class:`~fcsim.scenario.parameters.Parameter` with source or range.
    """

    name: str
    since: date
    currency: str
    description: str
    tiers: tuple[Tier, ...]
    tiers_source: str
    values: Mapping[str, Parameter]
    minimum_from: date = date.min
    """First day with a minimum charge."""

    def __getitem__(self, name: str) -> float:
        """Return the value called *name*."""
        return float(self.values[name].value)

    def tiers_from(self, used: float) -> Iterator[Tier]:
        """Yield the tiers that apply after *used* CU, counted from there."""
        for tier, end in zip(self.tiers, (*(t.above for t in self.tiers[1:]), None), strict=True):
            if end is None or end > used:
                yield Tier(max(tier.above - used, 0.0), tier.price)

    def assumptions(self, names: set[str]) -> list[Parameter]:
        """Return those of *names* that no document settles, called as a scenario sets them."""
        return [
            replace(value, name=f"billing.prices.{name}")
            for name, value in self.values.items()
            if name in names and value.provenance != "documented"
        ]


def book_names() -> list[str]:
    """Return the names of the shipped price books."""
    folder = resources.files("fcsim.results") / "prices"
    return sorted(entry.name[:-5] for entry in folder.iterdir() if entry.name.endswith(".yaml"))


def load_book(name: str) -> PriceBook:
    """Return the shipped price book *name*; ScenarioError with the nearest name when none."""
    if name not in book_names():
        problem = f"no price book {name!r}{nearest(name, book_names())}"
        raise ScenarioError([Problem(problem, "billing.book")])
    return _book(name)


def price_book(scenario: Scenario) -> PriceBook:
    """Return the price book of *scenario*, with its own prices in place.

    The book is ``billing.book``, or the preset's for the region. Raises ScenarioError for an
    unknown book, an unknown price, and a GPU without a price, naming the key to fill. GPUs that
    are used in resident pools only need none.
    """
    book = load_book(scenario.billing.book or scenario.parameters["billing.book"].value)
    prices = scenario.billing.prices
    problems = [*_unknown(book, prices), *_missing(book, scenario)]
    if problems:
        raise ScenarioError(problems)
    given = {name: _given(book, name, value) for name, value in prices.items()}
    return replace(book, values={**book.values, **given})


def _unknown(book: PriceBook, prices: Mapping[str, float]) -> Iterator[Problem]:
    for name, value in prices.items():
        path = f"billing.prices.{name}"
        if name not in book.values and not _is_gpu(name):
            yield Problem(f"unknown price{nearest(name, book.values)}", path)
        elif value < 0 or (name == "discount" and value > 1):
            limit = "0 to 1" if name == "discount" else "0 or more"
            yield Problem(f"{value:g} is out of range; accepted: {limit}", path)


def _is_gpu(name: str) -> bool:
    return name.startswith("gpu.") and name.endswith(_GPU_STATES)


def _missing(book: PriceBook, scenario: Scenario) -> Iterator[Problem]:
    billed = (
        f
        for f in scenario.functions.values()
        if f.scaling_config.resident_pool_id is None or f.scaling_config.enable_mix_mode
    )
    types = {f.gpu_config.gpu_type for f in billed if f.gpu_config}
    for gpu_type in sorted(types):
        for state in _GPU_STATES:
            name = f"gpu.{gpu_type}.{state}"
            if name not in book.values and name not in scenario.billing.prices:
                message = f"price book {book.name} has no CU factor for it; give CU per GB·s here"
                yield Problem(message, f"billing.prices.{name}")


def _given(book: PriceBook, name: str, value: float) -> Parameter:
    known = book.values.get(name)
    return Parameter(
        name,
        known.unit if known else "CU / GB·s",
        value,
        provenance="given",
        source="given in billing.prices",
    )


@cache
def _book(name: str) -> PriceBook:
    path = resources.files("fcsim.results") / "prices" / f"{name}.yaml"
    content: dict[str, Any] = yaml.safe_load(path.read_text("utf-8"))
    entries = content["values"]
    own: dict[str, Any] = {
        "name": content["book"],
        "since": content["date"],
        "description": content["description"],
        "values": {key: _parameter(key, entry) for key, entry in entries.items()},
    }
    if "tiers" in content:
        own["tiers"] = tuple(Tier(**tier) for tier in content["tiers"])
        own["tiers_source"] = content["tiers_source"]
        own["currency"] = content["currency"]
    if "from" in entries.get("minimum", {}):
        own["minimum_from"] = entries["minimum"]["from"]
    if "extends" not in content:
        return PriceBook(**own)
    base = _book(content["extends"])
    own["values"] = {**base.values, **own["values"]}
    return replace(base, **own)


def _parameter(name: str, entry: dict[str, Any]) -> Parameter:
    if "value" in entry:
        return Parameter(name, entry["unit"], float(entry["value"]), source=entry["source"])
    bounds = {key: float(value) for key, value in entry["assumption"].items()}
    return Parameter(
        name,
        entry["unit"],
        bounds["default"],
        bounds.get("low"),
        bounds.get("high"),
        provenance="assumed",
        source="assumption",
        note=entry["note"],
    )
