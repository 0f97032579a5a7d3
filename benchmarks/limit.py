"""Compiles limit.c with the system compiler and calls it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

__all__ = ["available", "run_limit"]

FIGURES = ("requests", "cold", "instances", "busy", "peak", "latency", "p50", "p99")


def available() -> bool:
    """Return whether this system has a C compiler."""
    return shutil.which("cc") is not None


@cache
def _library() -> ctypes.CDLL:
    source = Path(__file__).with_name("limit.c")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "limit.so"
        flags = ["-O3", "-march=native", "-shared", "-fPIC"]
        subprocess.run(["cc", *flags, str(source), "-o", str(target), "-lm"], check=True)
        library = ctypes.CDLL(str(target))
    library.simulate.argtypes = [
        ctypes.c_uint64,
        *[ctypes.c_double] * 5,
        ctypes.POINTER(ctypes.c_double),
    ]
    return library


def run_limit(
    seed: int, rate: float, service: float, cold_start: float, keep_alive: float, horizon: float
) -> dict[str, float]:
    """Simulate once and return the figures."""
    out = (ctypes.c_double * len(FIGURES))()
    if _library().simulate(seed, rate, service, cold_start, keep_alive, horizon, out):
        raise RuntimeError("limit.c ran out of instances")
    return dict(zip(FIGURES, out, strict=True))
