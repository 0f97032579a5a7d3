"""What ``fcsim presets`` shows: the shipped presets and price books, and what each holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from fcsim.report.console import columns
from fcsim.report.parameters import preset_table, presets_json

if TYPE_CHECKING:
    from rich.console import RenderableType

    from fcsim.report.wide import Wide
    from fcsim.results.price_book import PriceBook

__all__ = ["Books", "Presets", "Shelf"]


class Shelf(Protocol):
    """Something with named entries that can be listed and shown, as text or as JSON."""

    def table(self) -> RenderableType:
        """Return a table of the entries."""

    def index(self) -> list[dict[str, str]]:
        """Return the entries with date and description."""

    def show(self, name: str) -> RenderableType:
        """Return what the entry *name* holds; ScenarioError when there is none."""

    def content(self, name: str) -> dict[str, Any]:
        """Return the same for JSON."""


class Presets:
    """The dated presets, with values for one region."""

    def __init__(self, region: str) -> None:
        """Show values as they hold in *region*."""
        self._region = region

    def table(self) -> Wide:
        """Return a table of the presets."""
        return _listed("preset", self.index())

    def index(self) -> list[dict[str, str]]:
        """Return the presets with date and description."""
        from fcsim.scenario.parameters import preset_file, preset_names

        files = {name: preset_file(name) for name in preset_names()}
        return [_entry(name, f["date"], f["description"]) for name, f in files.items()]

    def show(self, name: str) -> RenderableType:
        """Return every value of preset *name*."""
        from rich.console import Group

        from fcsim.scenario.parameters import Parameters, preset_file

        parameters = Parameters.resolve(name, self._region)
        heading = f"{name}, {self._region}: {preset_file(name)['description']}"
        return Group(heading, "", preset_table(parameters))

    def content(self, name: str) -> dict[str, Any]:
        """Return every value of preset *name* in inner units and as text."""
        from fcsim.scenario.parameters import Parameters, preset_file

        parameters = Parameters.resolve(name, self._region)
        content = preset_file(name)
        about = _entry(name, content["date"], content["description"])
        return {**about, "region": self._region, "values": presets_json(parameters)}


class Books:
    """The dated price books."""

    def table(self) -> Wide:
        """Return a table of the price books."""
        return _listed("price book", self.index())

    def index(self) -> list[dict[str, str]]:
        """Return the price books with date and description."""
        from fcsim.results.price_book import book_names, load_book

        books = map(load_book, book_names())
        return [_entry(book.name, book.since, book.description) for book in books]

    def show(self, name: str) -> RenderableType:
        """Return tiers and values of price book *name*."""
        from rich.console import Group

        from fcsim.results.price_book import load_book

        book = load_book(name)
        heading = f"{book.name}: {book.description}"
        return Group(heading, "", _tiers(book), "", preset_table(book.values))

    def content(self, name: str) -> dict[str, Any]:
        """Return tiers and values of price book *name*."""
        from fcsim.results.price_book import load_book

        book = load_book(name)
        return {
            **_entry(book.name, book.since, book.description),
            "currency": book.currency,
            "tiers": [tier._asdict() for tier in book.tiers],
            "tiers_source": book.tiers_source,
            "values": presets_json(book.values),
        }


def _entry(name: str, date: Any, description: str) -> dict[str, str]:
    return {"name": name, "date": str(date), "description": description}


def _listed(kind: str, entries: list[dict[str, str]]) -> Wide:
    table = columns((kind, "left"), ("date", "left"), ("", "left"))
    for entry in entries:
        table.add_row(*entry.values())
    return table


def _tiers(book: PriceBook) -> Wide:
    table = columns(("CU in the month", "right"), (f"{book.currency} for one CU", "right"))
    for tier in book.tiers:
        table.add_row(f"above {tier.above:,.0f}", f"{tier.price:.6f}")
    return table
