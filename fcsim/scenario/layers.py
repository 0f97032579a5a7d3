"""A layer with its sizes, and the error of a file that should list layers."""

from __future__ import annotations

import math
from dataclasses import dataclass

__all__ = ["ContentError", "ImageLayer"]


class ContentError(ValueError):
    """A manifest or catalogue does not say which layers an image has."""


@dataclass(frozen=True)
class ImageLayer:
    """One layer: its identity, and whole numbers of bytes (as floats).

    ``uncompressed`` is NaN where neither the file nor a ratio tells.
    """

    digest: str
    compressed: float
    uncompressed: float

    @classmethod
    def sized(
        cls, digest: str, compressed: float, uncompressed: float | None, ratio: float
    ) -> ImageLayer:
        """Make a layer; a missing uncompressed size is the compressed one times *ratio*."""
        size = compressed * ratio if uncompressed is None else uncompressed
        return cls(digest, _whole(compressed), _whole(size))


def _whole(size: float) -> float:
    return float(round(size)) if math.isfinite(size) else size
