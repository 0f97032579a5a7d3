"""Reads what a scenario is made from: a file, or a mapping in a notebook."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from fcsim.errors import Problem, ScenarioError
from fcsim.scenario.draft import Draft
from fcsim.scenario.plain import plain, snake_keys
from fcsim.scenario.yaml12 import Document, parse

__all__ = ["read"]


def read(source: str | Path | Mapping[str, Any]) -> Draft:
    """Read a scenario file, or take a mapping; ScenarioError when that is not possible."""
    if isinstance(source, Mapping):
        data = plain(source)
        return Draft(snake_keys(data), Document(data))
    path = Path(source)
    file = str(source)
    document = parse(_bytes(path, file), file)
    if not isinstance(document.data, dict):
        message = "a scenario is a mapping that begins with fcsim: 1"
        raise ScenarioError([Problem(message, "", file, *document.values[()])])
    return Draft(snake_keys(document.data), document, file, path.parent, path.stem)


def _bytes(path: Path, file: str) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        message = f"no such file{_neighbour(path)}"
    except IsADirectoryError:
        message = "is a directory, not a scenario file"
    except (OSError, ValueError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ScenarioError([Problem(message, "", file)])


def _neighbour(path: Path) -> str:
    try:
        names = [entry.name for entry in path.parent.iterdir() if entry.suffix in (".yaml", ".yml")]
    except OSError:
        return ""
    match = get_close_matches(path.name, names, n=1)
    return f"; did you mean {str(path.with_name(match[0]))!r}?" if match else ""
