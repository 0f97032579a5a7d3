"""A scenario on its way to validation: its data, and where every value comes from.

A value stands in the file, or was put in by a variant, by ``--set``, or by the preset. A
:class:`Draft` turns a :class:`~fcsim.scenario.address.Finding` into a
:class:`~fcsim.errors.Problem` that names that place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from fcsim.errors import Problem
from fcsim.scenario.address import Address, Finding, Position, dotted, has, look_up
from fcsim.scenario.plain import snake
from fcsim.scenario.yaml12 import Document

__all__ = ["Change", "Draft"]


_DEFAULTED = {
    ("cpu",),
    ("memory_size",),
    ("disk_size",),
    ("timeout",),
    ("instance_concurrency",),
}
"""Keys of a function for which a preset has a default, ``function.…``."""


@dataclass(frozen=True)
class Change:
    """A value that a variant or an override put in."""

    address: Address
    label: str
    """What it is, to stand before the path: ``--set `` or ``variants.slim: ``."""
    origin: Address | None = None
    """Where it is written in the file; None when it is not in the file."""


@dataclass
class Draft:
    """Data as the user gave it, snake_case, not yet validated."""

    data: Any
    document: Document
    file: str = ""
    base_dir: Path = field(default_factory=Path)
    name: str | None = None
    changes: list[Change] = field(default_factory=list)

    def problem(self, finding: Finding) -> Problem:
        """Return *finding* with its place: in the file, a variant, or an override."""
        finding = self._noting_defaults(finding)
        address = self._written(finding.address)
        change, at = self._changed(address, finding)
        if change is None:
            return self._problem(finding.message, dotted(address), self._position(address, finding))
        rest = at[len(change.address) :]
        position = (0, 0)
        if change.origin is not None:
            position = self._position((*change.origin, *rest), finding)
        return self._problem(finding.message, change.label + dotted(at), position)

    def _problem(self, message: str, path: str, position: Position) -> Problem:
        return Problem(message, path, self.file, *position)

    def _written(self, address: Address) -> Address:
        """Return the address in ``function_defaults`` when a function has its value from there."""
        shared = ("function_defaults", *address[2:])
        if len(address) > 2 and address[0] == "functions" and not has(self.data, address):
            return shared if has(self.data, shared) else address
        return address

    def _noting_defaults(self, finding: Finding) -> Finding:
        absent = [
            address[2]
            for address in (finding.address, *finding.others)
            if address[:1] == ("functions",) and address[2:] in _DEFAULTED
            if not has(self.data, self._written(address))
        ]
        if not absent:
            return finding
        note = f" ({', '.join(absent)} not given: the preset's default)"
        return replace(finding, message=finding.message + note)

    def _changed(self, address: Address, finding: Finding) -> tuple[Change | None, Address]:
        """Return the last change that has a part in *finding*, and the address to show for it."""
        others = [self._written(other) for other in finding.others]
        for at in (address, *others):
            for change in reversed(self.changes):
                if at[: len(change.address)] == change.address:
                    return change, at
        whole = finding.whole or not has(self._original, self._former(address))
        for at in (address, *others) if whole else others:
            for change in reversed(self.changes):
                if change.address[: len(at)] == at:
                    return change, change.address
        return None, address

    @property
    def _original(self) -> Any:
        return self.document.data

    def _former(self, address: Address) -> Address:
        """Return *address* with the keys as the user wrote them, camelCase perhaps."""
        data, former = self._original, []
        for part in address:
            if isinstance(data, dict) and part not in data:
                part = next((key for key in data if snake(str(key)) == part), part)
            former.append(part)
            data = look_up(data, (part,)) if has(data, (part,)) else None
        return tuple(former)

    def _position(self, address: Address, finding: Finding) -> Position:
        former = self._former(address)
        values, keys = self.document.values, self.document.keys
        if former in values and not finding.at_key and not self._is_container(former):
            return values[former]
        for size in range(len(former), 0, -1):
            for places in (keys, values):
                if former[:size] in places:
                    return places[former[:size]]
        return values.get((), (0, 0))

    def _is_container(self, former: Address) -> bool:
        return isinstance(look_up(self._original, former), Mapping | list)
