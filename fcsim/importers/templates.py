"""Templates of Serverless Devs files: ``${vars.x}``, ``${env('X', 'd')}``, ``{{ x }}``, ``{X}``.

Values come from ``--var``, the file's own ``vars:`` and keys, and the environment when it was
asked for; from nowhere else. ``{{ x }}`` and ``{X}`` (capitals) are filled in before a file is
YAML, so they may stand unquoted, where YAML would read a mapping: :func:`guarded` hides their
braces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.importers.settings import Unresolved
from fcsim.scenario.address import Address

__all__ = ["Templates", "guarded", "unguarded"]

_GUARDS = {"{": "\ue000", "}": "\ue001"}
"""Characters for private use stand for the braces: text of the same length, plain in YAML."""
_FILLED_IN = re.compile(r"\{\{[^{}\n]*\}\}|(?<![${])\{[A-Z][A-Z0-9_]*\}(?!\})")
_TEMPLATE = re.compile(rf"\$\{{(?:[^{{}}]|\{{[^{{}}]*\}})*\}}|{_FILLED_IN.pattern}")
_CALL = re.compile(r"(\w+)\(\s*(?:'([^']*)'|\"([^\"]*)\"|([^,)'\"]*?))\s*(?:,\s*(.*?)\s*)?\)", re.S)

_MOST_STEPS = 100_000
_DEEPEST = 20
_LONGEST = 100_000


def guarded(text: str) -> str:
    """Return *text* with the braces of ``{{ x }}`` and ``{X}`` hidden from YAML."""
    return _FILLED_IN.sub(lambda match: _translate(match[0], _GUARDS), text)


def unguarded(value: Any) -> Any:
    """Return parsed data with the braces that :func:`guarded` has hidden."""
    if isinstance(value, dict):
        return {unguarded(key): unguarded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [unguarded(item) for item in value]
    if isinstance(value, str):
        return _translate(value, {hidden: brace for brace, hidden in _GUARDS.items()})
    return value


def _translate(text: str, characters: dict[str, str]) -> str:
    for character, other in characters.items():
        text = text.replace(character, other)
    return text


@dataclass
class Templates:
    """Fills in the templates of one file."""

    data: dict[Any, Any]
    """The file, in which ``vars`` and other keys are looked up."""
    file: str
    variables: Mapping[str, str] = field(default_factory=dict)
    """Values of ``--var``."""
    environment: Mapping[str, str] | None = None
    """The environment, when it may be read."""
    used: set[str] = field(default_factory=set)
    """Names of *variables* that a template has asked for."""
    defaults: dict[str, str] = field(default_factory=dict)
    """Templates whose own default was taken, and that default."""
    _steps: int = 0

    def filled(self, value: Any, own: Address, path: tuple[str, ...] = ()) -> Any:
        """Return *value*, which belongs to the resource at *own*, with templates filled in.

        Text with a template that has no value becomes :class:`Unresolved`. Raises ScenarioError
        when the templates expand without end.
        """
        self._step()
        if isinstance(value, dict):
            return {key: self.filled(item, own, path) for key, item in value.items()}
        if isinstance(value, list):
            return [self.filled(item, own, path) for item in value]
        return self._text(value, own, path) if isinstance(value, str) else value

    def _step(self) -> None:
        self._steps += 1
        if self._steps > _MOST_STEPS:
            message = f"its templates expand to more than {_MOST_STEPS:,} values"
            raise ScenarioError([Problem(message, "", self.file)])

    def _text(self, text: str, own: Address, path: tuple[str, ...]) -> Any:
        parts = list(_TEMPLATE.finditer(text))
        if not parts:
            return text
        values = [self._value(match[0], own, path) for match in parts]
        if len(parts) == 1 and parts[0][0] == text.strip():
            return values[0]
        missing = [value for value in values if isinstance(value, Unresolved)]
        whole = "".join(_joined(text, parts, values))
        if len(whole) > _LONGEST:
            raise ScenarioError([Problem("its templates expand without end", "", self.file)])
        return _unresolved(whole, *(name for one in missing for name in one.names), any=missing)

    def _value(self, template: str, own: Address, path: tuple[str, ...]) -> Any:
        self._step()
        if template in path or len(path) > _DEEPEST:
            return _unresolved(template)
        asked = (template[2:-1] if template.startswith("$") else template.strip("{}")).strip()
        for name in _names(asked):
            if name in self.variables:
                self.used.add(name)
                return self.variables[name]
        value = self._looked_up(template, asked, own, (*path, template))
        return _unresolved(template, _names(asked)[-1]) if value is None else value

    def _looked_up(
        self, template: str, asked: str, own: Address, path: tuple[str, ...]
    ) -> Any | None:
        if not template.startswith("$"):
            return (self.environment or {}).get(asked)
        call = _CALL.fullmatch(asked)
        if call is not None:
            return self._called(template, call)
        found = _at(self.data, _address(asked, own))
        return None if found is None else self.filled(found, own, path)

    def _called(self, template: str, call: re.Match[str]) -> str | None:
        name, argument = call[1], _argument(call)
        if name == "path":
            return argument
        if name != "env":
            return None
        if self.environment is not None and argument in self.environment:
            return self.environment[argument]
        if call[5] is None:
            return None
        default = call[5].strip("'\"")
        self.defaults[template] = default
        return default


def _joined(text: str, parts: list[re.Match[str]], values: list[Any]) -> Iterator[str]:
    """Yield *text* piece by piece; a template whose value is a block stays as it is."""
    at = 0
    for match, value in zip(parts, values, strict=True):
        yield text[at : match.start()]
        yield match[0] if isinstance(value, dict | list) else str(value)
        at = match.end()
    yield text[at:]


def _unresolved(text: str, *names: str, any: Any = True) -> str:
    if not any:
        return text
    made = Unresolved(text)
    made.names = tuple(dict.fromkeys(names))
    return made


def _argument(call: re.Match[str]) -> str:
    return next((part for part in call.groups()[1:4] if part is not None), "")


def _names(asked: str) -> tuple[str, ...]:
    """Return the names under which ``--var`` may give a value for what a template asks."""
    call = _CALL.fullmatch(asked)
    if call is not None:
        return (asked, _argument(call))
    return (asked, asked.removeprefix("vars."))


def _address(asked: str, own: Address) -> Address:
    parts = tuple(part.strip() for part in asked.split("."))
    if parts[0] == "this":
        return (*own, *parts[1:])
    return parts


def _at(data: Any, address: Address) -> Any:
    for part in address:
        data = data.get(part) if isinstance(data, dict) else None
    return data
