"""The page of price books: tiers, factors, and their sources."""

from __future__ import annotations

from _generate.markdown import code, page, table, tied
from fcsim.report.parameters import remark
from fcsim.report.values import bounds, written
from fcsim.results.price_book import PriceBook, book_names, load_book

__all__ = ["prices_page"]

_HEAD = """\
# Price books

A price book is dated and belongs to one site of the platform. `billing.book` chooses one;
otherwise the preset does, by region. `billing.prices` replaces or completes single values. Usage
× factor is CU, and CU have a price by tier of the month. [The bill](../results.md#the-bill) says
what is counted when.

GPU types that no book knows have no documented price; a scenario that uses one must give it."""


def prices_page() -> str:
    """Return the page, newest books first."""
    books = sorted(map(load_book, book_names()), key=lambda book: (book.since, book.name))[::-1]
    return page(_HEAD, *(part for book in books for part in _section(book)))


def _section(book: PriceBook) -> tuple[str, ...]:
    tiers = [(f"{tier.above:,.0f}", f"{tier.price:.6f}") for tier in book.tiers]
    values = [
        (code(value.name), tied(written(value)), bounds(value), value.provenance, remark(value))
        for value in book.values.values()
    ]
    return (
        f"## `{book.name}`",
        f"{book.description} In force from {book.since}. Tiers: {book.tiers_source}.",
        table(("from CU in the month", f"{book.currency} for one CU"), tiers),
        table(("value", "factor or price", "range", "how known", "meaning and source"), values),
    )
