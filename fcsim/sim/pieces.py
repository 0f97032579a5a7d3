"""What of an image a start needs, piece by piece.

A *piece* is a whole layer (eager), or the part of a layer that accelerated loading reads. Pieces
with one digest are one piece, in whichever images they occur.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from fcsim.sim.registry import Registry

__all__ = ["Image", "Piece", "pieces"]


@dataclass(frozen=True, eq=False)
class Piece:
    """A layer, or the part of it that is read: bytes to transfer, bytes kept on the host."""

    key: str
    layer: int
    transfer: float
    kept: float


@dataclass(frozen=True)
class Image:
    """An image ready to be pulled in one mode: its pieces, base layer first."""

    name: str
    mode: str
    """``accelerated``, ``eager`` or ``none``."""
    registry: Registry
    pieces: tuple[Piece, ...]
    later: tuple[Piece, ...] = ()
    """What accelerated loading reads on demand while serving."""

    @cached_property
    def keys(self) -> tuple[Any, ...]:
        """Keys of the pieces a start needs."""
        return tuple(piece.key for piece in self.pieces)

    @cached_property
    def later_keys(self) -> tuple[Any, ...]:
        """Keys of the pieces that are read while serving."""
        return tuple(piece.key for piece in self.later)

    @cached_property
    def size(self) -> float:
        """Bytes that a start needs, on the wire."""
        return sum(piece.transfer for piece in self.pieces)


def pieces(
    layers: list[tuple[int, float, float]], part: str, share: float = 1.0
) -> tuple[Piece, ...]:
    """Return *share* of each layer (number, compressed, uncompressed) as pieces; no repeats."""
    unique = {number: (compressed, size) for number, compressed, size in layers}
    return tuple(
        Piece(f"{part} {number}", number, compressed * share, size * share)
        for number, (compressed, size) in unique.items()
        if share > 0
    )
