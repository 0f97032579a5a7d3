"""Writes the table of docs/import.md: which key of a platform's file becomes which of a scenario.

``python -m fcsim.importers.reference`` prints it.
"""

from __future__ import annotations

from fcsim.importers.keys import KEYS, Key

__all__ = ["table"]

_NONE = "–"


def table() -> str:
    """Return the table in Markdown, the same text each time."""
    lines = ["| scenario | `fc3` (`props`) | `fc` (`props`) | Terraform |", "|---|---|---|---|"]
    return "\n".join([*lines, *map(_line, KEYS)])


def _line(key: Key) -> str:
    cells = (_cell(paths) for paths in (key.fc3, key.fc, key.terraform))
    return f"| `{key.target}` | {' | '.join(cells)} |"


def _cell(paths: tuple[str, ...]) -> str:
    return ", ".join(f"`{path}`" for path in paths) or _NONE


if __name__ == "__main__":
    print(table())
