"""The request plane (see :mod:`fcsim.sim.requests.interface`)."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from fcsim.errors import UsageError, nearest

if TYPE_CHECKING:
    from fcsim.sim.requests.interface import RequestPlane

__all__ = ["ENGINES", "choose_engine", "is_compiled", "plane_class"]

ENGINES = ("auto", "compiled", "reference")
LARGE = 200_000
"""Expected requests from which ``auto`` takes the compiled plane if it has been compiled."""
WORTH_COMPILING = 3_000_000
"""Expected requests from which a run gains more than the compile takes (about 15 s, once)."""


def choose_engine(engine: str, expected_requests: float) -> str:
    """Return ``compiled`` or ``reference`` for what the user asked for.

    ``auto`` takes the reference for small runs, which so never wait for a compile, and where
    numba is not installed; results are the same. Raises UsageError for an unknown engine, and
    for ``compiled`` without numba.
    """
    if engine not in ENGINES:
        raise UsageError(f"no engine {engine!r}{nearest(engine, ENGINES)}")
    installed = find_spec("numba") is not None
    if engine == "compiled" and not installed:
        raise UsageError("the compiled engine needs numba: pip install 'fcsim[fast]'")
    if engine != "auto":
        return engine
    if not installed or expected_requests < LARGE:
        return "reference"
    return "compiled" if expected_requests >= WORTH_COMPILING or is_compiled() else "reference"


def is_compiled() -> bool:
    """Tell whether the compiled plane is in numba's cache on disk, ready for use."""
    from fcsim.sim.requests.compiled import in_cache

    return in_cache()


def plane_class(engine: str) -> type[RequestPlane]:
    """Return the request plane ``compiled`` or ``reference``."""
    if engine == "compiled":
        from fcsim.sim.requests.compiled import CompiledPlane

        return CompiledPlane
    from fcsim.sim.requests.reference import ReferencePlane

    return ReferencePlane
