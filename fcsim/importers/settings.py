"""The settings of one resource: what is used of them, and what is left over.

A key is either used, or listed as not modelled with its value, or (with a template that has no
value) reported as unresolved. So nothing is dropped in silence.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from fcsim.errors import Problem
from fcsim.importers.imported import Remark
from fcsim.importers.keys import Dialect, Key
from fcsim.scenario.address import Position

__all__ = ["Notes", "Resource", "Settings", "Unresolved", "written"]


class Unresolved(str):
    """Text with templates that have no value; ``names`` are what ``--var`` would set."""

    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Resource:
    """One resource of a file, templates resolved."""

    name: str
    """Its name in the file."""
    dialect: Dialect
    data: dict[str, Any]
    where: str
    """Path of *data* in the file."""
    parts: dict[str, str] = field(default_factory=dict)
    """Other resources joined to it: their key in *data*, and their path in the file."""
    quiet: tuple[str, ...] = ()
    """Paths that say nothing about a deployment, such as attributes of its state."""

    def at(self, path: str) -> str:
        """Return where *path* of the data stands in the file."""
        first, _, rest = path.partition(".")
        if first in self.parts:
            return ".".join(filter(None, (self.parts[first], rest)))
        return f"{self.where}.{path}"


@dataclass
class Notes:
    """What an import finds out: remarks, mistakes, and where the scenario's values are from."""

    file: str
    positions: dict[str, Position] = field(default_factory=dict)
    """Line and column by path in the file; empty for JSON."""
    remarks: list[Remark] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    origins: dict[str, str] = field(default_factory=dict)
    """Path in the file, or an option, by path in the scenario."""

    def remark(
        self, kind: Literal["assumed", "not modelled", "unresolved", "note"], where: str, text: str
    ) -> None:
        """Add a remark."""
        self.remarks.append(Remark(kind, where, text))

    def problem(self, where: str, message: str) -> None:
        """Add a mistake at *where* in the file."""
        self.problems.append(self.located(where, message))

    def located(self, where: str, message: str) -> Problem:
        """Return a problem with the line of *where*, or of what contains it."""
        if where.startswith("--"):
            return Problem(message, where)
        return Problem(message, where, self.file, *self.position(where))

    def position(self, where: str) -> Position:
        """Return the line and column of *where*, or of what contains it; zeros if unknown."""
        while where and where not in self.positions:
            where = where.rpartition(".")[0]
        return self.positions.get(where, (0, 0))

    def translated(self, problem: Problem) -> Problem:
        """Return a problem of the scenario as one of the file that it was imported from."""
        path = problem.path
        while path and path not in self.origins:
            path = path.rpartition(".")[0]
        if not path:
            return Problem(problem.message, problem.path, self.file)
        return self.located(self.origins[path], problem.message)


class Settings:
    """Hands out the values of a resource and remembers which."""

    def __init__(self, resource: Resource, notes: Notes) -> None:
        """Read from *resource*; write what is found into *notes*."""
        self.resource = resource
        self.notes = notes
        self._taken = set(resource.quiet)

    def take(self, key: Key, target: str | None = None) -> Any:
        """Return the value of *key* for the scenario's path *target*.

        None when there is none, when its template is unresolved, or when it is wrong; the
        latter is a problem.
        """
        value, path = self.found(key)
        if value is None or isinstance(value, Unresolved):
            return None
        where = self.resource.at(path)
        if target is not None:
            self.notes.origins[target] = where
        try:
            return key.read(value)
        except ValueError as error:
            self.notes.problem(where, str(error))
            return None

    def found(self, key: Key) -> tuple[Any, str]:
        """Return the raw value of *key* and its path; None and "" when there is none."""
        for path in key.paths(self.resource.dialect):
            value = self.peek(path)
            if value not in (None, ""):
                self._taken.add(path)
                return value, path
        return None, ""

    def is_open(self, key: Key) -> bool:
        """Tell whether *key* has a template without a value."""
        return isinstance(self.found(key)[0], Unresolved)

    def peek(self, path: str) -> Any:
        """Return what stands at *path* without using it; None when nothing does."""
        value: Any = self.resource.data
        for part in path.split("."):
            value = _block(value)
            value = value.get(part) if isinstance(value, dict) else None
        return value

    def close(self) -> None:
        """Tell what was not used, and which templates have no value."""
        for path, value in _leaves(self.resource.data):
            if isinstance(value, Unresolved):
                self._unresolved(path, value)
        for path, value in self._rest(self.resource.data):
            if value not in (None, "", [], {}) and not isinstance(value, Unresolved):
                self.notes.remark("not modelled", self.resource.at(path), written(path, value))

    def _unresolved(self, path: str, value: Unresolved) -> None:
        where = self.resource.at(path)
        line = self.notes.position(where)[0]
        what = "what it sets stays at its default" if path in self._taken else "not modelled anyway"
        given = " ".join(f"--var {name}=VALUE" for name in value.names)
        place = f"line {line}: " if line else ""
        how = f"; {given} gives it one" if given else ""
        self.notes.remark("unresolved", where, f"{place}{value} has no value ({what}){how}")

    def _rest(self, data: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
        for key, value in data.items():
            path = f"{prefix}{key}"
            inside = _block(value)
            if path in self._taken:
                continue
            if isinstance(inside, dict) and any(one.startswith(f"{path}.") for one in self._taken):
                yield from self._rest(inside, f"{path}.")
            else:
                yield path, value


def _block(value: Any) -> Any:
    """Return the block in *value*: Terraform writes a nested block as a list of one."""
    single = isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)
    return value[0] if single else value


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    value = _block(value)
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _leaves(item, f"{path}.{i}")
    else:
        yield path, value


_SECRET = re.compile(r"password|secret|token|credential|access_?key|private|cert", re.IGNORECASE)
_VARIABLES = ("environmentVariables", "environment_variables")
_HIDDEN = "…"


def written(path: str, value: Any) -> str:
    """Write a value that is not modelled in one line; what may be secret is ``…``."""
    key = path.rpartition(".")[2]
    hidden = _hide(value, key)
    if isinstance(hidden, str):
        return hidden
    return json.dumps(hidden, ensure_ascii=False)


def _hide(value: Any, key: str, inside: bool = False) -> Any:
    if isinstance(value, dict):
        inside = inside or key in _VARIABLES
        return {name: _hide(item, str(name), inside) for name, item in value.items()}
    if isinstance(value, list):
        return [_hide(item, key, inside) for item in value]
    if value is None or isinstance(value, bool):
        return value
    return _HIDDEN if inside or _SECRET.search(key) else value
