"""Tells which platform's file a file is, and imports it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from fcsim.errors import Problem, ScenarioError
from fcsim.importers.configuration import scenario_of
from fcsim.importers.image_address import as_name
from fcsim.importers.imported import Imported
from fcsim.importers.serverless_devs import (
    is_serverless_devs,
    read_document,
    read_serverless_devs,
)
from fcsim.importers.settings import Notes
from fcsim.importers.strict_json import parse_json
from fcsim.importers.terraform import is_terraform, read_terraform
from fcsim.importers.wishes import Wishes

__all__ = ["import_configuration", "import_terraform"]


def import_configuration(
    path: Path,
    wishes: Wishes | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    environment: bool = False,
) -> Imported:
    """Return the scenario of a Serverless Devs file or of ``terraform show -json``.

    *variables* fill in templates, as does the *environment* when that is true. Raises
    ScenarioError, located, for what cannot be read or what the platform does not accept, and
    UsageError for wishes that fit nothing.
    """
    file, source = str(path), _bytes(path)
    notes, wishes = Notes(file), wishes or Wishes()
    if source.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{":
        data = parse_json(source, file)
        if is_terraform(data):
            return scenario_of(_stem(path), read_terraform(data, notes), notes, wishes)
    document = read_document(source, file)
    if not is_serverless_devs(document.data):
        raise ScenarioError([Problem(_UNKNOWN, "", file)])
    outside = os.environ if environment else None
    resources = read_serverless_devs(document, notes, variables or {}, outside)
    return scenario_of(_name(document.data) or _stem(path), resources, notes, wishes)


def import_terraform(path: Path, wishes: Wishes | None = None) -> Imported:
    """Return the scenario of ``terraform show -json``; errors as :func:`import_configuration`."""
    notes = Notes(str(path))
    data = parse_json(_bytes(path), notes.file)
    if not is_terraform(data):
        message = "not the output of terraform show -json: it has no terraform_version"
        raise ScenarioError([Problem(message, "", notes.file)])
    resources = read_terraform(data, notes)
    return scenario_of(_stem(path), resources, notes, wishes or Wishes())


_UNKNOWN = (
    "neither a Serverless Devs file (with resources or services) nor the output of "
    "terraform show -json; an image's manifest goes with: fcsim import images FILE"
)


def _name(data: object) -> str:
    given = data.get("name") if isinstance(data, dict) else None
    return as_name(given) if isinstance(given, str) and "{" not in given else ""


def _stem(path: Path) -> str:
    return as_name(path.name.partition(".")[0]) or "scenario"


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        message = "no such file"
    except IsADirectoryError:
        message = "is a directory; give the file in it"
    except (OSError, ValueError) as error:
        message = f"cannot be read: {getattr(error, 'strerror', None) or error}"
    raise ScenarioError([Problem(message, "", str(path))])
