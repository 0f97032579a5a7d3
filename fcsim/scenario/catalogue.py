"""Reads image catalogues: a CSV with one row a layer.

Columns ``repo``, ``tag``, ``layer_index`` (0 is the top layer, the last one the base layer),
``layer_digest``, ``compressed_bytes``, and optionally ``uncompressed_bytes``. Other columns are
ignored. The catalogues of shared/data come from the ``dotnet/versions`` repository, which lists
layers top first.
"""

from __future__ import annotations

import csv
import math
from functools import lru_cache
from pathlib import Path

from fcsim.errors import nearest
from fcsim.scenario.layers import ContentError, ImageLayer

__all__ = ["catalogue_images", "catalogue_layers"]

Images = dict[tuple[str, str], list[ImageLayer]]

_COLUMNS = ("repo", "tag", "layer_index", "layer_digest", "compressed_bytes")


def catalogue_images(path: Path, ratio: float = math.nan) -> Images:
    """Return the layers of every image in the catalogue, base layer first, by (repo, tag).

    Uncompressed sizes that the file does not have are compressed sizes times *ratio*. Raises
    ContentError when the file is no such catalogue.
    """
    try:
        state = path.stat()
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}") from None
    return dict(_images(path, ratio, (state.st_mtime_ns, state.st_size)))


@lru_cache(maxsize=8)
def _images(path: Path, ratio: float, _state: tuple[int, int]) -> Images:
    """Read the file once for all images of a scenario that come from it."""
    indexed: dict[tuple[str, str], list[tuple[int, ImageLayer]]] = {}
    for line, row in _rows(path):
        try:
            entry = int(row["layer_index"]), _layer(row, ratio)
        except (TypeError, ValueError):
            raise ContentError(
                f"line {line}: layer_index and bytes must be whole numbers"
            ) from None
        indexed.setdefault((row["repo"], row["tag"]), []).append(entry)
    return {
        image: [layer for _, layer in sorted(layers, key=lambda entry: -entry[0])]
        for image, layers in indexed.items()
    }


def catalogue_layers(path: Path, repo: str, tag: str | None, ratio: float) -> list[ImageLayer]:
    """Return the layers of one image; *tag* may be left out when the repository has only one.

    Raises ContentError with the nearest name when the catalogue has no such image.
    """
    images = catalogue_images(path, ratio)
    tags = [known for name, known in images if name == repo]
    if not tags:
        raise ContentError(f"has no repo {repo!r}{nearest(repo, {name for name, _ in images})}")
    if tag is None and len(tags) > 1:
        raise ContentError(f"has {len(tags)} tags of {repo!r}; give tag, say {tags[0]!r}")
    chosen = tags[0] if tag is None else tag
    if chosen not in tags:
        raise ContentError(f"has no tag {chosen!r} of {repo!r}{nearest(chosen, tags)}")
    return images[repo, chosen]


def _rows(path: Path) -> list[tuple[int, dict[str, str]]]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file)
            missing = [name for name in _COLUMNS if name not in (reader.fieldnames or ())]
            if missing:
                raise ContentError(f"has no column {', '.join(missing)}")
            return [(reader.line_num, row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise ContentError(f"is not a CSV file: {error}") from None
    except OSError as error:
        raise ContentError(f"cannot be read: {error.strerror}") from None


def _layer(row: dict[str, str], ratio: float) -> ImageLayer:
    uncompressed = row.get("uncompressed_bytes")
    return ImageLayer.sized(
        row["layer_digest"],
        _bytes(row["compressed_bytes"]),
        _bytes(uncompressed) if uncompressed else None,
        ratio,
    )


def _bytes(text: str) -> float:
    size = int(text)
    if not 0 <= size < 2**63:
        raise ValueError("out of range")
    return float(size)
