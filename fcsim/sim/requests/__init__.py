"""The request plane (see :mod:`fcsim.sim.requests.interface`)."""

from __future__ import annotations

from fcsim.errors import UsageError, nearest
from fcsim.sim.requests.reference import ReferencePlane

__all__ = ["ENGINES", "plane_class"]

ENGINES = {"auto": ReferencePlane, "reference": ReferencePlane}
"""Request planes by name; ``auto`` chooses for the size of the run."""


def plane_class(engine: str) -> type[ReferencePlane]:
    """Return the request plane called *engine*; UsageError when there is none."""
    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}{nearest(engine, ENGINES)}")
    return ENGINES[engine]
