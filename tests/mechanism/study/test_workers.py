"""Points give the same outcomes in the same order wherever they run, and none is lost."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from fcsim import load
from fcsim.errors import UsageError
from fcsim.report.point_progress import story
from fcsim.study import processes, workers
from fcsim.study.point import Point
from fcsim.study.store import Store
from fcsim.study.workers import Work


def figures(found):
    return [(point.replication, repr(outcome.kpis), outcome.error) for point, outcome in found]


def points(file, count):
    scenario = load(file)
    return [Point(scenario, replication) for replication in range(count)]


def test_two_workers_give_what_one_gives_in_the_same_order(file):
    asked = points(file, 5)[::-1]
    one = figures(Work(workers=1).outcomes(asked))
    assert [row[0] for row in one] == [4, 3, 2, 1, 0]
    assert figures(Work(workers=2).outcomes(asked)) == one


def test_equal_points_run_once(file, monkeypatch):
    runs = []
    simulate = workers.simulate
    monkeypatch.setattr(workers, "simulate", lambda point: runs.append(point) or simulate(point))
    found = figures(Work(workers=1).outcomes([*points(file, 2), *points(file, 2)]))
    assert [row[0] for row in found] == [0, 1, 0, 1]
    assert len(runs) == 2


def test_what_the_store_has_is_not_run(file, tmp_path, monkeypatch):
    store = Store(tmp_path / "points")
    first = figures(Work(1, store=store).outcomes(points(file, 2)))
    monkeypatch.setattr(workers, "simulate", lambda point: pytest.fail("run again"))
    assert figures(Work(1, store=store).outcomes(points(file, 2))) == first


def test_progress_begins_with_what_was_known(file, tmp_path):
    store, calls = Store(tmp_path / "points"), []
    list(Work(1, store=store).outcomes(points(file, 1)))
    follow = lambda done, total: calls.append((done, total))  # noqa: E731
    list(Work(1, store=store, progress=follow).outcomes(points(file, 3)))
    assert calls == [(1, 3), (2, 3), (3, 3)]


def broken(file):
    """Return a point whose trace vanishes after it was loaded."""
    trace = file.parent / "t.csv"
    trace.write_text("t\n1\n")
    arrivals = {"trace": {"file": str(trace), "time": "t", "unit": "s"}}
    point = Point(load(file, overrides={"workload.visits.arrivals": arrivals}))
    assert point.key
    trace.unlink()
    return point


@pytest.mark.parametrize("count", [1, 2])
def test_a_failing_point_is_reported_and_the_others_go_on(file, tmp_path, count):
    store = Store(tmp_path / "points")
    failing = broken(file)
    first, second = points(file, 2)
    work = Work(workers=count, store=store)
    found = [outcome for _, outcome in work.outcomes([first, failing, second])]
    assert [bool(outcome.error) for outcome in found] == [False, True, False]
    assert "t.csv" in found[1].error
    assert store.get(failing.key) is None  # it may work next time


@pytest.fixture
def started(monkeypatch):
    """Return the list of the workers that were started."""
    known, start = [], processes._start
    monkeypatch.setattr(processes, "_start", lambda: known.append(start()) or known[-1])
    return known


def test_the_points_of_a_dead_worker_run_elsewhere(slow_file, started):
    asked = points(slow_file, 6)
    coming = Work(workers=2).outcomes(asked)
    found = [next(coming)]
    started[0].kill()
    found += coming
    assert len(started) > 2
    assert figures(found) == figures(Work(workers=1).outcomes(asked))


def test_progress_tells_the_time_left_from_fresh_points_only():
    assert story(10, 40, 0, 5.0) == "10 of 40 points"
    assert story(20, 40, 10, 30.0) == "20 of 40 points, 60 s left"
    assert story(40, 40, 30, 90.0) == "40 of 40 points"


class _Fatal:
    """Ends the process that unpickles it."""

    def __reduce__(self):
        return os._exit, (7,)


def test_a_point_that_takes_every_worker_with_it_fails_alone(file):
    fatal = Point(_Fatal())
    vars(fatal)["key"] = "fatal"
    first, second = points(file, 2)
    found = [outcome for _, outcome in Work(workers=2).outcomes([first, fatal, second])]
    assert [bool(outcome.error) for outcome in found] == [False, True, False]
    assert found[1].error == "WorkerDied: 3 workers ended with code 7 over this point"


class _Foreign:
    """Cannot be unpickled anywhere."""

    def __reduce__(self):
        return int, ("no number",)


def test_what_a_worker_cannot_read_fails_and_never_hangs(file):
    foreign = Point(_Foreign())
    vars(foreign)["key"] = "foreign"
    found = [outcome for _, outcome in Work(workers=2).outcomes([foreign, *points(file, 1)])]
    assert found[0].error == "WorkerDied: 3 workers ended with code 1 over this point"
    assert not found[1].error


def test_workers_end_when_nobody_wants_the_rest(slow_file, started):
    coming = Work(workers=2).outcomes(points(slow_file, 8))
    next(coming)
    coming.close()
    assert all(worker.poll() is not None for worker in started)


def test_workers_last_as_long_as_the_outermost_with(file, started):
    asked = points(file, 4)
    with Work(workers=2) as work:
        with work:
            found = figures(work.outcomes(asked[:2]))
        found += figures(work.outcomes(asked[2:]))
        assert len(started) == 2
        assert all(worker.poll() is None for worker in started)
    assert all(worker.poll() is not None for worker in started)
    assert found == figures(Work(workers=1).outcomes(asked))


def test_workers_come_back_after_an_abandoned_question(file, slow_file, started):
    with Work(workers=2) as work:
        coming = work.outcomes(points(slow_file, 8))
        next(coming)
        coming.close()
        assert all(worker.poll() is not None for worker in started)
        assert len(list(work.outcomes(points(file, 3)))) == 3


def test_two_questions_at_once_do_not_disturb_each_other(file):
    one, two = points(file, 2), points(file, 4)[2:]
    with Work(workers=2) as work:
        both = zip(work.outcomes(one), work.outcomes(two), strict=True)
        first, second = zip(*both, strict=True)
    expected = figures(Work(workers=1).outcomes([*one, *two]))
    assert figures(first) + figures(second) == expected


@pytest.fixture
def pools(monkeypatch):
    """Return the pools that were made; they simulate here, as if a run took 0.6 s."""
    made, simulate = [], workers.simulate

    class Here:
        busy = False

        def __init__(self):
            made.append(self)

        def simulate(self, points, count):
            return map(simulate, points)

        def close(self):
            pass

    monkeypatch.setattr(workers, "Pool", Here)
    monkeypatch.setattr(workers, "_cores", lambda: 2)
    monkeypatch.setattr(workers, "simulate", lambda point: replace(simulate(point), seconds=0.6))
    return made


def test_processes_start_when_enough_was_asked_bit_by_bit(file, pools):
    """Two questions of two runs, 0.6 s each, are left to this process; then it was enough."""
    asked = points(file, 8)
    with Work() as work:
        for first, known in ((0, 0), (2, 0), (4, 1), (6, 1)):
            list(work.outcomes(asked[first : first + 2]))
            assert len(pools) == known


def test_many_points_start_processes_by_what_the_first_took(file, pools):
    asked = points(file, 8)
    with Work() as work:
        list(work.outcomes(asked[:1]))
        list(work.outcomes(asked[1:3]))
        assert pools == []
        list(work.outcomes(asked[3:]))
        assert len(pools) == 1


LEAVING = """
import os, sys, fcsim
from fcsim.study import processes
from fcsim.study.point import Point
start = processes._start
def told():
    worker = start()
    print(worker.pid, flush=True)
    return worker
