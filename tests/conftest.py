"""What several tests share: hypothesis profiles, the data folder, a hand-driven plane."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import numpy as np
import pytest

from fcsim.sim.record import ErrorCode
from fcsim.sim.requests.interface import NEVER, PlaneFunction
from fcsim.sim.requests.reference import ReferencePlane
from fcsim.workload.source import Block

ROOT = Path(__file__).parent.parent

hypothesis.settings.register_profile("fcsim", deadline=None, derandomize=True)
hypothesis.settings.load_profile("fcsim")


@pytest.fixture(scope="session")
def root():
    return ROOT


@pytest.fixture(scope="session")
def data():
    """Folder of the real traces and catalogues; tests that need it skip without it."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("real data not present beside the repository (../shared/data)")
    return folder


def function(**changes):
    """Return a plane function: one request at a time, no limits, bound waiting."""
    settings = {
        "name": "f", "concurrency": 1, "cpu": 1.0, "vcpu": 0.0, "time_limit": NEVER,
        "limit_error": ErrorCode.FUNCTION_TIMEOUT, "memory_limit": 10**9, "disk_limit": 10**9,
        "in_line": False, "queues": False, "queue_limit": 10**9,
        "dispatch": "newest_created", "dispatch_key": 1,
    }  # fmt: skip
    return PlaneFunction(**{**settings, **changes})


@pytest.fixture
def plane_of():
    """Build a reference plane from functions and rows (time, work[, function])."""

    def build(functions, rows, window=(0.0, 1000.0), plane=ReferencePlane):
        if isinstance(functions, PlaneFunction):
            functions = [functions]
        rows = [(*row, 0)[:3] for row in rows]
        blocks = [block_of(rows)] if rows else []
        return plane(functions, lambda: blocks.pop(0) if blocks else None, window)

    return build


def block_of(rows):
    time, work, number = (np.array(column) for column in zip(*rows, strict=True))
    count = len(rows)
    return Block(
        end=NEVER,
        time=time.astype(float),
        function=number.astype(np.int32),
        work=work.astype(float),
        cold_work=work.astype(float),
        source=np.zeros(count, np.int32),
        index=np.arange(count),
    )


@pytest.fixture
def make_function():
    return function
