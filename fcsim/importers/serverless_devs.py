"""Reads Serverless Devs files (``s.yaml``): editions 3.0.0 (``fc3``) and 1.0.0 (``fc``, FC 2.0)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.importers.keys import Dialect
from fcsim.importers.settings import Notes, Resource, written
from fcsim.importers.templates import Templates, guarded, unguarded
from fcsim.scenario.address import dotted
from fcsim.scenario.yaml12 import Document, parse

__all__ = ["is_serverless_devs", "read_document", "read_serverless_devs"]

_BLOCKS = ("resources", "services")
_COMPONENTS: dict[str, Dialect] = {"fc3": "fc3", "fc": "fc"}
_IN_BLOCK: dict[str, Dialect] = {"resources": "fc3", "services": "fc"}
"""What a component is that a template or a local path names, by the block it stands in."""
_SAID = ("edition", "name", "access", "vars")
"""Keys of the file that say nothing about the functions themselves."""


def is_serverless_devs(data: Any) -> bool:
    """Tell whether parsed *data* looks like a Serverless Devs file."""
    return isinstance(data, dict) and any(key in data for key in (*_BLOCKS, "edition"))


def read_document(source: bytes, file: str) -> Document:
    """Parse the text of an ``s.yaml``; ScenarioError, located, when it is no YAML."""
    text = source.decode("utf-8-sig", "replace")
    if not text.strip():
        raise ScenarioError([Problem("the file is empty", "", file)])
    usable = source if "\ufffd" in text else guarded(text)
    document = parse(usable, file)
    return Document(unguarded(document.data), document.keys, document.values)


def read_serverless_devs(
    document: Document,
    notes: Notes,
    variables: Mapping[str, str],
    environment: Mapping[str, str] | None,
) -> list[Resource]:
    """Return the functions of *document*, with templates filled in.

    Everything else in it is remarked in *notes*.
    """
    data = document.data
    notes.positions = {dotted(address): at for address, at in document.values.items()}
    templates = Templates(data, notes.file, variables, environment)
    found = [one for block in _BLOCKS for one in _entries(data, block, templates, notes)]
    for key, value in data.items():
        if key not in (*_BLOCKS, *_SAID):
            notes.remark("not modelled", str(key), written(str(key), value))
    _tell_templates(templates, notes)
    return found


def _tell_templates(templates: Templates, notes: Notes) -> None:
    for template, default in templates.defaults.items():
        text = f"its default {default!r} was taken; --var or --env give another value"
        notes.remark("note", template, text)
    for name in sorted(set(templates.variables) - templates.used):
        notes.remark("note", f"--var {name}", "no template asks for it")


def _entries(
    data: dict[Any, Any], block: str, templates: Templates, notes: Notes
) -> Iterator[Resource]:
    entries = data.get(block)
    if entries is None:
        return
    if not isinstance(entries, dict):
        notes.problem(block, "expected a mapping of resources by name")
        return
    for name, entry in entries.items():
        where = f"{block}.{name}"
        resource = _resource(str(name), entry, (block, name), templates, notes)
        if resource is not None:
            _tell_beside(entry, where, notes)
            yield resource


def _resource(
    name: str, entry: Any, address: tuple[Any, Any], templates: Templates, notes: Notes
) -> Resource | None:
    """Return the resource of *entry* when it is a function; None with a remark otherwise."""
    where = dotted(address)
    props = entry.get("props") if isinstance(entry, dict) else None
    if not isinstance(props, dict):
        notes.problem(where, "expected a mapping with component and props")
        return None
    dialect = _dialect(str(entry.get("component") or ""), str(address[0]))
    if dialect is None:
        what = f"component {entry.get('component') or 'without a name'}"
        notes.remark("not modelled", where, f"{what}: {written(where, props)}")
        return None
    filled = templates.filled(props, address)
    if dialect == "fc":
        return Resource(name, dialect, filled, f"{where}.props", quiet=("service.name",))
    return _flat(name, filled, f"{where}.props")


def _dialect(component: str, block: str) -> Dialect | None:
    if component.startswith(("$", "{", ".", "/")):
        return _IN_BLOCK[block]
    return _COMPONENTS.get(component.partition("@")[0].rpartition("/")[2].strip())


def _flat(name: str, props: dict[Any, Any], where: str) -> Resource:
    """Return an fc3 resource; early fc3 files keep its keys in ``props.function``."""
    inside = props.get("function")
    if not isinstance(inside, dict):
        return Resource(name, "fc3", props, where)
    beside = {key: value for key, value in props.items() if key not in ("function", *inside)}
    parts = {str(key): f"{where}.{key}" for key in beside}
    return Resource(name, "fc3", {**inside, **beside}, f"{where}.function", parts)


def _tell_beside(entry: dict[Any, Any], where: str, notes: Notes) -> None:
    for key, value in entry.items():
        if key not in ("component", "props", "access"):
            notes.remark("not modelled", f"{where}.{key}", written(str(key), value))
