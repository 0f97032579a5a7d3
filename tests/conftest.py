"""What several tests share: profiles, the data folder, a hand-driven plane, hand-made records."""

from __future__ import annotations

import itertools
import math
import os
from pathlib import Path
from types import SimpleNamespace

import hypothesis
import numpy as np
import pytest

from fcsim import load
from fcsim.sim.record import (
    INSTANCE_COLUMNS,
    PULL_COLUMNS,
    REQUEST_COLUMNS,
    ErrorCode,
    FunctionInfo,
    Kind,
    Outcome,
    Record,
    Source,
    Start,
)
from fcsim.sim.requests import plane_class
from fcsim.sim.requests.collector import Collector
from fcsim.sim.requests.interface import NEVER, PlaneFunction
from fcsim.sim.requests.reference import ReferencePlane
from fcsim.workload.source import Block

pytest_plugins = ["pytester"]

os.environ.pop("GITHUB_ACTIONS", None)  # where tests run must not change what commands print

ROOT = Path(__file__).parent.parent
NAN = float("nan")

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
        "concurrency": 1, "cpu": 1.0, "vcpu": 0.0, "time_limit": NEVER,
        "limit_error": ErrorCode.FUNCTION_TIMEOUT, "memory_limit": 10**9, "disk_limit": 10**9,
        "in_line": False, "queues": False, "queue_limit": 10**9,
        "dispatch": "newest_created", "dispatch_key": 1,
    }  # fmt: skip
    return PlaneFunction(**{**settings, **changes})


class Driven:
    """A plane with its collector."""

    def __init__(self, plane, functions, refill, window):
        self._kept = Collector()
        self.plane = plane(functions, refill, self._kept, window)

    def __getattr__(self, name):
        return getattr(self.plane, name)

    def requests(self):
        self.plane.finish()
        columns = self._kept.columns()
        self._kept._blocks.pop()  # the unfinished, so that looking twice is fine
        return columns


@pytest.fixture(params=["reference", "compiled"])
def engine(request):
    """Name of a request plane; the compiled one is skipped without numba."""
    if request.param == "compiled":
        pytest.importorskip("numba", reason="the compiled plane needs numba (fcsim[fast])")
    return request.param


@pytest.fixture
def plane_of(engine):
    """Build either plane from functions and rows (time, work[, function])."""

    def build(functions, rows, window=(0.0, 1000.0)):
        plane = plane_class(engine)
        if isinstance(functions, PlaneFunction):
            functions = [functions]
        rows = [(*row, 0)[:3] for row in rows]
        blocks = [block_of(rows)] if rows else []
        return Driven(plane, functions, lambda: blocks.pop(0) if blocks else None, window)

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


# ── hand-made records for the tests of results ────────────────────────────────────────────────

LIFE = ("created", "placed", "credential", "pulled", "started", "served", "ready")


def request(arrival, started=NAN, ended=NAN, instance=-1, **more):
    """Return a row of requests: completed, unless it says something else."""
    outcome = Outcome.UNFINISHED if math.isnan(ended) else Outcome.COMPLETED
    row = {"function": 0, "outcome": outcome, "error": ErrorCode.NONE, "start": Start.WARM}
    times = {"arrival": arrival, "started": started, "ended": ended, "instance": instance}
    return {**row, **times, **more}


def instance(created=0.0, *, gone=NAN, **more):
    """Return a row of instances; a moment that is not given comes with the one before."""
    row = {"function": 0, "kind": Kind.ON_DEMAND, "version": 0, "host": 0}
    row |= {"error": ErrorCode.NONE}
    row |= {"bytes_pulled": 0.0, "bytes_cached": 0.0, "created": created}
    for before, moment in itertools.pairwise(LIFE):
        row[moment] = more.get(moment, row[before])
    return {**row, "stopping": gone, "gone": gone, **more}


def pull(begun, transferred, size, **more):
    """Return a row of pulls: a layer that flows at once and is unpacked at once."""
    row = {"host": 0, "layer": 0, "source": Source.REGISTRY, "bytes": size, "while_serving": 0}
    times = {"begun": begun, "flowing": begun, "transferred": transferred, "unpacked": transferred}
    return {**row, **times, **more}


def record(requests=(), instances=(), pulls=(), functions=("f",), **scenario):
    """Return a record of rows; *functions* are names, or names with their settings."""
    named = functions if isinstance(functions, dict) else {key: {} for key in functions}
    built = load(
        {
            "fcsim": 1,
            "horizon": "100 s",
            "start": "2026-11-23T00:00:00+08:00",
            "images": {"i": {"compressed": "100 MB"}},
            "functions": {name: {**PLAIN, **settings} for name, settings in named.items()},
            "workload": {"w": {"function": next(iter(named)), "arrivals": {"poisson": "1/s"}}},
            **scenario,
        }
    )
    rows = [_used(row, number, requests, built) for number, row in enumerate(instances)]
    return Record(
        scenario=built,
        functions=[_info(name, function) for name, function in built.functions.items()],
        layers=["i"],
        requests=_columns(requests, REQUEST_COLUMNS),
        instances=_columns(rows, INSTANCE_COLUMNS),
        pulls=_columns(pulls, PULL_COLUMNS),
        assumptions=[],
        seed=built.seed,
    )


PLAIN = {"image": "i", "cpu": 1, "memory_size": "1024 MB", "service": {"time": "1 s"}}


def _info(name, function):
    gpu = function.gpu_config
    return FunctionInfo(
        name, name, "i", function.cpu, function.memory_size, function.disk_size,
        function.instance_concurrency, gpu.gpu_type if gpu else "",
        gpu.gpu_memory_size if gpu else 0.0,
    )  # fmt: skip


def _used(row, number, requests, scenario):
    """Complete an instance's row by what its requests did, second by second if need be."""
    mine = [r for r in requests if r["instance"] == number and not math.isnan(r["started"])]
    busy, reached = 0.0, scenario.warm_up
    for begin, end in sorted((r["started"], r["ended"]) for r in mine):
        end = scenario.horizon if math.isnan(end) else min(end, scenario.horizon)
        busy += max(0.0, end - max(begin, reached))
        reached = max(reached, end)
    return {"requests": len(mine), "busy": busy, **row}


def _columns(rows, types):
    return {
        name: np.array([row[name] for row in rows], dtype=dtype) for name, dtype in types.items()
    }


@pytest.fixture(scope="session")
def hand_made():
    """Rows and records of runs that never happened: request, instance, pull, record."""
    return SimpleNamespace(request=request, instance=instance, pull=pull, record=record)


@pytest.fixture(scope="session")
def plane_maker():
    """Build a plane of one function from settings and lists of rows, one list a block."""

    def build(settings, parts, plane=ReferencePlane):
        blocks = [block_of([(*row, 0) for row in part]) for part in parts if part]
        refill = lambda: blocks.pop(0) if blocks else None  # noqa: E731
        return Driven(plane, [function(**settings)], refill, (0.0, 100.0))

    return build
