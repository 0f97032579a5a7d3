"""HTML elements from Python values. Text is escaped unless it is HTML already.

Whatever a scenario holds (angle brackets, quotes, line breaks, control characters, text from
right to left) stays text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from html import escape
from typing import TypeAlias

__all__ = ["Child", "Html", "code", "element", "fragment", "mark", "name", "text"]


class Html(str):
    """Text that is HTML already, made by :func:`element` or :func:`fragment`."""

    __slots__ = ()


Child: TypeAlias = "Html | str | float | Iterable[Child] | None"
"""What may stand inside an element: HTML, text, numbers, nothing, or several of those."""

_VOID = frozenset({"br", "col", "input", "link", "meta"})
"""Elements that are written without an end."""
_DRAWN = frozenset({"line", "path", "rect"})
"""Parts of drawings, which close themselves."""
_FORBIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that HTML does not allow, or that would change what a terminal or editor shows."""
_LONGEST = 96
"""Characters of a name that are shown."""
_SHORT = 28
"""Characters of a name that is not broken over lines."""


def text(value: object) -> Html:
    """Return *value* as escaped text; characters that HTML does not allow become U+FFFD."""
    if isinstance(value, Html):
        return value
    return Html(escape(_FORBIDDEN.sub("\ufffd", str(value)), quote=True))


def fragment(*children: Child) -> Html:
    """Return *children* one after the other."""
    return Html("".join(map(_child, children)))


def element(tag: str, *children: Child, **attributes: str | float | bool | None) -> Html:
    """Return an element: ``element("td", "a < b", class_="number", data_sort=3)``.

    A trailing underscore of an attribute goes, others become hyphens. None and False leave an
    attribute out, True gives it no value.
    """
    marks = "".join(_attribute(key, value) for key, value in attributes.items())
    if tag in _VOID:
        return Html(f"<{tag}{marks}>")
    if not children and tag in _DRAWN:
        return Html(f"<{tag}{marks}/>")
    return Html(f"<{tag}{marks}>{fragment(*children)}</{tag}>")


def name(value: str) -> Html:
    """Return a user's name for something, isolated from the text around it.

    A long one is cut, with all of it (up to 2,000 characters) under the pointer.
    """
    if len(value) <= _LONGEST:
        return element("bdi", value, class_="short" if len(value) <= _SHORT else None)
    return element("bdi", value[: _LONGEST - 1] + "…", title=value[:2000])


def code(value: str) -> Html:
    """Return a technical name, like that of an error or a path in a scenario."""
    return element("code", name(value))


def mark(function: str | None) -> str | None:
    """Return what the page's filter looks for in what is about *function*."""
    return None if function is None else function[:200]


def _child(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, str | int | float):
        return text(child)
    return fragment(*child)


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    written = key.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{text(value)}"'
