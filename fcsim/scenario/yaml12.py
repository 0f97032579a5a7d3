"""YAML 1.2 for scenario files: plain data, and the line and column of every key and value.

PyYAML reads YAML 1.1, in which ``1e3`` is text, ``12:30`` is 750, ``010`` is 8, ``no`` is false
and the second of two equal keys wins unnoticed. The loader here has the scalars of YAML 1.2's
core schema (yaml.org/spec/1.2.2, section 10.3) and refuses equal keys. Anchors, aliases and
merge keys work, within bounds.

Every fault is a :class:`~fcsim.errors.ScenarioError` with file, line and column.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

import yaml
from yaml.composer import Composer
from yaml.nodes import Node
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.resolver import BaseResolver
from yaml.scanner import Scanner

from fcsim.errors import ScenarioError
from fcsim.scenario.address import Address, Position
from fcsim.scenario.yaml_scalars import IMPLICIT, SURROGATE, TAG
from fcsim.scenario.yaml_tree import MAX_VALUES, Builder, fault, place

__all__ = ["MAX_BYTES", "MAX_DEPTH", "MAX_VALUES", "Document", "Loader", "parse", "parse_value"]

MAX_BYTES = 1_000_000
"""Largest scenario file; PyYAML needs some seconds for it."""
MAX_DEPTH = 60
"""Deepest nesting, far below Python's recursion limit."""


@dataclass(frozen=True)
class Document:
    """Plain data, and where each key and each value stands (line and column from 1)."""

    data: Any
    keys: dict[Address, Position] = field(default_factory=dict)
    values: dict[Address, Position] = field(default_factory=dict)


class Loader(Reader, Scanner, Parser, Composer, BaseResolver):
    """PyYAML's reader, scanner, parser and composer with the scalars of YAML 1.2."""

    def __init__(self, text: str) -> None:
        """Read *text*."""
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)
        Composer.__init__(self)
        BaseResolver.__init__(self)
        self._depth = 0

    def document(self) -> Node | None:
        """Compose the only document; None when there is none."""
        self.get_event()  # type: ignore[no-untyped-call]
        node = None if self.check_event(yaml.StreamEndEvent) else self.compose_document()
        if not self.check_event(yaml.StreamEndEvent):
            self._refuse("a second document begins here; a scenario is one document")
        return node

    def compose_node(self, parent: Node | None, index: Any) -> Node | None:
        """Compose one node; refuse nesting deeper than :data:`MAX_DEPTH`."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            self._refuse(f"nested deeper than {MAX_DEPTH} levels")
        node: Node | None = super().compose_node(parent, index)
        self._depth -= 1
        return node

    def _refuse(self, problem: str) -> NoReturn:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        raise _Fault(problem=problem, problem_mark=event.start_mark)


for _kind, _pattern, _first in IMPLICIT:
    Loader.add_implicit_resolver(TAG + _kind, re.compile(rf"(?:{_pattern})\Z"), list(_first))


class _Fault(yaml.MarkedYAMLError):
    """A fault that fcsim words itself."""


def parse(source: str | bytes, file: str = "") -> Document:
    """Read one YAML document; ScenarioError locates what is wrong with it."""
    text = _decode(source, file)
    node = _compose(text, file)
    if node is None:
        raise fault("the file is empty; a scenario needs fcsim, images, functions, workload", file)
    builder = Builder(file)
    document = Document(builder.build(node, ()), builder.keys, builder.values)
    if builder.problems:
        raise ScenarioError(sorted(builder.problems, key=lambda problem: problem.line))
    return document


def parse_value(text: str) -> Any:
    """Read the value of ``--set path=value``; ScenarioError when it is no YAML."""
    node = _compose(_decode(text, ""), "")
    builder = Builder("")
    value = None if node is None else builder.build(node, ())
    if builder.problems:
        raise ScenarioError(builder.problems)
    return value


def _decode(source: str | bytes, file: str) -> str:
    if len(source) > MAX_BYTES:
        raise fault(
            f"{len(source):,} bytes are more than {MAX_BYTES:,}; "
            "keep long lists in a CSV file and name that (trace, counts, catalogue)",
            file,
        )
    text = source if isinstance(source, str) else _utf8(source, file)
    bad = Reader.NON_PRINTABLE.search(text) or SURROGATE.search(text)
    if bad:
        raise fault(
            f"character U+{ord(bad[0]):04X} is not allowed in a text file",
            file,
            _position(text, bad.start()),
        )
    return text


def _utf8(source: bytes, file: str) -> str:
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = source[: error.start].decode("utf-8", "replace")
        raise fault(
            f"byte 0x{source[error.start]:02x} is not UTF-8; save the file as UTF-8 text",
            file,
            _position(before, len(before)),
        ) from None


def _position(text: str, index: int) -> Position:
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1


def _compose(text: str, file: str) -> Node | None:
    loader = Loader(text)
    try:
        return loader.document()
    except yaml.MarkedYAMLError as error:
        raise fault(_words(error), file, place(error.problem_mark)) from None
    except (ValueError, OverflowError):
        mark = loader.get_mark()
        raise fault("not valid YAML: this escape is no character", file, place(mark)) from None


_REWORDED = (
    ("found character '\\t'", "a tab is not allowed here; indent with spaces"),
    ("mapping values are not allowed", "unexpected ':'; quote the text or check the indentation"),
    ("could not find expected ':'", "expected 'key: value'"),
    ("expected <block end>", "wrong indentation, or a bracket or quote that is not closed"),
    ("found unexpected end of stream", "a quote is not closed"),
    ("found character", "text that begins with this character needs quotes"),
)


def _words(error: yaml.MarkedYAMLError) -> str:
    problem = error.problem or "unreadable"
    if isinstance(error, _Fault):
        return problem
    known = next((words for start, words in _REWORDED if problem.startswith(start)), problem)
    return f"not valid YAML: {known}"
