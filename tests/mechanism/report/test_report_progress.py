"""The progress bar, with a clock in the test's hand."""

import pytest

from fcsim.report import progress
from fcsim.report.plan_progress import PlanProgress
from fcsim.report.point_progress import PointProgress


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose last item is the time of day."""
    times = [100.0]
    monkeypatch.setattr(progress, "monotonic", lambda: times[-1])
    return times


def test_nothing_appears_in_the_first_two_seconds(clock, capsys):
    with progress.Progress(100, enabled=True) as update:
        for clock[0] in (100.0, 101.0, 101.9):
            update(10, 50)
    assert capsys.readouterr() == ("", "")


def test_a_long_run_shows_time_and_requests_on_stderr(clock, capsys):
    with progress.Progress(7200, enabled=True) as update:
        clock.append(102.5)
        update(1800, 123456)
    out, err = capsys.readouterr()
    assert out == ""
    assert " 25 %" in err
    assert "30 min of 2 h simulated, 123,456 requests" in err


def test_it_is_drawn_at_most_five_times_a_second(clock, capsys):
    with progress.Progress(100, enabled=True) as update:
        for k in range(100):
            clock.append(103 + k / 100)
            update(k, k)
    assert 4 <= capsys.readouterr().err.count("of 100 s simulated") <= 8


def test_it_is_silent_in_a_pipe(clock, capsys):
    with progress.Progress(100) as update:
        clock.append(200.0)
        update(50, 1)
    assert capsys.readouterr() == ("", "")


def test_the_cursor_comes_back_after_an_error(clock, capsys):
    bar = progress.Progress(100, enabled=True)
    bar.__enter__()
    clock.append(200.0)
    bar(50, 1)
    bar.__exit__(ZeroDivisionError, ZeroDivisionError(), None)
    assert capsys.readouterr().err.rindex("\x1b[?25h") > 0


def test_a_study_tells_the_points_of_each_round(capsys):
    with PointProgress(enabled=True) as bar:
        for done, total in ((0, 2), (1, 2), (2, 2)):
            bar(done, total)
        assert bar.reached == "2 of 2 runs"
        bar(0, 3)
        bar(1, 3)
        assert bar.reached == "3 runs"
        bar.tell("[no] worker")
    err = capsys.readouterr().err
    assert "2 of 2 points" in err
    assert "1 of 3 points" in err
    assert err.index("[no] worker") > err.index("1 of 3 points")


def test_a_plan_names_what_it_tries(capsys):
    with PlanProgress(enabled=True) as bar:
        bar("slim, min_instances 2", 12)
    assert "trying slim, min_instances 2 · 12 runs" in capsys.readouterr().err


@pytest.mark.parametrize("kind", [PointProgress, PlanProgress])
def test_what_is_told_in_a_pipe_is_nothing(kind, capsys):
    with kind() as bar:
        bar(*((1, 2) if kind is PointProgress else ("slim", 3)))
        bar.tell("no worker")
    assert capsys.readouterr() == ("", "")
