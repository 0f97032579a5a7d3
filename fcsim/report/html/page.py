"""The shell of a page: head, navigation, sections; style and script inside the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fcsim import __version__
from fcsim.report.html.markup import Child, Html, element, fragment, text

__all__ = ["Section", "grid", "page"]

_FOLDER = Path(__file__).parent
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"
"""Nothing is loaded from anywhere, whatever a scenario holds."""


@dataclass(frozen=True)
class Section:
    """A part of a page: an anchor (``#latency``), a heading, and HTML."""

    anchor: str
    heading: str
    body: Child


def page(
    title: str,
    sections: Sequence[Section],
    *,
    lead: Child = None,
    filtered: str = "",
) -> str:
    """Return a whole page; equal arguments give equal text.

    *lead* stands between title and navigation. *filtered* asks for a field that filters all
    that is marked, and says what that is: ``Functions``.
    """
    heading = text(title if len(title) <= 120 else title[:119] + "…")
    links = [element("a", s.heading, href=f"#{s.anchor}") for s in sections]
    body = fragment(
        element("header", element("h1", element("bdi", heading)), lead),
        element("nav", links, aria_label="Sections"),
        _filter(filtered) if filtered else None,
        element("main", [_section(section) for section in sections]),
        element("footer", element("p", f"fcsim {__version__}")),
    )
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n{_head(heading)}</head>\n'
        f"<body>\n{body}\n<script>\n{_file('page.js')}</script>\n</body>\n</html>\n"
    )


def grid(*parts: Child) -> Html:
    """Return *parts* beside each other where there is room, else below each other."""
    return element("div", *parts, class_="grid")


def _head(title: Html) -> str:
    metas = (
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("link", rel="icon", href="data:,"),
        element("title", title),
    )
    return "\n".join(metas) + f"\n<style>\n{_file('page.css')}</style>\n"


def _section(section: Section) -> Html:
    return element("section", element("h2", section.heading), section.body, id=section.anchor)


def _filter(what: str) -> Html:
    field = element(
        "input", type="search", id="filter", placeholder="part of a name", autocomplete="off"
    )
    label = element("label", what, field)
    return element("p", label, element("output", id="filtered"), class_="filter", hidden=True)


def _file(name: str) -> str:
    return (_FOLDER / name).read_text("utf-8")
