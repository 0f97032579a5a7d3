"""A real Dask scheduler with two workers on loopback gives the same numbers."""

import json
import os
import subprocess
import sys
import time

import pytest

from fcsim import load
from fcsim.errors import UsageError
from fcsim.study import cluster
from fcsim.study.objectives import parse
from fcsim.study.point import Point
from fcsim.study.workers import Work


def figures(found):
    return [(point.replication, repr(outcome.kpis), outcome.error) for point, outcome in found]


@pytest.fixture(scope="module")
def dask(tmp_path_factory, root):
    """Start scheduler and workers as programs; yield the address and the workers."""
    pytest.importorskip("distributed", reason="a cluster needs Dask (fcsim[cluster])")
    folder = tmp_path_factory.mktemp("dask")
    with Programs(folder, root) as programs:
        address = scheduler(programs)
        options = ["--nthreads", "1", "--no-nanny", "--local-directory", folder]
        workers = [programs.start("dask_worker", address, *options) for _ in range(2)]
        wait_for_workers(address, 2)
        yield address, workers


def scheduler(programs):
    """Start a scheduler and return its address."""
    known = programs.folder / "scheduler.json"
    programs.start("dask_scheduler", "--port", "0", "--scheduler-file", known)
    wait_for(known.exists)
    return json.loads(known.read_text())["address"]


class Programs:
    """Programs that are killed at the end."""

    def __init__(self, folder, root):
        self.folder, self.root, self.running = folder, root, []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for program in self.running:
            program.kill()
            program.wait()

    def start(self, module, *arguments):
        command = [sys.executable, "-m", f"distributed.cli.{module}", *map(str, arguments)]
        common = ["--host", "127.0.0.1", "--no-dashboard"]
        log = (self.folder / f"{len(self.running)}.log").open("w")
        environment = {**os.environ, "PYTHONPATH": str(self.root)}
        program = subprocess.Popen(
            [*command, *common], stdout=log, stderr=log, env=environment, cwd=self.folder
        )
        self.running.append(program)
        return program


def wait_for(condition):
    for _ in range(600):
        if condition():
            return
        time.sleep(0.05)
    pytest.fail("no answer from Dask within 30 s")


def wait_for_workers(address, count):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        client.wait_for_workers(count, timeout=30)


def test_a_cluster_gives_what_this_process_gives(dask, file, monkeypatch):
    monkeypatch.chdir(file.parent)
    asked = [Point(load(file.name), k) for k in range(4)]
    assert figures(Work(cluster=dask[0]).outcomes(asked)) == figures(
        Work(workers=1).outcomes(asked)
    )


def test_files_of_a_scenario_are_found_from_the_workers_folder(dask, file, monkeypatch):
    monkeypatch.chdir(file.parent)
    (file.parent / "t.csv").write_text("t\n1\n2\n3\n")
    arrivals = {"trace": {"file": "t.csv", "time": "t", "unit": "s"}}
    point = Point(load(file.name, overrides={"workload.visits.arrivals": arrivals}))
    ((_, outcome),) = Work(cluster=dask[0]).outcomes([point])
    assert outcome.kpis["requests.arrived"] == 3


def test_the_points_of_a_dead_cluster_worker_run_elsewhere(dask, slow_file):
    address, workers = dask
    asked = [Point(load(slow_file), k) for k in range(6)]
    coming = Work(cluster=address).outcomes(asked)
    found = [next(coming)]
    workers[0].kill()
    found += coming
    assert figures(found) == figures(Work(workers=1).outcomes(asked))


def test_figures_of_objectives_in_slices_come_from_a_cluster_too(dask, file):
    scenario = load(file)
    wish = parse("latency.p99 <= 9 s in every 30 s", scenario.functions)
    asked = [Point(scenario, 0, (wish,))]
    assert figures(Work(cluster=dask[0]).outcomes(asked)) == figures(Work(1).outcomes(asked))


@pytest.fixture
def lonely(tmp_path, root):
    """Start a scheduler without workers; yield its address."""
    pytest.importorskip("distributed", reason="a cluster needs Dask (fcsim[cluster])")
    with Programs(tmp_path, root) as programs:
        yield scheduler(programs)


def test_a_cluster_without_workers_is_waited_for_and_then_an_error(lonely, file):
    told = []
    work = Work(cluster=lonely, patience=0.4, notice=told.append)
    with pytest.raises(UsageError, match=r"has had no worker for 0\.4 s; start some: dask worker"):
        list(work.outcomes([Point(load(file))]))
    assert told == [f"no worker at {lonely}: waiting up to 0.4 s"]


def test_without_a_scheduler_it_says_so(monkeypatch, file):
    distributed = pytest.importorskip("distributed", reason="needs Dask (fcsim[cluster])")

    def refuse(address, **_):
        raise OSError("connection refused")

    monkeypatch.setattr(distributed, "Client", refuse)
    with pytest.raises(UsageError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:1: "):
        list(Work(cluster="tcp://127.0.0.1:1").outcomes([Point(load(file))]))


def test_without_dask_it_says_what_to_install(monkeypatch, file):
    def absent(name):
        raise ImportError(name)

    monkeypatch.setattr(cluster, "import_module", absent)
    with pytest.raises(UsageError, match=r"pip install 'fcsim\[cluster\]'"):
        list(Work(cluster="tcp://127.0.0.1:1").outcomes([Point(load(file))]))