processes._start = told
scenario = fcsim.load(sys.argv[1])
work = fcsim.Work(workers=2).__enter__()
list(work.outcomes(Point(scenario, k) for k in range(2)))
print("waiting", flush=True)
with work:
    list(work.outcomes(Point(scenario, k) for k in range(2, 500)))
"""


@pytest.mark.parametrize("way", ["SIGINT", "SIGKILL"])
def test_no_worker_outlives_the_program(root, slow_file, way):
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, "-c", LEAVING, str(slow_file)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, env=environment, stdout=pipe, stderr=pipe, text=True) as program:
        lines = [program.stdout.readline() for _ in range(3)]
        program.send_signal(getattr(signal, way))
        program.wait(timeout=30)
    pids = [int(line) for line in lines[:2]]
    for _ in range(200):
        if not any(map(alive, pids)):
            return
        time.sleep(0.05)
    pytest.fail(f"{[pid for pid in pids if alive(pid)]} still run after 10 s")


def alive(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_few_quick_points_stay_in_this_process(file, monkeypatch):
    monkeypatch.setattr(processes, "_start", lambda: pytest.fail("started"))
    assert len(list(Work().outcomes(points(file, 3)))) == 3


@pytest.mark.parametrize(
    "wrong, said",
    [({"workers": 0}, "at least 1"), ({"workers": 1, "cluster": "tcp://x:1"}, "give one")],
)
def test_workers_that_cannot_be_are_refused_at_once(wrong, said):
    with pytest.raises(UsageError, match=said):
        Work(**wrong)


def test_workers_import_nothing_that_draws_or_tabulates(root):
    program = (
        "import sys, fcsim.study.worker\n"
        "heavy = {'matplotlib', 'pandas', 'rich', 'scipy', 'seaborn', 'pyarrow', 'distributed'}\n"
        "print(sorted(heavy & set(sys.modules)), 'fcsim.report' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == ["[]", "False"]


def test_a_script_without_a_guard_can_start_workers(root, file, tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        "import sys, fcsim\n"
        "from fcsim.study.workers import Work\n"
        "from fcsim.study.point import Point\n"
        "points = [Point(fcsim.load(sys.argv[1]), k) for k in range(2)]\n"
        "print(len(list(Work(workers=2).outcomes(points))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, str(script), str(file)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout == "2\n"
