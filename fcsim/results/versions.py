"""What a result depends on beside scenario and seed: versions of fcsim, Python and NumPy."""

from __future__ import annotations

import platform

import numpy as np

from fcsim import __version__

__all__ = ["versions"]


def versions() -> dict[str, str]:
    """Return the versions at work in this process."""
    return {
        "fcsim": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
    }
