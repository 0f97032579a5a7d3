"""Text files that appear whole or not at all, and never take the place of something else."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from fcsim.errors import UsageError

__all__ = ["check_replaceable", "write_text"]


def check_replaceable(path: Path, sign: str) -> None:
    """Raise UsageError when *path* exists and its first 4,000 characters lack *sign*."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder; name a file")
    if not path.exists():
        return
    with path.open(encoding="utf-8", errors="replace") as file:
        if sign not in file.read(4000):
            raise UsageError(f"{path} holds something else and was not touched; name another file")


def write_text(path: Path, parts: Iterable[str]) -> Path:
    """Write *parts* one after the other to *path* and return it; UsageError when that fails."""
    draft = path.with_name(f".{path.name[:80]}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with draft.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(parts)
        draft.replace(path)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
    return path
