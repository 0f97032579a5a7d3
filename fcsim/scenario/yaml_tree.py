"""YAML nodes to plain data, with the place of every key and value; used by :mod:`.yaml12`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.address import Address, Position, dotted
from fcsim.scenario.yaml_scalars import MERGE, SCALARS, SURROGATE, TAG

__all__ = ["MAX_VALUES", "Builder", "fault", "place"]

MAX_VALUES = 200_000
"""Most values of a document after its aliases are written out."""

_Pair = tuple[Node, Node]


def place(mark: Any) -> Position:
    """Return the line and column, from 1, of PyYAML's *mark*."""
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def fault(message: str, file: str, position: Position = (1, 1)) -> ScenarioError:
    """Return the error for a fault in *file*; text without a file has no lines."""
    line, column = position if file else (0, 0)
    return ScenarioError([Problem(message, "", file, line, column)])


@dataclass
class Builder:
    """Turns nodes into plain data and notes where everything stands."""

    file: str
    keys: dict[Address, Position] = field(default_factory=dict)
    values: dict[Address, Position] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    _count: int = 0
    _open: set[int] = field(default_factory=set)

    def build(self, node: Node, address: Address) -> Any:
        """Return the plain value of *node*, which stands at *address*."""
        self._tally(node)
        self.values[address] = place(node.start_mark)
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        with self._inside(node):
            if isinstance(node, MappingNode):
                return self._mapping(node, address)
            return self._sequence(node, address)

    def _tally(self, node: Node) -> None:
        self._count += 1
        if self._count > MAX_VALUES:
            raise self._error(f"more than {MAX_VALUES:,} values, aliases written out", node)

    @contextmanager
    def _inside(self, node: Node) -> Iterator[None]:
        if id(node) in self._open:
            raise self._error("an alias refers to what contains it", node)
        self._open.add(id(node))
        yield
        self._open.discard(id(node))

    def _sequence(self, node: Node, address: Address) -> list[Any]:
        self._check_tag(node, "seq")
        return [self.build(child, (*address, i)) for i, child in enumerate(node.value)]

    def _mapping(self, node: MappingNode, address: Address) -> dict[Any, Any]:
        data = {}
        for key, (key_node, value_node) in self._pairs(node, address).items():
            self.keys[(*address, key)] = place(key_node.start_mark)
            data[key] = self.build(value_node, (*address, key))
        return data

    def _pairs(self, node: MappingNode, address: Address) -> dict[Any, _Pair]:
        """Return pairs by key, merge keys written out where they stand; own keys win."""
        self._check_tag(node, "map")
        own = self._own(node, address)
        names = {id(key_node): key for key, (key_node, _) in own.items()}
        pairs: dict[Any, _Pair] = {}
        for key_node, value_node in node.value:
            if id(key_node) in names:
                pairs[names[id(key_node)]] = (key_node, value_node)
            elif key_node.tag == MERGE:
                for key, pair in self._inherited(value_node, address):
                    if key not in own:
                        pairs.setdefault(key, pair)
        return pairs

    def _inherited(self, node: Node, address: Address) -> Iterator[tuple[Any, _Pair]]:
        for source in node.value if isinstance(node, SequenceNode) else [node]:
            if not isinstance(source, MappingNode):
                raise self._error("'<<' merges mappings only", source)
            with self._inside(source):
                yield from self._pairs(source, address).items()

    def _own(self, node: MappingNode, address: Address) -> dict[Any, _Pair]:
        own: dict[Any, _Pair] = {}
        for key_node, value_node in node.value:
            self._tally(key_node)
            if key_node.tag == MERGE:
                continue
            key = self._key(key_node)
            if key in own:
                self._duplicate(key_node, (*address, key), own[key][0])
            else:
                own[key] = (key_node, value_node)
        return own

    def _key(self, node: Node) -> Any:
        key = self._scalar(node) if isinstance(node, ScalarNode) else None
        if isinstance(key, bool) or not isinstance(key, str | int | float) or key != key:
            raise self._error("a key must be text or a number", node)
        return key

    def _duplicate(self, node: Node, address: Address, first: Node) -> None:
        line, column = place(node.start_mark) if self.file else (0, 0)
        where = f" (first on line {first.start_mark.line + 1})" if self.file else ""
        message = f"key {address[-1]!r} is given twice{where}"
        self.problems.append(Problem(message, dotted(address), self.file, line, column))

    def _scalar(self, node: ScalarNode) -> Any:
        convert = SCALARS.get(node.tag)
        if convert is None:
            raise self._error(f"{_tag(node)} is not accepted", node)
        try:
            value = convert(node.value)
        except ValueError as error:
            raise self._error(str(error), node) from None
        if isinstance(value, str) and SURROGATE.search(value):
            raise self._error("half of a UTF-16 pair is not a character", node)
        return value

    def _check_tag(self, node: Node, kind: str) -> None:
        if node.tag != TAG + kind:
            raise self._error(f"{_tag(node)} is not accepted", node)

    def _error(self, message: str, node: Node) -> ScenarioError:
        return fault(message, self.file, place(node.start_mark))


def _tag(node: Node) -> str:
    return f"tag {node.tag.replace(TAG, '!!')!r}"
