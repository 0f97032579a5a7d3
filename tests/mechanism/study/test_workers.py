"""Points give the same outcomes in the same order wherever they run, and none is lost."""

import os
import subprocess
import sys

import pytest

from fcsim import load
from fcsim.errors import UsageError
from fcsim.report.point_progress import story
from fcsim.study import processes, workers
from fcsim.study.point import Point
from fcsim.study.store import Store
from fcsim.study.workers import evaluate


def figures(found):
    return [(point.replication, repr(outcome.kpis), outcome.error) for point, outcome in found]


def points(file, count):
    scenario = load(file)
    return [Point(scenario, replication) for replication in range(count)]


def test_two_workers_give_what_one_gives_in_the_same_order(file):
    asked = points(file, 5)[::-1]
    one = figures(evaluate(asked, workers=1))
    assert [row[0] for row in one] == [4, 3, 2, 1, 0]
    assert figures(evaluate(asked, workers=2)) == one


def test_equal_points_run_once(file, monkeypatch):
    runs = []
    simulate = workers.simulate
    monkeypatch.setattr(workers, "simulate", lambda point: runs.append(point) or simulate(point))
    found = figures(evaluate([*points(file, 2), *points(file, 2)], workers=1))
    assert [row[0] for row in found] == [0, 1, 0, 1]
    assert len(runs) == 2


def test_what_the_store_has_is_not_run(file, tmp_path, monkeypatch):
    store = Store(tmp_path / "points")
    first = figures(evaluate(points(file, 2), store=store, workers=1))
    monkeypatch.setattr(workers, "simulate", lambda point: pytest.fail("run again"))
    assert figures(evaluate(points(file, 2), store=store, workers=1)) == first


def test_progress_begins_with_what_was_known(file, tmp_path):
    store, calls = Store(tmp_path / "points"), []
    list(evaluate(points(file, 1), store=store, workers=1))
    follow = lambda done, total: calls.append((done, total))  # noqa: E731
    list(evaluate(points(file, 3), store=store, workers=1, progress=follow))
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
    found = [o for _, o in evaluate([first, failing, second], store=store, workers=count)]
    assert [bool(outcome.error) for outcome in found] == [False, True, False]
    assert "t.csv" in found[1].error
    assert store.get(failing.key) is None  # it may work next time


def test_the_points_of_a_dead_worker_run_elsewhere(slow_file, monkeypatch):
    started = []
    start = processes._start
    monkeypatch.setattr(processes, "_start", lambda: started.append(start()) or started[-1])
    asked = points(slow_file, 6)
    coming = evaluate(asked, workers=2)
    found = [next(coming)]
    started[0].kill()
    found += coming
    assert len(started) > 2
    assert figures(found) == figures(evaluate(asked, workers=1))


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
    found = [outcome for _, outcome in evaluate([first, fatal, second], workers=2)]
    assert [bool(outcome.error) for outcome in found] == [False, True, False]
    assert found[1].error == "WorkerDied: 3 workers ended with code 7 over this point"


class _Foreign:
    """Cannot be unpickled anywhere."""

    def __reduce__(self):
        return int, ("no number",)


def test_what_a_worker_cannot_read_fails_and_never_hangs(file):
    foreign = Point(_Foreign())
    vars(foreign)["key"] = "foreign"
    found = [outcome for _, outcome in evaluate([foreign, *points(file, 1)], workers=2)]
    assert found[0].error == "WorkerDied: 3 workers ended with code 1 over this point"
    assert not found[1].error


def test_workers_end_when_nobody_wants_the_rest(slow_file, monkeypatch):
    started = []
    start = processes._start
    monkeypatch.setattr(processes, "_start", lambda: started.append(start()) or started[-1])
    coming = evaluate(points(slow_file, 8), workers=2)
    next(coming)
    coming.close()
    assert all(worker.poll() is not None for worker in started)


def test_few_quick_points_stay_in_this_process(file, monkeypatch):
    monkeypatch.setattr(workers, "simulate_in_processes", lambda *_: pytest.fail("started"))
    assert len(list(evaluate(points(file, 3)))) == 3


@pytest.mark.parametrize(
    "wrong, said",
    [({"workers": 0}, "at least 1"), ({"workers": 1, "cluster": "tcp://x:1"}, "give one")],
)
def test_workers_that_cannot_be_are_refused_at_once(wrong, said):
    with pytest.raises(UsageError, match=said):
        evaluate([], **wrong)


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
        "from fcsim.study.workers import evaluate\n"
        "from fcsim.study.point import Point\n"
        "points = [Point(fcsim.load(sys.argv[1]), k) for k in range(2)]\n"
        "print(len(list(evaluate(points, workers=2))))\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(root)}
    command = [sys.executable, str(script), str(file)]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout == "2\n"
