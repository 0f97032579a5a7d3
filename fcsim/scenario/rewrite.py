"""Puts values into the text of a scenario file; everything else, comments too, stays as it is.

The text is cut at the places that the YAML parser reports. A value that exists is replaced, in
flow style; a key that is missing is added at the end of its block. The outcome is parsed again
and compared with what was meant, so a text that cannot be cut well is an error, never a broken
file.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from yaml.nodes import CollectionNode, MappingNode, Node, ScalarNode

from fcsim.errors import UsageError
from fcsim.scenario.address import Address, dotted
from fcsim.scenario.plain import snake
from fcsim.scenario.yaml12 import Loader, parse

__all__ = ["flow", "rewritten"]

_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.+/%-]*( [A-Za-z0-9_.+/%-]+)*\Z")
"""Text that needs no quotes if YAML reads it back as the same text."""


class _Cut(NamedTuple):
    begin: int
    end: int
    text: str


def rewritten(text: str, changes: Mapping[Address, Any]) -> str:
    """Return *text* with each value of *changes* at its address (snake_case keys).

    Raises UsageError where an address leads through an alias, a merge key or a single value.
    """
    for address, value in changes.items():
        meant = _put(parse(text).data, address, value)
        text = _apply(text, _cut(text, address, value))
        if parse(text).data != meant:
            raise UsageError(f"cannot write {dotted(address)} into this file; write it by hand")
    return text


def flow(value: Any) -> str:
    """Return *value* as one line of YAML: ``{median: 120 ms, p99: 900 ms}``."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{flow(k)}: {flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(flow, value)) + "]"
    if isinstance(value, str):
        return value if _PLAIN.match(value) and parse(value).data == value else json.dumps(value)
    return json.dumps(value)


def _apply(text: str, cut: _Cut) -> str:
    return text[: cut.begin] + cut.text + text[cut.end :]


def _cut(text: str, address: Address, value: Any) -> _Cut:
    root = Loader(text).document()
    node, depth = root, 0
    for part in address:
        child = _child(node, part, dotted(address))
        if child is None:
            break
        if _shared(root, child):
            raise UsageError(f"{dotted(address)} stands behind an alias; write it by hand")
        node, depth = child, depth + 1
    rest = address[depth:]
    if not rest:
        assert node is not None
        return _Cut(node.start_mark.index, _end(text, node), flow(value))
    for part in reversed(rest[1:]):
        value = {part: value}
    return _addition(text, node, rest[0], value, dotted(address))


def _child(node: Node | None, part: Any, path: str) -> Node | None:
    if not isinstance(node, MappingNode):
        raise UsageError(f"cannot write {path}: a single value stands on the way")
    for key, value in node.value:
        if key.value == "<<":
            raise UsageError(f"{path} stands beside a merge key; write it by hand")
        if key.value == str(part) or snake(key.value) == part:
            found: Node = value
            return found
    return None


def _shared(root: Node | None, wanted: Node) -> bool:
    """Tell whether *wanted* stands in several places, as aliased nodes do."""
    found, todo = 0, [root]
    while todo:
        node = todo.pop()
        found += node is wanted
        if isinstance(node, MappingNode):
            todo += [value for _, value in node.value]
        elif node is not None and not isinstance(node, ScalarNode):
            todo += node.value
    return found > 1


def _last(node: Node) -> Node:
    """Return the node that ends where *node* really ends, before blanks and comments."""
    if not isinstance(node, CollectionNode) or node.flow_style or not node.value:
        return node
    entry = node.value[-1]
    return _last(entry[1] if isinstance(node, MappingNode) else entry)


def _end(text: str, node: Node) -> int:
    last = _last(node)
    end: int = last.end_mark.index
    if isinstance(last, ScalarNode) and last.style in ("|", ">"):
        return len(text[:end].rstrip())
    return end


def _addition(text: str, node: Node | None, key: Any, value: Any, path: str) -> _Cut:
    if not isinstance(node, MappingNode):
        raise UsageError(f"cannot write {path}: a single value stands on the way")
    if node.flow_style or not node.value:
        at = node.end_mark.index - 1
        before = text[:at].rstrip()
        lead = "" if before.endswith("{") else " " if before.endswith(",") else ", "
        return _Cut(len(before), at, f"{lead}{flow(key)}: {flow(value)}")
    eol = "\r\n" if "\r\n" in text else "\n"
    end = _end(text, node)
    newline = text.find("\n", end)
    line_end = len(text) if newline < 0 else newline - (text[newline - 1] == "\r")
    indent = eol + " " * node.start_mark.column
    if node.start_mark.column == 0 and isinstance(value, Mapping):
        lines = [f"{flow(key)}:", *(f"  {flow(k)}: {flow(v)}" for k, v in value.items())]
        return _Cut(line_end, line_end, indent + indent.join(lines))
    return _Cut(line_end, line_end, f"{indent}{flow(key)}: {flow(value)}")


def _put(data: Any, address: Address, value: Any) -> Any:
    if not address:
        return json.loads(json.dumps(value)) if not isinstance(value, Mapping) else dict(value)
    name = address[0]
    data = data if isinstance(data, dict) else {}
    key = next((key for key in data if key == name or snake(str(key)) == name), name)
    return {**data, key: _put(data.get(key), address[1:], value)}
