"""Named random streams: the only source of randomness in fcsim.

A stream is named by (seed, replication, purpose, entity). The entity is a name, never a
position, so adding a function to a scenario changes no draw of the others, and two variants
of one scenario see the same arrivals and the same work (common random numbers).
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Streams", "hash_key", "hash_uniform", "hash_uniforms"]

_MASK = (1 << 64) - 1


@dataclass(frozen=True)
class Streams:
    """The family of streams of one run."""

    seed: int
    replication: int = 0

    def generator(self, purpose: str, entity: str) -> np.random.Generator:
        """Return the stream for *purpose* and *entity*, from its beginning."""
        key = f"{self.seed}\x1f{self.replication}\x1f{purpose}\x1f{entity}".encode()
        entropy = int.from_bytes(blake2b(key, digest_size=16).digest(), "little")
        return np.random.Generator(np.random.PCG64(entropy))

    def key(self, purpose: str, entity: str) -> int:
        """Return the 64-bit key with which :func:`hash_uniform` draws for this stream."""
        return hash_key(f"{self.seed}\x1f{self.replication}\x1f{purpose}\x1f{entity}")


def hash_key(text: str) -> int:
    """Return a stable 64-bit key for *text*."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def hash_uniform(key: int, k: int, attempt: int = 0) -> float:
    """Return the uniform draw in [0, 1) of item *k*, *attempt*, in the stream *key*.

    Draws that depend on what happens in the run (which instance, whether a retry fails) use
    this hash instead of a generator, so that they do not depend on the order of events. The
    mixing function is splitmix64's finaliser (Steele, Lea and Flood, OOPSLA 2014).
    """
    x = (key + 0x9E3779B97F4A7C15 * (k + 1) + 0xD1B54A32D192ED03 * attempt) & _MASK
    x = ((x ^ (x >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
    x = ((x ^ (x >> 27)) * 0x94D049BB133111EB) & _MASK
    x ^= x >> 31
    return (x >> 11) * 2.0**-53


def hash_uniforms(
    key: ArrayLike, k: NDArray[np.int64], attempt: ArrayLike = 0
) -> NDArray[np.float64]:
    """Return what :func:`hash_uniform` returns, for arrays (of one shape, or one number)."""
    first, second = (np.atleast_1d(part).astype(np.uint64) for part in (k, attempt))
    x = np.asarray(key, np.uint64) + np.uint64(0x9E3779B97F4A7C15) * (first + np.uint64(1))
    x = x + np.uint64(0xD1B54A32D192ED03) * second
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    uniform: NDArray[np.float64] = ((x ^ (x >> np.uint64(31))) >> np.uint64(11)) * 2.0**-53
    return uniform
